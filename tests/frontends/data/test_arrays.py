"""Arrays of .npz files: shapes, classes, and what kgen does not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_data import make_arrays, make_pixels
from own_data_request import look

from keras_kgen.errors import SourceError
from keras_kgen.ir.data import ArrayFacts

X = np.zeros((40, 3), "float32")


def test_arrays_that_the_module_divides(folder: Path) -> None:
    make_arrays(folder)
    data, _ = look(file="points.npz")
    assert data.facts == ArrayFacts(False, False, False)
    assert data.labels.classes == (0, 1)
    assert data.shapes == (("", (4,), "float32"),)


def test_arrays_that_are_divided(folder: Path) -> None:
    make_pixels(folder)
    data, _ = look(file="pixels.npz")
    assert data.facts == ArrayFacts(True, True, False)
    assert data.labels.classes == (1, 2, 3)
    assert data.samples == 192


def test_several_numbers_are_a_target(folder: Path) -> None:
    np.savez(folder / "a.npz", x=X, y=np.arange(80.0).reshape(40, 2))
    data, _ = look(file="a.npz")
    assert data.labels.shape == (2,)


def test_texts_are_classes(folder: Path) -> None:
    np.savez(folder / "a.npz", x=X, y=np.array([["cat"], ["dog"]] * 20))
    data, _ = look(file="a.npz")
    assert data.labels.classes == ("cat", "dog")
    assert data.facts == ArrayFacts(False, False, True)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": X}, "expected the arrays x_train, y_train"),
        ({"x": X, "y": np.zeros(39)}, "x has 40 samples, but y has 39"),
        ({"x": X, "y": np.array([{}] * 40)}, "y holds Python objects"),
        ({"x": np.array(["a"] * 40), "y": np.zeros(40)}, "x does not hold numbers"),
        ({"x": X[:4], "y": np.zeros(4)}, "x has 4 samples; 10 is the least"),
        ({"x": X, "y": np.full(40, np.nan)}, "numbers that are not finite"),
        ({"x": np.float32(3), "y": X}, "x is one number, not an array"),
        (
            {
                "x_train": X,
                "y_train": np.arange(40) % 2,
                "x_test": X,
                "y_test": np.arange(40) % 3,
            },
            r"y_test has classes that y_train lacks: \[2\]",
        ),
    ],
)
def test_wrong_arrays_are_explained(
    arrays: dict[str, Any], message: str, folder: Path
) -> None:
    np.savez(folder / "a.npz", **arrays)
    with pytest.raises(SourceError, match=message):
        look(file="a.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hello" * 100])
def test_other_files_are_no_arrays(content: bytes, folder: Path) -> None:
    (folder / "a.npz").write_bytes(content)
    with pytest.raises(SourceError, match=r"this is no \.npz file of arrays"):
        look(file="a.npz")
