"""Compares layout maps with what Keras makes of them, for test_distribution.py.

python check_layouts.py MODULE.py...

Fails where a weight is not split as it should be, or the outputs are not those of one device.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any

import keras
import numpy as np
from keras import layers

# The axis of each weight that is as long as the output of its layer.
AXES: dict[type, dict[str, int]] = {
    layers.Dense: {"kernel": -1, "bias": -1},
    layers.EinsumDense: {"kernel": -1, "bias": -1},
    layers.Embedding: {"embeddings": -1},
    layers.Conv2D: {"kernel": -1, "bias": -1},
    layers.Conv2DTranspose: {"kernel": -2, "bias": -1},
}


def main(*paths: str) -> None:
    """Checks the modules."""
    for path in paths:
        keras.backend.clear_session()
        module = runpy.run_path(path)
        model, x = _model(module)
        weights, expected = model.get_weights(), model.predict(x, verbose=0)
        keras.backend.clear_session()  # names begin anew
        module["distribute"]()
        model, _ = _model(module)
        model.set_weights(weights)
        split = _check_sharding(model, path)
        np.testing.assert_allclose(
            model.predict(x, verbose=0), expected, rtol=1e-4, atol=1e-5
        )
        _check_optimizer(model)
        print(path, len(split), "of", len(model.weights))
        keras.distribution.set_distribution(None)


def _model(module: dict[str, Any]) -> tuple[keras.Model, np.ndarray]:
    keras.utils.set_random_seed(5)
    model = module["build_model"]()
    module["compile_model"](model)
    shape = module.get("INPUT_SHAPE") or (module["SEQUENCE_LENGTH"],)
    samples = np.random.default_rng(2).integers(2, size=(8, *shape))
    return model, samples.astype("float32")


def _check_sharding(model: keras.Model, path: str) -> set[str]:
    """Returns the paths of the weights that are split, after comparing each."""
    split = set()
    for layer in model._flatten_layers():
        axes = (
            AXES.get(type(layer), {}) if "attention" not in (layer.path or "") else {}
        )
        for weight in getattr(layer, "_trainable_variables", []):
            axis = axes.get(weight.name)
            wanted: list[str | None] = [None] * len(weight.shape)
            if axis is not None and weight.shape[axis] % 8 == 0:
                wanted[axis] = "model"
                split.add(weight.path)
            found = tuple(weight.value.sharding.spec)
            assert found == tuple(wanted), (path, weight.path, found, wanted)
    assert split, path
    return split


def _check_optimizer(model: keras.Model) -> None:
    """The state of the optimizer is split as the weights are."""
    model.optimizer.build(model.trainable_variables)
    specs = [tuple(v.value.sharding.spec) for v in model.trainable_variables]
    state = [tuple(v.value.sharding.spec) for v in model.optimizer.variables if v.shape]
    assert {spec for spec in specs if "model" in spec} <= set(state)


if __name__ == "__main__":
    main(*sys.argv[1:])
