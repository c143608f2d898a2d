"""Graphs of every kind that Keras can build: all styles are one model."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("keras")
sys.path.insert(0, str(Path(__file__).parent))
import keras
from agreement import (
    build,
    check_canonical_spec,
    check_models,
    described,
    random_inputs,
    random_weights,
    read,
    run,
)

from keras_kgen.options import Style

SPECS = {
    "operators": """
inputs: [6, 8]
blocks:
  gate(units, scale=0.5):
    - h = Dense(units)
    - h * ops.sigmoid(h) * scale + 1
layers:
  - x = gate(8)
  - x = Dense(8)(x) + x
  - first = x[:, 0]
  - left, right = ops.split(x, 2, axis=-1)
  - x = Concatenate()([left, -right, left * right])
  - x = ops.mean(x, axis=1)
  - ops.concatenate([x, first ** 2], axis=-1)
  - Dense(3)(_ / 2)
""",
    "attention from ops": """
inputs: {words: {shape: [7], dtype: int32}}
blocks:
  attend(heads, dim):
    - q = Dense(heads * dim)
    - k = Dense(heads * dim)(input)
    - scores = ops.matmul(q, ops.transpose(k, (0, 2, 1))) / dim ** 0.5
    - ops.matmul(ops.softmax(scores, axis=-1), input)
layers:
  - x = Embedding(20, 8, mask_zero=True)
  - x = attend(2, 4)
  - x = attend(2, 4)
  - ones = ops.one_hot(words, 20)
  - number = ops.cast(words + 1, "float32") / 20
  - x = Concatenate()([x, ones, ops.expand_dims(number, -1)])
  - x, h, c = LSTM(4, return_state=True)(x)
  - best, _ = ops.top_k(x + h * c, 2)
  - best + ops.arange(2, dtype="float32")
  - Dense(2)
""",
    "images with ops": """
inputs: [8, 8, 3]
blocks:
  both(factor)(x, y):
    - total = x + y * factor
    - return total, x - y
layers:
  - x = Conv2D(4, 3)
  - left, right = ops.split(x * 0.5, 2, axis=-1)
  - left, right = both(2)(left, right)
  - pooled = ops.mean(left, axis=[1, 2]) + ops.max(right, axis=(1, 2))
  - corner = ops.reshape(x[:, 1:-1, ..., 0], (-1, 24))
  - kept = ops.where(pooled > 0, pooled, 0.0)
  - x = ops.concatenate([kept, corner], axis=-1)
  - ops.abs(Dense(3)(x)) ** 2 - (1 - x[:, :3]) / (2 + x[:, 1:4] ** 2)
""",
    "models within models": """
inputs: [6, 8]
blocks:
  tower(units):
    - Dense(units, activation="relu")
    - LayerNormalization()
  siblings(units):
    shared:
      net: tower(units)
      project: Dense(units)
    layers:
      - a = net()
      - b = net()(project()(a))
      - Concatenate()([a, project()(b)])
shared:
  encoder: tower(8)
layers:
  - x = siblings(8)
  - Dense(8)
  - encoder()
  - x = encoder()
  - Dense(8)
  - siblings(8)
  - Dense(3)
""",
    "a frozen model": """
inputs: [8]
blocks:
  tower(units):
    - Dense(units, activation="relu")
    - BatchNormalization()
shared:
  backbone: tower(4, trainable=False, name="features")
layers:
  - backbone()
  - Dense(3)
""",
    "lists": """
inputs: [{left: [8]}, {right: [8]}]
layers:
  - both = Add()([left, right])
  - a = Dense(2)(both)
  - b = Dense(3)(both)
outputs: "[b, a]"
""",
    "nestings": """
inputs:
  pair: [{left: [8]}, {right: [8]}]
  scale: [1]
layers:
  - both = Add()([left, right])
  - scaled = Multiply()([both, scale])
  - a = Dense(2)(scaled)
  - b = Dense(3)(scaled)
outputs: {main: a, more: "[scaled, b]"}
""",
    "tensors by name": """
inputs: {query: [5, 8], memory: [7, 8], allowed: {shape: [5, 7], dtype: bool}}
layers:
  - x = MultiHeadAttention(2, 4)(query=query, value=memory, attention_mask=allowed)
  - x = MultiHeadAttention(2, 4)(x, value=x, use_causal_mask=True)
  - weights = GroupQueryAttention(4, 4, 2)(query, memory)
  - context, h, c = LSTM(8, return_state=True)(memory)
  - x = LSTM(8, return_sequences=True)(x, initial_state=[h, c])
  - first, second = GRU(8, return_state=True)(x, initial_state=context)
  - x = Attention()([x, memory])
  - x = AdditiveAttention()([x, weights])
  - Concatenate()([GlobalAveragePooling1D()(x), first, second])
  - Dense(2)
""",
    "states of wrapped layers": """
inputs: [5, 4]
layers:
  - x, fh, fc, bh, bc = Bidirectional(LSTM(3, return_sequences=True, return_state=True))
  - y = RNN([LSTMCell(3), GRUCell(2)])(x)
  - Concatenate()([y, fh, fc, bh, bc])
""",
    "a mask that ends in a block of two inputs": """
inputs: {words: {shape: [6], dtype: int32}}
blocks:
  fuse(units)(left, right):
    - h = LSTM(units)(left)
    - Concatenate()([h, GlobalAveragePooling1D()(right)])
layers:
  - x = Embedding(9, 4, mask_zero=True)
  - fuse(3)(x, x)
  - Dense(2)
""",
    "a fixed batch": """
inputs: {steps: {shape: [5, 4], batch_size: 3}}
layers:
  - LSTM(4, stateful=True)
  - Dense(2)
""",
    "unknown sizes": """
inputs: {image: [null, null, 3]}
layers:
  - x = Conv2D(4, 3, padding="same")
  - y = Conv2D(4, 3, padding="same")(x)
  - x = x + y
  - a = GlobalAveragePooling2D()
  - b = GlobalMaxPooling2D()(x)
  - Dense(2)(ops.concatenate([a, b], axis=-1))
""",
    "one tensor, many readers": """
inputs: [8]
layers:
  - x = Dense(4)
  - a = Dense(4)(x)
  - b = Concatenate()([x, a])
  - c = Dense(4)(b)
  - d = Concatenate()([x, a, b, c])
  - Dense(1)(d)
outputs: {value: _, features: x, dense: d}
""",
}


@pytest.mark.parametrize("name", SPECS)
def test_styles_are_one_model(name: str, tmp_path: Path) -> None:
    """All styles have the same weights in the same order and give the same outputs."""
    program = read(SPECS[name])
    check_canonical_spec(program)
    check_models(program, False, tmp_path)


@pytest.fixture
def user_layers() -> Iterator[None]:
    """A module of the user's own."""

    @keras.saving.register_keras_serializable("user")
    class PatchEncoder(keras.layers.Layer):
        def __init__(self, units: int, **kwargs: object) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.dense = keras.layers.Dense(units)

        def build(self, input_shape: tuple[int | None, ...]) -> None:
            self.dense.build(input_shape)
            super().build(input_shape)

        def call(self, inputs: object) -> object:
            return self.dense(inputs)

        def compute_output_shape(
            self, input_shape: tuple[int | None, ...]
        ) -> tuple[int | None, ...]:
            return (*input_shape[:-1], self.units)

    module = types.ModuleType("user_layers")
    module.PatchEncoder = PatchEncoder  # type: ignore[attr-defined]
    sys.modules["user_layers"] = module
    yield
    del sys.modules["user_layers"]


def test_layers_of_the_users_own(user_layers: None) -> None:
    """A class that kgen knows nothing of is imported and used in every style."""
    program = read("""
imports: {PatchEncoder: user_layers}
inputs: [6, 8]
blocks:
  encode(units):
    - skip = PatchEncoder(units)
    - Dense(units)(skip) + skip
layers:
  - encode(4)
  - PatchEncoder(5)
  - encode(4)
""")
    check_canonical_spec(program)
    reference = build(program, Style.FUNCTIONAL, False)
    batch, weights = random_inputs(reference), random_weights(reference)
    wanted = run(reference, weights, batch)
    for flat in (False, True):
        for style in Style:
            model = build(program, style, flat)
            assert described(model) == described(reference)
            found = run(model, weights, batch)
            assert abs(found["output 0"] - wanted["output 0"]).max() < 1e-5


@pytest.mark.parametrize("style", list(Style))
def test_flags_and_batch_sizes_reach_keras(style: Style) -> None:
    """What a spec says of an input is what Keras knows of it."""
    program = read("""
inputs: {words: {shape: [6], dtype: float64, batch_size: 4, sparse: true}}
layers:
  - Dense(3)
""")
    model = build(program, style, False)
    kernel, bias = model.get_weights()
    assert (kernel.shape, bias.shape) == ((6, 3), (3,))
    if style is not Style.SUBCLASS:
        (tensor,) = model.inputs
        assert (tensor.shape, tensor.dtype, tensor.sparse) == ((4, 6), "float64", True)
