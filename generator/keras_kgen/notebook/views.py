"""What the templates of cells see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SettingsView:
    """What a reader of the notebook may edit, as source text.

    Attributes:
        run_dir: The directory of the run.
        has_data: Whether there is a data set to train on.
        weights: The file of weights that the model starts from, "" where there is none.
        policy: What layers compute in, "" where that is not set.
        seed: What random numbers start from.
    """

    run_dir: str
    has_data: bool
    weights: str = ""
    policy: str = ""
    seed: str = "0"


@dataclass(frozen=True, slots=True)
class PictureView:
    """A drawing, as a literal."""

    svg: str


@dataclass(frozen=True, slots=True)
class ShownView:
    """How cells reach what they show of one output, as source text.

    Attributes:
        train_x: The first input.
        train_y: The targets.
        train_images: The first input as images.
        train_partners: The second input as images.
        labels: The classes of the training data, "" where there are none.
        names: What the classes are called.
        scores: What the model predicts.
        scores_images: The same as images.
        predicted: The classes that the model predicts.
        module: The module of `keras.datasets` that the data come from.
        tokens: Whether a text is a row of word numbers.
        is_last: Whether the next frame alone is predicted.
    """

    train_x: str
    train_y: str
    train_images: str
    train_partners: str
    labels: str
    names: str
    test_x: str
    test_y: str
    test_images: str
    test_labels: str
    scores: str
    scores_images: str
    predicted: str
    module: str
    tokens: bool
    is_last: bool
