"""Identifiers: every name in generated code is made here."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_RESERVED = (
    frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | frozenset(dir(builtins))
)

# Names that a generated module or notebook has anyway: nothing else in it may hide them.
MODULE_NAMES = frozenset(
    {
        "BATCH_SIZE",
        "BadZipFile",
        "DATA",
        "EPOCHS",
        "Path",
        "RUN_DIR",
        "SEED",
        "SEQUENCE_LENGTH",
        "VOCABULARY_SIZE",
        "WEIGHTS",
        "WEIGHT_ORDER",
        "argparse",
        "build_model",
        "compile_model",
        "csv",
        "evaluate",
        "importlib",
        "keras",
        "layers",
        "load_data",
        "load_npz",
        "load_run",
        "load_weights",
        "main",
        "make_shapes",
        "make_videos",
        "model",
        "np",
        "ops",
        "parse_args",
        "plot_confusion",
        "plot_history",
        "plt",
        "prepare",
        "read_history",
        "save",
        "show_images",
        "train",
        "weight_order",
        "write_graph",
    }
)

# More of them where several devices train the model.
DISTRIBUTION_NAMES = frozenset(
    {
        "DistributedDataParallel",
        "MODEL_DEVICES",
        "Replica",
        "dist",
        "distribute",
        "os",
        "record",
        "share",
        "sys",
        "tf",
        "torch",
    }
)

# More of them where a module loads the user's own data.
OWN_DATA_NAMES = frozenset(
    {
        "CATEGORIES",
        "CLASSES",
        "CLASS_WEIGHT",
        "COLUMNS",
        "DATA",
        "DATES",
        "HORIZON",
        "MISSING",
        "NUMBERS",
        "TARGET",
        "TEST_SPLIT",
        "VALIDATION_SPLIT",
        "WINDOW",
        "adapt",
        "datetime",
        "fill",
        "full_precision",
        "glob",
        "is_missing",
        "learn_features",
        "make_vectorization",
        "make_windows",
        "parse",
        "read_series",
        "read_table",
        "split",
        "take",
        "tf",
        "to_categories",
        "to_dates",
        "to_number",
        "to_numbers",
    }
)

# More of them where a module chooses its hyperparameters.
TUNING_NAMES = frozenset(
    {
        "MAX_TRIALS",
        "TunedModel",
        "is_worker",
        "json",
        "keras_tuner",
        "os",
        "search",
        "search_space",
        "show_results",
        "write_best",
    }
)


def words(text: str) -> list[str]:
    """Splits a name into lower-case words: `MaxPooling2D` gives max, pooling, 2d.

    Letters that are not ASCII lose their accents; other characters divide words.
    """
    plain = _ascii(text)
    plain = re.sub(r"([0-9])D(?![a-z])", r"\1d", plain)
    parts = re.split(r"[^A-Za-z0-9]+", plain)
    return [word.lower() for part in parts for word in _split(part)]


def _ascii(text: str) -> str:
    """Returns text without accents, and without letters that have no Latin form."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return plain.encode("ascii", "ignore").decode()


def _split(part: str) -> list[str]:
    found: list[str] = []
    for word in _WORDS.findall(part):
        if found and (word.isdigit() or (found[-1][-1].isdigit() and word == "d")):
            found[-1] += word
        else:
            found.append(word)
    return found


def snake_case(text: str, otherwise: str = "model") -> str:
    """Returns text as a lower-case identifier, or `otherwise` where nothing is left of it."""
    name = "_".join(words(text)) or otherwise
    return _legal(f"{otherwise}_{name}" if name[0].isdigit() else name)


def class_case(text: str, otherwise: str = "Model") -> str:
    """Returns text as a class name in CapWords."""
    parts = re.split(r"[^A-Za-z0-9]+", _ascii(text))
    name = "".join(part[:1].upper() + part[1:] for part in parts if part) or otherwise
    return _legal(f"{otherwise}{name}" if name[0].isdigit() else name)


def constant_case(text: str, otherwise: str = "VALUE") -> str:
    """Returns text as the name of a constant."""
    return snake_case(text, otherwise).upper()


def is_identifier(text: str) -> bool:
    """Whether text can be a name in generated code as it stands."""
    return text.isidentifier() and text.isascii() and not keyword.iskeyword(text)


def is_scope_name(text: str) -> bool:
    """Whether a model or layer can have that name: TensorFlow names its scopes by them."""
    return re.fullmatch(r"[A-Za-z0-9.][A-Za-z0-9_.\\>-]*", text) is not None


def plural(word: str) -> str:
    """Returns the plural of an English noun in an identifier: `strides` stays as it is."""
    if word.endswith(("ss", "x", "ch", "sh")):
        return f"{word}es"
    if word.endswith("s"):
        return word
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def _legal(name: str) -> str:
    return f"{name}_" if name in _RESERVED else name


class Namespace:
    """Names that are in use in one scope.

    Each name is given out once, is an identifier, and shadows no builtin, no keyword and
    no name of the scopes around.
    """

    def __init__(
        self, parent: Namespace | None = None, reserved: frozenset[str] = frozenset()
    ) -> None:
        self._used: set[str] = set(reserved) | (parent._used if parent else set())

    def take(self, wanted: str) -> str:
        """Returns the wanted name, or that name with the first number that is free."""
        name = _legal(wanted)
        number = 2
        while name in self._used:
            name = f"{wanted.rstrip('_')}_{number}"
            number += 1
        self._used.add(name)
        return name

    def reserve(self, names: Iterable[str]) -> None:
        """Keeps names from being given out."""
        self._used.update(names)

    def __contains__(self, name: object) -> bool:
        return name in self._used
