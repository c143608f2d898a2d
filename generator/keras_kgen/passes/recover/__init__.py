"""Recovers structure: blocks, stages and loops from a flat model."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.program import Program
from keras_kgen.passes.recover.blocks import find_blocks
from keras_kgen.passes.recover.equal import means_the_same
from keras_kgen.passes.recover.invented import without_invented_names
from keras_kgen.passes.recover.loops import recover_loops

_PASSES: tuple[tuple[str, Callable[[Program], Program]], ...] = (
    ("blocks", find_blocks),
    ("loops", recover_loops),
)


def recover(program: Program, diagnostics: Diagnostics) -> Program:
    """Returns the program with blocks and loops for what repeats itself.

    What comes out is proved: it is expanded and compared with the model, layer by layer.
    """
    recovered = nameless = without_invented_names(program)
    for _, step in _PASSES:
        recovered = step(recovered)
    if recovered == nameless:
        return program
    if means_the_same(program, recovered):
        return recovered
    return _recover_by_step(program, diagnostics)


def _recover_by_step(program: Program, diagnostics: Diagnostics) -> Program:
    """Returns the program after the steps that can be proved.

    Where a step changes the model, which is a mistake in kgen, it is left out and a note
    says so.
    """
    for found, step in _PASSES:
        recovered = step(program)
        if means_the_same(program, recovered):
            program = recovered
        else:
            diagnostics.note(
                f"the {found} that were found do not give the same model, so the code is "
                "written without them; this is a mistake in kgen"
            )
    return program
