"""What the templates of cells see."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SettingsView:
    """What a reader of the notebook may edit, as source text.

    Attributes:
        run_dir: The directory of the run.
        has_data: Whether there is a data set to train on.
        is_own: Whether the constants of the module say which data there are.
        weights: The file of weights that the model starts from, "" where there is none.
        seed: What random numbers start from.
    """

    run_dir: str
    has_data: bool
    weights: str = ""
    seed: str = "0"
    is_own: bool = False


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


@dataclass(frozen=True, slots=True)
class OwnShownView:
    """How cells load and show the user's own data, as source text.

    Attributes:
        keeps: Whether what is learnt from them is kept in the directory of the run.
        adapts: Whether the model learns to scale them.
        folder: The folder with the training texts.
        scale: What divides pixels so that they can be drawn, "" for nothing.
        labels: The classes of some samples, `targets`; "" where there are none.
        names: What the classes are called.
        x: How the images are reached among what the model takes.
        scores: What the model predicts.
    """

    keeps: bool
    adapts: bool
    folder: str
    scale: str
    labels: str
    names: str
    x: str
    scores: str
