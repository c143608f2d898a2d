"""The built-in specs."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "presets"
DEFAULT = "mnist_mlp"


def names() -> tuple[str, ...]:
    """Returns the names of all presets, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def find(name: str) -> Path | None:
    """Returns the spec file of a preset, None where there is none of that name."""
    path = _FOLDER / f"{name}.yaml"
    return path if name.isidentifier() and path.is_file() else None
