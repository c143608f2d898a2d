"""What `kgen new` writes if nothing else is asked for: a module, or one in each style."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_kgen.cli.request import ALL, Request, print_source, show_notes, show_written
from keras_kgen.errors import UsageError

if TYPE_CHECKING:
    from keras_kgen.options import OwnStyle, Style
    from keras_kgen.pipeline import Module
    from keras_kgen.writer import Content

# Names of files that would hide what the modules import from Python.
_LIBRARIES = ("jax", "keras", "matplotlib", "numpy", "tensorflow", "torch")
_OWN_DATA = (
    "no data set fits, so the module trains on your own file: --data FILE.npz with the "
    "arrays x_train, y_train, x_test and y_test"
)


def write_modules(request: Request, output: str | None) -> None:
    """Writes a module in each style that is asked for, or prints them.

    Args:
        request: What to write.
        output: The file or folder, `-` to print; None is a file in the current folder.

    Raises:
        OutputError: a file exists and may not be replaced, or the system refuses.
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model, or the file cannot be called so.
    """
    from keras_kgen.pipeline import generate

    modules: dict[Path, Module] = {}
    files: dict[Path, Content] = {}
    for style in request.styles():
        path = _path(request, style, output)
        weights = _beside(request, path)
        options = request.options(style, weights.name if request.weights else "")
        try:
            module = generate(request.program, options, request.origin, path.name)
        except UsageError as error:
            if request.style != ALL:
                raise
            click.echo(f"note: {error}", err=True)
            continue
        modules[path], files[path] = module, module.source
        if request.weights is not None:
            files[weights] = request.weights
    show_notes(note for module in modules.values() for note in module.notes)
    if output == "-":
        print_source("\n\n".join(module.source for module in modules.values()))
    elif request.write(files):
        show_written(files)
        _show_next(modules)


def _path(request: Request, style: Style | OwnStyle, output: str | None) -> Path:
    """Returns where the module of a style goes; where it is printed, what it is called.

    Raises:
        UsageError: a module cannot be called so.
    """
    from keras_kgen.pipeline import module_name

    name, several = module_name(request.program), request.style == ALL
    stem = f"{name}_{style.value}" if several else name
    if output == "-":
        return Path(f"{stem}.py")
    path = Path(output or f"{stem}.py")
    if several and path.suffix == ".py" and output:
        raise UsageError("--style all writes several files: -o takes a folder")
    if output and (several or path.is_dir() or output.endswith("/")):
        path /= f"{stem}.py"
    _check_file_name(path)
    return path


def _beside(request: Request, path: Path) -> Path:
    """Returns the file for the weights of a module; all styles share one."""
    from keras_kgen.pipeline import module_name

    stem = module_name(request.program) if request.style == ALL else path.stem
    return path.with_name(f"{stem}.weights.npz")


def _check_file_name(path: Path) -> None:
    if path.suffix != ".py":
        raise UsageError(f"{path} is no name for a module: it must end in .py")
    if path.stem in _LIBRARIES or path.stem in sys.stdlib_module_names:
        raise UsageError(
            f"{path.name} would hide the library {path.stem} from Python; "
            "give another --name or -o"
        )


def _show_next(modules: dict[Path, Module]) -> None:
    """Says how to run the module, if it is one."""
    if any(module.needs_data for module in modules.values()):
        click.echo(f"note: {_OWN_DATA}", err=True)
    if len(modules) == 1:
        ((path, module),) = modules.items()
        data = " --data FILE.npz" if module.needs_data else ""
        click.echo(f"next: python {path}{data}", err=True)
