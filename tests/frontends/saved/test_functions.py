"""Functions of TensorFlow in graphs of Keras 2 become functions of `keras.ops`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from frontends.saved.texts import Config, called, functional, given, layer

from keras_kgen.catalogue import registry
from keras_kgen.errors import SourceError
from keras_kgen.frontends.detect import load_program
from keras_kgen.frontends.saved.functions import known_functions
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate


def function(name: str, function: str, *node: Any) -> Config:
    """Returns a layer of tf.keras that calls a function, as the call `node` says."""
    return called(layer("TFOpLambda", name=name, function=function), list(node))


def node_layer(name: str, op: str, nodes: list[Any], **config: Any) -> Config:
    """Returns a layer of TensorFlow 2.0 that has a node of a graph."""
    definition = {"op": op, "name": op, "attr": config.pop("attr", {})}
    made = layer("TensorFlowOpLayer", name=name, node_def=definition, **config)
    return called(made, nodes)


def body_of(folder: Path, *layers: Config, shape: tuple[int, ...] = (8, 6)) -> str:
    """Returns what `build_model` does with an input `x` of a model whose last layer is its output."""
    name = layers[-1]["name"]
    text = functional([given("x", *shape), *layers], [["x", 0, 0]], [[name, 0, 0]])
    (folder / "model.json").write_text(text)
    program = load_program(str(folder / "model.json"), lambda: "")
    source = generate(program, Options(Style.FUNCTIONAL)).source
    _, _, rest = source.partition('name="x")\n')
    return rest.partition("    return")[0].strip()


@pytest.mark.parametrize(
    ("name", "keywords", "expected"),
    [
        ("math.add", {"y": 2.0, "name": None}, "x + 2.0"),
        ("__operators__.add", {"y": 1}, "x + 1"),
        ("math.multiply", {"y": ["x", 0, 0]}, "x * x"),
        ("math.truediv", {"y": 4.0}, "x / 4.0"),
        ("math.reduce_mean", {"axis": 1}, "ops.mean(x, axis=1)"),
        (
            "math.reduce_max",
            {"axis": [1, 2], "keepdims": True},
            "ops.max(x, axis=(1, 2), keepdims=True)",
        ),
        (
            "nn.bias_add",
            {"bias": [1.0, 2, 3, 4, 5, 6]},
            "x + ops.convert_to_tensor([1.0, 2, 3, 4, 5, 6])",
        ),
        (
            "math.squared_difference",
            {"y": [1.5]},
            "ops.square(x - ops.convert_to_tensor([1.5]))",
        ),
        ("reshape", {"shape": [-1, 48]}, "ops.reshape(x, (-1, 48))"),
        ("transpose", {"perm": [0, 2, 1]}, "ops.transpose(x, (0, 2, 1))"),
        ("compat.v1.transpose", {"perm": [0, 2, 1]}, "ops.transpose(x, (0, 2, 1))"),
        ("expand_dims", {"axis": -1}, "ops.expand_dims(x, -1)"),
        ("cast", {"dtype": "float16"}, 'ops.cast(x, "float16")'),
        (
            "clip_by_value",
            {"clip_value_min": 0.0, "clip_value_max": 6.0},
            "ops.clip(x, 0.0, 6.0)",
        ),
        ("nn.relu", {"name": "r"}, "ops.relu(x)"),
        ("nn.gelu", {}, "ops.gelu(x, approximate=False)"),
        ("nn.leaky_relu", {"alpha": 0.1}, "ops.leaky_relu(x, negative_slope=0.1)"),
        ("math.argmax", {}, "ops.argmax(x, axis=0)"),
        ("gather", {"indices": [0, 2], "axis": 1}, "ops.take(x, (0, 2), axis=1)"),
        (
            "pad",
            {"paddings": [[0, 0], [1, 1], [0, 0]], "mode": "REFLECT"},
            'ops.pad(x, ((0, 0), (1, 1), (0, 0)), mode="reflect")',
        ),
        ("tile", {"multiples": [1, 1, 2]}, "ops.tile(x, (1, 1, 2))"),
        (
            "math.squared_difference",
            {"y": 1.0},
            "ops.square(x - 1.0)",
        ),
        (
            "linalg.matmul",
            {"b": ["x", 0, 0], "transpose_b": True},
            "x @ ops.swapaxes(x, -2, -1)",
        ),
        ("math.l2_normalize", {"axis": -1}, "ops.normalize(x)"),
    ],
)
def test_function_is_an_op(
    name: str, keywords: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    found = body_of(tmp_path, function("f", name, "x", 0, 0, keywords))
    assert found.replace("[0, 2]", "(0, 2)") == f"outputs = {expected}"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ([None, 0], "x[None, 0]"),
        ([{"start": None, "stop": None, "step": None}, 2], "x[:, 2]"),
        (
            [{"class_name": "__ellipsis__"}, {"start": 1, "stop": -1, "step": 2}],
            "x[..., 1:-1:2]",
        ),
    ],
)
def test_slices_are_indices(spec: list[Any], expected: str, tmp_path: Path) -> None:
    sliced = layer("SlicingOpLambda", name="f", function="__operators__.getitem")
    found = body_of(tmp_path, called(sliced, ["x", 0, 0, {"slice_spec": spec}]))
    assert found == f"outputs = {expected}"


def test_a_split_takes_sizes(tmp_path: Path) -> None:
    split = function(
        "f", "split", "x", 0, 0, {"num_or_size_splits": [2, 3, 1], "axis": 2}
    )
    added = function("g", "math.add", "f", 0, 1, {"y": ["f", 0, 1]})
    assert body_of(tmp_path, split, added).startswith(
        "_, split, _ = ops.split(x, (2, 5), axis=2)\n"
    )


def test_what_changes_nothing_is_left_out(tmp_path: Path) -> None:
    same = function("f", "identity", "x", 0, 0, {})
    assert body_of(tmp_path, same, function("g", "nn.relu", "f", 0, 0, {})) == (
        "outputs = ops.relu(x)"
    )


SIZES = [function("s", "compat.v1.shape", "x", 0, 0, {"out_type": "int32"})]
SIZES += [
    function("batch", "__operators__.getitem", "s", 0, 0, {"slice_spec": 0}),
    function("steps", "__operators__.getitem", "s", 0, 0, {"slice_spec": -2}),
]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ([["batch", 0, 0], 48], "(-1, 48)"),
        ([["batch", 0, 0], ["steps", 0, 0], 6, 1], "(-1, 8, 6, 1)"),
        ([["batch", 0, 0], -1], "(-1, 48)"),
        ([-1, ["steps", 0, 0]], "(-1, 8)"),
    ],
)
def test_sizes_become_numbers(tmp_path: Path, shape: Any, expected: str) -> None:
    """What `tf.shape` gives is in the shapes, but for one size that Reshape works out."""
    reshape = function("r", "reshape", "x", 0, 0, {"shape": shape})
    assert body_of(tmp_path, *SIZES, reshape) == f"outputs = ops.reshape(x, {expected})"


def test_sizes_are_computed(tmp_path: Path) -> None:
    double = function("d", "math.multiply", "steps", 0, 0, {"y": 6, "name": None})
    rest = function("rest", "stack", ["batch", 0, 0, {}], ["d", 0, 0, {}])
    reshape = function("r", "reshape", "x", 0, 0, {"shape": ["rest", 0, 0]})
    body = body_of(tmp_path, *SIZES, double, rest, reshape)
    assert body == "outputs = ops.reshape(x, (-1, 48))"


def test_a_size_that_is_left_open_is_refused(tmp_path: Path) -> None:
    tile = function("t", "tile", "x", 0, 0, {"multiples": [1, ["batch", 0, 0], 1]})
    with pytest.raises(SourceError) as error:
        body_of(tmp_path, *SIZES, tile)
    assert str(error.value).endswith(
        "config.layers[4]: error: 't': it depends on a size that the file leaves open"
    )


def test_a_constant_may_come_first(tmp_path: Path) -> None:
    node = ["_CONSTANT_VALUE", -1, 1.0, {"y": ["x", 0, 0], "name": None}]
    assert (
        body_of(tmp_path, function("f", "math.subtract", *node)) == "outputs = 1.0 - x"
    )


@pytest.mark.parametrize(
    ("op", "config", "expected"),
    [
        ("AddV2", {"constants": {"1": 2.0}}, "x + 2.0"),
        ("Sub", {"constants": {"0": 1.0}}, "1.0 - x"),
        (
            "Mean",
            {"constants": {"1": [1]}, "attr": {"keep_dims": {"b": True}}},
            "ops.mean(x, axis=(1,), keepdims=True)",
        ),
        ("Reshape", {"constants": {"1": [-1, 48]}}, "ops.reshape(x, (-1, 48))"),
        ("Cast", {"attr": {"DstT": {"type": "DT_HALF"}}}, 'ops.cast(x, "float16")'),
        (
            "StridedSlice",
            {
                "constants": {"1": [0, 1], "2": [0, 3], "3": [1, 1]},
                "attr": {"begin_mask": {"i": "1"}, "end_mask": {"i": "1"}},
            },
            "x[:, 1:3]",
        ),
        (
            "StridedSlice",
            {
                "constants": {"1": [0, 2], "2": [0, 3], "3": [1, 1]},
                "attr": {
                    "begin_mask": {"i": "1"},
                    "end_mask": {"i": "1"},
                    "shrink_axis_mask": {"i": "2"},
                },
            },
            "x[:, 2]",
        ),
    ],
)
def test_node_of_a_graph_is_an_op(
    op: str, config: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    found = body_of(tmp_path, node_layer("f", op, [["x", 0, 0, {}]], **config))
    assert found == f"outputs = {expected}"


def test_nodes_join_tensors_and_constants(tmp_path: Path) -> None:
    nodes = [["x", 0, 0, {}], ["x", 0, 0, {}]]
    joined = node_layer("f", "ConcatV2", nodes, constants={"2": 1})
    assert body_of(tmp_path, joined) == "outputs = ops.concatenate([x, x], axis=1)"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            function("f", "signal.stft", "x", 0, 0, {"frame_length": 4}),
            "'f': kgen knows nothing in Keras 3 that does what TensorFlow's 'signal.stft' does",
        ),
        (
            function("f", 'x"""\nimport os', "x", 0, 0, {}),
            "'f': kgen knows nothing in Keras 3 that does what TensorFlow's "
            '\'x"""\\nimport os\' does',
        ),
        (
            function("f", "reshape", "x", 0, 0, {"shape": [["x", 0, 0], 2]}),
            "'f': kgen knows nothing in Keras 3 that does what TensorFlow's 'reshape' does: "
            "newshape depends on a tensor",
        ),
        (
            function("f", "einsum", "_CONSTANT_VALUE", -1, "ab,bc->ac", {}),
            "'f': kgen knows nothing in Keras 3 that does what TensorFlow's 'einsum' does: "
            "the file does not say what it is called with",
        ),
        (
            function("f", "split", "x", 0, 0, {}),
            "'f': 'split' lacks an argument",
        ),
        (
            function("f", "sort", "x", 0, 0, {"direction": "DESCENDING"}),
            "'f': kgen knows nothing in Keras 3 that does what TensorFlow's 'sort' does: it is "
            "called with 'direction'",
        ),
        (
            node_layer("f", "Betainc", [["x", 0, 0, {}]]),
            "'f': kgen knows nothing in Keras 3 that does what TensorFlow's 'Betainc' does",
        ),
        (
            node_layer("f", "Split", [["x", 0, 0, {}]]),
            "'f': kgen knows nothing in Keras 3 that does what TensorFlow's 'Split' does: its "
            "operands are not what it takes",
        ),
        (
            node_layer(
                "f",
                "StridedSlice",
                [["x", 0, 0, {}]],
                constants={"1": [0], "2": [1], "3": [1, 1]},
                attr={"begin_mask": {"list": {"i": ["a"]}}},
            ),
            "'f': kgen knows nothing in Keras 3",
        ),
    ],
)
def test_what_has_no_counterpart_is_named(
    made: Config, message: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as error:
        body_of(tmp_path, made)
    first, *_ = error.value.diagnostics
    assert first.message.startswith(message)
    assert first.location is not None and first.location.path == "config.layers[1]"


@pytest.mark.parametrize("name", sorted(known_functions()))
def test_ops_and_their_arguments_are_those_of_the_catalogue(name: str) -> None:
    op, arguments = known_functions()[name]
    entry = registry.lookup("ops", op)
    assert entry is not None
    # Those of matmul are gone before the op is called.
    flags = {"transpose_a", "transpose_b"}
    assert set(arguments) - flags <= set(entry.parameter_names)


def test_lists_of_numbers_in_classes(folder: Path) -> None:
    """As `preprocess_input()` of keras.applications takes a mean off each channel."""
    text = functional(
        [
            given("x", 8, 8, 3),
            function("f", "nn.bias_add", ["x", 0, 0, {"bias": [-1.5, -2.5, -3.5]}]),
            called(layer("Conv2D", name="c", filters=2, kernel_size=3), [["f", 0, 0]]),
        ],
        [["x", 0, 0]],
        [["c", 0, 0]],
    )
    (folder / "model.json").write_text(text)
    program = load_program(str(folder / "model.json"), lambda: "")
    for style in (Style.SEQUENTIAL, Style.SUBCLASS):
        source = generate(program, Options(style)).source
        assert "ops.convert_to_tensor([-1.5, -2.5, -3.5])" in source
