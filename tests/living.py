"""A project that lives on: made, edited, and with a spec that changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from kgen_runner import Kgen

from keras_kgen.projects.generate import Project
from keras_kgen.updating import session
from keras_kgen.updating.record import Settings
from keras_kgen.updating.regenerate import regenerate

NAME = "mnist_mlp"
MODEL, TRAIN = f"{NAME}/model.py", f"{NAME}/train.py"


def make(kgen: Kgen, *arguments: str, source: str = NAME) -> Path:
    """Makes a project in the folder `here`."""
    result = kgen("new", source, "--project", "here", *arguments)
    assert result.exit_code == 0, result.stderr
    return Path("here")


def files(folder: Path) -> dict[str, bytes]:
    """Returns what is in a project, but for what kgen keeps for itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".kgen.json"
    }


def swap(path: Path, old: str, new: str) -> None:
    """Puts another text in the place of one that stands there."""
    text = path.read_bytes().decode()
    assert old in text, text
    path.write_bytes(text.replace(old, new).encode())


def change_spec(folder: Path) -> None:
    """Changes the layers and how they are trained."""
    swap(folder / "model.yaml", "dense_block(128)", "dense_block(256)")
    swap(folder / "model.yaml", "1e-3", "5e-4")


def newer_kgen(
    patch: pytest.MonkeyPatch, change: Callable[[dict[str, str]], Mapping[str, str]]
) -> None:
    """Lets kgen be another version, which writes other files."""

    def give(folder: Path, settings: Settings) -> Project:
        project = regenerate(folder, settings)
        return replace(project, files=change(dict(project.files)))

    patch.setattr(session, "regenerate", give)
    patch.setattr(session, "__version__", "99.0")
