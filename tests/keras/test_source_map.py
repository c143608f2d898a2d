"""The lines that make and call layers, watched while Keras runs them, are those of the map."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras")
sys.path.insert(0, str(Path(__file__).parent))
import keras
from support import load_preset, load_program_of, run_source
from zoo import ZOO

from keras_kgen.backends.view import Role
from keras_kgen.errors import UsageError
from keras_kgen.frontends import presets
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import TracedModule, trace
from keras_kgen.tracing.elements import Element
from keras_kgen.tracing.source_map import Span

SAVED = (
    *("attention_unet_auto", "bert_named", "deep_sequence_to_sequence_auto"),
    *("densenet_3d_auto", "frozen_backbone_named", "gpt_auto", "mlp_mixer_named"),
    *("multi_task_auto", "resnet_cifar_auto", "se_resnext_auto", "siamese_model_auto"),
    *("unet_auto", "wavenet_named", "wide_and_deep_auto", "yolo_auto"),
)
# Layers by the number of the line that made or called them, directly or further in.
Lines = dict[int, list[Any]]
# What tells layers from each other in every style.
Sign = tuple[str, tuple[tuple[int, ...], ...]]


class Watch:
    """What Keras has made and called for the lines of a module."""

    def __init__(self) -> None:
        self.made: Lines = defaultdict(list)
        self.called: Lines = defaultdict(list)

    @contextmanager
    def running(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name, lines in (("__init__", self.made), ("__call__", self.called)):
                original = getattr(keras.layers.Layer, name)
                patch.setattr(keras.layers.Layer, name, _watched(original, lines))
            yield


def _watched(original: Callable[..., Any], lines: Lines) -> Callable[..., Any]:
    def watched(layer: Any, *args: Any, **kwargs: Any) -> Any:
        for number in _lines_of(layer):
            if not any(known is layer for known in lines[number]):
                lines[number].append(layer)
        return original(layer, *args, **kwargs)

    return watched


def _lines_of(layer: Any) -> list[int]:
    """Returns the lines of the module on the stack, none if Keras' own layer is between."""
    found: list[int] = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == "generated.py":
            if frame.f_code.co_name == "<module>":
                break
            found.append(frame.f_lineno)
        elif not found and _is_inside(frame.f_locals.get("self"), layer):
            return []
        frame = frame.f_back
    return found


def _is_inside(other: Any, layer: Any) -> bool:
    is_layer = isinstance(other, keras.layers.Layer) and other is not layer
    return is_layer and not isinstance(other, keras.Model)


def is_leaf(layer: Any) -> bool:
    """Whether a layer is one of Keras, no block or model."""
    is_keras = type(layer).__module__.startswith("keras.")
    return is_keras and not isinstance(layer, keras.Model | keras.layers.InputLayer)


def sign_of(layer: Any) -> Sign:
    return type(layer).__name__, tuple(tuple(w.shape) for w in layer.weights)


def sign_of_element(element: Element) -> Sign:
    assert element.weights is not None, element
    return element.class_name, tuple(w.shape for w in element.weights)


def check_lines(module: TracedModule, lines: Lines, roles: set[Role]) -> set[Sign]:
    """Checks the spans that have one of these roles; returns the layers of all of them."""
    seen: dict[tuple[Span, ...], list[Any]] = defaultdict(list)
    for line, layers in lines.items():
        spans = module.source_map.at(line)
        if {span.role for span in spans} & roles:
            known = seen[spans]
            known += [x for x in layers if not any(other is x for other in known)]
    checked: set[Sign] = set()
    for spans, layers in seen.items():
        # Bidirectional copies the layer that it is given, and that is never built.
        leaves = [x for x in layers if is_leaf(x) and x.built]
        # A functional model runs what is in it without calling it.
        if leaves or not any(isinstance(x, keras.Model) for x in layers):
            signs = sorted(map(sign_of, leaves))
            assert signs == signs_of(module, spans), spans
            checked.update(signs)
    return checked


def signs_of(module: TracedModule, spans: tuple[Span, ...]) -> list[Sign]:
    """Returns the layers that spans stand for."""
    keys = {key for span in spans for key in span.elements}
    found = [e for e in module.source_map.elements if e.key in keys]
    return sorted(sign_of_element(e) for e in found if e.kind == "layer")


def check_map(program: Program, style: Style) -> None:
    try:
        module = trace(program, Options(style=style))
    except UsageError as error:
        pytest.skip(str(error))
    functional = trace(program, Options(style=Style.FUNCTIONAL)).module
    inputs = run_source(functional.source).build_model().input
    batch = keras.tree.map_structure(zeros, inputs)
    keras.utils.clear_session()
    keras.saving.get_custom_objects().clear()
    watch = Watch()
    with watch.running():
        model = run_source(module.module.source).build_model()
        model(batch)
    leaves = {sign_of(layer) for layer in model._flatten_layers() if is_leaf(layer)}
    made = check_lines(module, watch.made, {Role.CREATES, Role.APPLIES})
    called = check_lines(module, watch.called, {Role.CALLS, Role.APPLIES})
    listed = {
        sign_of_element(e) for e in module.source_map.elements if e.kind == "layer"
    }
    assert listed <= made and made & leaves == listed
    assert style is Style.SEQUENTIAL or called == made
    if style is Style.FUNCTIONAL:
        check_names(module, model)


def zeros(tensor: Any) -> np.ndarray:
    return np.zeros([size or 2 for size in tensor.shape], tensor.dtype)


def check_names(module: TracedModule, model: Any) -> None:
    """Elements of a functional model are called as Keras calls them."""
    elements = [e for e in module.source_map.elements if not e.path]
    names = {e.name: e for e in elements if e.kind not in ("input", "op")}
    layers = [x for x in model.layers if not isinstance(x, keras.layers.InputLayer)]
    assert [layer.name for layer in layers] == list(names)
    for layer in layers:
        counts = names[layer.name].parameters
        assert counts is not None and counts.total == layer.count_params()


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", presets.names())
def test_presets(name: str, style: Style) -> None:
    check_map(load_preset(name), style)


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", SAVED)
def test_saved_models(name: str, style: Style, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.json"
    path.write_text(ZOO[name]().to_json())
    keras.utils.clear_session()
    check_map(load_program_of(path), style)
