"""What people call the results of a layer that gives several."""

from __future__ import annotations

from keras_kgen.catalogue.rules.recurrent import STATES
from keras_kgen.ir.expressions import ObjectCall
from keras_kgen.ir.program import Call, Callee

# As the guides of Keras call the states of a layer, by their number.
_STATES = {1: ("state",), 2: ("state_h", "state_c")}
_ATTENTION = frozenset(
    {"AdditiveAttention", "Attention", "GroupQueryAttention", "MultiHeadAttention"}
)


def result_names(call: Call) -> tuple[str, ...]:
    """Returns what the results of a call behind its first are called, if that is usual.

    Args:
        call: The line.

    Returns:
        A name for each result but the first; none where there is no usage.
    """
    if call.kind is not Callee.LAYER:
        return ()
    names = _usual(call)
    return names if len(names) == len(call.results) - 1 else ()


def _usual(call: Call) -> tuple[str, ...]:
    if call.callee in _ATTENTION:
        return ("scores",)
    if call.callee == "Bidirectional":
        layer = next(
            (a.value for a in call.arguments if a.name in (None, "layer")), None
        )
        inner = layer.class_name if isinstance(layer, ObjectCall) else ""
        states = [name.removeprefix("state_") for name in _states(inner)]
        return tuple(f"{way}_{s}" for way in ("forward", "backward") for s in states)
    return _states(call.callee)


def _states(class_name: str) -> tuple[str, ...]:
    return _STATES.get(STATES.get(class_name, 0), ())
