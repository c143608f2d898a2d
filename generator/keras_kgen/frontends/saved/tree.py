"""JSON as a tree in which every value knows its path; hostile text gives a message."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from keras_kgen.errors import Location, SourceError

# ResNet152 has 0.5 MB and 9 levels.
MAX_BYTES = 64 << 20
MAX_DEPTH = 150
MAX_VALUES = 5_000_000
LARGEST = 2**63
_TOO_DEEP = "the file is nested too deeply"


@dataclass(slots=True)
class Json:
    """A value and where it stands; a large model has many, which are never changed.

    Attributes:
        value: What `json` gives.
        path: From the root of the file: `config.layers[3].name`.
        source: The file.
    """

    value: Any
    path: str
    source: str

    @property
    def location(self) -> Location:
        """Where it stands."""
        return Location(self.source, path=self.path)

    def fail(self, message: str) -> NoReturn:
        """Raises an error that points here."""
        raise SourceError.of(message, self.location)

    def at(self, key: str | int) -> Json:
        """Returns a member that is there."""
        path = self.path
        if isinstance(key, int):
            path = f"{path}[{key}]"
        else:
            path = f"{path}.{key}" if path else key
        return Json(self.value[key], path, self.source)

    def get(self, key: str) -> Json | None:
        """Returns the member of a mapping; None where it is missing or null."""
        table = self.value if isinstance(self.value, dict) else self.table()
        return None if table.get(key) is None else self.at(key)

    def need(self, key: str) -> Json:
        """Returns the member of a mapping, which must be there."""
        found = self.get(key)
        if found is None:
            self.fail(f"{key!r} is missing")
        return found

    def table(self) -> dict[str, Any]:
        """Returns the mapping that must stand here."""
        if not isinstance(self.value, dict):
            self.fail(f"expected a mapping. Received: {brief(self.value)}")
        return self.value

    def entries(self) -> Iterator[tuple[str, Json]]:
        """Yields the members of the mapping that must stand here."""
        start, source = f"{self.path}." if self.path else "", self.source
        for key, value in self.table().items():
            yield key, Json(value, f"{start}{key}", source)

    def items(self) -> list[Json]:
        """Returns the members of the list that must stand here."""
        if not isinstance(self.value, list):
            self.fail(f"expected a list. Received: {brief(self.value)}")
        path, source = self.path, self.source
        return [
            Json(value, f"{path}[{index}]", source)
            for index, value in enumerate(self.value)
        ]

    def text(self) -> str:
        """Returns the text that must stand here."""
        if not isinstance(self.value, str):
            self.fail(f"expected a text. Received: {brief(self.value)}")
        return self.value

    def text_at(self, key: str) -> str:
        """Returns the text that must be a member of the mapping that must stand here."""
        value = self.table().get(key)
        return value if isinstance(value, str) else self.need(key).text()

    def replaced(self, value: Any) -> Json:
        """Returns another value that stands in this place."""
        return Json(value, self.path, self.source)


def read_json(data: bytes | str, source: str, path: str = "") -> Json:
    """Reads JSON text.

    Args:
        data: The text, or its bytes.
        source: The file.
        path: Where in the file the text stands.

    Raises:
        SourceError: it is not JSON, or it is more than any model needs.
    """
    place = Location(source, path=path)
    if len(data) > MAX_BYTES:
        raise SourceError.of("the configuration is too long", place)
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        value = json.loads(text)
    except UnicodeDecodeError as error:
        raise SourceError.of("the text is not UTF-8", place) from error
    except json.JSONDecodeError as error:
        where = place if path else Location(source, error.lineno, error.colno)
        raise SourceError.of(f"this is not JSON: {error.msg}", where) from error
    except RecursionError as error:
        raise SourceError.of(_TOO_DEEP, place) from error
    except ValueError as error:  # Python reads no numbers of thousands of digits.
        raise SourceError.of("a number in it is too large", place) from error
    root = Json(value, path, source)
    keys = _check(root, is_plain=text.isascii() and "\\u" not in text)
    # Where there is a colon for each key, none was given twice.
    if text.count(":") > keys:
        _check_keys(text, root)
    if isinstance(value, str) and value.lstrip()[:1] in ("{", '"', "["):
        # `json.dump(model.to_json())` is common in the wild: a text in a text.
        return read_json(value, source, path)
    return root


def brief(value: object) -> str:
    """Returns a value for a message, cut where it is long."""
    if isinstance(value, dict | list) and len(value) > 20:
        return f"a {'mapping' if isinstance(value, dict) else 'list'} of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _check_keys(text: str, root: Json) -> None:
    """Checks that no mapping has a key twice, of which `json` drops the first."""

    def check(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                root.fail(f"the key {brief(key)} is given twice")
            seen.add(key)

    json.loads(text, object_pairs_hook=check)


def _check(root: Json, is_plain: bool) -> int:
    """Checks depth, sizes and letters without recursion; plain text has no odd letters.

    Returns:
        The number of keys in all mappings.
    """
    level: list[Any] = [root.value]
    depth = count = keys = 0
    while level:
        count += len(level)
        if depth > MAX_DEPTH:
            root.fail(_TOO_DEEP)
        if count + keys > MAX_VALUES:
            root.fail("the file holds too many values")
        if not is_plain:
            _check_letters(root, level)
        below: list[Any] = []
        for value in level:
            kind = type(value)
            if kind is dict:
                keys += len(value)
                below += value.values()
                if not is_plain:
                    _check_letters(root, list(value))
            elif kind is list:
                below += value
            elif kind is int and not -LARGEST <= value <= LARGEST:
                root.fail(f"the number {str(value)[:20]}... is too large")
        level = below
        depth += 1
    return keys


def _check_letters(root: Json, values: list[Any]) -> None:
    for value in values:
        try:
            if isinstance(value, str):
                value.encode("utf-8")
        except UnicodeEncodeError:
            root.fail("a text in it holds half a letter (a lone surrogate)")


def is_finite(value: object) -> bool:
    """Whether a value is a number that is neither infinite nor NaN."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )
