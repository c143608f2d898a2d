"""Records: dataclasses that are never changed, and made by the ten thousand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[_T]) -> type[_T]:
    """Makes a class a dataclass with slots and a hash, whose fields nothing sets again.

    Type checkers see to that. A dataclass that is frozen sees to it too, while kgen runs, and
    takes three times as long to make.
    """
    has_own_hash = "__hash__" in vars(cls)
    return dataclass(slots=True, unsafe_hash=not has_own_hash)(cls)
