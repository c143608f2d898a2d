"""Checks that all styles of a program are one model, and that kgen knows what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from support import flat_arrays, run_source

from keras_kgen.errors import Diagnostics, UsageError
from keras_kgen.frontends.documents import read_yaml
from keras_kgen.frontends.spec import read_spec
from keras_kgen.ir.expand import expand, without_names
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.passes.count_parameters import count_parameters
from keras_kgen.passes.inline import flatten
from keras_kgen.passes.roll_loops import roll_loops
from keras_kgen.passes.validate import validate
from keras_kgen.pipeline import analyse, check, generate
from keras_kgen.rendering.spec import render_spec


def check_models(program: Program, is_random: bool, folder: Path) -> None:
    """Checks that all styles are one model, and that kgen knows its shapes.

    Args:
        program: What to build.
        is_random: Whether a layer drops something or adds noise in training.
        folder: Where models are saved.
    """
    reference = build(program, Style.FUNCTIONAL, False)
    check_analysis(program, reference)
    batch = random_inputs(reference)
    weights = random_weights(reference)
    wanted = run(reference, weights, batch)
    trained = None if is_random else run(reference, weights, batch, True)
    for flat in (False, True):
        for style in Style:
            try:
                model = build(program, style, flat)
            except UsageError:
                assert style is Style.SEQUENTIAL
                continue
            label = f"{style.value}{', flat' if flat else ''}"
            assert described(model) == described(reference), label
            compare(run(model, weights, batch), wanted, label)
            if flat:
                continue
            if trained is not None:
                found = run(model, weights, batch, True)
                compare(found, trained, f"{label}, in training")
            model.set_weights(weights)
            if style is not Style.FUNCTIONAL:
                check_saving(model, batch, wanted, folder, label)


def read(text: str) -> Program:
    return read_spec(read_yaml(text, "spec.yaml"), "model", validate)


def build(program: Program, style: Style, flat: bool) -> Any:
    keras.utils.clear_session()
    keras.saving.get_custom_objects().clear()
    source = generate(program, Options(style, flat)).source
    return run_source(source).build_model()


def check_passes(checked: Program) -> None:
    """Loops, blocks and what is written out in their place mean the same."""
    wanted = without_names(expand(checked))
    wanted.verify()
    assert without_names(expand(roll_loops(checked))) == wanted
    assert without_names(expand(flatten(checked))) == wanted
    assert without_names(expand(flatten(roll_loops(checked)))) == wanted


def check_canonical_spec(program: Program) -> None:
    """What `kgen spec` shows is the same model."""
    checked = check(program, Diagnostics())
    again = read(render_spec(checked))
    rechecked = check(again, Diagnostics())
    assert render_spec(rechecked) == render_spec(checked)
    assert without_names(expand(rechecked)) == without_names(expand(checked))


def check_analysis(program: Program, reference: Any) -> None:
    """What kgen works out without Keras is what Keras finds."""
    diagnostics = Diagnostics()
    analysed = analyse(check(program, diagnostics), diagnostics)
    diagnostics.raise_errors()
    found = count_parameters(analysed.graph, analysed.specs)
    assert (found.total, found.trainable, found.non_trainable) == counts(reference)
    shapes = [
        analysed.specs[analysed.graph.outputs[i][1]].shape
        for i in analysed.graph.output_order
    ]
    assert shapes == [tensor.shape for tensor in reference.outputs]


def counts(model: Any) -> tuple[int, int, int]:
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    frozen = sum(int(np.prod(w.shape)) for w in model.non_trainable_weights)
    return (model.count_params(), trainable, frozen)


def described(model: Any) -> Any:
    """Returns what the styles must have in common: parameters and weights in order."""
    return counts(model), [(w.name, tuple(w.shape)) for w in model.weights]


def random_inputs(model: Any) -> Any:
    """Returns a batch for the inputs of a functional model."""
    rng = np.random.default_rng(1)
    batch = {}
    for tensor in model.inputs:
        shape = (3, *(size or 5 for size in tensor.shape[1:]))
        if "int" in str(tensor.dtype):
            values = rng.integers(9, size=shape)
            # A sentence ends in zeros, which is what masks are about.
            values[0, -2:] = 0
        else:
            values = rng.normal(size=shape)
        batch[tensor.name] = values.astype(str(tensor.dtype))
    return keras.tree.map_structure(lambda t: batch[t.name], model.input)


def random_weights(model: Any) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    return [
        rng.uniform(0.1, 0.9, size=weight.shape)
        * (1 if "variance" in weight.path else 0.2)
        for weight in model.weights
    ]


def run(
    model: Any, weights: list[np.ndarray], batch: Any, training: bool = False
) -> dict[str, np.ndarray]:
    """Returns what a model gives by name, and what training has made of its state."""
    model.set_weights(weights)
    result = model(batch, training=training)
    found = {f"output {i}": array for i, array in enumerate(flat_arrays(result))}
    states = flat_arrays([w.value for w in model.non_trainable_weights])
    found.update({f"state {i}": state for i, state in enumerate(states)})
    return found


def compare(
    found: dict[str, np.ndarray], wanted: dict[str, np.ndarray], label: str
) -> None:
    assert found.keys() == wanted.keys(), label
    for key, value in wanted.items():
        np.testing.assert_allclose(
            found[key], value, atol=1e-5, rtol=1e-5, err_msg=f"{label}: {key}"
        )


def check_saving(
    model: Any, batch: Any, wanted: dict[str, np.ndarray], folder: Path, label: str
) -> None:
    """A model that is saved and loaded gives the same."""
    path = folder / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    weights = [flat_arrays(weight.value)[0] for weight in loaded.weights]
    compare(run(loaded, weights, batch), wanted, f"{label}, loaded")
