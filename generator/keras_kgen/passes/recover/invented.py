"""Names of tensors that tell nothing: kgen chooses the same ones by itself."""

from __future__ import annotations

import re
from dataclasses import replace

from keras_kgen.ir.program import Body, Call, Program, Value, map_values
from keras_kgen.pysource.names import snake_case
from keras_kgen.pysource.short_names import short_name

_TRUNK = frozenset({"branch", "output", "outputs", "x", "y"})
_NUMBER = re.compile(r"_?\d+$")


def without_invented_names(program: Program) -> Program:
    """Returns the program without the names that kgen gives to tensors by itself.

    A spec that `kgen spec` wrote has to name what a later line reads. Such a name is no sign
    that its line is unlike another. Who writes blocks chooses their names.
    """
    return replace(program, body=_freed(program.body))


def _freed(body: Body) -> Body:
    calls = [item for item in body.statements if isinstance(item, Call)]
    values = {v: Value(v.index) for c in calls for v in c.results if _is_invented(v, c)}
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
    return plain in _TRUNK or plain in (
        short_name(call.callee),
        snake_case(call.callee),
    )


def _renamed(call: Call, values: dict[Value, Value]) -> Call:
    def given(value: Value) -> Value:
        return values.get(value, value)

    return replace(
        call,
        inputs=tuple(map_values(item, given) for item in call.inputs),
        keywords=tuple((key, map_values(item, given)) for key, item in call.keywords),
        results=tuple(map(given, call.results)),
    )
