"""Under each policy, kgen knows the types that Keras gives tensors and weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kgen_runner import Kgen
from own_data import make
from support import load_preset, load_program_of, run_source

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expand import expand
from keras_kgen.ir.graph import LayerGraph
from keras_kgen.ir.order import keras_names
from keras_kgen.ir.program import Program
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.options import Options, Style
from keras_kgen.passes.infer_shapes import infer_shapes
from keras_kgen.passes.summarize import summarize
from keras_kgen.pipeline import check, generate

keras = pytest.importorskip("keras")
# Outputs of every kind: a wrapper, a merge, a block, one with a type of its own.
KINDS = """
name: kinds
inputs: {words: {shape: [12], dtype: int32}, image: [8, 8, 3]}
blocks:
  head(units):
    - Dense(units, activation="softmax")
shared:
  score: Dense(1)
layers:
  - x = Embedding(50, 8, mask_zero=True)(words)
  - x = Bidirectional(LSTM(4, return_sequences=True))(x)
  - tags = TimeDistributed(Dense(3, activation="softmax"))(x)
  - y = Rescaling(1 / 255)(image)
  - y = SpectralNormalization(Conv2D(4, 3))(y)
  - y = Resizing(4, 4)(y)
  - y = LayerNormalization(dtype="float32")(y)
  - y = Flatten()(y)
  - kind = head(5)(y)
  - value = score()(y)
  - half = Dense(2, dtype="mixed_bfloat16")(y)
  - total = Add()([value, y[:, :1]])
  - sums = ops.sum(y, axis=-1)
outputs: [tags, kind, value, half, total, sums]
"""


@pytest.fixture(autouse=True)
def usual_policy() -> Iterator[None]:
    yield
    keras.config.set_dtype_policy("float32")


def read(name: str, folder: Path) -> Program:
    if name != "kinds":
        return load_preset(name)
    (folder / "kinds.yaml").write_text(KINDS, encoding="utf-8")
    return load_program_of(folder / "kinds.yaml")


def types_of(graph: LayerGraph) -> dict[str, str]:
    """Returns the type of what each layer gives, in its last call, by its name in Keras."""
    specs = infer_shapes(graph, Diagnostics())
    names = keras_names(graph)
    calls = ((item.layer, ref) for ref, item in enumerate(graph.nodes))
    found = {names[layer]: ref for layer, ref in calls if layer is not None}
    by_node = {ref.node: spec for ref, spec in specs.items() if ref.index == 0}
    return {name: by_node[node].dtype for name, node in found.items()}


# TensorFlow makes no orthogonal matrices, which an LSTM starts from, in bfloat16.
CASES = [
    ("kinds", "mixed_bfloat16"),
    ("kinds", "float16"),
    ("kinds", "float64"),
    ("mnist_siamese", "mixed_float16"),
    ("mnist_siamese", "bfloat16"),
]


@pytest.mark.parametrize(("name", "precision"), CASES)
def test_types_are_those_of_keras(name: str, precision: str, tmp_path: Path) -> None:
    program = replace(read(name, tmp_path), precision=precision)
    source = generate(program, Options(Style.FUNCTIONAL, flat=True)).source
    model = run_source(source).build_model()
    graph = expand(check(program, Diagnostics()))
    specs = infer_shapes(graph, Diagnostics())
    operations = {item.name: item for item in model.operations}
    for layer_name, dtype in types_of(graph).items():
        output = keras.tree.flatten(operations[layer_name].output)[0]
        assert output.dtype == dtype, layer_name
    total = summarize(graph, specs).sizes.total
    sizes = {"bfloat16": 2, "float16": 2, "float64": 8}
    kept = [w for w in model.weights if "seed" not in w.path]
    assert total == sum(
        int(np.prod(w.shape)) * sizes.get(str(w.dtype), 4) for w in kept
    )


def test_mixed_outputs_are_wide_in_every_style(tmp_path: Path) -> None:
    program = replace(read("kinds", tmp_path), precision="mixed_bfloat16")
    rng = np.random.default_rng(0)
    inputs = {
        "words": rng.integers(50, size=(2, 12)),
        "image": rng.random((2, 8, 8, 3), dtype="float32"),
    }
    found = []
    for style in (Style.FUNCTIONAL, Style.SUBCLASS):
        module = run_source(generate(program, Options(style)).source)
        model = module.build_model()
        weights = np.random.default_rng(1)
        shapes = [w.shape for w in model.get_weights()]
        model.set_weights([weights.uniform(0.1, 0.3, shape) for shape in shapes])
        outputs = model(inputs)
        types = {key: str(np.asarray(v).dtype) for key, v in outputs.items()}
        assert types.pop("half") == "bfloat16"
        assert set(types.values()) == {"float32"}
        found.append({k: np.asarray(v, "float32") for k, v in outputs.items()})
    for key, value in found[0].items():
        np.testing.assert_allclose(value, found[1][key], rtol=2e-2, err_msg=key)


def test_unknown_types_are_widened(tmp_path: Path) -> None:
    """What a layer of the author's gives may be narrow: nobody knows."""
    spec = "inputs: [4]\nimports: {Mine: my.layers}\nlayers: [Mine()]\n"
    (tmp_path / "mine.yaml").write_text(
        f"{spec}precision: mixed_float16\n", encoding="utf-8"
    )
    graph = expand(check(load_program_of(tmp_path / "mine.yaml"), Diagnostics()))
    assert [layer.class_name for layer in graph.layers] == ["Mine", "Activation"]
    ref = graph.outputs[0][1]
    assert infer_shapes(graph, Diagnostics())[ref] == TensorSpec(None)


# Columns that a FeatureSpace encodes, and raw numbers that a layer of the model scales.
OWN = [("people", "bfloat16"), ("weather", "mixed_float16"), ("houses", "float64")]


@pytest.mark.parametrize(("kind", "precision"), OWN)
def test_own_data_are_scaled_in_any_precision(
    kind: str, precision: str, folder: Path, kgen: Kgen
) -> None:
    pytest.importorskip("tensorflow")
    result = kgen("new", *make(kind, folder), "--precision", precision)
    assert result.exit_code == 0, result.stderr
    module = run_source((folder / f"{kind}.py").read_text(), kind)
    arguments = (Path("run"), True) if kind == "people" else ()
    train_data, *_ = module.load_data(module.DATA, 16, *arguments)
    model = module.build_model()
    if kind != "people":
        module.adapt(model, train_data)
    module.compile_model(model)
    history = model.fit(train_data, shuffle=False, verbose=0).history
    assert np.isfinite(history["loss"]).all()
