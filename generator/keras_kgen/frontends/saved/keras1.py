"""The arguments of Keras 1's layers by the names of Keras 3."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.catalogue.entry import Entry
from keras_kgen.frontends.saved.context import Config
from keras_kgen.frontends.saved.tree import Json

_RENAMED = {
    "U_constraint": "recurrent_constraint",
    "U_regularizer": "recurrent_regularizer",
    "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
    "atrous_rate": "dilation_rate",
    "b_constraint": "bias_constraint",
    "b_regularizer": "bias_regularizer",
    "beta_init": "beta_initializer",
    "bias": "use_bias",
    "border_mode": "padding",
    "concat_axis": "axis",
    "dim_ordering": "data_format",
    "dropout_U": "recurrent_dropout",
    "dropout_W": "dropout",
    "filter_length": "kernel_size",
    "gamma_init": "gamma_initializer",
    "init": "kernel_initializer",
    "inner_activation": "recurrent_activation",
    "inner_init": "recurrent_initializer",
    "length": "size",
    "nb_feature": "nb_feature",
    "nb_filter": "filters",
    "output_dim": "units",
    "p": "rate",
    "pool_length": "pool_size",
    "sigma": "stddev",
    "stride": "strides",
    "subsample": "strides",
    "subsample_length": "strides",
}
# Where a name means something else in one class.
_BY_CLASS = {
    "Embedding": {
        "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
    },
    "InputLayer": {"input_dtype": "dtype"},
    "PReLU": {"init": "alpha_initializer"},
    "SeparableConv2D": {
        "init": "depthwise_initializer",
    },
}
_SIZES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
_DATA_FORMATS = {"th": "channels_first", "tf": "channels_last"}
# Layers that Keras 1 saved without their data format.
WITHOUT_DATA_FORMAT = frozenset(
    f"{kind}{rank}D"
    for kind in ("Cropping", "UpSampling", "ZeroPadding")
    for rank in (2, 3)
)
_FORGETS = {"one": True, "ones": True, "zero": False, "zeros": False}
_SIDES = (("top", "bottom"), ("left", "right"))


def default_data_format(model: Json) -> Json | None:
    """Returns the data format of the first layer that says its own; None where none does.

    Args:
        model: The configuration of a whole model of Keras 1.
    """
    rest = [model.value]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            known = value.get("dim_ordering")
            if isinstance(known, str) and known in _DATA_FORMATS:
                return model.replaced(_DATA_FORMATS[known])
            rest += reversed(value.values())
        elif isinstance(value, list):
            rest += reversed(value)
    return None


def update_arguments(class_name: str, entry: Entry | None, config: Config) -> Config:
    """Returns a layer's arguments with the names of Keras 1 replaced.

    Args:
        class_name: The name of the class today.
        entry: The class today; None where Keras 3 has none.
        config: The arguments as in the file. Those of later generations come back unchanged.
    """
    found = dict(config)
    _join_sizes(found)
    for old, change in _CHANGED.items():
        if old in found and (old == "padding" or not (entry and entry.accepts(old))):
            change(found, found.pop(old), class_name)
    names = {**_RENAMED, **_BY_CLASS.get(class_name, {})}
    return {_rename(key, names, entry, found): value for key, value in found.items()}


def _rename(
    key: str, names: dict[str, str], entry: Entry | None, config: Config
) -> str:
    new = names.get(key, key)
    taken = new in config and new != key
    if taken or (entry is not None and (entry.accepts(key) or not entry.accepts(new))):
        return key
    return new


def _join_sizes(config: Config) -> None:
    for names in _SIZES:
        if all(name in config for name in names):
            parts = [config.pop(name) for name in names]
            config["kernel_size"] = parts[0].replaced([part.value for part in parts])


def _data_format(config: Config, value: Json, class_name: str) -> None:
    del class_name
    known = _DATA_FORMATS.get(value.value) if isinstance(value.value, str) else None
    if known is not None:
        config["data_format"] = value.replaced(known)


def _forget_bias(config: Config, value: Json, class_name: str) -> None:
    del class_name
    known = _FORGETS.get(value.value) if isinstance(value.value, str) else None
    if known is not None:
        config["unit_forget_bias"] = value.replaced(known)


def _padding(config: Config, value: Json, class_name: str) -> None:
    """Keras 1 padded with a list of four numbers, or with a mapping of sides."""
    config["padding"] = value
    if not class_name.startswith("ZeroPadding"):
        return
    sides = value.value
    if isinstance(sides, dict) and any(f"{s}_pad" in sides for s in ("top", "left")):
        if class_name[-2:] == "1D":
            ends = [sides.get(f"{side}_pad", 0) for side in _SIDES[1]]
            config["padding"] = value.replaced(ends)
            return
        pairs = [[sides.get(f"{side}_pad", 0) for side in pair] for pair in _SIDES]
        config["padding"] = value.replaced(pairs)
    elif isinstance(sides, list) and len(sides) == 4 and class_name[-2:] == "2D":
        config["padding"] = value.replaced([sides[:2], sides[2:]])


def _normalization_mode(config: Config, value: Json, class_name: str) -> None:
    """Mode 0 is what Keras 3 does; the others stay in the config and get a note."""
    if class_name != "BatchNormalization" or value.value != 0:
        config["mode"] = value


_CHANGED: dict[str, Callable[[Config, Json, str], None]] = {
    "dim_ordering": _data_format,
    "forget_bias_init": _forget_bias,
    "mode": _normalization_mode,
    "padding": _padding,
}
