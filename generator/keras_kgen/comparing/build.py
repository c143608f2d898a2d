"""Writes a model in all styles and compares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keras_kgen.backends.module import model_facts
from keras_kgen.backends.view import Role
from keras_kgen.comparing.abilities import find_abilities
from keras_kgen.comparing.choice import explain_choice
from keras_kgen.comparing.comparison import Comparison, LayerRow
from keras_kgen.comparing.differences import find_differences
from keras_kgen.comparing.facts import read_facts
from keras_kgen.comparing.findings import Findings
from keras_kgen.comparing.listing import Layers, read_listing
from keras_kgen.comparing.structure import layers_of, read_structure
from keras_kgen.errors import Diagnostics, UsageError
from keras_kgen.ir.program import Program
from keras_kgen.ir.tensors import Shape
from keras_kgen.options import Options, Style
from keras_kgen.passes.summarize import summarize
from keras_kgen.passes.wrap_branches import why_no_chain
from keras_kgen.pipeline import (
    TracedModule,
    analyse,
    check,
    choose_style,
    module_name,
    trace,
)
from keras_kgen.tracing.elements import Element
from keras_kgen.tracing.source_map import SourceMap


def compare(program: Program, origin: str = "") -> Comparison:
    """Returns a model in all styles.

    Args:
        program: What a front end has read.
        origin: Where the program comes from, for the headers: `the preset mnist_mlp`.

    Raises:
        SourceError: with everything that is wrong with the program.
    """
    checked = check(program, Diagnostics())
    model = analyse(checked, Diagnostics())
    traced, refusals = _trace(program, origin)
    elements = traced[Style.FUNCTIONAL].source_map.elements
    listings = {
        style: read_listing(
            style,
            _file_name(program, style),
            item.module.source,
            _layers_by_line(item.source_map),
        )
        for style, item in traced.items()
    }
    choice = choose_style(checked)
    findings = Findings(
        read_structure(checked, elements),
        {style: read_facts(listing) for style, listing in listings.items()},
        refusals,
        {style: _entries(item.source_map, style) for style, item in traced.items()},
        frozenset(s for s, item in traced.items() if item.module.weight_order),
        choice is Style.SEQUENTIAL,
    )
    return Comparison(
        program.name,
        model_facts(model).title,
        origin,
        summarize(model.graph, model.specs),
        tuple(_rows(elements)),
        listings,
        refusals,
        choice,
        explain_choice(findings),
        find_differences(findings),
        find_abilities(findings),
        notes={s: tuple(map(str, item.module.notes)) for s, item in traced.items()},
    )


def _trace(
    program: Program, origin: str
) -> tuple[dict[Style, TracedModule], dict[Style, str]]:
    """Returns the module of each style as `kgen new --style all` writes it.

    Returns in their place why a style cannot express the model.
    """
    traced: dict[Style, TracedModule] = {}
    refusals: dict[Style, str] = {}
    for style in Style:
        try:
            file_name = _file_name(program, style)
            traced[style] = trace(program, Options(style), origin, file_name)
        except UsageError as error:
            refusals[style] = why_no_chain(program) or str(error)
    return traced, refusals


def _file_name(program: Program, style: Style) -> str:
    return f"{module_name(program)}_{style.value}.py"


def _layers_by_line(source_map: SourceMap) -> dict[int, Layers]:
    """Returns what each line stands for, by its narrowest spans."""
    found: dict[int, tuple[int, Layers]] = {}
    for span in source_map.spans:
        if span.role is Role.CONSTANT:
            continue  # what reads it says more
        width, layers = span.last - span.first, frozenset(span.elements)
        for number in range(span.first, span.last + 1):
            least, known = found.get(number, (width, Layers()))
            if width < least:
                found[number] = (width, layers)
            elif width == least:
                found[number] = (width, known | layers)
    return {number: layers for number, (_, layers) in found.items()}


def _entries(source_map: SourceMap, style: Style) -> int:
    """Returns how many layers `model.layers` has: only a graph counts its inputs."""
    entries = set()
    for element in source_map.elements:
        if element.path or (element.kind == "input" and style is not Style.FUNCTIONAL):
            continue
        around = source_map.blocks.get(element.key, ())
        if around and style is not Style.FUNCTIONAL:
            entries.add(str(around[0]))
        elif element.kind != "op":
            entries.add(element.key)
    return len(entries)


def _rows(elements: tuple[Element, ...]) -> Iterator[LayerRow]:
    names: Mapping[str, str] = {element.key: element.name for element in elements}
    for element in elements:
        counts = element.parameters
        yield LayerRow(
            element.key,
            element.name,
            element.class_name,
            element.kind == "input",
            layers_of(element, elements),
            len(element.path),
            _shape_text(element.shapes),
            None if counts is None else counts.total,
            tuple(names[key] for key in element.inbound),
        )


def _shape_text(shapes: tuple[Shape, ...]) -> str:
    texts = [f"({', '.join(map(str, shape))})" for shape in shapes]
    return ", ".join(texts) or "?"
