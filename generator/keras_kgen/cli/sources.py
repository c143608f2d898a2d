"""What every command takes: a source, or layers and an input on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath
from typing import Any, TypeVar

import click

from keras_kgen.cli import standard_input
from keras_kgen.errors import UsageError
from keras_kgen.ir.program import Program

_F = TypeVar("_F", bound=Callable[..., Any])


def source_arguments(function: _F) -> _F:
    """Adds SOURCE, --input and --layer to a command."""
    for decorate in (
        click.option(
            "-l",
            "--layer",
            "layers",
            multiple=True,
            metavar="LAYER",
            help="A layer, such as 'Dense(128, activation=\"relu\")'; give one -l for each.",
        ),
        click.option(
            "--input",
            "shape",
            metavar="SHAPE",
            help="The input's shape without the batch, 28,28,1 for instance; goes with -l.",
        ),
        click.argument("source", required=False),
    ):
        function = decorate(function)
    return function


def load(
    source: str | None,
    layers: tuple[str, ...],
    shape: str | None,
    name: str | None = None,
) -> tuple[Program, str]:
    """Returns the program that the arguments ask for, and where it comes from in words.

    Raises:
        SourceError: the source is wrong.
        UsageError: the arguments do not go together.
    """
    from keras_kgen.frontends import detect, presets
    from keras_kgen.passes.find_problems import find_problems

    if name is not None and not name.strip():
        raise UsageError("--name is empty")
    if layers:
        if source is not None:
            raise UsageError("give a SOURCE or -l, not both")
        return detect.load_lines(layers, shape, name, find_problems), "the command line"
    if shape is not None:
        raise UsageError("--input goes with -l; a spec has its own inputs")
    source = source or presets.DEFAULT
    program = detect.load_program(source, standard_input, find_problems)
    if name is not None:
        program = replace(program, name=name)
    return program, _origin(source)


def _origin(source: str) -> str:
    from keras_kgen.frontends import presets

    if source == "-":
        return "standard input"
    if presets.find(source) is not None:
        return f"the preset {source}"
    return PurePath(source).name
