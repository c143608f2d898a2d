"""The names of Keras' classes over time: what a class of a saved model is called today."""

from __future__ import annotations

import functools
from collections.abc import Collection

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry, Family
from keras_kgen.frontends.saved.tree import Json
from keras_kgen.records import record

# Packages in which Keras' own classes have lived.
_OWN_PACKAGES = frozenset({"keras", "tf_keras", "tensorflow", "keras_core", "builtins"})
# tf.keras registered its optimizers as if they were the user's.
_OWN_PREFIXES = ("Custom>", "Keras>", "keras>")
NETWORKS = frozenset({"Sequential", "Model", "Functional", "Network", "Graph"})
FUNCTIONS = frozenset(
    {
        "TFOpLambda",
        "SlicingOpLambda",
        "TensorFlowOpLayer",
        "ClassMethod",
        "InstanceMethod",
        "InstanceProperty",
    }
)
# Layers that Keras had and has no longer, and that no other layer stands for.
FORMER_LAYERS = frozenset(
    {
        "AbstractRNNCell",
        "DenseFeatures",
        "Highway",
        "LocallyConnected1D",
        "LocallyConnected2D",
        "MaxoutDense",
        "Merge",
        "ParametricSoftplus",
        "RandomFourierFeatures",
        "RandomHeight",
        "RandomWidth",
        "SReLU",
        "ThresholdedLinear",
    }
)
_RENAMED: dict[Family, dict[str, str]] = {
    "layers": {
        "AtrousConv1D": "Conv1D",
        "AtrousConv2D": "Conv2D",
        "AtrousConvolution1D": "Conv1D",
        "AtrousConvolution2D": "Conv2D",
        "BatchNormalizationV1": "BatchNormalization",
        "BatchNormalizationV2": "BatchNormalization",
        "CuDNNGRU": "GRU",
        "CuDNNLSTM": "LSTM",
        "Deconv2D": "Conv2DTranspose",
        "Deconv3D": "Conv3DTranspose",
        "Deconvolution2D": "Conv2DTranspose",
        "Deconvolution3D": "Conv3DTranspose",
        "DepthwiseConvolution1D": "DepthwiseConv1D",
        "DepthwiseConvolution2D": "DepthwiseConv2D",
        "GRUV1": "GRU",
        "GRUV2": "GRU",
        "LSTMV1": "LSTM",
        "LSTMV2": "LSTM",
        "LayerNormalizationV2": "LayerNormalization",
        "SyncBatchNormalization": "BatchNormalization",
        "ThresholdedReLU": "ReLU",
        "TimeDistributedDense": "TimeDistributed",
    },
    "optimizers": {"SGDW": "SGD", "Adamw": "AdamW"},
    "regularizers": {
        "ActivityRegularizer": "L1L2",
        "L1L2Regularizer": "L1L2",
        "WeightRegularizer": "L1L2",
        "activity_l1": "l1",
        "activity_l1l2": "l1_l2",
        "activity_l2": "l2",
    },
    "constraints": {
        "maxnorm": "MaxNorm",
        "nonneg": "NonNeg",
        "unitnorm": "UnitNorm",
        "Maxnorm": "MaxNorm",
        "Nonneg": "NonNeg",
        "Unitnorm": "UnitNorm",
    },
    "losses": {
        "LogcoshLoss": "LogCosh",
        "cosine_proximity": "cosine_similarity",
        "cosine": "cosine_similarity",
        "kullback_leibler_divergence": "kl_divergence",
        "logcosh": "log_cosh",
    },
    "metrics": {
        "acc": "accuracy",
        "cosine_proximity": "cosine_similarity",
        "cosine": "cosine_similarity",
        "kullback_leibler_divergence": "kl_divergence",
        "logcosh": "log_cosh",
    },
}
# TensorFlow 1 named its second versions so.
_SUFFIXES = ("V2", "V1")
_VERSIONED: tuple[Family, ...] = ("initializers", "layers", "losses", "optimizers")


@record
class ClassName:
    """What a config says of its class.

    Attributes:
        name: The class name in the file, without the package it was registered in.
        module: The module, or "".
        registered_name: As in the file, or "".
        is_own: Whether it claims to be one of Keras' classes.
    """

    name: str
    module: str = ""
    registered_name: str = ""
    is_own: bool = True


def class_name_of(json: Json) -> ClassName:
    """Returns what a mapping with `class_name` says of its class."""
    written = json.text_at("class_name")
    module = _optional_text(json, "module")
    registered = _optional_text(json, "registered_name")
    if ">" in written and not registered:
        registered = written
    return _class_name(written, module, registered)


@functools.lru_cache(maxsize=1024)
def _class_name(written: str, module: str, registered: str) -> ClassName:
    name = written.rpartition(">")[2]
    package = registered.rpartition(">")[0]
    is_own = not package or f"{package}>" in _OWN_PREFIXES
    if module and module.partition(".")[0] not in _OWN_PACKAGES:
        is_own = False
    return ClassName(name, module, registered, is_own)


def _optional_text(json: Json, key: str) -> str:
    value = json.table().get(key)
    return "" if value is None else json.text_at(key)


def find_class(family: Family, name: ClassName) -> Entry | None:
    """Returns the class of the catalogue that a name stands for, None for all others."""
    if not name.is_own:
        return None
    entry = _find(family, name.name)
    return entry if entry is not None and entry.kind == "class" else None


def current_name(family: Family, name: str) -> str | None:
    """Returns what a function or class is called today as a string, None if Keras has none."""
    name = _RENAMED.get(family, {}).get(name, name)
    if name == "accuracy" and family == "metrics":
        return name
    found = registry.identifiers(family).get(name)
    if found is None and name in registry.identifiers(family).values():
        return name
    return found


def _find(family: Family, name: str) -> Entry | None:
    renamed = _RENAMED.get(family, {}).get(name, name)
    entry = registry.lookup(family, renamed)
    if entry is None and family in _VERSIONED and renamed.endswith(_SUFFIXES):
        entry = registry.lookup(family, renamed[:-2])
    return entry


def find_operation(name: ClassName, config: Collection[str]) -> Entry | None:
    """Returns the function of `keras.ops` that a class of a Keras 3 graph stands for.

    Args:
        name: The class.
        config: The keys of its config. The HDF5 files of Keras 3 do not say the module, but
            every layer has a data type and no operation has.
    """
    if name.module.startswith("keras.src.ops."):
        return _operations().get((name.module, name.name))
    if name.module or not name.is_own or {"dtype", "trainable"} & set(config):
        return None
    return _operations_by_class().get(name.name)


@functools.cache
def _operations_by_class() -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for (_, name), entry in _operations().items():
        found.setdefault(name, entry)
    return found


@functools.cache
def _operations() -> dict[tuple[str, str], Entry]:
    found: dict[tuple[str, str], Entry] = {}
    for entry in registry.entries("ops"):
        if entry.operation:
            found.setdefault((entry.operation_module, entry.operation), entry)
    return found
