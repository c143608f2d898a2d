"""Names of tensors that tell nothing: kgen chooses the same ones by itself."""

from __future__ import annotations

import re
from dataclasses import replace

from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.program import Body, Call, Program, Value, map_values
from keras_kgen.pysource.names import snake_case
from keras_kgen.pysource.short_names import TRUNK_NAMES, short_name

_NUMBER = re.compile(r"_?\d+$")
_NUMBERS = re.compile(r"\d+")


def without_invented_names(program: Program) -> Program:
    """Returns the program without the names that kgen gives to tensors by itself.

    A spec that `kgen spec` wrote has to name what a later line reads. Such a name is no sign
    that its line is unlike another. Who writes blocks chooses their names. Nor is the name
    of an output that has it from its layer, the last of a row: `encoder_11_norm`.
    """
    return replace(program, body=_freed(program.body))


def _freed(body: Body) -> Body:
    calls = [item for item in body.statements if isinstance(item, Call)]
    has_names = any(value.name is not None for value in body.outputs)
    rows = set(filter(None, map(_row_without_names, calls))) if has_names else set()
    values = {
        value: Value(value.index)
        for call in calls
        for value in call.results
        if _is_invented(value, call) or _ends_row(value, call, rows)
    }
    if not values or len(calls) < len(body.statements):
        return body
    return Body(
        tuple(_renamed(call, values) for call in calls),
        tuple(values.get(value, value) for value in body.outputs),
    )


def _is_invented(value: Value, call: Call) -> bool:
    if value.name is None:
        return False
    plain = _NUMBER.sub("", value.name)
    return plain in TRUNK_NAMES or plain in (
        short_name(call.callee),
        snake_case(call.callee),
    )


def _row_without_names(call: Call) -> str | None:
    """Returns what a layer is called but for numbers, if what it gives has no name."""
    label = _label(call)
    is_numbered = label is not None and _NUMBERS.search(label)
    has_names = any(value.name is not None for value in call.results)
    return _NUMBERS.sub("#", label) if label and is_numbered and not has_names else None


def _ends_row(value: Value, call: Call, rows: set[str]) -> bool:
    """Whether a value is called like its layer, and others of its row give no names."""
    label = _label(call)
    if value.name is None or label is None or snake_case(label) != value.name:
        return False
    return _NUMBERS.sub("#", label) in rows


def _label(call: Call) -> str | None:
    given = next((a.value for a in call.arguments if a.name == "name"), None)
    value = given.value if isinstance(given, Literal) else None
    return value if isinstance(value, str) else None


def _renamed(call: Call, values: dict[Value, Value]) -> Call:
    def given(value: Value) -> Value:
        return values.get(value, value)

    return replace(
        call,
        inputs=tuple(map_values(item, given) for item in call.inputs),
        keywords=tuple((key, map_values(item, given)) for key, item in call.keywords),
        results=tuple(map(given, call.results)),
    )
