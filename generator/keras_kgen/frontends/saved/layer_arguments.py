"""The arguments of layers of all generations as Keras 3's classes take them."""

from __future__ import annotations

import functools
from collections.abc import Callable

from keras_kgen.catalogue.entry import Entry
from keras_kgen.frontends.saved import keras1
from keras_kgen.frontends.saved.context import Config, Context
from keras_kgen.frontends.saved.tree import Json

# Where data go in, not what the layer is; or how an older version computed.
_NOT_OF_THE_LAYER = frozenset(
    {
        "batch_input_shape",
        "build_input_shape",
        "consume_less",
        "create_input_layer",
        "implementation",
        "input_dtype",
        "input_length",
        "input_shape",
        "input_spec",
        "name",
        "node_indices",
        "output_mask",
        "output_mask_type",
        "rank",
        "reverse_state_order",
        "rng_type",
        "shared_object_id",
        "tensor_indices",
        "time_major",
        "variant",
        "vocab_size",
    }
)
# Sizes of what goes in, unless the class has an argument of that name.
_SHAPES = frozenset({"input_dim"})
# Of a config that Keras 3's `from_config` reads, though `__init__` takes no such thing.
_DERIVED = {
    "MultiHeadAttention": frozenset({"query_shape", "key_shape", "value_shape"}),
    "SeparableConv1D": frozenset({"kernel_initializer"}),
    "SeparableConv2D": frozenset({"kernel_initializer"}),
    "RNN": frozenset({"num_constants"}),
    "Conv2DTranspose": frozenset({"output_shape"}),
    "BatchNormalization": frozenset({"fused", "virtual_batch_size", "adjustment"}),
    "Dot": frozenset({"dot_axes"}),
}
_RENAMED = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "ReLU": {"theta": "threshold"},
    "InputLayer": {"batch_input_shape": "batch_shape"},
    "CategoryEncoding": {"max_tokens": "num_tokens"},
    "Discretization": {"bins": "bin_boundaries"},
    "Resizing": {"out_height": "height", "out_width": "width"},
}
# Values that older generations had no argument for, where Keras 3's default is another.
_FORMER_DEFAULTS: dict[str, dict[str, object]] = {
    "GRU": {"reset_after": False},
    "GRUCell": {"reset_after": False},
}
# What the class name alone said.
_BY_SAVED_NAME: dict[str, dict[str, object]] = {
    "CuDNNGRU": {"reset_after": True},
    "SyncBatchNormalization": {"synchronized": True},
}
# An argument that may be left out where it has this value, which Keras 3 always has.
_FIXED: dict[str, object] = {
    "groups": 1,
    "trainable": True,
    "softmax_robust_masking": False,
    "renorm": False,
}
_SINGLE_AXIS = frozenset({"BatchNormalization", "LayerNormalization"})


def update_arguments(
    class_name: str,
    saved_name: str,
    entry: Entry | None,
    config: Config,
    context: Context,
) -> Config:
    """Returns a layer's arguments by the names that Keras 3 has for them.

    Args:
        class_name: The name of the class today.
        saved_name: The name of the class in the file.
        entry: The class today; None where Keras 3 has none.
        config: The arguments as in the file.
        context: The file.
    """
    is_old = context.generation < 3
    config = (
        keras1.update_arguments(class_name, entry, config) if is_old else dict(config)
    )
    if context.data_format is not None and class_name in keras1.WITHOUT_DATA_FORMAT:
        config.setdefault("data_format", context.data_format)
    for old, new in _RENAMED.get(class_name, {}).items():
        if old in config and new not in config:
            config[new] = config.pop(old)
    ignored = _ignored(class_name)
    found = {
        key: value
        for key, value in config.items()
        if not _is_silent(key, value, entry, ignored)
    }
    if class_name in _SINGLE_AXIS and "axis" in found:
        found["axis"] = _single(found["axis"])
    anchor = next(iter(config.values()), None)
    _add_missing(found, class_name, saved_name, anchor, is_old)
    fix = _FIXES.get(class_name)
    if fix is not None:
        fix(found, context)
    return found


@functools.lru_cache(maxsize=1024)
def _ignored(class_name: str) -> frozenset[str]:
    return _NOT_OF_THE_LAYER | _DERIVED.get(class_name, frozenset())


def _is_silent(
    key: str, value: Json, entry: Entry | None, ignored: frozenset[str]
) -> bool:
    if key in ignored:
        return True
    if entry is not None and entry.accepts(key):
        return False
    if key in _SHAPES:
        return True
    return entry is not None and key in _FIXED and value.value == _FIXED[key]


def _single(axis: Json) -> Json:
    """tf.keras wrote the one axis as a list."""
    value = axis.value
    return axis.at(0) if isinstance(value, list) and len(value) == 1 else axis


def _add_missing(
    config: Config, class_name: str, saved_name: str, anchor: Json | None, is_old: bool
) -> None:
    if anchor is None:
        return
    defaults = dict(_BY_SAVED_NAME.get(saved_name, {}))
    if is_old:
        defaults = {**_FORMER_DEFAULTS.get(class_name, {}), **defaults}
    for name, value in defaults.items():
        config.setdefault(
            name, Json(value, anchor.path.rpartition(".")[0], anchor.source)
        )


def _fix_attention(config: Config, context: Context) -> None:
    del context
    config.pop("causal", None)  # of the call today


def _fix_encoding(config: Config, context: Context) -> None:
    del context
    mode = config.get("output_mode")
    if mode is not None and mode.value == "binary":
        config["output_mode"] = mode.replaced("multi_hot")


def _fix_embedding(config: Config, context: Context) -> None:
    dropout = config.pop("dropout", None)  # Keras 1 dropped whole words
    if dropout is not None and dropout.value:
        context.dropped("Embedding", "dropout", dropout)
    config.pop("activity_regularizer", None)


def _fix_input(config: Config, context: Context) -> None:
    del context
    for name in ("sparse", "ragged", "optional"):
        if name in config and not config[name].value:
            del config[name]
    config.pop("trainable", None)


def _fix_relu(config: Config, context: Context) -> None:
    del context
    # Keras 2 read null as no slope and no threshold.
    for name in ("negative_slope", "threshold"):
        if name in config and config[name].value is None:
            del config[name]


_FIXES: dict[str, Callable[[Config, Context], None]] = {
    "AdditiveAttention": _fix_attention,
    "Attention": _fix_attention,
    "CategoryEncoding": _fix_encoding,
    "Embedding": _fix_embedding,
    "InputLayer": _fix_input,
    "ReLU": _fix_relu,
}
