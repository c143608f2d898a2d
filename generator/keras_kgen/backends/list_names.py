"""Names for the values of loops, where several loops would have the same one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keras_kgen.backends.naming import list_name
from keras_kgen.ir.expressions import FormattedString, Literal
from keras_kgen.ir.program import Body, Call, Callee, For, Loop, Program, calls, loops
from keras_kgen.pysource.names import snake_case

# What authors call what a part does, and what the part is.
_PARTS = {"encode": "encoder", "decode": "decoder"}


def told_apart(loop: Loop | For, program: Program) -> str:
    """Returns the name for the values of a loop: `encoder_filters`, `residual_stages`.

    Args:
        loop: The loop.
        program: The program that it is from; its other loops may have other values.
    """
    name = list_name(loop)
    alike = [
        other
        for other in loops(program.body)
        if other.variables and list_name(other) == name and other.rows != loop.rows
    ]
    if not alike:
        return name
    for kind in (_part, _block, _half):
        own = kind(loop)
        if own and all(kind(other) not in ("", own) for other in alike):
            return f"{own}_{name}"
    return name


def _part(loop: Loop | For) -> str:
    """Returns how the names of all layers of a loop begin, "" where they differ."""
    starts = {_start(call) for call in _calls(loop)}
    start = starts.pop() if len(starts) == 1 else ""
    return _PARTS.get(start, start)


def _start(call: Call) -> str:
    label = next((a.value for a in call.arguments if a.name == "name"), None)
    first = label.parts[0] if isinstance(label, FormattedString) else None
    if not isinstance(first, Literal) or not isinstance(first.value, str):
        return ""
    words = re.sub(r"[^A-Za-z]+$", "", first.value)
    return snake_case(words) if words else ""


def _block(loop: Loop | For) -> str:
    """Returns what the only kind of block in a loop is, `residual` of `residual_block`."""
    blocks = {call.callee for call in _calls(loop) if call.kind is Callee.BLOCK}
    return blocks.pop().removesuffix("_block") if len(blocks) == 1 else ""


def _half(loop: Loop | For) -> str:
    """Returns which half of an autoencoder or a U-Net a loop is, "" for neither."""
    layers = [call for call in _calls(loop) if call.kind is Callee.LAYER]
    if any("UpSampling" in call.callee for call in layers):
        return "decoder"
    if any(call.callee.endswith("Transpose") for call in layers):
        return "decoder"
    is_smaller = any("Pooling" in call.callee for call in layers)
    return "encoder" if is_smaller else ""


def _calls(loop: Loop | For) -> Sequence[Call]:
    return tuple(calls(Body((loop,), ())))
