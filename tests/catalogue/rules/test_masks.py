"""The masks of layers that `supports_masking` of Keras does not tell everything about."""

from __future__ import annotations

from typing import Any

import pytest

from keras_kgen.catalogue.masking import gives_mask


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


def is_masked(keras: Any, tensor: Any) -> bool:
    return keras.src.backend.get_keras_mask(tensor) is not None


@pytest.mark.parametrize("masked", [True, False])
def test_reversible_embedding_makes_a_mask(keras: Any, masked: bool) -> None:
    layer = keras.layers.ReversibleEmbedding(3, 4, mask_zero=masked)
    output = layer(keras.ops.ones((2, 5), "int32"))
    config = {"mask_zero": masked}
    expected = is_masked(keras, output)
    assert gives_mask("ReversibleEmbedding", config, False) == expected == masked


@pytest.mark.parametrize("masked", [True, False])
def test_grouped_attention_passes_a_mask(keras: Any, masked: bool) -> None:
    tokens = keras.Input((5,), dtype="int32")
    values = keras.layers.Embedding(3, 4, mask_zero=masked)(tokens)
    output = keras.layers.GroupQueryAttention(4, 2, 2)(values, values)
    expected = is_masked(keras, output)
    assert gives_mask("GroupQueryAttention", {}, masked) == expected == masked
