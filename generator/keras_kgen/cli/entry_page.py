"""All that kgen knows of one layer, loss, optimizer and so on, laid out for a reader."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable

import click

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry, Parameter
from keras_kgen.catalogue.explanations import Explanation, explain, what_it_does
from keras_kgen.catalogue.unwritable import UNWRITABLE
from keras_kgen.cli.columns import INDENT, beside, column_width, wrap
from keras_kgen.cli.spec_lines import spec_line
from keras_kgen.cli.worked_examples import WorkedExample, work_out
from keras_kgen.ir.tensors import Shape

# Arguments with their defaults stand in a column up to this width, or to what wide lines
# leave beside so many columns of meaning.
_COLUMN = 26
_MEANING = 60
_NOTHING = Explanation(what="")


def describe(entry: Entry, width: int) -> str:
    """Returns the page of an entry.

    Args:
        entry: The entry.
        width: How many columns the lines may have.
    """
    return _Page(entry, width).text()


def signature(entry: Entry) -> str:
    """Returns the import path and what a call must give; dots stand for the rest."""
    required = [str(parameter) for parameter in entry.required_parameters]
    more = ["..."] if len(required) < len(entry.parameters) else []
    return f"{entry.path}({', '.join(required + more)})"


class _Page:
    def __init__(self, entry: Entry, width: int) -> None:
        self.entry = entry
        self.width = width
        self.words = explain(entry.family, entry.name) or _NOTHING

    def text(self) -> str:
        example = work_out(self.entry)
        line = spec_line(self.entry)
        sections = (
            click.style(signature(self.entry), bold=True),
            wrap(what_it_does(self.entry), self.width),
            wrap(self.words.why, self.width),
            self.section("Arguments", self.arguments()),
            self.facts(),
            self.section("Shape", self.shape(example)),
            self.section("Weights", self.weights(example)),
            self.section("To try", wrap(self.words.change, self.width, INDENT)),
            # The line is to be copied, so it is indented as code is.
            line and f"{_heading('In a spec')}\n\n{textwrap.indent(line, '    ')}",
            self.section("Not in a spec", wrap(self.obstacle(), self.width, INDENT)),
        )
        return "\n\n".join(filter(None, sections))

    def arguments(self) -> str:
        named = [p for p in self.entry.parameters if not p.is_variadic]
        limit = max(_COLUMN, self.width - _MEANING - 2 * len(INDENT))
        column = column_width(map(str, named), limit)
        return "\n".join(self.argument(parameter, column) for parameter in named)

    def argument(self, parameter: Parameter, column: int) -> str:
        default = str(parameter).removeprefix(parameter.name)
        meaning = registry.meaning_of(self.entry, parameter.name)
        return beside(parameter.name, default, meaning, column, self.width)

    def facts(self) -> str:
        facts = {
            "takes also": _listed(_further_parameters(self.entry)),
            "called with": _listed(self.entry.call_parameters),
            "also called": _listed((*self.entry.aliases, *self.entry.other_paths)),
            "as text": _listed(_texts(self.entry)),
        }
        lines = (f"{label}: {fact}" for label, fact in facts.items() if fact)
        return "\n".join(wrap(line, self.width, hanging=INDENT) for line in lines)

    def obstacle(self) -> str:
        """Returns why a spec cannot have the entry, and what it can."""
        reason = UNWRITABLE.get(self.entry.name, "")
        return reason and f"{reason[0].upper()}{reason[1:]}."

    def shape(self, example: WorkedExample | None) -> str:
        return self.rule(self.words.shape, example, _shapes)

    def weights(self, example: WorkedExample | None) -> str:
        counted = example if example is not None and example.weights else None
        return self.rule(self.words.parameters, counted, _count)

    def rule(
        self,
        rule: str,
        example: WorkedExample | None,
        show: Callable[[WorkedExample], str],
    ) -> str:
        """Returns a rule in words, and below it what it gives for the example."""
        lines = [wrap(rule, self.width, INDENT)] if rule else []
        if example is not None:
            lines.append(wrap(f"{example.line}: {show(example)}", self.width, INDENT))
        return "\n".join(lines)

    def section(self, heading: str, text: str) -> str:
        return f"{_heading(heading)}\n{text}" if text else ""


def _heading(text: str) -> str:
    return click.style(f"{text}:", bold=True)


def _listed(items: Iterable[object]) -> str:
    return ", ".join(map(str, items))


def _further_parameters(entry: Entry) -> tuple[Parameter, ...]:
    own = len([p for p in entry.parameters if not p.is_variadic])
    further = entry.all_parameters[own:]
    # Where the default is no literal, Keras itself sees to the argument.
    return tuple(p for p in further if p.is_literal and not p.is_deprecated)


def _texts(entry: Entry) -> tuple[str, ...]:
    """Returns the strings that Keras accepts in place of the entry."""
    known = registry.identifiers(entry.family).items()
    return tuple(f'"{text}"' for text, name in known if name == entry.name)


def _shapes(example: WorkedExample) -> str:
    return f"{', '.join(map(str, example.inputs))} -> {example.output}"


def _count(example: WorkedExample) -> str:
    """Returns the sizes of the weights as a sum: `3 * 3 * 1 * 32 + 32 = 320`."""
    terms = " + ".join(_product(weight.shape) for weight in example.weights)
    total = sum(weight.size for weight in example.weights)
    fixed = sum(weight.size for weight in example.weights if not weight.trainable)
    result = terms if terms == str(total) else f"{terms} = {total:,}"
    return f"{result}, of which {fixed:,} are not trained" if fixed else result


def _product(shape: Shape) -> str:
    return " * ".join(map(str, shape)) or "1"
