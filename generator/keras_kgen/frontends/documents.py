"""YAML, JSON and TOML text as one tree in which every value knows where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras_kgen.errors import Diagnostics, Location, SourceError

if TYPE_CHECKING:
    import yaml

MAX_VALUES = 200_000
_ESCAPED = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_PREFIX = "tag:yaml.org,2002:"
_TEXT_TAGS = ("str", "timestamp", "value", "merge")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value that is neither a list nor a mapping.

    Attributes:
        value: None, a boolean, a number or a string.
        text: The source from the value's first character on; None where it is not known.
    """

    value: bool | int | float | str | None
    location: Location
    text: str | None = None

    def locate(self, offset: int) -> Location:
        """Returns where the character at that offset of a string stands in the source."""
        if self.text is None or not isinstance(self.value, str):
            return self.location
        return _align(self.value, self.text, offset, self.location)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Document, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with keys in the order of the source."""

    entries: tuple[tuple[Scalar, Document], ...]
    location: Location

    def __iter__(self) -> Iterator[tuple[str, Scalar, Document]]:
        for key, value in self.entries:
            yield str(key.value), key, value

    def get(self, name: str) -> Document | None:
        """Returns the value of a key, or None."""
        return next((value for key, _, value in self if key == name), None)


Document = Scalar | Items | Table


def read_yaml(text: str, source: str) -> Document:
    """Reads YAML, and JSON, of which it is a superset.

    Raises:
        SourceError: the text is not YAML, repeats a key, or asks for a Python object.
    """
    # A saved model is no YAML, and should not wait for this.
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        problem = _yaml_problem(error, text, source)
        raise SourceError.of(problem, _mark(source, error)) from error
    except yaml.YAMLError as error:
        raise SourceError.of(f"this is not YAML: {error}", Location(source)) from error
    if root is None:
        raise SourceError.of("the file is empty", Location(source, 1, 1))
    reader = _YamlReader(text, source)
    document = reader.convert(root)
    reader.diagnostics.raise_errors()
    return document


def read_json(text: str, source: str) -> Document:
    """Reads JSON.

    Raises:
        SourceError: the text is not JSON, or repeats a key.
    """
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        place = Location(source, error.lineno, error.colno)
        raise SourceError.of(f"this is not JSON: {error.msg}", place) from error
    except RecursionError as error:
        raise SourceError.of(
            "the file is nested too deeply", Location(source)
        ) from error
    # YAML, which knows places, has no pairs of surrogates.
    return read_yaml(_SURROGATES.sub(_joined, text), source)


_SURROGATES = re.compile(
    r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE
)


def _joined(match: re.Match[str]) -> str:
    pair = "".join(chr(int(half, 16)) for half in match.groups())
    return pair.encode("utf-16", "surrogatepass").decode("utf-16")


def _mark(source: str, error: yaml.MarkedYAMLError) -> Location:
    mark = error.problem_mark or error.context_mark
    return (
        Location(source, mark.line + 1, mark.column + 1) if mark else Location(source)
    )


def _yaml_problem(error: yaml.MarkedYAMLError, text: str, source: str) -> str:
    problem = ", ".join(part for part in (error.context, error.problem) if part)
    if source.endswith(".json"):
        return f"this is not JSON: {problem}"
    mark = error.problem_mark
    lines = text.splitlines()
    if mark and mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return "this is not YAML: a line begins with a tab; indent with spaces"
    hint = next((hint for words, hint in _YAML_HINTS if words in problem), "")
    return f"this is not YAML: {problem}{hint}"


# What most likely led to an error of YAML's parser.
_YAML_HINTS = (
    ("mapping values are not", "; put a line with ': ' inside in quotes"),
    ("cannot start any token", "; put a line that begins with such a one in quotes"),
    ("expected ',' or", "; put a line with commas inside [..] or {..} in quotes"),
    ("block", "; check the indentation, and quote a line as a whole or not at all"),
    ("another document", "; a spec is one document: take out the line ---"),
)


class _YamlReader:
    """Converts composed YAML nodes."""

    def __init__(self, text: str, source: str) -> None:
        self.lines = text.splitlines(keepends=True)
        self.source = source
        self.diagnostics = Diagnostics()
        self.count = 0
        self.open: set[int] = set()

    def convert(self, node: yaml.Node) -> Document:
        location = Location(
            self.source, node.start_mark.line + 1, node.start_mark.column + 1
        )
        self.count += 1
        if self.count > MAX_VALUES:
            raise SourceError.of("the file has too many values", location)
        if node.id == "scalar":  # type: ignore[attr-defined]
            return self.scalar(node, location)
        if node.tag not in (f"{_PREFIX}seq", f"{_PREFIX}map"):
            self.diagnostics.error(
                f"the tag {node.tag!r} is not allowed here", location
            )
        if id(node) in self.open:
            raise SourceError.of("an alias stands inside its own anchor", location)
        self.open.add(id(node))
        try:
            if node.id == "sequence":  # type: ignore[attr-defined]
                return Items(tuple(self.convert(item) for item in node.value), location)
            return self.table(node, location)
        finally:
            self.open.discard(id(node))

    def table(self, node: yaml.Node, location: Location) -> Table:
        entries: dict[Any, tuple[Scalar, Document]] = {}
        for key_node, value_node in node.value:
            key = self.convert(key_node)
            if not isinstance(key, Scalar):
                self.diagnostics.error("a key must be a name", key.location)
                continue
            if key.value in entries:
                self.diagnostics.error(
                    f"the key {key.value!r} stands here twice", key.location
                )
                continue
            entries[key.value] = (key, self.convert(value_node))
        return Table(tuple(entries.values()), location)

    def scalar(self, node: yaml.Node, location: Location) -> Scalar:
        tag = str(node.tag)
        kind = tag.removeprefix(_PREFIX)
        text = self.text_from(node)
        if kind in _TEXT_TAGS:
            return Scalar(node.value, location, text)
        if kind in _CONVERTERS and tag.startswith(_PREFIX):
            try:
                return Scalar(_CONVERTERS[kind](node.value), location, text)
            except ValueError:
                return Scalar(node.value, location, text)
        self.diagnostics.error(f"the tag {tag!r} is not allowed here", location)
        return Scalar(node.value, location, text)

    def text_from(self, node: yaml.Node) -> str:
        start, end = node.start_mark, node.end_mark
        first = self.lines[start.line] if start.line < len(self.lines) else ""
        if end.line == start.line:
            return first[start.column : end.column]
        rest = self.lines[start.line + 1 : end.line]
        last = self.lines[end.line][: end.column] if end.line < len(self.lines) else ""
        return first[start.column :] + "".join(rest) + last


def _integer(text: str) -> int:
    return int(text.replace("_", ""), 0)


def _float(text: str) -> float:
    named = {".inf": "inf", "-.inf": "-inf", "+.inf": "inf", ".nan": "nan"}
    return float(named.get(text.lower(), text.replace("_", "")))


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "int": _integer,
    "float": _float,
    "bool": lambda text: text.lower() in ("true", "yes", "on"),
    "null": lambda text: None,
}


def _align(value: str, text: str, offset: int, start: Location) -> Location:
    """Walks through a string and its source, which differ in quotes, escapes and folds."""
    if text[:1] == "|":
        return _align_lines(value, text, offset, start)
    at = 1 if text[:1] in ("'", '"') else 0
    if text[:1] in ("|", ">"):
        at = text.find("\n") + 1
    for character in value[:offset]:
        if (
            text[at : at + 1] == "\\"
            and _ESCAPED.get(text[at + 1 : at + 2]) == character
        ) or (text[at : at + 2] == "''" and character == "'" and text[:1] == "'"):
            at += 2
        elif character in " \n" and text[at : at + 1] in (" ", "\n"):
            folded = "\n" in text[at : len(text) - len(text[at:].lstrip())]
            at = len(text) - len(text[at:].lstrip()) if folded else at + 1
        else:
            while text[at : at + 1] in (" ", "\n") and at < len(text):
                at += 1
            at += 1
    while (
        text[:1] in ("|", ">")
        and text[at : at + 1] == " "
        and not value[offset:].startswith(" ")
    ):
        at += 1
    before = text[:at]
    if "\n" not in before:
        return start.shifted(at)
    line = start.line + before.count("\n")
    return Location(start.source, line, at - before.rfind("\n"))


def _align_lines(value: str, text: str, offset: int, start: Location) -> Location:
    """Finds a place in a block of YAML that keeps its lines: only the indent is gone."""
    row = value.count("\n", 0, offset)
    column = offset - (value.rfind("\n", 0, offset) + 1)
    lines = text.splitlines()[1:]
    filled = (line for line in lines if line.strip())
    indent = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    return Location(start.source, start.line + 1 + row, indent + column + 1)


def read_toml(text: str, source: str) -> Document:
    """Reads TOML. Places are found by searching the text, for the parser gives none.

    Raises:
        SourceError: the text is not TOML.
    """
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, position = str(error).partition(" (at ")
        numbers = [int(number) for number in re.findall(r"\d+", position)]
        line, column = numbers if len(numbers) == 2 else (0, 0)
        place = Location(source, line, column)
        raise SourceError.of(f"this is not TOML: {message}", place) from error
    return _TomlReader(text, source).convert(data, "")


class _TomlReader:
    """Converts parsed TOML, and looks for each string and key behind the one before."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.position = 0

    def convert(self, value: Any, path: str) -> Document:
        if isinstance(value, dict):
            location = Location(self.source, path=path)
            entries = []
            for key, item in value.items():
                place = f"{path}.{key}" if path else key
                entries.append((self.scalar(key, place), self.convert(item, place)))
            return Table(tuple(entries), location)
        if isinstance(value, list):
            location = self.find("[", path)
            items = (self.convert(v, f"{path}[{i}]") for i, v in enumerate(value))
            return Items(tuple(items), location)
        return self.scalar(value, path)

    def scalar(self, value: Any, path: str) -> Scalar:
        if not isinstance(value, str):
            plain = value if isinstance(value, int | float) else str(value)
            return Scalar(plain, Location(self.source, path=path))
        location = self.find(value, path)
        if not location.line:
            return Scalar(value, location)
        return Scalar(value, location, value)

    def find(self, text: str, path: str) -> Location:
        at = self.text.find(text, self.position)
        if at < 0:
            return Location(self.source, path=path)
        self.position = at + len(text)
        line = self.text.count("\n", 0, at) + 1
        return Location(self.source, line, at - self.text.rfind("\n", 0, at), path)
