"""What every command takes: a source, or layers and an input on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar

import click

from keras_kgen.cli import standard_input
from keras_kgen.errors import UsageError
from keras_kgen.ir.choose import with_defaults
from keras_kgen.ir.expressions import to_value
from keras_kgen.ir.program import Program

if TYPE_CHECKING:
    from keras_kgen.frontends.documents import Document

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
    data: Document | None = None,
) -> tuple[Program, str]:
    """Returns the program that the arguments ask for, and where it comes from in words.

    Where a search is to choose arguments, they have their defaults, and a note says so.

    Args:
        source, layers, shape, name: The arguments of that name.
        data: The user's own data, which take the place of those of the source.

    Raises:
        SourceError: the source is wrong.
        UsageError: the arguments do not go together.
    """
    program, origin = load_open(source, layers, shape, name, data)
    if program.hyperparameters:
        click.echo(f"note: {told_defaults(program)}", err=True)
    return with_defaults(program), origin


def told_defaults(program: Program) -> str:
    """Returns what is said where a command takes defaults for choices."""
    values = (f"{n}={to_value(v)!r}" for n, v in program.defaults.items())
    return f"the choices have their defaults here: {', '.join(values)}"


def load_open(
    source: str | None,
    layers: tuple[str, ...],
    shape: str | None,
    name: str | None = None,
    data: Document | None = None,
) -> tuple[Program, str]:
    """Does what `load` does, and leaves to a search what it is to choose.

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
        program = detect.load_lines(layers, shape, name, find_problems, data)
        return program, "the command line"
    if shape is not None:
        raise UsageError("--input goes with -l; a spec has its own inputs")
    if source is None and data is not None:
        program = detect.load_data(data, name, find_problems)
        assert program.training.own is not None
        return program, PurePath(program.training.own.path).name
    source = source or presets.DEFAULT
    program = detect.load_program(source, standard_input, find_problems, data)
    if name is not None:
        program = replace(program, name=name)
    return program, _origin(source)


def own_data(
    data: str | None, target: str | None, window: int | None, horizon: int | None
) -> Document | None:
    """Returns the `data:` that the options stand for, None where they name no own data.

    Raises:
        UsageError: there is no --data of the user's own for the other options to go with.
    """
    if data is None and target is None and window is None and horizon is None:
        return None
    from keras_kgen.frontends.overrides import own_document

    document = own_document(data, target=target, window=window, horizon=horizon)
    others = {"--target": target, "--window": window, "--horizon": horizon}
    given = [option for option, value in others.items() if value is not None]
    if document is None and given:
        raise UsageError(f"{given[0]} goes with --data FILE, a table of your own")
    if document is None and data is not None and os.path.isdir(data):
        known = f"{data} is the data set of that name"
        click.echo(f"note: {known}; for the folder write ./{data}", err=True)
    return document


def _origin(source: str) -> str:
    from keras_kgen.frontends import presets

    if source == "-":
        return "standard input"
    if presets.find(source) is not None:
        return f"the preset {source}"
    return PurePath(source).name
