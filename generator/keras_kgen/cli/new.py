"""`kgen new`: writes modules and projects."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import click

from keras_kgen.catalogue.modes import LOOPS, MAX_SEED, PRECISIONS
from keras_kgen.cli.differences import check_files
from keras_kgen.cli.sources import load_open, own_data, source_arguments
from keras_kgen.cli.tuning import check_tuning, with_search
from keras_kgen.errors import Diagnostic, UsageError
from keras_kgen.ir.program import Program
from keras_kgen.ir.tuning import Tuner
from keras_kgen.options import Options, OwnStyle, Style

_OURS = tuple(style.value for style in Style)
# What --style takes besides styles.
_CHOICES = ("auto", "all")


@click.command("new")
@source_arguments
@click.option(
    "--style",
    metavar="STYLE",
    callback=lambda context, parameter, style: _known(style),
    default="auto",
    show_default=True,
    help="How to build the model: auto, sequential, functional, subclass, all, or a style "
    "that another package adds; auto is Sequential for a chain, else Functional.",
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="The file or folder to write; - prints the code. [default: NAME.py]",
)
@click.option(
    "--notebook",
    metavar="FILE.ipynb",
    help="Write a Jupyter notebook that teaches, not a module; - prints it.",
)
@click.option(
    "--project",
    "folder",
    metavar="DIR",
    help="Write a project instead: a package with tests, in a new folder.",
)
@click.option(
    "--name", metavar="NAME", help="The model's name, in place of the spec's."
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; exit with 1 and a diff if the files are not as they would be.",
)
@click.option("--flat", is_flag=True, help="Write neither blocks nor loops.")
@click.option(
    "--explain", is_flag=True, help="Add comments that teach: layers, shapes, counts."
)
@click.option(
    "--data",
    metavar="DATA",
    help="A data set, mnist for instance, or your own: a .csv or .npz file, a folder.",
)
@click.option(
    "--target", metavar="COLUMN", help="The column of your own table to predict."
)
@click.option(
    "--window",
    type=click.IntRange(1),
    help="The rows of your own time series that a model sees.",
)
@click.option(
    "--horizon",
    type=click.IntRange(1),
    help="How many rows later the target is; 1 if not given.",
)
@click.option("--optimizer", metavar="OPTIMIZER", help="For instance 'Adam(1e-3)'.")
@click.option("--loss", metavar="LOSS", help="For instance mse.")
@click.option(
    "--metric", "metrics", multiple=True, metavar="METRIC", help="One for each."
)
@click.option(
    "--callback",
    "callbacks",
    multiple=True,
    metavar="CALLBACK",
    help="For instance 'EarlyStopping(patience=3)'; one for each.",
)
@click.option("--epochs", type=click.IntRange(1), help="How many epochs to train.")
@click.option(
    "--batch-size", type=click.IntRange(1), help="Samples in a training step."
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    help="What layers compute in; mixed_bfloat16 is fast on GPUs and TPUs, and keeps "
    "weights and outputs in float32.",
)
@click.option(
    "--jit",
    type=click.Choice(("auto", "on", "off")),
    help="Whether training steps are compiled as a whole (XLA, torch.compile); "
    "auto leaves it to Keras.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    help="Start from the same random numbers in every run.",
)
@click.option(
    "--loop",
    type=click.Choice(LOOPS),
    help="Who runs a training step: Keras' own fit, or a train_step written out, custom for "
    "all backends or for one of them.",
)
@click.option(
    "--tuner",
    type=click.Choice([tuner.value for tuner in Tuner]),
    help="How a search chooses, where the spec leaves choices.",
)
@click.option(
    "--max-trials", type=click.IntRange(1), help="How many choices a search tries."
)
@click.option(
    "--distribute",
    metavar="CLASS",
    help="Train on several devices: DataParallel or ModelParallel (JAX), "
    "MirroredStrategy (TensorFlow), DistributedDataParallel (PyTorch).",
)
@click.option(
    "--weights",
    metavar="[FILE]",
    is_flag=False,
    flag_value="",
    help="Write the weights of a saved model too: its own, or those in FILE.",
)
@click.option(
    "--templates",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Templates of your own, in place of kgen's or of blocks of them.",
)
def command(
    source: str | None,
    shape: str | None,
    layers: tuple[str, ...],
    style: str,
    output: str | None,
    notebook: str | None,
    folder: str | None,
    name: str | None,
    force: bool,
    check: bool,
    flat: bool,
    explain: bool,
    data: str | None,
    target: str | None,
    window: int | None,
    horizon: int | None,
    optimizer: str | None,
    loss: str | None,
    metrics: tuple[str, ...],
    callbacks: tuple[str, ...],
    epochs: int | None,
    batch_size: int | None,
    precision: str | None,
    jit: str | None,
    seed: int | None,
    loop: str | None,
    tuner: str | None,
    max_trials: int | None,
    distribute: str | None,
    weights: str | None,
    templates: Path | None,
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
      kgen new model.yaml -o model.py --check
      kgen new old_model.h5 --weights
      kgen new mnist_mlp --templates house_style/
      kgen new old_model.json --weights old_weights.h5 --style all
    """
    from keras_kgen.pipeline import Module, generate, module_name
    from keras_kgen.writer import Content, write_files

    if notebook is not None:
        _check_notebook(notebook, style, output, weights)
    if source is None and weights and not layers:
        source, weights = weights, ""  # --weights took what stands behind it
    own = own_data(data, target, window, horizon)
    program, origin = load_open(source, layers, shape, name, own)
    settings: dict[str, Any] = {
        "data": None if own else data,
        "optimizer": optimizer,
        "loss": loss,
        "metrics": metrics,
        "callbacks": callbacks,
        "epochs": epochs,
        "batch_size": batch_size,
        "precision": precision,
        "jit": jit,
        "seed": seed,
        "loop": loop,
        "distribute": distribute,
    }
    if any(value not in (None, ()) for value in settings.values()):
        from keras_kgen.frontends.overrides import override
        from keras_kgen.passes.validate import validate

        program = override(program, validate, **settings)
    program = with_search(program, tuner, max_trials)
    check_tuning(program, notebook=notebook, folder=folder, explain=explain)
    if folder is not None:
        _check_project(folder, output, notebook, style, explain)
    if check and "-" in (output, notebook):
        raise UsageError("--check compares files: - is none")
    if weights is not None and output == "-":
        raise UsageError("--weights writes a file beside the module: -o takes a path")
    arranged = None
    if weights is not None:
        arranged = _arrange_weights(program, source or "", weights)
    if notebook is not None:
        (wanted,) = _wanted(style, program)
        _write_notebook(
            program,
            Options(wanted, flat, templates=templates),
            origin,
            notebook,
            arranged,
            force,
            check,
        )
        return
    if folder is not None:
        from keras_kgen.cli.project import write_project

        (wanted,) = _wanted(style, program)
        asked = None if style == "auto" else wanted
        chosen = Options(asked, flat, templates=templates)
        notes = write_project(
            program, chosen, origin, Path(folder), arranged, force=force, check=check
        )
        _show_notes(list(notes))
        return
    modules: dict[Path, Module] = {}
    files: dict[Path, Content] = {}
    for wanted in _wanted(style, program):
        path = _path(module_name(program), wanted, output, style == "all")
        if output != "-":
            _check_file_name(path)
        try:
            beside = _beside(path, program, style == "all") if arranged else None
            file = beside.name if beside else ""
            options = Options(
                wanted, flat, weights=file, explain=explain, templates=templates
            )
            modules[path] = generate(program, options, origin, path.name)
            files[path] = modules[path].source
            if beside and arranged:
                files[beside] = arranged
        except UsageError as error:
            if style != "all":
                raise
            click.echo(f"note: {error}", err=True)
    _show_notes([note for module in modules.values() for note in module.notes])
    if output == "-":
        _print("\n\n".join(module.source for module in modules.values()))
        return
    if check:
        check_files(files)
        return
    write_files(files, force=force)
    for path in files:
        click.echo(f"wrote {path}", err=True)
    if any(module.needs_data for module in modules.values()):
        click.echo(f"note: {_OWN_DATA}", err=True)
    if len(modules) == 1:
        ((path, module),) = modules.items()
        data = " --data FILE.npz" if module.needs_data else ""
        click.echo(f"next: python {path}{data}", err=True)


def _check_notebook(
    notebook: str, style: str, output: str | None, weights: str | None
) -> None:
    """Refuses what a notebook does not go together with."""
    if output is not None:
        raise UsageError("--notebook FILE.ipynb is the file to write: leave -o out")
    if style == "all":
        raise UsageError("a notebook has one style: choose one, not --style all")
    if notebook == "-" and weights is not None:
        raise UsageError(
            "--weights writes a file beside the notebook: --notebook takes a path"
        )
    if notebook != "-" and Path(notebook).suffix != ".ipynb":
        raise UsageError(f"{notebook} is no name for a notebook: it must end in .ipynb")


def _write_notebook(
    program: Program,
    options: Options,
    origin: str,
    notebook: str,
    arranged: Callable[[IO[bytes]], None] | None,
    force: bool,
    check: bool,
) -> None:
    """Writes a notebook, and the weights that it starts from beside it."""
    from keras_kgen.frontends.data.paths import relocate
    from keras_kgen.pipeline import generate_notebook
    from keras_kgen.writer import Content, write_files

    path = Path(notebook)
    beside = path.with_suffix(".weights.npz")
    if arranged:
        options = replace(options, weights=beside.name)
    # Jupyter runs a notebook in its own folder.
    program = relocate(program, path.parent)
    module = generate_notebook(program, options, origin)
    _show_notes(list(module.notes))
    if notebook == "-":
        _print(module.source)
        return
    files: dict[Path, Content] = {path: module.source}
    if arranged:
        files[beside] = arranged
    if check:
        check_files(files)
        return
    write_files(files, force=force)
    for written in files:
        click.echo(f"wrote {written}", err=True)
    if module.needs_data:
        click.echo(f"note: {_NOTEBOOK_DATA}", err=True)
    click.echo(f"next: jupyter lab {path}", err=True)


def _check_project(
    folder: str, output: str | None, notebook: str | None, style: str, explain: bool
) -> None:
    """Refuses what a project does not go together with."""
    if output is not None:
        raise UsageError("--project and -o do not go together")
    if notebook is not None:
        raise UsageError("--project and --notebook do not go together")
    if style == "all":
        raise UsageError("--project takes one style")
    if explain:
        raise UsageError("--project and --explain do not go together")


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
    _show_notes(list(notes))
    return lambda stream: write_npz(stream, arranged.arrays())


def _beside(path: Path, program: Program, several: bool) -> Path:
    """Returns the file for the weights of a module; all styles share one."""
    from keras_kgen.pipeline import module_name

    return path.with_name(
        f"{module_name(program) if several else path.stem}.weights.npz"
    )


def _wanted(style: str, program: Program) -> tuple[Style | OwnStyle, ...]:
    from keras_kgen.pipeline import choose_style

    if style == "all":
        return tuple(Style)
    if style == "auto":
        return (choose_style(program),)
    return (Style(style) if style in _OURS else _find(style),)


def _find(style: str) -> Style | OwnStyle:
    """Returns a style that another package adds."""
    from keras_kgen.styles import find_style

    return find_style(style, *_CHOICES)


# Names of files that would hide what the modules import from Python.
_LIBRARIES = ("jax", "keras", "matplotlib", "numpy", "tensorflow", "torch")


def _check_file_name(path: Path) -> None:
    if path.suffix != ".py":
        raise UsageError(f"{path} is no name for a module: it must end in .py")
    if path.stem in _LIBRARIES or path.stem in sys.stdlib_module_names:
        raise UsageError(
            f"{path.name} would hide the library {path.stem} from Python; "
            "give another --name or -o"
        )


_OWN_DATA = (
    "no data set fits, so the module trains on your own file: --data FILE.npz with the "
    "arrays x_train, y_train, x_test and y_test"
)


_NOTEBOOK_DATA = (
    "no data set fits, so the notebook trains on your own file: DATA, among its settings, "
    "is an .npz file with the arrays x_train, y_train, x_test and y_test"
)


def _show_notes(notes: list[Diagnostic]) -> None:
    for note in dict.fromkeys(notes):
        click.echo(str(note), err=True)


def _print(code: str) -> None:
    stream = sys.stdout.buffer
    stream.write(code.encode("utf-8"))
    stream.flush()


def _known(style: str) -> str:
    """Returns a style that there is, before anything else is looked at.

    Raises:
        KgenError: there is none of that name, or it cannot be imported.
    """
    if style not in _OURS and style not in _CHOICES:
        _find(style)
    return style


def _path(
    name: str, style: Style | OwnStyle, output: str | None, several: bool
) -> Path:
    stem = f"{name}_{style.value}" if several else name
    if output is None or output == "-":
        return Path(f"{stem}.py")
    path = Path(output)
    if several and path.suffix == ".py":
        raise UsageError("--style all writes several files: -o takes a folder")
    is_folder = several or path.is_dir() or output.endswith("/")
    return path / f"{stem}.py" if is_folder else path
