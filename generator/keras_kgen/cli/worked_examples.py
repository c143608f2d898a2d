"""What a layer makes of a plausible input, worked out by kgen's own rules."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras_kgen.catalogue.entry import Entry
from keras_kgen.cli.spec_lines import spec_line
from keras_kgen.ir.graph import TensorRef
from keras_kgen.ir.tensors import Shape

if TYPE_CHECKING:
    from keras_kgen.catalogue.rules import WeightSpec

_DIMENSIONS = re.compile(r"([123])D(Transpose)?$")
_VECTOR = [64]
_SEQUENCE = [10, 64]
_IMAGE = [64, 64, 3]
_BY_DIMENSIONS = {"1": [100, 16], "2": [28, 28, 16], "3": [16, 16, 16, 4]}
# The inputs without the batch: of a class, else of its group.
_INPUTS: dict[str, Any] = {
    "Conv2D": [28, 28, 1],
    "ConvLSTM1D": [8, 100, 2],
    "ConvLSTM2D": [8, 32, 32, 1],
    "ConvLSTM3D": [8, 16, 16, 16, 1],
    "Dense": [784],
    "EinsumDense": _SEQUENCE,
    "Embedding": {"shape": [100], "dtype": "int32"},
    "ReversibleEmbedding": {"shape": [100], "dtype": "int32"},
    "Masking": [10, 8],
    "PReLU": [32],
    "BatchNormalization": [28, 28, 32],
    "GroupNormalization": [28, 28, 32],
    "LayerNormalization": _SEQUENCE,
    "RMSNormalization": _SEQUENCE,
    "SpectralNormalization": [32],
    "Flatten": [7, 7, 64],
    "Reshape": [7, 7, 64],
    "Permute": _SEQUENCE,
    "CategoryEncoding": {"shape": [3], "dtype": "int32"},
    "Discretization": [4],
    "HashedCrossing": {"shape": [1], "dtype": "string"},
    "Hashing": {"shape": [1], "dtype": "string"},
    "IntegerLookup": {"shape": [10], "dtype": "int32"},
    "StringLookup": {"shape": [10], "dtype": "string"},
    "TextVectorization": {"shape": [1], "dtype": "string"},
    "MelSpectrogram": [16000],
    "STFTSpectrogram": [16000, 1],
    "Normalization": [8],
    "CenterCrop": [100, 80, 3],
    "RandomCrop": [100, 80, 3],
    "Resizing": [100, 80, 3],
    "attention": _SEQUENCE,
    "preprocessing": _IMAGE,
    "rnn": [10, 8],
}
_PLACEHOLDER = re.compile(r"\b_\b")


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A layer called once.

    Attributes:
        line: The layer and what it is called with, as in a spec.
        inputs: The shapes that go in.
        output: The shape that comes out.
        weights: The weights that the layer makes for them, in order.
    """

    line: str
    inputs: tuple[Shape, ...]
    output: Shape
    weights: tuple[WeightSpec, ...]


def work_out(entry: Entry) -> WorkedExample | None:
    """Returns a call of a layer with its shapes and weights, None where no rule tells them."""
    spec = example_spec(entry)
    return None if spec is None else _apply(spec)


def example_spec(entry: Entry) -> dict[str, Any] | None:
    """Returns a model of the one layer as a spec, None where kgen has no rule for it."""
    line = spec_line(entry).removeprefix("- ")
    if entry.family != "layers" or not line:
        return None
    from keras_kgen.catalogue.rules import has_rule

    if not has_rule(entry.name):
        return None
    names = ("x", "shortcut") if "shortcut" in line else ("x",)
    inputs = {name: _input(entry) for name in names}
    return {"inputs": inputs, "layers": [_PLACEHOLDER.sub("x", line)]}


def _apply(spec: dict[str, Any]) -> WorkedExample | None:
    from keras_kgen.errors import Diagnostics
    from keras_kgen.frontends.documents import read_json
    from keras_kgen.frontends.spec import read_spec
    from keras_kgen.ir.expand import expand
    from keras_kgen.passes.count_parameters import weights_of
    from keras_kgen.passes.infer_shapes import infer_shapes

    graph = expand(read_spec(read_json(json.dumps(spec), "example"), "example"))
    specs = infer_shapes(graph, Diagnostics())
    output = specs[TensorRef(len(graph.nodes) - 1)].shape
    weights = weights_of(graph, specs)[-1]
    if weights is None or output is None:
        return None
    given = (item.spec.shape for item in graph.inputs)
    return WorkedExample(spec["layers"][0], tuple(filter(None, given)), output, weights)


def _input(entry: Entry) -> Any:
    """Returns the input as a spec writes it."""
    for key in (entry.name, entry.group):
        dimensions = _DIMENSIONS.search(key)
        if key in _INPUTS:
            return _INPUTS[key]
        if dimensions:
            return _BY_DIMENSIONS[dimensions[1]]
    return _VECTOR
