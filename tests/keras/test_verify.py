"""`kgen verify`: what it proves, and what it finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from keras_kgen.cli import main

pytest.importorskip("keras")
import keras

# Keras takes the mask off what MultiHeadAttention is called with, but not in a functional model.
DIFFERS = """
inputs: {x: {shape: [null], dtype: int32}}
layers:
  - e = Embedding(40, 8, mask_zero=True)(x)
  - d = MultiHeadAttention(2, 4)(e, e)
  - c = Add()([e, d])
  - GlobalAveragePooling1D()(c)
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["verify", *arguments])


def rows(result: Result) -> dict[str, list[str]]:
    """Returns the cells of each model's row."""
    lines = [line.split("│") for line in result.stdout.splitlines() if "│" in line]
    return {line[1].strip(): [cell.strip() for cell in line[2:-1]] for line in lines}


def test_styles_of_a_preset_are_one_model() -> None:
    result = run("mnist_mlp")
    assert result.exit_code == 0, result.stderr
    row = ["119,306", "14", "(2, 10)", "0.0e+00", "same"]
    assert rows(result) == dict.fromkeys(("sequential", "functional", "subclass"), row)


def test_saved_model_is_compared_with_the_original(tmp_path: Path) -> None:
    inputs = keras.Input((6,))
    x = keras.layers.Dense(4, activation="relu")(inputs)
    outputs = [keras.layers.Dense(2)(x), keras.layers.Dense(3)(x)]
    keras.Model(inputs, outputs).save(tmp_path / "model.keras")
    result = run(str(tmp_path / "model.keras"))
    assert result.exit_code == 0, result.stderr
    assert list(rows(result)) == ["functional", "subclass", "original"]
    assert {row[-1] for row in rows(result).values()} == {"same"}
    assert "note: no sequential style" in result.stderr


def test_models_that_differ_are_told(tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text(DIFFERS)
    result = run(str(tmp_path / "model.yaml"))
    assert result.exit_code == 1
    assert rows(result)["subclass"][-1] == "differs"
    assert result.stderr.endswith("error: the models differ\n")


def test_training_for_one_backend_has_no_part_in_it(tmp_path: Path) -> None:
    """The library that a loop needs need not be there."""
    other = "torch" if keras.backend.backend() == "jax" else "jax"
    spec = f"inputs: [4]\nlayers: [Dense(2)]\nloop: {other}\n"
    (tmp_path / "model.yaml").write_text(spec)
    result = run(str(tmp_path / "model.yaml"))
    assert result.exit_code == 0, result.stderr
