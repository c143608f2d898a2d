"""`kgen verify`: builds a source in all styles with Keras and prints the proof."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keras_kgen.cli.sources import load, source_arguments
from keras_kgen.errors import KgenError, UsageError

if TYPE_CHECKING:
    from keras_kgen.ir.program import Program, Structure
    from keras_kgen.options import OwnStyle, Style

_MODEL_FILES = (".keras", ".h5", ".hdf5", ".json")
_NO_KERAS = "Keras is not installed: pip install 'keras-kgen[tensorflow]'"


@click.command("verify")
@source_arguments
@click.option(
    "--style",
    "others",
    multiple=True,
    metavar="STYLE",
    help="A style that another package adds, to be compared too; one for each.",
)
@click.pass_context
def command(
    context: click.Context,
    source: str | None,
    shape: str | None,
    layers: tuple[str, ...],
    others: tuple[str, ...],
) -> None:
    """Build SOURCE in every style with Keras, and compare: the proof that all are one model.

    Compares the number of parameters, the shapes of the weights in their order, the shapes
    of the outputs, and the outputs on the same random input with the same weights. A saved
    model that the installed Keras opens is compared too. Exits with 1 if anything differs.

    This command needs Keras, and runs the modules that kgen writes in a process of their own.

    \b
    Examples:
      kgen verify fashion_resnet
      kgen verify model.yaml
      kgen verify old_model.h5
    """
    from keras_kgen.options import Style
    from keras_kgen.styles import find_style

    styles = tuple(dict.fromkeys([*Style, *map(find_style, others)]))
    program, _ = load(source, layers, shape)
    # How the model is trained has no part in it, and may need libraries that are not there.
    training = replace(program.training, loop="fit", distribute=None)
    program = replace(program, training=training)
    with tempfile.TemporaryDirectory() as folder:
        modules, orders, refused = _write_modules(program, styles, Path(folder))
        click.echo(f"building {', '.join(modules)} with Keras ...", err=True)
        request = {**_request(program, modules, source or ""), "orders": orders}
        findings = _run(request, Path(folder))
    _print(findings)
    for style, reason in refused.items():
        click.echo(f"note: no {style} style: {reason}", err=True)
    for finding in findings:
        for key in ("failure", "refusal"):
            if key in finding:
                click.echo(f"note: {finding['name']}: {finding[key]}", err=True)
    if not all(map(_is_same, findings)):
        click.echo("error: the models differ", err=True)
        context.exit(1)


def _write_modules(
    program: Program, styles: Iterable[Style | OwnStyle], folder: Path
) -> tuple[dict[str, str], dict[str, list[int]], dict[str, str]]:
    """Writes the modules.

    Returns their files, the orders of their weights, and why there is none for a style.
    """
    from keras_kgen.options import Options
    from keras_kgen.pipeline import generate

    modules: dict[str, str] = {}
    orders: dict[str, list[int]] = {}
    refused: dict[str, str] = {}
    for style in styles:
        try:
            module = generate(program, Options(style))
        except UsageError as error:
            refused[style.value] = str(error)
            continue
        file = folder / f"{module.name}_{style.value}.py"
        file.write_text(module.source, encoding="utf-8")
        modules[style.value] = str(file)
        orders[style.value] = list(module.weight_order)
    return modules, orders, refused


def _request(program: Program, modules: dict[str, str], source: str) -> dict[str, Any]:
    is_model = source.endswith(_MODEL_FILES) and Path(source).is_file()
    return {
        "modules": modules,
        "original": str(Path(source).resolve()) if is_model else "",
        "takes": _plain(program.takes),
        "inputs": [
            {"shape": given.spec.shape or (None,), "dtype": given.spec.dtype}
            for given in program.inputs
        ],
    }


def _plain(structure: Structure) -> Any:
    if isinstance(structure, int):
        return structure
    if isinstance(structure, tuple):
        return [_plain(item) for item in structure]
    return {key: _plain(item) for key, item in structure.items()}


def _run(request: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    file = folder / "request.json"
    file.write_text(json.dumps(request), encoding="utf-8")
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg", **os.environ}
    path = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])
    result = subprocess.run(
        [sys.executable, "-m", "keras_kgen.proof", str(file)],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "PYTHONPATH": path},
    )
    if result.returncode == 0:
        findings: list[dict[str, Any]] = json.loads(result.stdout.splitlines()[-1])
        return findings
    last = (result.stderr.strip().splitlines() or ["no message"])[-1]
    if "No module named 'keras'" in last:
        raise UsageError(_NO_KERAS)
    raise KgenError(f"a module does not build: {last}")


def _is_same(finding: dict[str, Any]) -> bool:
    """Whether nothing in a finding differs; what cannot be called has no outputs."""
    keys = ("same_weights", "same_shapes", "same_outputs")
    return all(finding.get(key, True) for key in keys)


def _verdict(finding: dict[str, Any]) -> str:
    if not _is_same(finding):
        return "differs"
    return "same weights" if "failure" in finding else "same"


def _print(findings: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for title in ("Model", "Parameters", "Weights", "Output shapes", "Difference", ""):
        table.add_column(title, justify="left" if title in ("Model", "") else "right")
    for finding in findings:
        if "refusal" in finding:
            continue
        shapes = finding.get("shapes")
        difference = finding.get("difference")
        table.add_row(
            finding["name"],
            f"{finding['parameters']:,}",
            f"{finding['weights']}",
            ", ".join(str(tuple(shape)) for shape in shapes) if shapes else "?",
            "?" if difference is None else f"{difference:.1e}",
            _verdict(finding),
        )
    Console().print(table)
