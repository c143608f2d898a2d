"""Names for stretches with branches, from how these come together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.program import (
    ARITHMETIC,
    Body,
    Call,
    Callee,
    Program,
    Statement,
    call_of,
    calls,
    reads,
    results,
)
from keras_kgen.pysource.names import snake_case

_SUMS = frozenset({"add", "Add"})
_CONCATENATIONS = frozenset({"concatenate", "Concatenate"})
_BRANCHES = "parallel_branches"
_JOINS = {
    **dict.fromkeys(_SUMS, "residual_block"),
    "subtract": "difference_block",
    "Subtract": "difference_block",
    "multiply": "gated_block",
    "Multiply": "gated_block",
    "maximum": _BRANCHES,
    "minimum": _BRANCHES,
    "stack": _BRANCHES,
    "Average": _BRANCHES,
    "Maximum": _BRANCHES,
    "Minimum": _BRANCHES,
}


def branch_name(stretch: Sequence[Statement], program: Program) -> str:
    """Returns what people call a block of these lines.

    Args:
        stretch: The lines.
        program: The program that they are from.
    """
    last = stretch[-1]
    if has_ops_only(stretch) and all(len(set(reads(s))) == 1 for s in stretch):
        return _op_name(stretch)
    if isinstance(last, Call) and last.callee in {*_JOINS, *_CONCATENATIONS}:
        return _embedding(stretch, last) or _joined(last.callee, stretch, program)
    if len(stretch) == 1 and len(results(last)) > 1 and isinstance(last, Call):
        return f"{snake_case(last.callee)}_block"
    callees = {s.callee for s in stretch if isinstance(s, Call)}
    if len(callees) == 1 and callees <= {shared.name for shared in program.shared}:
        return f"{callees.pop()}_stack"
    joins = [c.callee for c in _layers(stretch, program) if c.callee in _JOINS]
    if any(c.callee == "Concatenate" for c in _layers(stretch, program)):
        return "skip_connections"
    return _JOINS[joins[-1]] if joins else _BRANCHES


def has_ops_only(stretch: Sequence[Statement]) -> bool:
    """Whether no line has a layer."""
    return all(isinstance(s, Call) and s.kind is Callee.OP for s in stretch)


def _op_name(stretch: Sequence[Statement]) -> str:
    """Returns a name from the main op of a stretch: `mean_block`."""
    names = [s.callee for s in stretch if isinstance(s, Call)]
    main = [name for name in names if name not in (*ARITHMETIC, "negative", "cast")]
    if not main:
        return "scaling_block"
    return f"{main[-1].rpartition('.')[2]}_block".replace("get_item", "selection")


def _embedding(stretch: Sequence[Statement], join: Call) -> str:
    """Returns what joined embeddings are called, "" where others are joined too."""
    made = {value: s for s in stretch for value in results(s)}
    given = list(dict.fromkeys(reads(join)))
    layers = [made[value] for value in given if value in made]
    if len(given) != 2 or not all(map(_is_embedding, layers)):
        return ""
    is_sum = join.callee in _SUMS
    if len(layers) == 2:
        return "token_and_position_embedding" if is_sum else ""
    usual = "position_embedding" if is_sum else "extra_tokens"
    return snake_case(_label(layers[0]), usual)


def _is_embedding(statement: Statement) -> bool:
    return isinstance(statement, Call) and statement.callee == "Embedding"


def _label(statement: Statement) -> str:
    """Returns what the author calls a layer, "" where that is unknown."""
    call = call_of(statement)
    named = next((a.value for a in call.arguments if a.name == "name"), None)
    label = call.label or getattr(named, "value", None)
    return label if isinstance(label, str) else ""


def _joined(join: str, stretch: Sequence[Statement], program: Program) -> str:
    if join not in _CONCATENATIONS:
        return _JOINS[join]
    layers = list(_layers(stretch, program))
    names = [layer.callee for layer in layers]
    if any("UpSampling" in name or "Transpose" in name for name in names):
        return "skip_connections"
    if not any("Conv" in name for name in names):
        return _BRANCHES
    if any("Global" in name for name in names):
        return "parallel_convolutions"
    lines = [*layers, *calls(Body(tuple(stretch), ()))]
    return "reduction_block" if any(map(_is_strided, lines)) else "inception_block"


def _is_strided(call: Call) -> bool:
    """Whether a line gives fewer positions than it takes."""
    strides = next((a.value for a in call.arguments if a.name == "strides"), None)
    if strides is None:
        return "Pooling" in call.callee
    return isinstance(strides, Literal) and strides != Literal(1)


def _layers(statements: Iterable[Statement], program: Program) -> Iterator[Call]:
    """Yields the calls of layers and ops, those of blocks too."""
    for call in calls(Body(tuple(statements), ())):
        if call.kind is Callee.BLOCK:
            yield from _layers(program.block(call.callee).body.statements, program)
        elif call.kind in (Callee.LAYER, Callee.OP):
            yield call
