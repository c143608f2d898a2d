"""Class styles write optional parts and loops as people write them, and are right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from backends import programs
from backends.programs import block, body, call, names, program, table

from keras_kgen.ir.expressions import Literal, Name, Operation
from keras_kgen.ir.program import For, If, Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

CLASS_STYLES = [Style.SUBCLASS, Style.SEQUENTIAL]
_LOAD = """\
import sys
import keras, numpy, {module}
model = keras.models.load_model("model.keras")
x = numpy.load("x.npy")
numpy.testing.assert_allclose(model(x), numpy.load("y.npy"), rtol=1e-4, atol=1e-5)
"""


def source(made: Program, style: Style = Style.SUBCLASS) -> str:
    return generate(made, Options(style)).source


def method(text: str, class_name: str, name: str) -> str:
    """Returns one method of a class, without the indent of the class."""
    inside = text[text.index(f"class {class_name}(") :].split("\n\n\n")[0]
    found = inside[inside.index(f"    def {name}(") :].split("\n\n")[0]
    return "\n".join(line.removeprefix("    ") for line in found.splitlines())


def test_an_optional_part_is_created_and_called_under_its_flag() -> None:
    """... and each layer where its weights are in the functional style."""
    text = source(programs.resnet())
    assert method(text, "ResidualBlock", "__init__") == """\
def __init__(self, filters, strides=1, conv_shortcut=False, **kwargs):
    super().__init__(**kwargs)
    self.filters = filters
    self.strides = strides
    self.conv_shortcut = conv_shortcut
    self.conv1 = layers.Conv2D(filters, 3, strides=strides, padding="same")
    self.norm1 = layers.BatchNormalization()
    self.activation1 = layers.Activation("relu")
    if conv_shortcut:
        self.shortcut_conv = layers.Conv2D(filters, 1, strides=strides)
    self.conv2 = layers.Conv2D(filters, 3, padding="same")
    if conv_shortcut:
        self.shortcut_norm = layers.BatchNormalization()
    self.norm2 = layers.BatchNormalization()
    self.add = layers.Add()
    self.activation2 = layers.Activation("relu")"""
    assert method(text, "ResidualBlock", "call").startswith("""\
def call(self, inputs, training=None):
    if self.conv_shortcut:
        shortcut = self.shortcut_conv(inputs)
        shortcut = self.shortcut_norm(shortcut, training=training)
    else:
        shortcut = inputs
""")
    assert method(text, "ResidualBlock", "build") == """\
def build(self, input_shape):
    # Keras builds each layer on the way through call().
    self.call(keras.KerasTensor(input_shape))
    super().build(input_shape)"""
    assert method(text, "ResidualBlock", "compute_output_shape") == """\
def compute_output_shape(self, input_shape):
    return self.call(keras.KerasTensor(input_shape)).shape"""
    flag = "conv_shortcut: Whether to add Conv2D and BatchNormalization."
    assert flag in text


def test_stages_fill_a_list() -> None:
    text = source(programs.resnet())
    assert "STAGES = ((8, 2, 1), (16, 3, 2))\n" in text
    assert """\
        self.residual_blocks = []
        for stage, (filters, blocks, strides) in enumerate(STAGES, start=2):
            self.residual_blocks.append(
                ResidualBlock(
                    filters,
                    strides=strides,
                    conv_shortcut=True,
                    name=f"conv{stage}_block1",
                )
            )
            for block in range(2, blocks + 1):
                self.residual_blocks.append(
                    ResidualBlock(filters, name=f"conv{stage}_block{block}")
                )
""" in text
    assert """\
        for layer in self.residual_blocks:
            x = layer(x, training=training)
""" in text


def test_stages_append_to_the_list_of_a_sequential_model() -> None:
    text = source(programs.resnet(), Style.SEQUENTIAL)
    assert """\
    sequence = [
        keras.Input(shape=INPUT_SHAPE),
        layers.Conv2D(8, 3, name="conv1_conv"),
        layers.MaxPooling2D(name="pool1_pool"),
    ]
    for stage, (filters, blocks, strides) in enumerate(STAGES, start=2):
""" in text
    assert """\
        for block in range(2, blocks + 1):
            sequence.append(ResidualBlock(filters, name=f"conv{stage}_block{block}"))
    sequence += [
        layers.GlobalAveragePooling2D(name="avg_pool"),
        layers.Dense(10, activation="softmax", name="predictions"),
    ]
    return keras.Sequential(sequence, name="tiny_resnet")
""" in text


def test_lists_collect_skips() -> None:
    text = source(programs.wavenet())
    assert method(text, "TinyWavenet", "call") == """\
def call(self, inputs):
    x = self.conv1(inputs)
    skips = []
    for layer in self.gated_blocks:
        x, skip = layer(x)
        skips.append(skip)
    x = self.add(skips)
    x = self.activation(x)
    return self.conv2(x)"""


def test_what_a_block_gives_for_a_join_is_a_skip() -> None:
    made = programs.program(
        "m",
        (8, 8),
        programs.body(
            "6",
            programs.call("gated", "0", "1 2"),
            programs.call("gated", "1", "3 4"),
            programs.call("Add", "2 4", "5"),
            programs.call("Concatenate", "3 5", "6"),
        ),
        programs.block(
            "gated",
            "",
            "0",
            programs.body(
                "1 2",
                programs.call("Dense", "0", "1", units=8),
                programs.call("Dense", "0", "2", units=8),
            ),
        ),
    )
    text = source(made, Style.FUNCTIONAL)
    assert """\
    x, skip = gated(inputs)
    x, skip_2 = gated(x)
    add = layers.Add()([skip, skip_2])
""" in text


def test_loops_hand_on_several_tensors() -> None:
    text = source(programs.cells())
    assert "self.cells = [Cell(units) for units in UNITS]\n" in text
    assert """\
        for layer in self.cells:
            x, inputs = layer(x, inputs), x
        return self.concat([x, inputs])
""" in text


def test_what_a_loop_does_each_time_is_a_block() -> None:
    text = source(programs.towers())
    assert (
        "self.inception_blocks = [InceptionBlock(filters) for filters in FILTERS]\n"
        in text
    )
    assert """\
        x = inputs
        for layer in self.inception_blocks:
            x = layer(x, training=training)
        x = self.global_pool(x)
""" in text


def unequal() -> Program:
    """A block whose variants have their weights in different orders."""
    early = body(
        "2", call("Dense", "0", "1", units=3), call("Dense", "1", "2", units=3)
    )
    late = body("4", call("Dense", "0", "4", units=3))
    made = block(
        "fork",
        "deep=False",
        "0",
        body(
            "9",
            call("Dense", "0", "7", units=3),
            If(Name("deep"), early, late, names("5")),
            call("BatchNormalization", "5", "6"),
            call("Add", "6 7", "8"),
            call("Dense", "8", "9", units=4),
        ),
    )
    lines = (
        call("fork", "0", "1"),
        call("fork", "1", "2", deep=True),
        call("fork", "2", "3", deep=True),
    )
    return program("forks", (4,), body("3", *lines), made)


@pytest.mark.parametrize("style", CLASS_STYLES)
def test_else(style: Style) -> None:
    text = source(unequal(), style)
    assert """\
        if deep:
            self.dense2 = layers.Dense(3)
            self.dense3 = layers.Dense(3)
        else:
            self.dense4 = layers.Dense(3)
""" in text


def test_a_counter_that_only_names_is_not_written() -> None:
    """The names of layers inside of blocks go unseen, and so does what they count."""
    line = call("Dense", "2", "3", units=4, activation="relu", name="{name}_{index}")
    inner = For(
        (),
        None,
        body("3", line),
        names("2"),
        names("0"),
        names("4"),
        index="index",
        start=Literal(1),
        stop=Literal(4),
    )
    mlp = block(
        "mlp", "name", "0", body("5", inner, call("Dropout", "4", "5", rate=0.1))
    )
    lines = (call("mlp", "0", "1", name="first"), call("mlp", "1", "2", name="second"))
    text = source(program("mlps", (4,), body("2", *lines), mlp))
    assert (
        'self.dense_layers = [layers.Dense(4, activation="relu") for _ in range(3)]'
        in (text)
    )


def test_tests_in_loops() -> None:
    """A branch in a loop over stages decides what goes into the list."""
    test = Operation("<", (Name("stage"), Literal(3)))
    pool = If(
        test, body("3", call("Dropout", "2", "3", rate=0.1)), body("2"), names("4")
    )
    stages = For(
        ("units",),
        table((8,), (16,), (32,)),
        body("4", call("Dense", "1", "2", units="$units"), pool),
        names("1"),
        names("0"),
        names("5"),
        index="stage",
        start=Literal(1),
    )
    made = program("stages", (4,), body("6", stages, call("Dense", "5", "6", units=2)))
    assert """\
        self.dense_layers = []
        for stage, units in enumerate(UNITS, start=1):
            self.dense_layers.append(layers.Dense(units))
            if stage < 3:
                self.dense_layers.append(layers.Dropout(0.1))
""" in source(made)


@pytest.mark.parametrize("style", CLASS_STYLES)
def test_a_saved_model_loads_in_another_process(style: Style, tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    np = pytest.importorskip("numpy")
    for made in (programs.resnet(), unequal()):
        text = source(made, style)
        (tmp_path / f"{made.name}.py").write_text(text)
        keras.utils.clear_session()
        inside: dict[str, object] = {"__name__": made.name, "__file__": "module.py"}
        exec(compile(text, "module.py", "exec"), inside)
        model = inside["build_model"]()  # type: ignore[operator]
        summary: list[str] = []
        model.summary(print_fn=summary.append, line_length=120)
        assert "?" not in "".join(summary)
        (given,) = made.inputs
        x = np.ones((2, *(size or 8 for size in given.spec.shape[1:])), "float32")
        model.save(tmp_path / "model.keras")
        np.save(tmp_path / "x.npy", x)
        np.save(tmp_path / "y.npy", keras.ops.convert_to_numpy(model(x)))
        load = [sys.executable, "-c", _LOAD.format(module=made.name)]
        result = subprocess.run(load, cwd=tmp_path, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr


def test_a_last_layer_may_give_more_than_the_model() -> None:
    """A list of layers has no place for states: a block keeps them to itself."""
    lines = call("LSTM", "0", "1 2 3", units=4, return_state=True)
    text = source(program("states", (5, 3), body("1", lines)), Style.SEQUENTIAL)
    assert "            LstmBlock(),\n" in text
    assert method(text, "LstmBlock", "call") == """\
def call(self, inputs):
    x, _, _ = self.lstm(inputs)
    return x"""


@pytest.mark.parametrize("style", list(Style))
def test_no_loop_binds_a_parameter_anew(style: Style) -> None:
    """What follows the loop would read the last row in place of the parameter."""
    cell = block(
        "cell",
        "units",
        "0",
        body("2", call("Dense", "0", "1", units="$units"), call("ReLU", "1", "2")),
    )
    lines = [call("cell", f"{i}", f"{i + 1}", units=3 + i) for i in range(3)]
    tail = call("Dense", "3", "4", units="$units")
    stack = block("stack", "units", "0", body("4", *lines, tail))
    calls = [call("stack", f"{i}", f"{i + 1}", units=7 + i) for i in range(2)]
    text = source(program("stacks", (4,), body("2", *calls), cell, stack), style)
    assert "for units in (3, 4, 5)" not in text
