"""What a project remembers: how it was made, and what kgen wrote into each file."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from keras_kgen.errors import Location, SourceError
from keras_kgen.updating.paths import path_problem

NAME = ".kgen.json"
SPEC = "model.yaml"
_FORMAT = 1
_ABOUT = "What kgen check and kgen update go by. Commit it, and leave it as it is."
AUTO = "auto"
# More than any project has, so that a small file cannot fill the memory.
_MAX_FILES = 1000
_MAX_SIZE = 1 << 24


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for when the project was made, and holds for each update.

    Attributes:
        package: The name of the package, whatever the model is called later.
        origin: Where the model came from, in words.
        style: The name of the style; `AUTO` is what an expert would choose.
        flat: Write neither blocks nor loops.
        weights: The file of weights in the package; "" is none.
        templates: The folder of templates of the user's own, seen from the project; "" is
            none.
    """

    package: str
    origin: str = ""
    style: str = AUTO
    flat: bool = False
    weights: str = ""
    templates: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What a project remembers.

    Attributes:
        version: The version of kgen that wrote it last.
        spec: The digest of the spec that it was written from.
        settings: What was asked for.
        texts: What kgen wrote into each file, by its path with slashes.
    """

    version: str
    spec: str
    settings: Settings
    texts: Mapping[str, str]


def spec_digest(text: str) -> str:
    """Returns what tells a spec from another, however its lines end."""
    return _digest(text.removeprefix("\ufeff").replace("\r\n", "\n"))


def render_record(record: Record) -> str:
    """Returns the text of the file that a project remembers by."""
    document = {
        "about": _ABOUT,
        "format": _FORMAT,
        "kgen": record.version,
        "spec": record.spec,
        "options": asdict(record.settings),
        "files": {
            path: {"sha256": _digest(text), "zlib": _packed(text)}
            for path, text in sorted(record.texts.items())
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_record(text: str, source: str) -> Record:
    """Reads what a project remembers; anybody may have written it.

    Args:
        text: The text of the file.
        source: The file, for messages.

    Raises:
        SourceError: the file is damaged, or a later kgen wrote it.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        place = Location(source, error.lineno, error.colno)
        raise _damaged(f"this is not JSON: {error.msg}", place) from error
    except (ValueError, RecursionError) as error:
        raise _damaged("this cannot be read", Location(source)) from error
    return _Reader(source).record(document)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8")).hexdigest()


def _packed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")


def _damaged(message: str, place: Location) -> SourceError:
    hint = f"{message}; take {NAME} from version control, as kgen wrote it"
    return SourceError.of(hint, place)


class _Reader:
    """Turns JSON into a record, and says where it is not one."""

    def __init__(self, source: str) -> None:
        self.source = source

    def record(self, document: Any) -> Record:
        table = self.table(document, "")
        version = self.text(table, "kgen")
        if table.get("format") != _FORMAT:
            if isinstance(table.get("format"), int):
                message = f"kgen {version} wrote this file, in a form that this one does not know"
                raise SourceError.of(message, self.place("format"))
            raise self.error("format", "a number was expected")
        options = self.table(table.get("options"), "options")
        files = self.table(table.get("files"), "files")
        if len(files) > _MAX_FILES:
            raise self.error("files", "there are too many")
        texts = {path: self.file(path, entry) for path, entry in files.items()}
        return Record(version, self.text(table, "spec"), self.settings(options), texts)

    def settings(self, options: Mapping[str, Any]) -> Settings:
        self.refuse_unknown(options)
        flat = options.get("flat")
        if not isinstance(flat, bool):
            raise self.error("options.flat", "true or false was expected")
        package = self.text(options, "package", "options.")
        if not (package.isascii() and package.isidentifier()):
            raise self.error("options.package", f"{package!r} is no name of a package")
        weights = self.text(options, "weights", "options.")
        if not re.fullmatch(r"|\w[\w.-]*\.npz", weights):
            raise self.error("options.weights", f"{weights!r} is no file of weights")
        return Settings(
            package,
            self.text(options, "origin", "options."),
            self.text(options, "style", "options."),
            flat,
            weights,
            self.text(options, "templates", "options."),
        )

    def refuse_unknown(self, options: Mapping[str, Any]) -> None:
        known = Settings.__dataclass_fields__
        unknown = next((name for name in options if name not in known), None)
        if unknown is not None:
            message = "this kgen does not know the option, a later one may"
            raise SourceError.of(message, self.place(f"options.{unknown}"))

    def file(self, path: str, entry: Any) -> str:
        place = f"files[{path!r}]"
        problem = path_problem(path)
        if problem or path in (NAME, SPEC):
            raise self.error(place, problem or "kgen keeps that file apart")
        entry = self.table(entry, place)
        text = self.unpacked(self.text(entry, "zlib", f"{place}."), f"{place}.zlib")
        if _digest(text) != entry.get("sha256"):
            raise self.error(f"{place}.sha256", "the text is not the one that was kept")
        return text

    def unpacked(self, packed: str, place: str) -> str:
        stream = zlib.decompressobj()
        try:
            data = base64.b64decode(packed, validate=True)
            text = stream.decompress(data, _MAX_SIZE).decode("utf-8")
        except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
            raise self.error(place, "this is no packed text") from error
        if not stream.eof:
            raise self.error(place, "the text is cut short, or too long")
        return text

    def table(self, value: Any, place: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.error(place, "a mapping in braces was expected")
        return value

    def text(self, table: Mapping[str, Any], key: str, place: str = "") -> str:
        value = table.get(key)
        if not isinstance(value, str) or not _is_writable(value):
            raise self.error(place + key, "a text was expected")
        return value

    def error(self, path: str, message: str) -> SourceError:
        return _damaged(message, self.place(path))

    def place(self, path: str) -> Location:
        return Location(self.source, path=path)


def _is_writable(text: str) -> bool:
    """Whether a text has no halves of letters, which JSON can hold and no file can."""
    return not re.search("[\ud800-\udfff]", text)
