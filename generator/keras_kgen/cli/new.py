"""`kgen new`: writes modules, notebooks and projects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import click

from keras_kgen.cli.new_options import (
    SectionedCommand,
    data_options,
    model_options,
    output_options,
    search_options,
    training_options,
)
from keras_kgen.cli.request import ALL, Request, show_notes
from keras_kgen.cli.sources import load_open, own_data, source_arguments
from keras_kgen.cli.tuning import check_tuning, with_search
from keras_kgen.errors import UsageError
from keras_kgen.ir.program import Program


@click.command("new", cls=SectionedCommand)
@source_arguments
@model_options
@data_options
@training_options
@search_options
@output_options
def command(
    source: str | None,
    shape: str | None,
    layers: tuple[str, ...],
    name: str | None,
    style: str,
    flat: bool,
    explain: bool,
    weights: str | None,
    data: str | None,
    target: str | None,
    window: int | None,
    horizon: int | None,
    tuner: str | None,
    max_trials: int | None,
    output: str | None,
    notebook: str | None,
    folder: str | None,
    templates: Path | None,
    force: bool,
    check: bool,
    **settings: Any,
) -> None:
    """Write SOURCE as a Keras module that trains, evaluates, saves and plots.

    With --project, write a package in its place: the model, its data, commands that train,
    evaluate and predict, tests, the spec, a drawing, and what pip and continuous integration
    need.

    SOURCE is a preset (see `kgen presets`), a spec file (.yaml, .yml, .json, .toml), a model
    that any generation of Keras saved (.keras, .h5, .hdf5, the JSON of to_json(), a
    model.json of TensorFlow.js) or - for standard input. Without SOURCE and without -l it is
    the preset mnist_mlp.

    FILE.py:OBJECT and package.module:OBJECT are models in memory, or functions that return one;
    only these import your code, and need Keras.

    \b
    Examples:
      kgen new --style subclass
      kgen new mnist_convnet --explain
      kgen new mnist_convnet --notebook digits.ipynb
      kgen new fashion_resnet --style all -o models/
      kgen new --input 28,28 -l Flatten -l 'Dense(10, activation="softmax")' --data mnist
      kgen new --data people.csv --target income
      kgen new model.yaml --optimizer 'Adam(1e-4)' --epochs 20 -o -
      kgen new fashion_resnet --precision mixed_bfloat16 --seed 1
      kgen new mnist_convnet --loop custom --explain
      kgen new imdb_lstm --project sentiment
      kgen new cifar_vgg --distribute DistributedDataParallel --project vgg
      kgen new model.yaml -o model.py --check
      kgen new mnist_mlp --templates house_style/
      kgen new old_model.h5 --weights
      kgen new old_model.json --weights old_weights.h5 --style all
    """
    _check_output(output, notebook, folder, style, explain, weights, check)
    if source is None and weights and not layers:
        source, weights = weights, ""  # --weights took what stands behind it
    own = own_data(data, target, window, horizon)
    program, origin = load_open(source, layers, shape, name, own)
    program = _with_settings(program, data=None if own else data, **settings)
    program = with_search(program, tuner, max_trials)
    check_tuning(program, notebook=notebook, folder=folder, explain=explain)
    arranged = None
    if weights is not None:
        arranged = _arrange_weights(program, source or "", weights)
    request = Request(
        program, origin, style, flat, explain, templates, arranged, force, check
    )
    if notebook is not None:
        from keras_kgen.cli.notebook import write_notebook

        write_notebook(request, notebook)
    elif folder is not None:
        from keras_kgen.cli.project import write_project

        write_project(request, Path(folder))
    else:
        from keras_kgen.cli.modules import write_modules

        write_modules(request, output)


def _check_output(
    output: str | None,
    notebook: str | None,
    folder: str | None,
    style: str,
    explain: bool,
    weights: str | None,
    check: bool,
) -> None:
    """Refuses what does not go together, before anything is read."""
    refused = {
        "--project and -o do not go together": folder and output,
        "--project and --notebook do not go together": folder and notebook,
        "--project takes one style": folder and style == ALL,
        "--project and --explain do not go together": folder and explain,
        "--notebook FILE.ipynb is the file to write: leave -o out": notebook and output,
        "a notebook has one style: choose one, not --style all": notebook
        and style == ALL,
        "--check compares files: - is none": check and "-" in (output, notebook),
        "--weights writes a file beside the notebook: --notebook takes a path": (
            weights is not None and notebook == "-"
        ),
        "--weights writes a file beside the module: -o takes a path": (
            weights is not None and output == "-"
        ),
    }
    for message, is_asked in refused.items():
        if is_asked:
            raise UsageError(message)
    if notebook not in (None, "-") and Path(str(notebook)).suffix != ".ipynb":
        raise UsageError(f"{notebook} is no name for a notebook: it must end in .ipynb")


def _with_settings(program: Program, **settings: Any) -> Program:
    """Returns the program with the training settings that were given."""
    if all(value in (None, ()) for value in settings.values()):
        return program
    from keras_kgen.frontends.overrides import override
    from keras_kgen.passes.validate import validate

    return override(program, validate, **settings)


def _arrange_weights(
    program: Program, source: str, file: str
) -> Callable[[IO[bytes]], None]:
    """Returns what writes the weights of a saved model as the program needs them."""
    from keras_kgen.frontends.detect import open_weights
    from keras_kgen.pipeline import arrange_weights

    model, weights = open_weights(source, file)
    # NumPy comes with this; nothing else that kgen does needs it.
    from keras_kgen.frontends.saved.weight_files import write_npz

    arranged, notes = arrange_weights(program, model, weights)
    show_notes(notes)
    return lambda stream: write_npz(stream, arranged.arrays())
