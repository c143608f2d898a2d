"""The options of `kgen new`, in the sections in which its help shows them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from keras_kgen.catalogue.distributions import DISTRIBUTIONS
from keras_kgen.catalogue.modes import LOOPS, MAX_SEED, PRECISIONS
from keras_kgen.cli.request import CHOICES, find
from keras_kgen.ir.tuning import Tuner
from keras_kgen.options import Style

_F = TypeVar("_F", bound=Callable[..., Any])
_Decorator = Callable[[Any], Any]
_MODEL, _OUTPUT = "The model", "What is written"


class SectionedOption(click.Option):
    """An option that knows under which heading it stands."""

    def __init__(self, *names: Any, section: str, **attributes: Any) -> None:
        super().__init__(*names, **attributes)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose help has a section for each kind of option."""

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None or not isinstance(parameter, click.Option):
                continue
            default = _OUTPUT if "--help" in parameter.opts else _MODEL
            section = getattr(parameter, "section", default)
            sections.setdefault(section, []).append(record)
        for section, records in sections.items():
            with formatter.section(section):
                formatter.write_dl(records)


def _options(*decorators: _Decorator) -> Callable[[_F], _F]:
    """Returns a decorator that adds several options, the first one first in the help."""

    def decorate(function: _F) -> _F:
        for each in reversed(decorators):
            function = each(function)
        return function

    return decorate


def _known(context: click.Context, parameter: click.Parameter, style: str) -> str:
    """Returns a style that there is, before anything else is looked at."""
    if style not in CHOICES:
        find(style)
    return style


def _section(name: str) -> Callable[..., _Decorator]:
    return partial(click.option, cls=SectionedOption, section=name)


_option = _section(_MODEL)
model_options = _options(
    _option("--name", metavar="NAME", help="The model's name, in place of the spec's."),
    _option(
        "--style",
        metavar="STYLE",
        callback=_known,
        default="auto",
        show_default=True,
        help=f"How to build the model: auto, {', '.join(s.value for s in Style)}, all, or a "
        "style that another package adds; auto is Sequential for a chain, else Functional.",
    ),
    _option("--flat", is_flag=True, help="Write neither blocks nor loops."),
    _option(
        "--explain",
        is_flag=True,
        help="Add comments that teach: layers, shapes, counts.",
    ),
    _option(
        "--weights",
        metavar="[FILE]",
        is_flag=False,
        flag_value="",
        help="Write the weights of a saved model too: its own, or those in FILE.",
    ),
)

_option = _section("Data")
data_options = _options(
    _option(
        "--data",
        metavar="DATA",
        help="A data set, mnist for instance, or your own: a .csv or .npz file, a folder.",
    ),
    _option(
        "--target", metavar="COLUMN", help="The column of your own table to predict."
    ),
    _option(
        "--window",
        type=click.IntRange(1),
        help="The rows of your own time series that a model sees.",
    ),
    _option(
        "--horizon",
        type=click.IntRange(1),
        help="How many rows later the target is; 1 if not given.",
    ),
)

_option = _section("Training")
training_options = _options(
    _option("--optimizer", metavar="OPTIMIZER", help="For instance 'Adam(1e-3)'."),
    _option("--loss", metavar="LOSS", help="For instance mse."),
    _option(
        "--metric", "metrics", multiple=True, metavar="METRIC", help="One for each."
    ),
    _option(
        "--callback",
        "callbacks",
        multiple=True,
        metavar="CALLBACK",
        help="For instance 'EarlyStopping(patience=3)'; one for each.",
    ),
    _option("--epochs", type=click.IntRange(1), help="How many epochs to train."),
    _option("--batch-size", type=click.IntRange(1), help="Samples in a training step."),
    _option(
        "--seed",
        type=click.IntRange(0, MAX_SEED),
        help="Start from the same random numbers in every run.",
    ),
    _option(
        "--precision",
        type=click.Choice(PRECISIONS),
        help="What layers compute in; mixed_bfloat16 is fast on GPUs and TPUs, and keeps "
        "weights and outputs in float32.",
    ),
    _option(
        "--jit",
        type=click.Choice(("auto", "on", "off")),
        help="Whether training steps are compiled as a whole (XLA, torch.compile); "
        "auto leaves it to Keras.",
    ),
    _option(
        "--loop",
        type=click.Choice(LOOPS),
        help="Who runs a training step: Keras' own fit, or a train_step written out, custom "
        "for all backends or for one of them.",
    ),
    _option(
        "--distribute",
        metavar="CLASS",
        help="Train on several devices: "
        + ", ".join(f"{d.name} ({d.library})" for d in DISTRIBUTIONS.values())
        + ".",
    ),
)

_option = _section("Search, where the spec leaves choices")
search_options = _options(
    _option(
        "--tuner",
        type=click.Choice([tuner.value for tuner in Tuner]),
        help="How it chooses.",
    ),
    _option("--max-trials", type=click.IntRange(1), help="How many choices it tries."),
)

_option = _section(_OUTPUT)
output_options = _options(
    _option(
        "-o",
        "--output",
        metavar="PATH",
        help="The file or folder to write; - prints the code. [default: NAME.py]",
    ),
    _option(
        "--notebook",
        metavar="FILE.ipynb",
        help="Write a Jupyter notebook that teaches, not a module; - prints it.",
    ),
    _option(
        "--project",
        "folder",
        metavar="DIR",
        help="Write a project instead: a package with tests, in a new folder.",
    ),
    _option(
        "--templates",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Templates of your own, in place of kgen's or of blocks of them.",
    ),
    _option("--force", is_flag=True, help="Replace files that exist."),
    _option(
        "--check",
        is_flag=True,
        help="Write nothing; exit with 1 and a diff if the files are not as they would be.",
    ),
)
