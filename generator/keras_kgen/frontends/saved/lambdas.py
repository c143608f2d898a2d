"""Lambda layers: the op that one is, or a function of the author's that is to be written."""

from __future__ import annotations

from dataclasses import dataclass

from keras_kgen.catalogue import registry
from keras_kgen.frontends.saved.definitions import Definitions
from keras_kgen.frontends.saved.model import ObjectKind, SavedLayer, SavedObject
from keras_kgen.frontends.saved.names import current_name
from keras_kgen.frontends.saved.output_shapes import output_tail
from keras_kgen.frontends.saved.tidy import tidy
from keras_kgen.frontends.saved.tree import brief
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    Sequence,
    from_value,
)
from keras_kgen.ir.program import Callee
from keras_kgen.ir.tensors import Shape
from keras_kgen.pysource.names import is_identifier

# Where Keras 3 says that the functions of its own come from.
_PLAIN_MODULES = frozenset({"builtins", "keras.activations", "keras.ops"})
# What the function is called among the arguments: `mode` for Keras 1's Merge.
_FUNCTIONS = ("function", "mode")
_SHAPES = ("output_shape",)
_KEPT = ("name", "dtype", "trainable")
_UNKNOWN = SavedObject(ObjectKind.BYTECODE, "")


@dataclass(frozen=True, slots=True)
class LambdaCall:
    """What a Lambda layer is written as.

    Attributes:
        kind: `OP`, or `LAYER`.
        callee: The op or the layer.
        arguments: What goes to the constructor.
        keywords: What goes to the op by name.
    """

    kind: Callee
    callee: str
    arguments: tuple[Argument, ...] = ()
    keywords: tuple[tuple[str, Expression], ...] = ()


def read_lambda(
    layer: SavedLayer, shape: Shape | None, definitions: Definitions
) -> LambdaCall:
    """Returns what a Lambda layer, or Keras 1's Merge with a function, is written as.

    Args:
        layer: The layer.
        shape: The shape of its first input, None where it is not known.
        definitions: Where the function is recorded.
    """
    objects = dict(layer.objects)
    function = next((objects[n] for n in _FUNCTIONS if n in objects), _UNKNOWN)
    arguments = layer.argument("arguments")
    given = arguments.items if isinstance(arguments, Dictionary) else ()
    plain = _plain(layer, function, given, definitions)
    if plain is not None:
        return plain
    if "mask" in objects or "output_mask" in objects:
        definitions.diagnostics.warning(
            f"{layer.name}: its mask is left out: a function computes it, and the file does "
            "not hold the code",
            layer.location,
        )
    names = _parameters(given)
    stub = definitions.stub(
        function, f"Lambda layer {brief(layer.name)}", layer.name, names
    )
    found = [Argument(stub, "function", layer.location)]
    found += _shape(layer, objects.get("output_shape"), shape, definitions)
    if given and arguments is not None:
        found.append(Argument(arguments, "arguments"))
    found += (a for a in layer.arguments if a.name in _KEPT)
    return LambdaCall(Callee.LAYER, "Lambda", tidy("Lambda", tuple(found)))


def _plain(
    layer: SavedLayer,
    function: SavedObject,
    given: tuple[tuple[Expression, Expression], ...],
    definitions: Definitions,
) -> LambdaCall | None:
    """Returns the op or activation that a function of Keras is, None for other functions."""
    is_keras = function.module in _PLAIN_MODULES or function.module.startswith(
        ("keras.src.ops", "keras.src.activations")
    )
    if function.kind is not ObjectKind.FUNCTION or not is_keras:
        return None
    activation = current_name("activations", function.name)
    # Keras looks for the name among its activations first.
    if activation is not None and not given and definitions.model.generation > 2:
        value = Argument(Literal(activation), "activation", layer.location)
        kept = tuple(a for a in layer.arguments if a.name in _KEPT)
        return LambdaCall(
            Callee.LAYER, "Activation", tidy("Activation", (value, *kept))
        )
    entry = registry.lookup("ops", function.name)
    keywords = {k.value: v for k, v in given if isinstance(k, Literal)}
    names = tuple(key for key in keywords if isinstance(key, str))
    if entry is None or any(not entry.accepts(name) for name in names):
        return None
    definitions.diagnostics.note(
        f"{brief(layer.name)}: its function {function.name!r} is taken to be keras.ops.{entry.name}",
        layer.location,
    )
    return LambdaCall(
        Callee.OP, entry.name, (), tuple((name, keywords[name]) for name in names)
    )


def _parameters(given: tuple[tuple[Expression, Expression], ...]) -> tuple[str, ...]:
    """Returns what the function takes: the inputs, and the arguments that the layer has."""
    keys = [key.value for key, _ in given if isinstance(key, Literal)]
    names = [key for key in keys if isinstance(key, str)]
    if all(is_identifier(name) and name != "inputs" for name in names):
        return ("inputs", *names)
    return ("inputs", "**arguments")


def _shape(
    layer: SavedLayer,
    function: SavedObject | None,
    given: Shape | None,
    definitions: Definitions,
) -> list[Argument]:
    """Returns the shape that the file says, without the batch; none where it does not."""
    if function is not None and function.kind is ObjectKind.FUNCTION:
        name = definitions.imported(function.name, function.module, layer.location)
        if name is not None:
            stub = definitions.stub(function, "", "", ())
            return [Argument(stub, "output_shape")]
    written = layer.argument("output_shape")
    if isinstance(written, Sequence):
        return [Argument(Sequence(written.items), "output_shape")]
    tail = output_tail(definitions.model, layer, definitions.readers)
    if tail is None or (given is None and tail.keeps_front):
        return []
    shape = tail.applied(given or (None,))
    return [] if shape == given else [Argument(from_value(shape[1:]), "output_shape")]
