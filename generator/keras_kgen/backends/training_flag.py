"""Which layers behave differently in training, so that `call` hands the flag on."""

from __future__ import annotations

from keras_kgen.catalogue import former, registry
from keras_kgen.ir.definitions import Definition, Former
from keras_kgen.ir.expressions import Argument, Literal, ObjectCall
from keras_kgen.ir.program import Block, Call, Callee, Program, Shared, calls

# Groups of layers that always differ; others differ where they drop something.
_ALWAYS = ("regularization", "preprocessing")
_ALWAYS_CLASSES = ("BatchNormalization", "SpectralNormalization")
_RATES = ("dropout", "recurrent_dropout")


def takes_training(call: Call | Shared, program: Program) -> bool:
    """Whether the `training` flag makes a difference to a call.

    It makes none where the author says it for good: `Dropout(0.5)(x, training=True)`.
    """
    if isinstance(call, Call) and any(key == "training" for key, _ in call.keywords):
        return False
    if call.kind is Callee.SHARED:
        return takes_training(program.shared_layer(call.callee), program)
    if call.kind is Callee.BLOCK:
        return block_takes_training(program.block(call.callee), program)
    if call.kind is Callee.IMPORTED:
        return _definition_differs(program.definition(call.callee))
    return call.kind is Callee.LAYER and _differs(call.callee, call.arguments)


def block_takes_training(block: Block, program: Program) -> bool:
    """Whether the `training` flag makes a difference to a block."""
    return any(takes_training(call, program) for call in calls(block.body))


def _definition_differs(definition: Definition | None) -> bool:
    found = former.find(definition.former) if isinstance(definition, Former) else None
    return found is not None and found.takes_training


def _differs(class_name: str, arguments: tuple[Argument, ...]) -> bool:
    entry = registry.lookup("layers", class_name)
    if entry is None or all(p.name != "training" for p in entry.call_parameters):
        return False
    if entry.group in _ALWAYS or class_name in _ALWAYS_CLASSES:
        return True
    for argument in arguments:
        if argument.name in _RATES and argument.value not in (Literal(0), Literal(0.0)):
            return True
        if isinstance(argument.value, ObjectCall) and argument.value.family == "layers":
            return _differs(argument.value.class_name, argument.value.arguments)
    return False
