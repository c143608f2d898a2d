"""Recovers structure: blocks, stages and loops from a flat model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.program import Program
from keras_kgen.passes.recover.blocks import find_blocks
from keras_kgen.passes.recover.defaults import without_idle_defaults
from keras_kgen.passes.recover.equal import means_the_same
from keras_kgen.passes.recover.gather import gather
from keras_kgen.passes.recover.inputs import arrange_inputs
from keras_kgen.passes.recover.invented import without_invented_names
from keras_kgen.passes.recover.loops import recover_loops
from keras_kgen.passes.recover.models import share_model_classes, share_models

_Passes = tuple[tuple[str, Callable[[Program], Program]], ...]
# What is found behind blocks, whatever they will be.
_LOOPS: _Passes = (("loops", recover_loops), ("inputs", arrange_inputs))
_CLASS_PASSES: _Passes = (
    ("models", share_model_classes),
    ("blocks", find_blocks),
    *_LOOPS,
)


def recover(
    program: Program, diagnostics: Diagnostics, functions: bool = True
) -> Program:
    """Returns the program with blocks and loops for what repeats itself.

    What comes out is proved: it is expanded and compared with the model, layer by layer.

    Args:
        program: Any program.
        diagnostics: Where a note goes if a step has to be left out.
        functions: Whether the blocks will be functions, not classes.
    """
    passes = _function_passes(program) if functions else _CLASS_PASSES
    ordered = gather(program)
    recovered = nameless = without_invented_names(ordered)
    for _, step in passes:
        recovered = step(recovered)
    if recovered == nameless:
        return program
    if means_the_same(ordered, recovered):
        return recovered
    return _recover_by_step(ordered, diagnostics, passes)


def _function_passes(program: Program) -> _Passes:
    """Returns what may be found where functions are written.

    A function may make a model anew each time; a class has the models that it has. Where a
    class style writes loops out, calls are shorter for a default.
    """
    kept = {block.name for block in program.blocks}
    defaults = partial(without_idle_defaults, kept=kept)
    return (
        ("models", share_models),
        ("blocks", partial(find_blocks, functions=True)),
        *_LOOPS,
        ("defaults", defaults),
    )


def _recover_by_step(
    program: Program, diagnostics: Diagnostics, passes: _Passes
) -> Program:
    """Returns the program after the steps that can be proved.

    Where a step changes the model, which is a mistake in kgen, it is left out and a note
    says so.
    """
    for found, step in passes:
        recovered = step(program)
        if means_the_same(program, recovered):
            program = recovered
        else:
            diagnostics.note(
                f"the {found} that were found do not give the same model, so the code is "
                "written without them; this is a mistake in kgen"
            )
    return program
