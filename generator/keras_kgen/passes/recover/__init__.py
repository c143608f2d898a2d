"""Recovers structure: blocks, stages and loops from a flat model."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.program import Program
from keras_kgen.passes.recover.blocks import find_blocks
from keras_kgen.passes.recover.equal import means_the_same
from keras_kgen.passes.recover.loops import recover_loops

_PASSES: tuple[tuple[str, Callable[[Program], Program]], ...] = (
    ("blocks", find_blocks),
    ("loops", recover_loops),
)


def recover(program: Program, diagnostics: Diagnostics) -> Program:
    """Returns the program with blocks and loops for what repeats itself.

    Each step is proved: its result is expanded and compared with the model, layer by layer.
    Where they differ, which is a mistake in kgen, the step is left out and a note says so.
    """
    for found, step in _PASSES:
        recovered = step(program)
        if recovered is program:
            continue
        if means_the_same(program, recovered):
            program = recovered
        else:
            diagnostics.note(
                f"the {found} that were found do not give the same model, so the code is "
                "written without them; this is a mistake in kgen"
            )
    return program
