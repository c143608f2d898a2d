"""Looking things up in the catalogue."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import FAMILIES, Entry, Family, Parameter

GENERATOR = Path(__file__).parents[2] / "generator"


def get(family: Family, name: str) -> Entry:
    entry = registry.lookup(family, name)
    assert entry is not None
    return entry


@pytest.mark.parametrize(
    ("family", "spelling", "name"),
    [
        ("layers", "Dense", "Dense"),
        ("layers", "layers.Dense", "Dense"),
        ("layers", "keras.layers.Dense", "Dense"),
        ("layers", "tf.keras.layers.Dense", "Dense"),
        ("layers", "tensorflow.keras.layers.Dense", "Dense"),
        ("layers", "MaxPool2D", "MaxPooling2D"),
        ("layers", "keras.layers.Convolution1D", "Conv1D"),
        ("layers", "keras.Input", "Input"),
        ("layers", "GroupedQueryAttention", "GroupQueryAttention"),
        ("schedules", "CosineDecay", "CosineDecay"),
        ("schedules", "schedules.CosineDecay", "CosineDecay"),
        ("schedules", "keras.optimizers.schedules.CosineDecay", "CosineDecay"),
        ("initializers", "he_normal", "HeNormal"),
        ("regularizers", "keras.regularizers.l2", "L2"),
        ("activations", "swish", "silu"),
        ("ops", "keras.ops.numpy.add", "add"),
        ("ops", "ops.nn.relu", "relu"),
        ("ops", "keras.ops.image.resize", "image.resize"),
    ],
)
def test_lookup_takes_every_public_spelling(
    family: Family, spelling: str, name: str
) -> None:
    assert get(family, spelling).name == name


@pytest.mark.parametrize(
    "name", ["dense", "keras.Dense", "models.Dense", "tf.Dense", "get", "", "Adam"]
)
def test_lookup_knows_nothing_else(name: str) -> None:
    assert registry.lookup("layers", name) is None


def test_entry_of_conv2d() -> None:
    entry = get("layers", "Conv2D")
    assert entry.path == "keras.layers.Conv2D"
    assert entry.kind == "class"
    assert entry.summary == "2D convolution layer."
    assert entry.aliases == ("Convolution2D",)
    assert entry.class_name == "Conv2D"
    assert entry.group == "convolutional"
    assert not entry.is_abstract
    assert entry.accepts_base_arguments
    assert [p.name for p in entry.required_parameters] == ["filters", "kernel_size"]
    assert [p.name for p in entry.call_parameters] == ["inputs"]
    strides = entry.parameter("strides")
    assert strides is not None
    assert strides.default == (1, 1)
    assert not strides.required


def test_layers_are_told_from_helpers() -> None:
    assert get("layers", "Dense").is_layer
    for name in ("Layer", "Wrapper", "Input", "InputSpec", "add"):
        assert not get("layers", name).is_layer
    assert not get("losses", "Huber").is_layer


def test_base_arguments_count_where_they_are_taken() -> None:
    dense = get("layers", "Dense")
    assert dense.accepts("name") and dense.accepts("dtype")
    assert not dense.accepts("unit") and not dense.accepts("kwargs")
    assert len(set(dense.parameter_names)) == len(dense.parameter_names)
    spatial = get("layers", "SpatialDropout2D")
    assert spatial.accepts("name") and not spatial.accepts("trainable")
    regularization = get("layers", "ActivityRegularization")
    assert not regularization.accepts("activity_regularizer")


def test_arguments_that_reach_a_base_class_count() -> None:
    mask = get("layers", "LSTM").parameter("zero_output_for_mask")
    assert mask is not None
    assert (mask.inherited_from, mask.default) == ("RNN", False)
    assert get("layers", "RandomFlip").accepts("bounding_box_format")
    assert not get("layers", "RandomFlip").accepts("factor")


def test_deprecated_arguments_are_known_as_such() -> None:
    alpha = get("layers", "LeakyReLU").parameter("alpha")
    assert alpha is not None and alpha.is_deprecated


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("layers", "Layer"),
        ("layers", "Wrapper"),
        ("losses", "Loss"),
        ("metrics", "Metric"),
        ("optimizers", "Optimizer"),
        ("schedules", "LearningRateSchedule"),
        ("initializers", "Initializer"),
        ("regularizers", "Regularizer"),
        ("constraints", "Constraint"),
        ("callbacks", "Callback"),
    ],
)
def test_base_classes_are_abstract(family: Family, name: str) -> None:
    assert get(family, name).is_abstract
    assert [e.name for e in registry.entries(family) if e.is_abstract] == (
        ["Layer", "Wrapper"] if family == "layers" else [name]
    )
    assert name not in registry.names(family)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_default_that_is_a_literal_can_be_read(family: Family) -> None:
    for entry in registry.entries(family):
        for parameter in entry.all_parameters:
            if parameter.is_literal and parameter.default_source is not None:
                assert repr(parameter.default) == parameter.default_source


def test_default_of_a_required_parameter_is_an_error() -> None:
    with pytest.raises(ValueError, match="units has no literal default"):
        _ = Parameter("units").default


def test_identifiers() -> None:
    assert registry.identifiers("optimizers")["adam"] == "Adam"
    assert registry.identifiers("activations")["swish"] == "silu"
    assert registry.identifiers("initializers")["glorot_uniform"] == "GlorotUniform"
    assert registry.identifiers("losses")["mse"] == "mean_squared_error"
    assert registry.identifiers("metrics")["acc"] == "CategoricalAccuracy"
    assert registry.identifiers("layers") == {}
    assert registry.compile_identifiers("metrics")["accuracy"] == (
        "BinaryAccuracy",
        "SparseCategoricalAccuracy",
        "CategoricalAccuracy",
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_identifiers_stand_for_entries(family: Family) -> None:
    for name in registry.identifiers(family).values():
        assert get(family, name).name == name


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("dense", "Dense"),
        ("Conv2d", "Conv2D"),
        ("conv_2d", "Conv2D"),
        ("Denes", "Dense"),
        ("LTSM", "LSTM"),
        ("batchnorm", "BatchNormalization"),
        ("LayerNorm", "LayerNormalization"),
        ("GlobalAveragePool2D", "GlobalAveragePooling2D"),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_suggest(wrong: str, right: str | None) -> None:
    assert registry.suggest(wrong, registry.names("layers")) == right


def test_suggest_an_argument() -> None:
    names = get("layers", "Dense").parameter_names
    assert registry.suggest("unit", names) == "units"
    assert registry.suggest("kernel_initialiser", names) == "kernel_initializer"


def test_find_looks_in_every_family() -> None:
    paths = [entry.path for entry in registry.find("Hinge")]
    assert paths == ["keras.losses.Hinge", "keras.metrics.Hinge"]


def test_operations_of_saved_ops() -> None:
    add = get("ops", "add")
    assert (add.operation, add.operation_module) == ("Add", "keras.src.ops.numpy")


def test_method_parameters() -> None:
    names = [p.name for p in registry.method_parameters("compile")]
    assert names[:4] == ["optimizer", "loss", "loss_weights", "metrics"]
    assert "validation_split" in [p.name for p in registry.method_parameters("fit")]


def test_importing_the_registry_reads_no_data_and_no_keras() -> None:
    script = (
        "import sys; from keras_kgen.catalogue import registry; "
        "assert registry._load.cache_info().currsize == 0; "
        "registry.lookup('layers', 'Dense'); "
        "assert registry._load.cache_info().currsize == 1; "
        "assert 'keras' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        env={"PYTHONPATH": str(GENERATOR), "PYTHONDONTWRITEBYTECODE": "1"},
    )
