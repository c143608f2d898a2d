"""Data of a user's own in other forms than the usual ones, and models for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from own_data import (
    example,
    make,
    make_images,
    make_table,
    make_texts,
    write_csv,
    write_records,
)


def make_two_features(folder: Path) -> tuple[str, ...]:
    records = [
        example({"image": bytes([n % 200] * 16), "size": [float(n), 1.0], "y": [n % 2]})
        for n in range(60)
    ]
    write_records(folder / "a.tfrecord", records)
    (folder / "model.yaml").write_text(
        "data:\n  tfrecords: a.tfrecord\n  target: y\n  features:\n"
        "    image: {shape: [4, 4], dtype: uint8}\n    size: {shape: [2]}\n"
        "    y: {dtype: int64}\n"
    )
    return ("model.yaml",)


def make_vectors(folder: Path) -> tuple[str, ...]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 8, 8, 2)).astype("float32")
    np.savez(folder / "a.npz", x=x, y=1000 * rng.normal(size=(60, 3, 2)))
    return ("--data", "a.npz")


def make_gaps(folder: Path) -> tuple[str, ...]:
    rows: list[list[object]] = [["a", "b/c", "y"]]
    rows += [[n % 13, "" if n % 9 == 0 else n % 7, n / 3] for n in range(90)]
    write_csv(folder / "a.csv", rows)
    return ("--data", "a.csv", "--target", "y")


def make_adapted_class(folder: Path) -> tuple[str, ...]:
    return (*make("weather", folder), "--style", "subclass")


def make_bag_of_words(folder: Path) -> tuple[str, ...]:
    make_texts(folder, 20)
    (folder / "model.yaml").write_text(
        "inputs: [50]\nlayers: [Dense(2)]\ndata: {folder: reviews}\n"
        "compile: {loss: CategoricalCrossentropy(from_logits=True)}\n"
    )
    return ("model.yaml",)


def make_own_table(folder: Path) -> tuple[str, ...]:
    """A model that does not scale by itself: a FeatureSpace does, of numbers alone."""
    make_gaps(folder)
    return ("-l", "Dense(4)", "-l", "Dense(1)", "--data", "a.csv", "--target", "y")


def make_given_parts(folder: Path) -> tuple[str, ...]:
    """Texts that are divided into folders for training and testing."""
    make_texts(folder, 40, ("train", "test"))
    return ("--data", "reviews")


def make_vectors_of_classes(folder: Path) -> tuple[str, ...]:
    """A table and a loss that wants classes as vectors, from a named output."""
    make_table(folder)
    (folder / "model.yaml").write_text(
        "layers: ['income = Dense(2, activation=\"softmax\")']\n"
        "outputs: {score: income}\n"
        "compile: {loss: {score: categorical_crossentropy}}\n"
        "data: {file: people.csv, target: income}\n"
    )
    return ("model.yaml",)


def make_gray_images(folder: Path) -> tuple[str, ...]:
    """Images that the module scales, read in gray and smaller."""
    make_images(folder)
    (folder / "model.yaml").write_text(
        "inputs: [8, 8, 1]\nlayers: [Flatten(), Dense(2)]\ndata: photos\n"
    )
    return ("model.yaml",)


FORMS: dict[str, Callable[[Path], tuple[str, ...]]] = {
    "two_features": make_two_features,
    "vectors": make_vectors,
    "gaps": make_gaps,
    "adapted_class": make_adapted_class,
    "bag_of_words": make_bag_of_words,
    "own_table": make_own_table,
    "given_parts": make_given_parts,
    "vectors_of_classes": make_vectors_of_classes,
    "gray_images": make_gray_images,
}
