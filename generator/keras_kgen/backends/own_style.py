"""Styles that other packages add: what they are shown of a model, and what they give."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from traceback import extract_tb

from keras_kgen.backends.calls import Constructors, structured, tensors
from keras_kgen.backends.context import Context
from keras_kgen.backends.naming import ValueNames, attribute_names
from keras_kgen.backends.operations import Text, write_op
from keras_kgen.backends.view import Definitions
from keras_kgen.catalogue.reserved import RESERVED_ATTRIBUTES
from keras_kgen.errors import KgenError, UsageError
from keras_kgen.ir.program import Call, Callee, Program, Shared, reads
from keras_kgen.options import OwnStyle
from keras_kgen.pysource.literals import literal
from keras_kgen.pysource.names import MODULE_NAMES, Namespace, snake_case

_BUILD = "build_model"


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a model.

    Attributes:
        name: The name of its tensor.
        source: What makes it: `keras.Input(shape=INPUT_SHAPE)`.
    """

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a model.

    Attributes:
        name: A name for it that nothing else in the model has.
        source: What makes it: `layers.Dense(10, activation="softmax")`.
        is_shared: Whether the model calls it more than once.
    """

    name: str
    source: str
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A call of a layer, or an operation on tensors.

    Attributes:
        layer: The layer; None for an operation.
        arguments: What the layer is called with: `x`, or `[x, shortcut]`.
        inputs: The tensors that go in, by name.
        results: The tensors that come out, by name.
        source: The operation, or the call of a layer that is made here: `layers.Dense(10)(x)`.
            A shared one is called by its name.
    """

    layer: Layer | None
    arguments: str
    inputs: tuple[str, ...]
    results: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Network:
    """A model, layer by layer; all text is source.

    Names of tensors are those of a functional model: one name may stand for several tensors,
    one after the other.

    Attributes:
        name: What Keras calls the model, a string in quotes.
        inputs: The inputs.
        layers: The layers in the order in which a functional model has their weights: the one
            in which a class creates them, so that the weights of all styles have one order.
        steps: What happens to the inputs, in order.
        takes: The tensors of the inputs in their nesting: `inputs`, or `[image, text]`.
        gives: The tensors of the outputs in theirs.
    """

    name: str
    inputs: tuple[Input, ...]
    layers: tuple[Layer, ...]
    steps: tuple[Step, ...]
    takes: str
    gives: str


def lower_own(style: OwnStyle, context: Context) -> Definitions:
    """Returns what a style of another package makes of a model.

    Raises:
        KgenError: the package fails, or gives what is no part of a module.
        UsageError: the style cannot express the model.
    """
    network = _Describer(style, context).network()
    try:
        source = style.write(network)
    except KgenError:
        raise
    except Exception as error:
        place = extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {error} ({place.filename}:{place.lineno})"
        raise KgenError(f"{style} failed: {what}") from error
    if not isinstance(source, str):
        kind = type(source).__name__
        raise KgenError(f"{style} gave {kind}, and not the source of {_BUILD}()")
    _check(style, source)
    context.imports.add("keras")
    return Definitions((), (), source.strip("\n"))


def _check(style: OwnStyle, source: str) -> None:
    """Checks that a module can have a text among its functions."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        line = (error.text or "").strip()
        message = f"{style} writes what is not Python: {error.msg}: {line}"
        raise KgenError(message) from error
    definitions = (ast.AsyncFunctionDef, ast.ClassDef, ast.FunctionDef)
    names = [node.name for node in tree.body if isinstance(node, definitions)]
    if _BUILD not in names:
        raise KgenError(f"{style} defines no function {_BUILD}()")
    for name in names:
        if name in MODULE_NAMES and name != _BUILD:
            raise KgenError(f"{style} defines {name!r}, which the module has already")


class _Describer:
    """Describes a program without blocks and loops."""

    def __init__(self, style: OwnStyle, context: Context) -> None:
        self.context = context
        self.program: Program = context.program
        nested = [s.name for s in self.program.shared if s.kind is Callee.BLOCK]
        if nested:
            raise UsageError(
                f"{style} writes layers, and {nested[0]!r} is a model within the model: "
                "use --style functional"
            )
        self.constructors = Constructors(self.program, {}, context.imports)
        body = self.program.body
        self.calls = [item for item in body.statements if isinstance(item, Call)]
        namespace = Namespace(Namespace(reserved=RESERVED_ATTRIBUTES))
        namespace.reserve(MODULE_NAMES)
        self.layer_names = attribute_names(self.calls, namespace, context.model_name)
        self.names = ValueNames(self.calls, body.outputs, Namespace(namespace))
        self.layers: dict[str, Layer] = {}

    def network(self) -> Network:
        """Returns the model as a style sees it."""
        program, context = self.program, self.context
        inputs = []
        for given, value in zip(program.inputs, program.values, strict=True):
            wanted = snake_case(given.name) if given.name else "inputs"
            name = self.names.add_input(value, wanted, stays=True)
            inputs.append(Input(name, context.input_source(given)))
        taken = [given.name for given in inputs]
        steps = tuple(self.step(index) for index in range(len(self.calls)))
        outputs = [self.names[value] for value in program.body.outputs]
        return Network(
            literal(context.model_name),
            tuple(inputs),
            self.ordered(steps),
            steps,
            structured(program.takes, lambda index: taken[index]),
            structured(program.gives, lambda index: outputs[index]),
        )

    def step(self, index: int) -> Step:
        call = self.calls[index]
        read = dict.fromkeys(self.names[value] for value in reads(call))
        layer = None
        arguments = ""
        if call.kind is Callee.OP:
            op = write_op(call, lambda v: Text(self.names[v]), self.context.imports)
            source = op.source
        else:
            layer = self.layer(call, self.layer_names[index])
            given = tensors(call, self.names.__getitem__, self.context.imports)
            arguments = ", ".join(given)
            made = layer.name if layer.is_shared else layer.source
            source = f"{made}({arguments})"
        is_last = index == len(self.calls) - 1 and len(self.program.body.outputs) == 1
        results = self.names.add_results(call, index, "outputs" if is_last else None)
        return Step(layer, arguments, tuple(read), results, source)

    def layer(self, call: Call, name: str) -> Layer:
        if name not in self.layers:
            made: Call | Shared = call
            is_shared = call.kind is Callee.SHARED
            self.layers[name] = Layer(name, self.constructors.write(made), is_shared)
        return self.layers[name]

    def ordered(self, steps: tuple[Step, ...]) -> tuple[Layer, ...]:
        """Returns the layers in Keras' order."""
        graph = self.context.graph
        found: dict[int, Layer] = {}
        for node in graph.nodes:
            if node.layer is not None:
                layer = steps[node.origin[0]].layer
                if layer is not None:
                    found[node.layer] = layer
        return tuple(found[index] for index in self.context.order if index in found)
