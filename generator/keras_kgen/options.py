"""What the user asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any


class Style(Enum):
    """A way to write a Keras model."""

    SEQUENTIAL = "sequential"
    FUNCTIONAL = "functional"
    SUBCLASS = "subclass"


@dataclass(frozen=True, slots=True)
class OwnStyle:
    """A style that another package adds.

    Attributes:
        value: Its name.
        origin: Where it is: `package.module:function`.
        write: What returns the source of `build_model()` for a `Network`.
    """

    value: str
    origin: str
    write: Callable[[Any], object]

    def __str__(self) -> str:
        return f"the style {self.value!r} ({self.origin})"


@dataclass(frozen=True, slots=True)
class Options:
    """How to write a module.

    Attributes:
        style: The style, or None for what an expert would choose: Sequential where the
            graph is a chain, else Functional.
        flat: Write neither blocks nor loops.
        version: The version that the header of the module names, or None for this one.
        weights: The file of weights beside the module that it starts from; "" is none.
        explain: Add comments and docstrings that teach.
        templates: A folder with templates of the user's own, None for kgen's alone.
    """

    style: Style | OwnStyle | None = None
    flat: bool = False
    version: str | None = None
    weights: str = ""
    explain: bool = False
    templates: Path | None = None
