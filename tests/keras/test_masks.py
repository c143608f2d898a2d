"""Masks pass through blocks, and end where a layer has used them up, in every style."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from support import run_source

from keras_kgen.frontends.documents import read_yaml
from keras_kgen.frontends.spec import read_spec
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

keras = pytest.importorskip("keras")

PROGRAMS = {
    "passes a block": """
inputs: {shape: [7], dtype: int32}
blocks:
  project(units):
    - Dense(units, activation="relu")
    - Dropout(0.1)
layers:
  - Embedding(50, 8, mask_zero=True)
  - project(8)
  - project(4)
  - LSTM(5)
  - Dense(1)
""",
    "ends in a block": """
inputs: {shape: [7], dtype: int32}
blocks:
  read(units):
    - Dense(units)
    - LSTM(units)
layers:
  - Embedding(50, 8, mask_zero=True)
  - read(5)
  - RepeatVector(3)
  - LSTM(4)
""",
    "passes a residual": """
inputs: {shape: [7], dtype: int32}
blocks:
  residual(units):
    - x = Dense(units)
    - x = Add()([input, x])
    - LayerNormalization()
layers:
  - Embedding(50, 8, mask_zero=True)
  - residual(8)
  - Bidirectional(LSTM(4, return_sequences=True))
  - GlobalAveragePooling1D()
""",
}


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_masks_reach_the_same_layers(text: str) -> None:
    program = read_spec(read_yaml(text, "masks.yaml"), "masks")
    batch = np.array([[3, 4, 5, 0, 0, 0, 0], [9, 8, 7, 6, 5, 4, 0]], dtype="int32")
    outputs = []
    weights = None
    for style in (Style.FUNCTIONAL, Style.SUBCLASS, Style.SEQUENTIAL):
        model = run_source(generate(program, Options(style)).source).build_model()
        if weights is None:
            rng = np.random.default_rng(0)
            weights = [rng.normal(size=w.shape) * 0.3 for w in model.weights]
        model.set_weights(weights)
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*mask.*")
            outputs.append(np.asarray(keras.ops.convert_to_numpy(model(batch))))
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-6)
    np.testing.assert_allclose(outputs[2], outputs[0], atol=1e-6)
    # Without the mask the padding would count: the first row would come out differently.
    shorter = batch.copy()
    shorter[0, 3:] = 9
    assert not np.allclose(np.asarray(model(shorter))[0], outputs[0][0])
