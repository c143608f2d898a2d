"""What the training half knows of a model: its inputs, its outputs, their shapes."""

from __future__ import annotations

from keras_kgen.catalogue import registry
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import Structure
from keras_kgen.ir.tensors import Shape, TensorSpec
from keras_kgen.pysource.names import snake_case
from keras_kgen.records import record


@record
class Output:
    """An output of the model.

    Attributes:
        key: Its key where the model returns a dictionary, else "".
        activation: The activation that the layer which gives it was called with, if any.
        layer_class: The class name of that layer.
    """

    key: str
    spec: TensorSpec
    activation: str | None = None
    layer_class: str = "Dense"


@record
class ModelFacts:
    """All that training has to know of a model.

    Attributes:
        title: One sentence on the model.
        vocabulary_size: The input size of the Embedding that reads the input, if one does.
        scales_input: Whether the model itself scales what comes in, by Rescaling for instance.
        learns_scale: Whether a Normalization that reads the input is to learn mean and variance.
        takes: How the model takes its inputs: alone, by name, in a list.
        gives: How it gives its outputs.
        precision: The policy of its layers.
    """

    name: str
    title: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    vocabulary_size: int | None = None
    takes: Structure = 0
    gives: Structure = 0
    scales_input: bool = False
    learns_scale: bool = False
    precision: str = "float32"


def sample_of(tensor: Input) -> Shape | None:
    """Returns the shape of an input without its batch axis."""
    return tensor.spec.shape[1:] if tensor.spec.shape else None


def shape_of(output: Output) -> Shape | None:
    """Returns the shape of an output without its batch axis."""
    return output.spec.shape[1:] if output.spec.shape else None


def units_of(output: Output) -> int | None:
    """Returns the size of the last axis of an output."""
    shape = shape_of(output)
    return shape[-1] if shape else None


def activation_of(output: Output) -> str:
    """Returns how an output ends: an activation, "linear", or "" where that is not known."""
    if output.layer_class == "Softmax":
        return "softmax"
    if output.activation:
        return snake_case(output.activation)
    entry = registry.lookup("layers", output.layer_class)
    parameter = entry.parameter("activation") if entry else None
    if parameter is None or parameter.required:
        return ""
    return str(parameter.default or "linear")
