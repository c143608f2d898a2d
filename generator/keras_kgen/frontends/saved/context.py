"""What all readers of configs share: the generation, and a place for notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.saved.model import SavedLayer, SavedObject
from keras_kgen.frontends.saved.names import ClassName
from keras_kgen.frontends.saved.tree import Json, brief
from keras_kgen.ir.expressions import Expression

# The arguments of an object while they are rewritten: each value knows where it stood.
Config = dict[str, Json]
# Values that say that an argument was not used.
_UNUSED: tuple[Any, ...] = (None, False, [], {})


@dataclass(slots=True)
class Context:
    """The state of reading one file.

    Attributes:
        generation: 1, 2 or 3.
        diagnostics: Where notes go.
        layers: The layers that have been read, each with the path where it stood, by class
            and config but for the name; None where reading one says more than its arguments.
        objects: The same of objects, by argument, config and whether a list keeps its rest.
        data_format: That of layers of Keras 1 which do not say theirs; None where none does.
    """

    generation: int
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    layers: dict[tuple[ClassName, str], tuple[SavedLayer, str] | None] = field(
        default_factory=dict
    )
    objects: dict[tuple[str, str, bool], tuple[Expression, str] | None] = field(
        default_factory=dict
    )
    data_format: Json | None = None

    def dropped(self, owner: str, name: str, value: Json) -> None:
        """Notes that an argument was left out, unless it said nothing."""
        if not any(value.value is u or value.value == u for u in _UNUSED):
            self.diagnostics.warning(
                f"Keras 3's {owner} has no argument {name!r}: "
                f"{name}={brief(value.value)} is left out",
                value.location,
            )


@dataclass(slots=True)
class Found:
    """What an object's arguments hold that no expression can say, by argument."""

    objects: list[tuple[str, SavedObject]] = field(default_factory=list)
    inner: list[tuple[str, SavedLayer]] = field(default_factory=list)


def members(json: Json) -> Config:
    """Returns the members of a mapping as arguments, those that are null too."""
    return dict(json.entries())
