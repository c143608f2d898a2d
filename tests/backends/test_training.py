"""The training half of a module: defaults, mismatches, callbacks."""

from __future__ import annotations

import ast
import contextlib

import pytest

from keras_kgen.backends.training import (
    ModelFacts,
    Output,
    TrainingView,
    lower_training,
)
from keras_kgen.catalogue.callbacks import PATHS
from keras_kgen.errors import Diagnostics, Location, SourceError
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    ObjectCall,
    from_value,
)
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import Body, Program, Setting, Structure, Training
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.passes.validate import validate
from keras_kgen.pysource.imports import Imports

PLACE = Location("model.yaml", 7, 3)


def facts(
    *inputs: tuple[int | None, ...],
    outputs: tuple[Output, ...],
    vocabulary: int | None = None,
    named: bool = False,
) -> ModelFacts:
    specs = (TensorSpec((None, *shape)) for shape in inputs)
    names = ("left", "right", "third")
    return ModelFacts(
        name="Toy model",
        title="A toy.",
        inputs=tuple(map(Input, names, specs)),
        outputs=outputs,
        vocabulary_size=vocabulary,
        takes=structure([*names[: len(inputs)]], named),
        gives=structure([output.key for output in outputs], bool(outputs[0].key)),
    )


def structure(names: list[str], named: bool) -> Structure:
    if named:
        return {name: index for index, name in enumerate(names)}
    return 0 if len(names) == 1 else tuple(range(len(names)))


def output(
    *shape: int | None,
    activation: str | None = None,
    key: str = "",
    layer: str = "Dense",
) -> Output:
    return Output(key, TensorSpec((None, *shape)), activation, layer)


def callback(name: str, *arguments: object, **named: object) -> ObjectCall:
    given = [Argument(from_value(value)) for value in arguments]
    given += [Argument(from_value(value), key) for key, value in named.items()]
    return ObjectCall("callbacks", name, tuple(given))


def training(
    data: object = None,
    loss: Expression | None = None,
    callbacks: tuple[ObjectCall, ...] = (),
    **fit: object,
) -> Training:
    return Training(
        compile={"loss": Setting(loss, PLACE)} if loss else {},
        data=None if data is None else Setting(from_value(data), PLACE),
        fit={key: Setting(from_value(value), PLACE) for key, value in fit.items()},
        callbacks=tuple(Setting(call, PLACE) for call in callbacks),
    )


def lower(
    given: Training, model: ModelFacts, diagnostics: Diagnostics | None = None
) -> TrainingView:
    found = Diagnostics() if diagnostics is None else diagnostics
    return lower_training(given, model, Imports(), found)


def messages(given: Training, model: ModelFacts) -> list[str]:
    """Returns every diagnostic, as the user sees it."""
    found = Diagnostics()
    with contextlib.suppress(SourceError):
        lower(given, model, found)
    return list(map(str, found))


SOFTMAX = facts((28, 28), outputs=(output(10, activation="softmax"),))
LOGITS = facts((28, 28, 1), outputs=(output(10),))


@pytest.mark.parametrize(
    ("data", "model", "loss", "metrics"),
    [
        ("mnist", SOFTMAX, '"sparse_categorical_crossentropy"', '["accuracy"]'),
        (
            "mnist",
            LOGITS,
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
            '["accuracy"]',
        ),
        (
            "mnist",
            facts((28, 28), outputs=(output(10, layer="Softmax"),)),
            '"sparse_categorical_crossentropy"',
            '["accuracy"]',
        ),
        (
            "imdb",
            facts((80,), outputs=(output(1, activation="sigmoid"),), vocabulary=5000),
            '"binary_crossentropy"',
            '["accuracy"]',
        ),
        (
            "imdb",
            facts((80,), outputs=(output(1),), vocabulary=5000),
            "keras.losses.BinaryCrossentropy(from_logits=True)",
            '[keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)]',
        ),
        ("california_housing", facts((8,), outputs=(output(1),)), '"mse"', '["mae"]'),
        (
            {"name": "mnist", "target": "image"},
            facts((784,), outputs=(output(784, activation="sigmoid"),)),
            '"binary_crossentropy"',
            '["mae"]',
        ),
        (
            {"name": "mnist", "targets": {"digit": "class", "parity": "parity"}},
            facts(
                (28, 28),
                outputs=(
                    output(10, key="digit"),
                    output(1, activation="sigmoid", key="parity"),
                ),
            ),
            '{"digit": keras.losses.SparseCategoricalCrossentropy(from_logits=True), '
            '"parity": "binary_crossentropy"}',
            '{"digit": ["accuracy"], "parity": ["accuracy"]}',
        ),
    ],
)
def test_default_loss_follows_from_the_task_and_the_last_layer(
    data: object, model: ModelFacts, loss: str, metrics: str
) -> None:
    assert lower(training(data), model).compile_arguments == (
        "optimizer=keras.optimizers.Adam(learning_rate=1e-3)",
        f"loss={loss}",
        f"metrics={metrics}",
    )


def test_given_loss_stays_and_brings_no_metrics() -> None:
    view = lower(training("mnist", Literal("mse")), SOFTMAX)
    assert view.compile_arguments[1:] == ('loss="mse"',)


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        ("sparse_categorical_crossentropy", "labels"),
        ("categorical_crossentropy", "keras.utils.to_categorical(labels, 10)"),
        ("mse", "keras.utils.to_categorical(labels, 10)"),
    ],
)
def test_targets_have_the_form_that_the_loss_takes(loss: str, targets: str) -> None:
    prepare = lower(training("mnist", Literal(loss)), SOFTMAX).data.prepare
    assert prepare is not None
    assert prepare.targets == targets


@pytest.mark.parametrize(
    ("shape", "images"),
    [
        ((28, 28), "images"),
        ((28, 28, 1), "np.expand_dims(images, -1)"),
        ((None, None, 1), "np.expand_dims(images, -1)"),
        ((784,), "images.reshape((len(images), 784))"),
    ],
)
def test_images_take_the_shape_of_the_input(
    shape: tuple[int | None, ...], images: str
) -> None:
    model = facts(shape, outputs=(output(10, activation="softmax"),))
    prepare = lower(training("mnist"), model).data.prepare
    assert prepare is not None
    assert prepare.inputs == f'{images}.astype("float32") / 255'


@pytest.mark.parametrize(
    ("named", "inputs"),
    [
        (False, "[features, features]"),
        (True, '{"left": features, "right": features}'),
    ],
)
def test_every_input_gets_the_same_samples(named: bool, inputs: str) -> None:
    model = facts((8,), (8,), outputs=(output(1),), named=named)
    prepare = lower(training("california_housing"), model).data.prepare
    assert prepare is not None
    assert prepare.inputs == inputs


def test_pairs_differ_in_their_second_input() -> None:
    model = facts((28, 28), (28, 28), outputs=(output(1, activation="sigmoid"),))
    prepare = lower(training({"name": "mnist", "task": "pairs"}), model).data.prepare
    assert prepare is not None
    assert (prepare.pairs, prepare.targets) == (True, "same")
    assert prepare.inputs == "[images, images[partners]]"


def test_text_brings_its_constants() -> None:
    model = facts((None,), outputs=(output(46, activation="softmax"),), vocabulary=9000)
    view = lower(training("reuters", epochs=2), model)
    assert [(constant.name, constant.value) for constant in view.constants] == [
        ("VOCABULARY_SIZE", "9000"),
        ("SEQUENCE_LENGTH", "200"),
        ("EPOCHS", "2"),
        ("BATCH_SIZE", "128"),
    ]


def test_data_are_guessed_from_the_shapes() -> None:
    assert messages(training(), SOFTMAX) == [
        "note: no data given: the module trains on mnist, which fits"
    ]


@pytest.mark.parametrize("data", [None, "file"])
def test_without_known_data_the_file_holds_all(data: object) -> None:
    model = facts((4,), (3,), outputs=(output(2, key="p"), output(1, key="it's {q}")))
    view = lower(training(data), model).data
    assert (view.title, view.prepare) == ("", None)
    assert view.train == (
        '[file["x_train_left"], file["x_train_right"]], '
        '{"p": file["y_train_p"], "it\'s {q}": file["y_train_it\'s {q}"]}'
    )
    said = eval(f"({view.missing})", {"path": "a.npz", "error": "none"})
    assert "y_test_it's {q}: none" in said


@pytest.mark.parametrize(
    ("data", "model", "expected"),
    [
        (
            "mnist",
            facts((28, 28), outputs=(output(12, activation="softmax"),)),
            "error: the model ends in 12 units but mnist has 10 classes",
        ),
        (
            "mnist",
            facts((28, 28), outputs=(output(1, activation="sigmoid"),)),
            "error: the model ends in 1 unit but mnist has 10 classes; "
            "pairs of samples are task: pairs",
        ),
        (
            "cifar10",
            SOFTMAX,
            "error: input 'left' is (28, 28) but samples of cifar10 are (32, 32, 3) "
            "or (3072,)",
        ),
        (
            {"name": "mnist", "task": "pairs"},
            facts((28, 28), outputs=(output(1, activation="sigmoid"),)),
            "error: task: pairs needs 2 inputs, the model has 1",
        ),
        (
            "mnits",
            SOFTMAX,
            "error: there is no data set 'mnits'; did you mean 'mnist'?",
        ),
        (
            {"name": "imdb", "target": "image"},
            SOFTMAX,
            "error: imdb has no target 'image'; it has class",
        ),
        (
            {"name": "mnist", "targets": {"digit": "class"}},
            SOFTMAX,
            "error: targets: the model has no output 'digit'; it has one without a name",
        ),
        (
            "california_housing",
            facts((8,), outputs=(output(3),)),
            "error: the model ends in 3 units but california_housing has one value for "
            "each sample",
        ),
    ],
)
def test_data_that_do_not_fit_are_an_error(
    data: object, model: ModelFacts, expected: str
) -> None:
    assert f"{PLACE}: {expected}" in messages(training(data), model)


@pytest.mark.parametrize(
    ("loss", "model", "expected"),
    [
        (
            Literal("sparse_categorical_crossentropy"),
            LOGITS,
            "the model ends in linear but sparse_categorical_crossentropy expects "
            "softmax: use SparseCategoricalCrossentropy(from_logits=True) or a last "
            "layer with softmax",
        ),
        (
            ObjectCall(
                "losses",
                "CategoricalCrossentropy",
                (Argument(Literal(True), "from_logits"),),
            ),
            SOFTMAX,
            "the model ends in softmax but categorical_crossentropy(from_logits=True) "
            "expects linear: use a last layer with linear or another loss",
        ),
        (
            Literal("bce"),
            SOFTMAX,
            "the model ends in softmax but binary_crossentropy expects sigmoid: use a "
            "last layer with sigmoid or another loss",
        ),
    ],
)
def test_loss_that_does_not_suit_the_last_layer_is_a_warning(
    loss: Expression, model: ModelFacts, expected: str
) -> None:
    found = messages(training("mnist", loss), model)
    assert found == [f"{PLACE}: warning: {expected}"]


def test_fit_holds_data_back_unless_told_otherwise() -> None:
    view = lower(training("mnist", shuffle=False), SOFTMAX).fit
    assert view.arguments == ("shuffle=False", "validation_split=0.1")
    view = lower(training("mnist", validation_split=0), SOFTMAX).fit
    assert (view.arguments, view.is_validated) == ((), False)


def test_own_callbacks_alone() -> None:
    view = lower(training("mnist"), SOFTMAX).callbacks
    assert view.given == ()
    assert view.tensorboard == (
        'keras.callbacks.TensorBoard(run_dir / "logs", histogram_freq=1)'
    )
    assert (view.history, view.logs) == ('"history.csv"', '"logs/**/events.out.*"')
    assert view.graph == 'run_dir / "logs/train"'


@pytest.mark.parametrize(
    ("given", "graph"),
    [
        ((callback("TensorBoard", "boards"),), 'run_dir / "boards/train"'),
        ((callback("TensorBoard", "/far/boards"),), '"/far/boards/train"'),
        ((callback("TensorBoard", write_graph=False),), ""),
    ],
)
def test_graph_goes_where_the_training_logs_go(
    given: tuple[ObjectCall, ...], graph: str
) -> None:
    view = lower(training("mnist", callbacks=given), SOFTMAX).callbacks
    assert view.graph == graph


def test_layers_of_a_model_with_named_outputs_are_not_drawn() -> None:
    """TensorBoard fails to read them; the graph of operations is written all the same."""
    model = facts((4,), outputs=(output(2, key="p"), output(1, key="q")))
    view = lower(training("file"), model).callbacks
    assert view.tensorboard == (
        'keras.callbacks.TensorBoard(run_dir / "logs", histogram_freq=1, '
        "write_graph=False)"
    )
    assert view.graph == 'run_dir / "logs/train"'


@pytest.mark.parametrize("name", PATHS)
def test_callback_without_a_path_gets_one(name: str) -> None:
    diagnostics = Diagnostics()
    given = training("mnist", callbacks=(callback(name),))
    body = Body((), ())
    program = Program("toy", "", (), (), (), (), body, training=given)
    validate(program, diagnostics)
    assert not diagnostics.has_errors
    lower(given, SOFTMAX, diagnostics)
    assert not diagnostics.has_errors


def test_callbacks_of_the_same_class_are_merged() -> None:
    given = (
        callback("TensorBoard", "boards", 5, write_images=True),
        callback("CSVLogger", "log.csv"),
        callback("ModelCheckpoint", "model.keras"),
        callback("ModelCheckpoint", "/far/best.keras", save_best_only=True),
        callback("BackupAndRestore", "backup"),
        callback("EarlyStopping", patience=3),
    )
    view = lower(training("mnist", callbacks=given), SOFTMAX).callbacks
    assert view.tensorboard == (
        'keras.callbacks.TensorBoard(run_dir / "boards", histogram_freq=5, '
        "write_images=True)"
    )
    assert view.given == (
        'keras.callbacks.ModelCheckpoint("/far/best.keras", save_best_only=True)',
        'keras.callbacks.BackupAndRestore(run_dir / "backup")',
        "keras.callbacks.EarlyStopping(patience=3)",
    )
    assert (view.history, view.backup) == ('"log.csv"', '"backup"')


def test_best_model_gets_a_file_of_its_own() -> None:
    given = (callback("ModelCheckpoint", "model.keras", save_best_only=True),)
    assert messages(training("mnist", callbacks=given), SOFTMAX) == [
        f"{PLACE}: warning: model.keras is the state that --resume continues from: "
        "the best model goes to best.keras"
    ]
    view = lower(training("mnist", callbacks=given), SOFTMAX).callbacks
    assert view.given == (
        'keras.callbacks.ModelCheckpoint(run_dir / "best.keras", save_best_only=True)',
    )


@pytest.mark.parametrize(
    "key",
    [
        "left-hand-side-of-the-equation " * 3,
        "two  spaces,\ttabs\nand lines",
        "unbroken" * 20,
        "{braces} and 'quotes' and \"more\"",
    ],
)
def test_wrapped_messages_keep_every_word(key: str) -> None:
    model = facts((4,), outputs=(output(2, key=key), output(1, key="q")))
    source = lower(training("file"), model).data.missing
    said = eval(f"({source})", {"path": "a.npz", "error": "none"})
    names = f"x_train, y_train_{key}, y_train_q, x_test, y_test_{key} and y_test_q"
    assert said == f"a.npz: expected the arrays {names}: none"
    words = [word for word in key.split() if word.replace("-", "").isalpha()]
    assert all(word in source for word in words)


def test_text_of_the_author_stays_text() -> None:
    hostile = '"); import os  # {path}'
    model = ModelFacts(
        hostile, hostile, SOFTMAX.inputs, (output(2, key=hostile), output(2, key="b"))
    )
    view = lower(training("file"), model)
    for source in (view.run_dir, f"({view.data.train})", f"({view.data.missing})"):
        assert isinstance(ast.parse(source).body, list)
        assert len(ast.parse(source).body) == 1
