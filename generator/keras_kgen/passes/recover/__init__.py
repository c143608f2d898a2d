"""Recovers structure: blocks, stages and loops from a flat model."""

from __future__ import annotations

from keras_kgen.ir.program import Program
from keras_kgen.passes.recover.blocks import find_blocks


def recover(program: Program) -> Program:
    """Returns the program with blocks and loops for what repeats itself."""
    return find_blocks(program)
