"""`kgen layers`: browse what Keras offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import FAMILIES, Entry, Family
from keras_kgen.catalogue.unwritable import UNWRITABLE

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH = 79
# Wide enough that no line is cut or folded where the output goes to a file or a pipe.
_UNLIMITED = 10_000

# Plausible values of required arguments: `Entry.parameter` first, then `parameter`.
_EXAMPLES = {
    "activation": '"relu"',
    "axes": "1",
    "backup_dir": '"backup"',
    "boundaries": "[1000, 2000]",
    "cell": "LSTMCell(64)",
    "cells": "[LSTMCell(64), LSTMCell(64)]",
    "decay_rate": "0.9",
    "decay_steps": "1000",
    "dims": "(2, 1)",
    "directory": '"checkpoints"',
    "EinsumDense.equation": '"abc,cd->abd"',
    "EinsumDense.output_shape": "(None, 64)",
    "factor": "0.2",
    "filename": '"history.csv"',
    "filepath": '"model.keras"',
    "filters": "32",
    "first_decay_steps": "1000",
    "head_dim": "64",
    "height": "64",
    "height_factor": "0.2",
    "initial_learning_rate": "0.001",
    "inner_optimizer": "Adam()",
    "input_dim": "10000",
    "kernel_size": "3",
    "key_dim": "64",
    "layer": "Dense(64)",
    "Bidirectional.layer": "LSTM(64)",
    "max_number": "10",
    "QuantizedDTypePolicy.mode": '"int8"',
    "QuantizedFloat8DTypePolicy.mode": '"float8"',
    "Int4DTypePolicy.mode": '"int4/128"',
    "GPTQDTypePolicy.mode": '"gptq/4/128"',
    "AWQDTypePolicy.mode": '"awq/4/128"',
    "n": "8",
    "num_bins": "100",
    "optimizer_map": "OptimizerMap(Adam())",
    "num_classes": "10",
    "num_heads": "8",
    "num_key_value_heads": "2",
    "num_query_heads": "8",
    "output_dim": "64",
    "output_size": "4",
    "pool_size": "2",
    "precision": "0.5",
    "rate": "0.5",
    "recall": "0.5",
    "scale": "1 / 255",
    "sensitivity": "0.5",
    "specificity": "0.5",
    "stddev": "0.1",
    "target_class_ids": "[0]",
    "target_shape": "(-1,)",
    "TFSMLayer.filepath": '"saved_model"',
    "units": "64",
    "values": "[0.1, 0.01, 0.001]",
    "width": "64",
    "width_factor": "0.2",
    "RandomPosterization.factor": "4",
    "Pipeline.layers": '[RandomFlip("horizontal"), RandomRotation(0.1)]',
}
# Classes with an argument that Keras lets you leave out and then asks for.
_COMPLETIONS = {
    "CategoryEncoding": "CategoryEncoding(num_tokens=10)",
    "Discretization": "Discretization(num_bins=10)",
    "DTypePolicy": 'DTypePolicy("mixed_float16")',
    "FloatDTypePolicy": 'FloatDTypePolicy("mixed_float16")',
}
# How a spec uses the members of the other families.
_USES: dict[str, str] = {
    "losses": "compile:\n  loss: {}",
    "metrics": "compile:\n  metrics:\n    - {}",
    "optimizers": "compile:\n  optimizer: {}",
    "schedules": "compile:\n  optimizer: Adam(learning_rate={})",
    "initializers": "- Dense(64, kernel_initializer={})",
    "regularizers": "- Dense(64, kernel_regularizer={})",
    "constraints": "- Dense(64, kernel_constraint={})",
    "activations": '- Dense(64, activation="{}")',
    "callbacks": "callbacks:\n  - {}",
    "dtype_policies": "- Dense(64, dtype={})",
}


@click.command("layers")
@click.argument("name", required=False)
@click.option(
    "--family",
    type=click.Choice(FAMILIES),
    help="Look at one family only; layers where nothing else is asked for.",
)
@click.option("--search", metavar="TEXT", help="List what has TEXT in its description.")
@click.pass_context
def command(
    context: click.Context, name: str | None, family: Family | None, search: str | None
) -> None:
    """Browse the layers of Keras, and its losses, optimizers, callbacks and so on.

    NAME is any spelling that Keras has: Conv2D, Convolution2D, keras.layers.Conv2D.
    """
    families = (family,) if family else FAMILIES
    if name is not None and search is not None:
        raise click.UsageError("give either NAME or --search, not both")
    if name is not None:
        found = _find(name, families)
        if not found:
            click.echo(f"error: {_unknown(name, families)}", err=True)
            context.exit(1)
        click.echo("\n\n".join(describe(entry) for entry in found))
        return
    listed = _listed(families if family or search is not None else ("layers",), search)
    if not listed:
        click.echo(f"error: nothing in the catalogue matches {search!r}", err=True)
        context.exit(1)
    _show_table(listed)


def describe(entry: Entry) -> str:
    """Returns all that the catalogue knows of an entry, for a reader."""
    parts = [entry.summary] if entry.summary else []
    parts.append(signature(entry))
    meanings = _meanings(entry)
    if meanings:
        parts.append(meanings)
    facts = {
        "takes also": ", ".join(map(str, _further_parameters(entry))),
        "called with": ", ".join(map(str, entry.call_parameters)),
        "also called": ", ".join((*entry.aliases, *entry.other_paths)),
        "as text": ", ".join(_texts(entry)),
    }
    known = [f"{label}: {fact}" for label, fact in facts.items() if fact]
    if known:
        parts.append("\n".join(known))
    line = spec_line(entry)
    if line:
        parts.append(f"In a spec:\n\n{_indent(line)}")
    return "\n\n".join(parts)


def _meanings(entry: Entry) -> str:
    """Returns what each argument means, a line for each."""
    names = [p.name for p in entry.parameters if not p.is_variadic]
    known = {name: registry.meaning(entry.name, name) for name in names}
    width = max((len(name) for name in names if known[name]), default=0)
    return "\n".join(f"{n:<{width}}  {known[n]}" for n in names if known[n])


def signature(entry: Entry) -> str:
    """Returns the import path and the parameters, one to a line where they are many."""
    parameters = [str(parameter) for parameter in entry.parameters]
    flat = f"{entry.path}({', '.join(parameters)})"
    if len(flat) <= _WIDTH:
        return flat
    lines = "".join(f"    {parameter},\n" for parameter in parameters)
    return f"{entry.path}(\n{lines})"


def spec_line(entry: Entry) -> str:
    """Returns a line for a spec with plausible arguments, "" where a spec has none."""
    if entry.is_abstract or entry.family == "ops" or entry.name in UNWRITABLE:
        return ""
    if entry.kind == "function":
        known = entry.name in registry.identifiers(entry.family)
        return _USES[entry.family].format(entry.name) if known else ""
    values = [_example(entry, p.name) for p in entry.required_parameters]
    if None in values:
        return ""
    call = f"{entry.name}({', '.join(value for value in values if value)})"
    call = _COMPLETIONS.get(entry.name, call)
    if entry.family == "layers":
        return _layer_line(entry, call)
    return _USES[entry.family].format(call)


def _layer_line(entry: Entry, call: str) -> str:
    called_with = [p.name for p in entry.call_parameters if p.required]
    if not called_with:
        return ""
    if "states" in called_with:
        return f"- RNN({call})"
    if entry.group == "merging":
        return f"- {call}([_, shortcut])"
    if len(called_with) > 1:
        return f"- {call}({', '.join('_' for _ in called_with)})"
    if entry.group == "attention":
        return f"- {call}([_, _])"
    return f"- {call}"


def _example(entry: Entry, parameter: str) -> str | None:
    return _EXAMPLES.get(f"{entry.name}.{parameter}", _EXAMPLES.get(parameter))


def _find(name: str, families: Iterable[Family]) -> list[Entry]:
    """Returns the entries of a name, or of a string that stands for one (`mse`)."""
    families = tuple(families)
    found = registry.find(name, families)
    if found:
        return list(found)
    return [
        entry
        for family in families
        for entry in registry.entries(family)
        if entry.name in _meant(family, name)
    ]


def _meant(family: Family, text: str) -> tuple[str, ...]:
    """Returns the entries that a string stands for: three for `accuracy`."""
    direct = registry.identifiers(family).get(text)
    several = registry.compile_identifiers(family).get(text)
    return several or ((direct,) if direct else ())


def _unknown(name: str, families: Iterable[Family]) -> str:
    candidates = [known for family in families for known in registry.names(family)]
    message = f"Keras {registry.keras_version()} has nothing called {name!r}"
    return message + registry.hint(name.rpartition(".")[2], candidates)


def _listed(families: Iterable[Family], search: str | None) -> list[Entry]:
    text = (search or "").casefold()
    return [
        entry
        for family in families
        for entry in registry.entries(family)
        if _is_listed(entry) and text in _searchable(entry)
    ]


def _is_listed(entry: Entry) -> bool:
    """Whether users browse for it: no base class, and of `keras.layers` only layers."""
    return entry.is_layer if entry.family == "layers" else not entry.is_abstract


def _searchable(entry: Entry) -> str:
    return " ".join((entry.name, *entry.aliases, entry.summary)).casefold()


def _show_table(entries: list[Entry]) -> None:
    from rich.console import Console

    console = Console()
    table = _table(entries)
    if console.is_terminal:
        console.print(table)
        return
    console = Console(width=_UNLIMITED, color_system=None)
    with console.capture() as capture:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def _table(entries: list[Entry]) -> Table:
    """Returns a table with a heading for each group."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for heading, members in _grouped(entries).items():
        if table.row_count:
            table.add_row()
        table.add_row(Text(heading, style="bold"))
        for entry in members:
            name = Text(f"  {entry.name}", style="cyan")
            table.add_row(name, Text(entry.summary))
    return table


def _grouped(entries: list[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: (FAMILIES.index(e.family), e.group)):
        heading = f"{entry.family}: {entry.group}" if entry.group else entry.family
        groups.setdefault(heading, []).append(entry)
    return groups


def _further_parameters(entry: Entry) -> list[object]:
    own = len([p for p in entry.parameters if not p.is_variadic])
    return [p for p in entry.all_parameters[own:] if not p.is_deprecated]


def _texts(entry: Entry) -> list[str]:
    """Returns the strings that Keras accepts in place of the entry."""
    known = registry.identifiers(entry.family).items()
    return [f'"{text}"' for text, name in known if name == entry.name]


def _indent(text: str) -> str:
    return "".join(f"    {line}" for line in text.splitlines(keepends=True))
