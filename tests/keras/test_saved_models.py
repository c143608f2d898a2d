"""Models that Keras saves, rescued: every style is the model that was saved."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("keras")
sys.path.insert(0, str(Path(__file__).parent))
import keras
from agreement import (
    build,
    check_analysis,
    check_canonical_spec,
    compare,
    described,
    random_inputs,
    random_weights,
    read,
    run,
)
from keras import layers, ops
from kgen_runner import Kgen
from support import load_preset, load_program_of

from keras_kgen.errors import Diagnostics, UsageError
from keras_kgen.frontends import presets
from keras_kgen.ir.expand import expand
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import check, choose_style, generate
from keras_kgen.rendering.spec import render_spec

MODELS: dict[str, Callable[[], Any]] = {}


def a_model(function: Callable[[], Any]) -> Callable[[], Any]:
    """Adds a model to those that are rescued."""
    MODELS[function.__name__] = function
    return function


# -- inputs and outputs


@a_model
def one_input_in_a_list() -> Any:
    x = keras.Input((4,))
    return keras.Model([x], layers.Dense(2)(x))


@a_model
def one_input_in_a_dictionary() -> Any:
    x = keras.Input((4,), name="features")
    return keras.Model({"features": x}, {"score": layers.Dense(2)(x)})


@a_model
def one_output_in_a_list() -> Any:
    x = keras.Input((4,))
    return keras.Model(x, [layers.Dense(2)(x)])


@a_model
def a_list_of_inputs_and_outputs() -> Any:
    a, b = keras.Input((4,)), keras.Input((3,), name="second")
    x = layers.Concatenate()([a, b])
    return keras.Model([b, a], [layers.Dense(2, name="z")(x), layers.Dense(3)(x)])


@a_model
def a_dictionary_under_other_names() -> Any:
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    x = layers.Concatenate()([a, b])
    outputs = {"y": layers.Dense(2)(x), "x": layers.Dense(3)(x)}
    return keras.Model({"a": a, "b": b}, outputs)


@a_model
def nestings_of_inputs_and_outputs() -> Any:
    a, b, c = (keras.Input((4,), name=name) for name in "abc")
    x = layers.Add()([a, b])
    y = layers.Multiply()([x, c])
    outputs = {"main": layers.Dense(2)(y), "more": [x, {"last": layers.Dense(3)(x)}]}
    return keras.Model({"c": c, "pair": [b, a]}, outputs)


@a_model
def one_tensor_given_twice() -> Any:
    x = keras.Input((4,))
    y = layers.Dense(3)(x)
    return keras.Model(x, [y, layers.Dense(2)(y), y])


@a_model
def an_input_that_is_an_output() -> Any:
    x = keras.Input((4,))
    return keras.Model(x, [layers.Dense(3)(x), x])


@a_model
def an_input_that_nothing_reads() -> Any:
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    return keras.Model([a, b], layers.Dense(3)(a))


@a_model
def integers_and_a_fixed_batch() -> Any:
    words = keras.Input((6,), batch_size=3, dtype="int32", name="words")
    x = layers.Embedding(9, 4)(words)
    return keras.Model(words, layers.GRU(3, stateful=True)(x))


# -- layers that are called more than once


@a_model
def shared_layers() -> Any:
    a, b = keras.Input((4,)), keras.Input((4,))
    encode, norm = layers.Dense(4, name="encode"), layers.BatchNormalization()
    x = layers.Subtract()([encode(a), norm(encode(b))])
    return keras.Model([a, b], layers.Dense(1)(norm(encode(x))))


@a_model
def a_shared_layer_with_states() -> Any:
    a, b = keras.Input((5, 4)), keras.Input((5, 4))
    lstm = layers.LSTM(3, return_state=True)
    x, h, c = lstm(a)
    y, _, d = lstm(b, initial_state=[h, c])
    return keras.Model([a, b], layers.Add()([x, y, d]))


# -- models in models


def tower(name: str | None = None) -> Any:
    x = keras.Input((4,))
    y = layers.Dense(4, activation="relu")(x)
    return keras.Model(x, layers.Add()([x, layers.BatchNormalization()(y)]), name=name)


@a_model
def a_model_in_a_model() -> Any:
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(2)(tower("tower")(x)))


@a_model
def a_model_called_twice() -> Any:
    a, b = keras.Input((4,)), keras.Input((4,))
    encoder = tower("encoder")
    first, second = encoder(a), encoder(layers.Dense(4)(b))
    return keras.Model([a, b], layers.Dense(2)(layers.Subtract()([first, second])))


@a_model
def two_models_with_equal_names_inside() -> Any:
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(2)(tower("left")(tower("right")(x))))


@a_model
def a_model_in_a_model_in_a_model() -> Any:
    x = keras.Input((4,))
    middle = keras.Model(x, layers.Dense(4)(tower("inner")(layers.Dense(4)(x))))
    y = keras.Input((4,))
    return keras.Model(y, layers.Dense(2)(middle(layers.ReLU()(middle(y)))))


@a_model
def a_model_with_a_list_of_inputs() -> Any:
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    fuse = keras.Model([a, b], layers.Dense(4)(layers.Concatenate()([a, b])), name="f")
    x, y = keras.Input((4,)), keras.Input((3,))
    z = fuse([layers.Dense(4)(x), y])
    return keras.Model([x, y], layers.Dense(2)(fuse([z, y])))


@a_model
def a_model_with_a_dictionary_of_inputs() -> Any:
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    x = layers.Dense(4)(layers.Concatenate()([a, layers.Dense(5)(b)]))
    fuse = keras.Model({"b": b, "a": a}, x, name="fuse")
    x, y = keras.Input((4,)), keras.Input((3,))
    return keras.Model([x, y], layers.Dense(2)(fuse({"a": x, "b": y})))


@a_model
def a_model_with_several_outputs() -> Any:
    a = keras.Input((4,))
    split = keras.Model(a, [layers.Dense(3)(a), layers.Dense(4)(a)], name="split")
    x = keras.Input((4,))
    left, right = split(x)
    _, again = split(right)
    return keras.Model(x, [layers.Dense(2)(left), layers.ReLU()(again)])


@a_model
def a_model_that_gives_the_output() -> Any:
    """Keras 3 counts the calls of a nested model from 1 here, and from 0 elsewhere."""
    a = keras.Input((4,))
    split = keras.Model(a, [layers.Dense(3)(a), layers.Dense(4)(a)], name="split")
    x = keras.Input((4,))
    left, right = split(x)
    _, again = split(right)
    return keras.Model(x, [layers.Dense(2)(left), again, right])


@a_model
def a_model_with_a_dictionary_of_outputs() -> Any:
    a = keras.Input((4,))
    outputs = {"small": layers.Dense(3)(a), "big": layers.Dense(4)(a)}
    split = keras.Model(a, outputs, name="split")
    x = keras.Input((4,))
    parts = split(x)
    return keras.Model(x, layers.Concatenate()([parts["small"], parts["big"]]))


@a_model
def a_sequential_model_in_a_model() -> Any:
    net = keras.Sequential([layers.Dense(4), layers.Dropout(0.5), layers.Dense(3)])
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(2)(net(x)))


@a_model
def models_in_a_sequential_model() -> Any:
    head = keras.Sequential([layers.Dense(4), layers.Dense(3)], name="head")
    return keras.Sequential([keras.Input((4,)), tower("body"), head])


@a_model
def a_frozen_model() -> Any:
    base = tower("base")
    base.trainable = False
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(2)(base(x, training=False)))


@a_model
def a_partly_frozen_model() -> Any:
    base = tower("base")
    base.layers[1].trainable = False
    frozen = layers.Dense(4, trainable=False)
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(2)(base(frozen(x))))


# -- what calls take


@a_model
def tensors_by_name() -> Any:
    query, memory = keras.Input((5, 8)), keras.Input((7, 8))
    allowed = keras.Input((5, 7), dtype="bool")
    attend = layers.MultiHeadAttention(2, 4)
    x = attend(query=query, value=memory, attention_mask=allowed)
    x = layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    _, h, c = layers.LSTM(8, return_state=True)(memory)
    x = layers.LSTM(8, return_sequences=True)(x, initial_state=[h, c])
    x = layers.Attention()([x, memory])
    return keras.Model([query, memory, allowed], layers.Dense(2)(x))


@a_model
def several_results() -> Any:
    x = keras.Input((5, 8))
    y, h, _ = layers.LSTM(4, return_sequences=True, return_state=True)(x)
    z, scores = layers.MultiHeadAttention(2, 4)(y, y, return_attention_scores=True)
    left, _ = ops.split(z, 2, axis=-1)
    cells = [layers.LSTMCell(3), layers.GRUCell(2)]
    w = layers.RNN(cells)(left)
    values, _ = ops.top_k(w, 2)
    return keras.Model(x, [layers.Concatenate()([h, values]), scores])


@a_model
def operators() -> Any:
    x = keras.Input((6, 8))
    y = layers.Dense(8)(x) * 0.5 + x
    y = 1 - ops.concatenate([y[:, :2], ops.relu(y)[:, ::2]], axis=1) ** 2
    y = ops.mean(y, axis=[1], keepdims=True)
    return keras.Model(x, layers.Dense(2)(ops.squeeze(y, 1) / 3))


@a_model
def masks() -> Any:
    words = keras.Input((6,), dtype="int32")
    steps = keras.Input((6, 4))
    x = layers.Embedding(9, 4, mask_zero=True)(words)
    y = layers.Masking(0.5)(layers.Dense(4)(steps))
    both = layers.Add()([x, y])
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(both)
    x = layers.TimeDistributed(layers.Dense(4))(x)
    x = layers.GRU(4)(layers.Concatenate()([x, y]))
    return keras.Model([words, steps], layers.Dense(2)(x))


@a_model
def a_mask_of_the_authors_own() -> Any:
    words = keras.Input((6,), dtype="int32")
    given = keras.Input((6,), dtype="bool", name="given")
    x = layers.Embedding(9, 4, mask_zero=True)(words)
    y = layers.LSTM(4, return_sequences=True)(x, mask=given)
    z = layers.LSTM(4)(y, mask=ops.not_equal(words, 2))
    return keras.Model([words, given], layers.Dense(2)(z))


@a_model
def wrappers() -> Any:
    x = keras.Input((5, 8))
    y = layers.TimeDistributed(layers.Dense(4, activation="relu"))(x)
    lstm, gru = layers.LSTM(3), layers.GRU(3, go_backwards=True)
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(y)
    y = layers.Bidirectional(lstm, backward_layer=layers.LSTM(3, go_backwards=True))(y)
    y = layers.SpectralNormalization(layers.Dense(3))(y)
    return keras.Model(x, layers.Add()([y, gru(x)]))


@a_model
def objects_in_arguments() -> Any:
    x = keras.Input((8, 8, 3))
    y = layers.Conv2D(
        4,
        (3, 1),
        kernel_regularizer=keras.regularizers.L2(1e-3),
        kernel_initializer=keras.initializers.HeNormal(seed=1),
        bias_constraint="non_neg",
        activation=keras.activations.gelu,
    )(x)
    y = layers.Normalization(mean=0.5, variance=2.0)(y)
    y = layers.Activation(ops.silu)(y)
    return keras.Model(x, layers.GlobalAveragePooling2D()(y))


@a_model
def dtype_policies() -> Any:
    x = keras.Input((8,))
    y = layers.Dense(4, dtype="mixed_bfloat16")(x)
    y = layers.Dense(4, dtype="float32")(y)
    return keras.Model(x, layers.Dense(2, dtype="float64")(y))


@a_model
def unknown_sizes() -> Any:
    x = keras.Input((None, None, 3))
    y = layers.Conv2D(4, 3, padding="same")(x)
    y = layers.GlobalMaxPooling2D()(layers.Concatenate()([x, y]))
    return keras.Model(x, layers.Dense(2)(y))


@a_model
def names_that_a_person_chose() -> Any:
    x = keras.Input((4,), name="image.pixels")
    y = layers.Dense(4, name="class")(x)
    y = layers.Dense(4, name="dense_block 1")(y)
    return keras.Model(x, layers.Dense(2, name="return")(y), name="my model-2")


@pytest.mark.parametrize("name", MODELS)
def test_rescue(name: str, tmp_path: Path) -> None:
    """Every style has the weights of the saved model in its order, and its outputs."""
    model = MODELS[name]()
    program = rescue(model, tmp_path)
    check_styles(model, program)


# What no spec says: an input that nothing reads, one input as a dictionary, and outputs with
# the name of a nested model.
UNSAID = (
    "an_input_that_nothing_reads",
    "one_input_in_a_dictionary",
    "a_model_that_gives_the_output",
)


@pytest.mark.parametrize("name", [name for name in MODELS if name not in UNSAID])
def test_what_kgen_shows(name: str, tmp_path: Path) -> None:
    """The canonical spec gives the same module; the summary counts what Keras counts."""
    model = MODELS[name]()
    program = rescue(model, tmp_path)
    check_canonical_spec(program)
    again = read(render_spec(check(program, Diagnostics())))
    source = generate(again, Options(Style.FUNCTIONAL)).source
    assert source == generate(program, Options(Style.FUNCTIONAL)).source
    check_analysis(program, model)


@pytest.mark.parametrize("name", presets.names())
def test_presets_come_back(name: str, tmp_path: Path) -> None:
    """The module of a preset builds a model that is saved, rescued, and the same again."""
    program = load_preset(name)
    model = build(program, Style.FUNCTIONAL, False)
    check_styles(model, rescue(model, tmp_path))


def test_a_chain_comes_back(tmp_path: Path) -> None:
    model = build(load_preset("mnist_convnet"), Style.SEQUENTIAL, False)
    program = rescue(model, tmp_path)
    assert choose_style(check(program, Diagnostics())) is Style.SEQUENTIAL
    check_styles(model, program)


def test_a_subclassed_model_is_refused(tmp_path: Path, kgen: Kgen) -> None:
    """Its file holds no layers: the message says so, and what can be done."""
    model = build(load_preset("mnist_mlp"), Style.SUBCLASS, False)
    path = tmp_path / "model.keras"
    model.save(path)
    result = kgen("new", str(path), "-o", "-")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "the file holds no layers" in result.stderr
    assert "rebuild it as a functional model" in result.stderr


def rescue(model: Any, folder: Path) -> Program:
    """Saves a model as an archive and as JSON; returns the program of both."""
    archive, text = folder / "model.keras", folder / "model.json"
    model.save(archive)
    text.write_text(model.to_json())
    program = load_program_of(archive)
    assert expand(load_program_of(text)) == expand(program)
    return program


def random_batch(model: Any) -> Any:
    """Returns a batch for a functional or a Sequential model."""
    if isinstance(model, keras.Sequential):
        (tensor,) = model.inputs
        return random_inputs(keras.Model(tensor, model(tensor)))
    return random_inputs(model)


def check_styles(model: Any, program: Program) -> None:
    wanted = described(model)
    batch, weights = random_batch(model), random_weights(model)
    outputs = run(model, weights, batch)
    for style in Style:
        try:
            built = build(program, style, False)
        except UsageError:
            assert style is Style.SEQUENTIAL
            continue
        assert described(built) == wanted, style.value
        compare(run(built, weights, batch), outputs, style.value)
