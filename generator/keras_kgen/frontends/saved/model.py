"""What a saved model says, whatever generation of Keras wrote it: the result of reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import Enum
from typing import TYPE_CHECKING, Any

from keras_kgen.errors import Diagnostic, Location
from keras_kgen.ir.expressions import Argument, Expression
from keras_kgen.records import record

if TYPE_CHECKING:
    from keras_kgen.frontends.saved.weights import SavedWeights


class Container(Enum):
    """The kind of file that a model was read from."""

    KERAS_ZIP = "a .keras archive"
    HDF5 = "an HDF5 file"
    JSON = "a JSON text"
    TENSORFLOW_JS = "a TensorFlow.js model"
    HDF5_WEIGHTS = "an HDF5 file of weights"


class Kind(Enum):
    """What a layer of a saved model is today."""

    INPUT = "input"
    """An `InputLayer`; its arguments are those of `keras.Input`."""
    LAYER = "layer"
    """A layer of the catalogue; its arguments are named as Keras 3 names them."""
    MODEL = "model"
    """A nested model: `network` holds it."""
    OPERATION = "operation"
    """A function of `keras.ops` in a Keras 3 graph; `class_name` is its name there."""
    FUNCTION = "function"
    """A TensorFlow function in a Keras 2 graph; `class_name` is its name: `math.reduce_mean`."""
    LAMBDA = "lambda"
    """A Lambda layer; its function is one of the `objects`."""
    FORMER = "former"
    """A layer that Keras once had; arguments have Keras 3's names where there is one."""
    CUSTOM = "custom"
    """A class that Keras does not have; its arguments are as in the file."""


class ObjectKind(Enum):
    """What an object is that no expression can say."""

    CLASS = "class"
    """An instance of a class that Keras does not have."""
    FUNCTION = "function"
    """A function of the author's, by its name."""
    BYTECODE = "bytecode"
    """A function of the author's that the file holds as bytecode, which is never read."""
    FORMER = "former"
    """What Keras once had, or had with another meaning: `hard_sigmoid` of Keras 1 and 2."""
    LAYER = "layer"
    """A layer that no expression can say; `SavedLayer.inner` has it."""


@record
class SavedObject:
    """An object in a config that no expression of today's Keras can say.

    Attributes:
        kind: What it is.
        name: The name of the class or function; "" where it has none.
        module: Where the file says that it comes from; may be "".
        registered_name: `package>Name`, or "".
        config: Its config as in the file.
    """

    kind: ObjectKind
    name: str
    module: str = ""
    registered_name: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    location: Location | None = field(default=None, compare=False)


@record
class SavedTensor:
    """One result of one call of a layer of the same network: Keras' history."""

    layer: str
    node: int = 0
    index: int = 0


@record
class SavedArray:
    """A constant tensor in a call; `value` nests as its shape does."""

    value: Expression
    dtype: str = ""


# A tensor, or tensors and constants in the nesting in which a layer is called.
SavedNested = (
    SavedTensor
    | SavedArray
    | Expression
    | tuple["SavedNested", ...]
    | Mapping[str, "SavedNested"]
)


@record
class SavedCall:
    """One call of a layer: its place among the layer's calls is the node index."""

    args: tuple[SavedNested, ...]
    kwargs: tuple[tuple[str, SavedNested], ...] = ()
    location: Location | None = field(default=None, compare=False)

    def tensors(self) -> Iterator[SavedTensor]:
        """Yields the tensors that go in, in order."""
        for value in self.args:
            if isinstance(value, SavedTensor):
                yield value
            else:
                yield from tensors_in(value)
        for _, value in self.kwargs:
            yield from tensors_in(value)


@record
class SavedLayer:
    """A layer, with its arguments as Keras 3 names them.

    Attributes:
        kind: What it is today.
        class_name: The catalogue's name where there is one, the file's name otherwise.
        name: The layer's own name, unique in its network.
        arguments: The constructor's arguments, all by name, without `name`. An argument is
            missing here where an object in it is no expression.
        calls: Its calls, in order.
        objects: What `arguments` cannot say, by argument (`activation`, `cells[1]`).
        inner: The layers that are arguments (`layer`, `backward_layer`, `cells[0]`), all of
            them, those that `arguments` has as expressions too.
        network: What a nested model consists of.
        saved_class_name: The class name in the file.
        module: Where the file says that the class comes from; may be "".
        registered_name: `package>Name`, or "".
        config: The config as in the file.
        build_config: What Keras 3 saved for `build`, as in the file.
        like: The path of an equal layer, where `arguments` were read, which say so; "" where
            they are this layer's own.
    """

    kind: Kind
    class_name: str
    name: str
    arguments: tuple[Argument, ...] = ()
    calls: tuple[SavedCall, ...] = ()
    objects: tuple[tuple[str, SavedObject], ...] = ()
    inner: tuple[tuple[str, SavedLayer], ...] = ()
    network: SavedNetwork | None = None
    saved_class_name: str = ""
    module: str = ""
    registered_name: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    build_config: Mapping[str, Any] = field(default_factory=dict)
    location: Location | None = field(default=None, compare=False)
    like: str = field(default="", compare=False)

    def argument(self, name: str) -> Expression | None:
        """Returns the value of an argument, None where it is not given."""
        return next((a.value for a in self.arguments if a.name == name), None)


@record
class SavedNetwork:
    """A model: layers and how they are called. A Sequential one has its calls written out.

    Attributes:
        name: The model's name.
        is_sequential: Whether the file says Sequential.
        layers: The layers in the order of the file; inputs are among them.
        inputs: The tensors that go in: one, a tuple of them, or a mapping.
        outputs: The tensors that come out, likewise.
        class_name: The class in the file: `Sequential`, `Model`, `Functional`, or the
            author's.
    """

    name: str
    is_sequential: bool
    layers: tuple[SavedLayer, ...]
    inputs: SavedNested
    outputs: SavedNested
    class_name: str = ""
    location: Location | None = field(default=None, compare=False)

    def layer(self, name: str) -> SavedLayer:
        """Returns the layer of that name."""
        return next(layer for layer in self.layers if layer.name == name)


@record
class SavedTraining:
    """How the model was compiled.

    Attributes:
        arguments: Arguments of `Model.compile` by name: `optimizer`, `loss`, `metrics`,
            `loss_weights`, `weighted_metrics`, and others that differ from the default.
        objects: What `arguments` cannot say, by argument.
    """

    arguments: tuple[Argument, ...] = ()
    objects: tuple[tuple[str, SavedObject], ...] = ()


@record
class SavedModel:
    """A saved model.

    Attributes:
        source: The file, as the user named it.
        container: The kind of file.
        keras_version: As in the file; "" where it does not say.
        generation: 1, 2 or 3; the first number of the version, or what the config looks like.
        backend: As in the file: `tensorflow`, `theano`; "" where it does not say.
        network: The model; None where the file holds weights only.
        training: How it was compiled, where the file says.
        weights: The weights, read when they are asked for; None where the file has none.
        notes: What was dropped or changed on the way, and where it stood.
    """

    source: str
    container: Container
    keras_version: str = ""
    generation: int = 3
    backend: str = ""
    network: SavedNetwork | None = None
    training: SavedTraining | None = None
    weights: SavedWeights | None = None
    notes: tuple[Diagnostic, ...] = ()


def tensors_in(value: SavedNested) -> Iterator[SavedTensor]:
    """Yields the tensors of a nesting in order."""
    if isinstance(value, SavedTensor):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from tensors_in(item)


def layers_in(network: SavedNetwork) -> Iterator[SavedLayer]:
    """Yields all layers, those of nested models after the model that holds them."""
    for layer in network.layers:
        yield layer
        if layer.network is not None:
            yield from layers_in(layer.network)
