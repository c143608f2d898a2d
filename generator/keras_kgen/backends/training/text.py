"""Arrays, and messages about them, as source text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from keras_kgen.ir.program import Structure
from keras_kgen.ir.tensors import Shape
from keras_kgen.pysource.literals import literal

_MESSAGE_WIDTH = 68


def batch_shape(shape: Shape, first: str = "n") -> str:
    """Returns the shape of an array of samples: `(n, 28, 28)`."""
    return f"({', '.join([first, *map(str, shape)])})"


def packed(values: list[str], structure: Structure) -> str:
    """Returns arrays as the model takes or gives them: alone, by name, in lists."""
    if isinstance(structure, int):
        return values[structure]
    if isinstance(structure, Mapping):
        pairs = (
            (literal(key), packed(values, part)) for key, part in structure.items()
        )
        return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
    return f"[{', '.join(packed(values, part) for part in structure)}]"


def part_of(name: str, structure: Structure, index: int) -> str:
    """Returns how one input or output is reached: `x_train["left"]`."""
    return next(
        name + "".join(f"[{literal(key)}]" for key in path)
        for path, found in _paths(structure)
        if found == index
    )


def _paths(structure: Structure) -> list[tuple[tuple[str | int, ...], int]]:
    if isinstance(structure, int):
        return [((), structure)]
    keys: list[tuple[str | int, Structure]]
    if isinstance(structure, Mapping):
        keys = list(structure.items())
    else:
        keys = list(enumerate(structure))
    return [((key, *path), index) for key, part in keys for path, index in _paths(part)]


def missing_message(names: list[str]) -> str:
    """Returns what is said where a file lacks arrays or cannot be read."""
    several = f"arrays {', '.join(names[:-1])} and {names[-1]}"
    listed = several if len(names) > 1 else f"array {names[0]}"
    escaped = listed.replace("{", "{{").replace("}", "}}")
    return _f_strings(f"{{path}}: expected the {escaped}: {{error}}")


def mismatch_message(
    wanted: str, found: str = "found the shapes {x.shape} and {y.shape}"
) -> str:
    """Returns what is said of arrays that do not fit."""
    return _f_strings(f"{{path}}: expected {wanted}, {found}")


def _f_strings(text: str) -> str:
    """Returns a message with fields as f-strings that stand below each other."""
    lines = [""]
    for word in re.split(r"(?<=\s)(?=\S)", text):
        if len(lines[-1]) + len(word.rstrip()) > _MESSAGE_WIDTH:
            lines.append("")
        lines[-1] += word
    return "\n".join(f"f{literal(line)}" for line in lines if line)
