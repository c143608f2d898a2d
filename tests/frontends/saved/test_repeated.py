"""Layers that are alike are read once, and each has its own name, places and messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from frontends.saved.texts import layer, sequential

from keras_kgen.errors import Diagnostics, SourceError
from keras_kgen.frontends.detect import load_program
from keras_kgen.ir.expressions import ObjectCall
from keras_kgen.ir.program import Program, calls
from keras_kgen.passes import find_problems
from keras_kgen.pipeline import check


def load(folder: Path, *layers: dict[str, Any]) -> Program:
    """Returns the program of layers, the first of which says the shape that goes in."""
    first = layer("Flatten", name="first", batch_input_shape=[None, 4])
    path = folder / "model.json"
    path.write_text(sequential(first, *layers))
    return load_program(str(path), lambda: "", find_problems.find_problems)


def alike(count: int, **config: Any) -> list[dict[str, Any]]:
    return [
        layer("Dense", **{"name": f"d{i}", "units": 3, **config}) for i in range(count)
    ]


def test_each_layer_has_its_places(tmp_path: Path) -> None:
    penalty = {"class_name": "L2", "config": {"l2": 0.5}}
    program = load(tmp_path, *alike(3, kernel_regularizer=penalty))
    for index, call in enumerate(list(calls(program.body))[1:], 1):
        units, regularizer, name = call.arguments
        start = f"config[{index}].config"
        assert units.location and units.location.path == f"{start}.units"
        assert isinstance(regularizer.value, ObjectCall)
        assert regularizer.value.location is not None
        assert regularizer.value.location.path == f"{start}.kernel_regularizer"
        (inner,) = regularizer.value.arguments
        assert inner.location is not None
        assert inner.location.path == f"{start}.kernel_regularizer.config.l2"
        assert name.name == "name"


def test_what_is_left_out_is_noted_for_each(tmp_path: Path) -> None:
    program = load(tmp_path, *alike(3, odd=5))
    places = [note.location.path for note in program.notes if note.location]
    assert places == [f"config[{index}].config.odd" for index in (1, 2, 3)]


def test_what_is_left_out_of_an_object_is_noted_for_each(tmp_path: Path) -> None:
    odd = {"class_name": "HeNormal", "config": {"odd": 5}}
    # The layers differ, and the object in them is read once.
    layers = [
        layer("Dense", name=f"d{i}", units=i + 1, kernel_initializer=odd)
        for i in range(3)
    ]
    assert len(load(tmp_path, *layers).notes) == 3


def test_each_wrong_layer_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        load(tmp_path, *alike(3, units=-1))
    places = [item.location.path for item in caught.value.diagnostics if item.location]
    assert places == [f"config[{index}].config.units" for index in (1, 2, 3)]


def test_a_config_that_is_none_is_like_no_other(tmp_path: Path) -> None:
    odd = {"class_name": "Flatten", "config": [1]}
    with pytest.raises(SourceError, match="expected a mapping"):
        load(tmp_path, {"class_name": "Flatten", "config": {}}, odd)


def test_a_model_is_checked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = load(tmp_path, *alike(2))
    monkeypatch.setattr(find_problems, "validate", None)
    monkeypatch.setattr(find_problems, "normalize", None)
    assert len(check(program, Diagnostics()).body.statements) == 3
