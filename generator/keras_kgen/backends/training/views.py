"""The training half of a module as its templates see it."""

from __future__ import annotations

from keras_kgen.backends.layouts import Layout
from keras_kgen.backends.training.facts import ModelFacts
from keras_kgen.backends.training.loop import LoopView
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.own.views import OwnView
from keras_kgen.backends.training.tuning import TuningView
from keras_kgen.backends.view import Constant
from keras_kgen.catalogue.datasets import Request
from keras_kgen.pysource.names import snake_case
from keras_kgen.records import record


@record
class PrepareView:
    """A `prepare()` that turns raw samples into what the model takes.

    One of the first flags says what the samples are; the rest is source text.

    Attributes:
        tokens: Sequences of word numbers, to be padded.
        words: The same, to be turned into a row of zeros and ones.
        is_scaled: Whether pixels are scaled here, and not by the model.
        labels: The name of the parameter with the labels, `_` where they are not read.
        x: The images, reshaped, where they are named before they are returned.
        samples: What `images` become, whether they are named or not.
    """

    targets: str
    images: bool = False
    pairs: bool = False
    tokens: bool = False
    words: bool = False
    features: bool = False
    is_scaled: bool = True
    labels: str = "labels"
    x: str = ""
    inputs: str = ""
    classes: str = ""
    samples: str = "images"


@record
class VideoView:
    """A `make_videos()` that lets digits move.

    Attributes:
        room: How far a digit can move, down and to the right.
        is_last: Whether only the last frame is to be predicted.
    """

    shape: str
    room: str
    is_last: bool


@record
class ShapesView:
    """A `make_shapes()` that draws discs and their masks."""

    size: str
    images: str
    masks: str
    radii: str


@record
class DataView:
    """How the module gets its data, as source text.

    Attributes:
        title: What the data set is called, "" where the data are the user's.
        missing: What is said where an array is missing, an f-string.
        check: When arrays do not fit, "" where that is not known.
        complaint: What is said then, an f-string.
        train: The training data, read from an open .npz file.
        loader: The call that downloads the data, if one does.
        own: The user's own data, where the source names them; nothing else is needed then.
    """

    title: str
    missing: str
    check: str
    complaint: str
    train: str = 'file["x_train"], file["y_train"]'
    test: str = 'file["x_test"], file["y_test"]'
    loader: str = ""
    prepare: PrepareView | None = None
    videos: VideoView | None = None
    shapes: ShapesView | None = None
    own: OwnView | None = None


_SCORE = "float(row[key])"


@record
class DistributionView:
    """How the module trains on several devices; without a name it does not.

    The first flags say which of the ways it is, the later ones what goes with several.

    Attributes:
        name: The class behind it.
        shares: Whether processes and devices need equal shares of the data.
        processes: Whether several processes train, of which the first writes files.
        layouts: The entries of the layout map.
        callbacks: The user's callbacks where every process has them.
        stop: Where the training data end, as a fraction of all; "" where nothing is held back.
    """

    name: str = ""
    data_parallel: bool = False
    model_parallel: bool = False
    mirrored: bool = False
    torch: bool = False
    shares: bool = False
    processes: bool = False
    layouts: tuple[Layout, ...] = ()
    callbacks: tuple[str, ...] = ()
    stop: str = ""

    @property
    def uses_keras(self) -> bool:
        """Whether it is one of keras.distribution."""
        return self.data_parallel or self.model_parallel


@record
class FitView:
    """How `fit` is called.

    Attributes:
        is_validated: Whether it holds data back.
        score: How a validation score is read from the history, as source text.
    """

    constants: tuple[Constant, ...]
    arguments: tuple[str, ...]
    is_validated: bool
    score: str = _SCORE


@record
class CallbacksView:
    """The callbacks as source text.

    Attributes:
        given: The user's, without those that kgen has anyway.
        history: The name of the file that the losses and metrics go to.
        logs: The pattern of old log files, "" where they are not in the run directory.
        graph: The path that the graph goes to, "" where the user wants none.
        backup: The directory of a BackupAndRestore, "" where there is none.
    """

    given: tuple[str, ...]
    tensorboard: str
    history: str
    logs: str
    graph: str
    backup: str


@record
class Task:
    """What a model learns, for what shows its data and its results.

    Attributes:
        request: The data set; None where the data are the user's.
        goals: What each output predicts.
    """

    facts: ModelFacts
    request: Request | None
    goals: tuple[Goal, ...]

    @property
    def run_dir(self) -> str:
        """The directory of the run, if the user names no other."""
        return f"runs/{snake_case(self.facts.name)}"


@record
class TrainingView:
    """The training half of a module as source text, ready for its template.

    Attributes:
        is_usual: Whether all callbacks and arguments of `fit` are kgen's own.
        distribution: How several devices train it, if they do.
        task: What it was made of, which no template of modules reads.
        has_seed: Whether random numbers start from SEED.
        loop: The training step, where it is not that of `fit`.
        compile_signature: The parameters of `compile_model`.
        tuning: How the module chooses its hyperparameters, None where it has none.
    """

    constants: tuple[Constant, ...]
    data: DataView
    compile_arguments: tuple[str, ...]
    fit: FitView
    callbacks: CallbacksView
    run_dir: str
    is_usual: bool
    task: Task
    has_seed: bool = False
    loop: LoopView | None = None
    compile_signature: str = "model"
    tuning: TuningView | None = None
    distribution: DistributionView = DistributionView()
