"""The layout map of a model: which of its weights several devices share, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keras_kgen.backends.attributes import class_layers
from keras_kgen.catalogue.rules.rule import WeightSpec
from keras_kgen.ir.graph import Layer
from keras_kgen.ir.order import keras_names
from keras_kgen.options import Style
from keras_kgen.pysource.literals import literal

if TYPE_CHECKING:
    from keras_kgen.backends.module import Model

# The axis of each weight that is as long as the layer's output.
_LAST = {"kernel": -1, "bias": -1}
_LAST_BUT_ONE = {"kernel": -2, "bias": -1}
_POINTWISE = {"pointwise_kernel": -1, "bias": -1}
_OUTPUT_AXES: dict[str, Mapping[str, int]] = {
    "Conv1D": _LAST,
    "Conv1DTranspose": _LAST_BUT_ONE,
    "Conv2D": _LAST,
    "Conv2DTranspose": _LAST_BUT_ONE,
    "Conv3D": _LAST,
    "Conv3DTranspose": _LAST_BUT_ONE,
    "Dense": _LAST,
    "EinsumDense": _LAST,
    "Embedding": {"embeddings": -1},
    "SeparableConv1D": _POINTWISE,
    "SeparableConv2D": _POINTWISE,
}
# A weight is shared where 2, 4 and 8 devices can have equal parts of it.
_PARTS = 8
_NUMBER = re.compile("(_[0-9]+)?$")


@dataclass(frozen=True, slots=True)
class Layout:
    """An entry of a layout map, as source text."""

    pattern: str
    axes: str


@dataclass(frozen=True, slots=True)
class _Named:
    """A layer with what is known of its name.

    Attributes:
        name: Its name; without its number where that is not known.
        is_exact: Whether Keras' number is known.
    """

    name: str
    is_exact: bool
    layer: Layer
    weights: tuple[WeightSpec, ...] | None


def find_layouts(model: Model, style: Style) -> tuple[Layout, ...]:
    """Returns the entries of the layout map of a model.

    A wide weight is split along the axis of its layer's output. What stands for names is
    as short as it can be without standing for another layer's, too.

    Args:
        model: The model.
        style: How it is written, on which the numbers in names depend.
    """
    named = tuple(_named_layers(model, style))
    wanted: dict[tuple[str, tuple[str | None, ...]], list[_Named]] = {}
    for item in named:
        for key in _shared_weights(item):
            wanted.setdefault(key, []).append(item)
    return tuple(
        Layout(literal(f"{pattern}/{weight}"), literal(axes))
        for (weight, axes), items in wanted.items()
        for pattern in _patterns(items, [item for item in named if item not in items])
    )


def _shared_weights(item: _Named) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Yields each weight that devices share, with the axes of its layout."""
    axes = _OUTPUT_AXES.get(item.layer.class_name, {})
    for weight in item.weights or ():
        axis = axes.get(weight.name)
        if axis is not None and weight.shape and weight.shape[axis] % _PARTS == 0:
            layout: list[str | None] = [None] * len(weight.shape)
            layout[axis] = "model"
            yield weight.name, tuple(layout)


def _patterns(items: list[_Named], others: list[_Named]) -> Iterator[str]:
    """Yields regular expressions for the paths of some layers and of no others."""
    groups: dict[str, list[_Named]] = {}
    for item in items:
        groups.setdefault(_loose(item), []).append(item)
    for loose, group in groups.items():
        alike = [item for item in others if re.fullmatch(loose, item.name)]
        if not alike:
            yield f"(.*/)?{loose}"
        elif all(item.is_exact for item in (*group, *alike)):
            yield f"(.*/)?{_strict(sorted({item.name for item in group}))}"


def _loose(item: _Named) -> str:
    """Returns a pattern for the name of a layer with any numbers."""
    if item.layer.name is None:
        return re.escape(_NUMBER.sub("", item.name)) + "(_[0-9]+)?"
    return re.sub("[0-9]+", "[0-9]+", re.escape(item.name))


def _strict(names: list[str]) -> str:
    """Returns a pattern for a few names: `dense(_1|_2)?` where they have numbers only."""
    bases = {_NUMBER.sub("", name) for name in names}
    if len(names) == 1 or len(bases) > 1:
        text = "|".join(map(re.escape, names))
        return text if len(names) == 1 else f"({text})"
    (base,) = bases
    numbers = sorted(
        (name.removeprefix(base) for name in names if name != base),
        key=lambda number: int(number[1:]),
    )
    mark = "?" if base in names else ""
    return f"{re.escape(base)}({'|'.join(numbers)}){mark}"


def _named_layers(model: Model, style: Style) -> Iterator[_Named]:
    graph = model.graph
    order = tuple(range(len(graph.layers)))
    if style is not Style.FUNCTIONAL:
        paths = class_layers(
            model.program, graph, model.order, style is Style.SEQUENTIAL
        )
        made = dict.fromkeys(path[0] for path in paths)
        order = (*made, *(index for index in order if index not in made))
    made_so = replace(graph, layers=tuple(graph.layers[index] for index in order))
    names = dict(zip(order, keras_names(made_so), strict=True))
    (_, weights), *nested = model.weights
    for index, layer in enumerate(graph.layers):
        if layer.graph is None:
            yield _Named(names[index], True, layer, weights[index])
    for inner, weights in nested:
        # The numbers of these go on from those of the model around.
        for name, layer, known in zip(
            keras_names(inner), inner.layers, weights, strict=True
        ):
            if layer.graph is None:
                yield _Named(name, layer.name is not None, layer, known)
