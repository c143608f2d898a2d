"""Classes and functions that Keras 3 does not have: imported, or defined in the module."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from frontends.saved.texts import Config, called, functional, given, layer, sequential

from keras_kgen.errors import Diagnostics, SourceError
from keras_kgen.frontends.detect import load_program
from keras_kgen.frontends.documents import read_yaml
from keras_kgen.frontends.spec import read_spec
from keras_kgen.ir.definitions import Former, Skeleton, Stub
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import check, generate
from keras_kgen.rendering.spec import render_spec

BYTECODE = ["4wEAAAAAAAAA\n", None, None]
EVIL = 'x\n"""\nimport os\nos.system("echo")\n"""'
SHAPE = {"batch_input_shape": [None, 8]}


def read(folder: Path, text: str) -> Program:
    (folder / "model.json").write_text(text)
    return load_program(str(folder / "model.json"), lambda: "")


def source_of(program: Program, style: Style = Style.SEQUENTIAL) -> str:
    return generate(program, Options(style)).source


def notes_of(program: Program) -> list[str]:
    return [note.message for note in generate(program).notes]


def definition(program: Program, source: str) -> str:
    """Returns the source of what a module defines by itself, without the decorator."""
    (name,) = [item.name for item in program.definitions]
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            node.decorator_list.clear()
            return ast.unparse(node)
    raise AssertionError(source)


def keras_3(*layers: Config) -> str:
    """Returns a Sequential model of Keras 3."""
    first = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, 8], "dtype": "float32", "name": "input"},
        "registered_name": None,
    }
    config = {"name": "sequential", "layers": [first, *layers]}
    model = {
        "module": "keras",
        "class_name": "Sequential",
        "config": config,
        "registered_name": None,
    }
    return json.dumps({**model, "keras_version": "3.8.0"})


def layer_3(
    class_name: str, module: str, registered_name: str | None = None, **config: Any
) -> Config:
    made = {"module": module, "class_name": class_name, "config": config}
    return {**made, "registered_name": registered_name}


def function_3(name: str, module: str = "builtins") -> Config:
    made = {"module": module, "class_name": "function", "config": name}
    return {**made, "registered_name": "function"}


# -- classes of the author's


def test_a_class_gets_its_constructor_from_the_config(tmp_path: Path) -> None:
    program = read(
        tmp_path,
        sequential(
            layer("LRN", name="lrn_1", k=1, alpha=0.5, trainable=True, **SHAPE),
            layer("LRN", name="lrn_2", k=2, alpha=0.5, trainable=True),
            layer("LRN", name="norm", k=2, alpha=0.5, trainable=False),
        ),
    )
    (skeleton,) = program.definitions
    assert isinstance(skeleton, Skeleton)
    source = source_of(program)
    assert "LRN(),\n            LRN(k=2),\n" in source
    assert 'LRN(k=2, trainable=False, name="norm"),' in source
    assert definition(program, source) == ast.unparse(ast.parse('''
class LRN(layers.Layer):
    """Stands for the class 'LRN' of the saved model.

    The file holds its settings, not its code: write `call`.
    """

    def __init__(self, k=1, alpha=0.5, **kwargs):
        super().__init__(**kwargs)
        self.k = k
        self.alpha = alpha

    def call(self, inputs):
        raise NotImplementedError("write LRN.call(): the saved file has no code for 'LRN'")

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "k": self.k, "alpha": self.alpha}
'''))
    assert notes_of(program)[:1] == [
        "LRN is a class of the author's, and the file does not hold its code: write "
        "LRN.call() in the module"
    ]


def test_objects_of_keras_stay_objects(tmp_path: Path) -> None:
    custom = layer(
        "Mine",
        name="mine",
        units=3,
        kernel_initializer={"class_name": "GlorotUniform", "config": {"seed": None}},
        kernel_regularizer={"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.1}},
        activation="relu",
        **SHAPE,
    )
    source = source_of(read(tmp_path, sequential(custom)))
    assert (
        "self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)" in source
    )
    assert "Mine(kernel_regularizer=keras.regularizers.L2(0.1))" in source
    assert (
        '"activation": keras.activations.serialize(self.activation),' in source
        and 'kernel_initializer="glorot_uniform"' in source
    )


def test_a_call_by_name_and_a_list_are_in_the_signature(tmp_path: Path) -> None:
    layers = [
        given("a", 4),
        given("b", 4),
        called(
            layer("Fuse", name="fuse", axis=1),
            [["a", 0, 0, {}], ["b", 0, 0, {"mode": "sum", "scale": ["a", 0, 0]}]],
        ),
    ]
    layers[2]["inbound_nodes"] = [
        [["a", 0, 0, {"scale": ["a", 0, 0]}], ["b", 0, 0, {}]]
    ]
    text = functional(layers, [["a", 0, 0], ["b", 0, 0]], [["fuse", 0, 0]])
    source = source_of(read(tmp_path, text), Style.FUNCTIONAL)
    assert "def call(self, inputs, scale=None):" in source
    assert "        return input_shape[0]\n" in source
    assert "Fuse()([a, b], scale=a)" in source.replace('name="fuse"', "")


def test_a_class_of_a_module_is_imported(tmp_path: Path) -> None:
    mine = layer_3("Mine", "my_project.layers", "my>Mine", name="mine", units=3)
    program = read(tmp_path, keras_3(mine))
    assert program.imports == {"Mine": "my_project.layers"}
    assert program.definitions == ()
    source = source_of(program)
    assert "from my_project.layers import Mine\n" in source
    assert "Mine(units=3)" in source
    assert notes_of(program)[0].startswith("Mine is imported from my_project.layers")


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("Popen", "subprocess"),
        ("system", "os"),
        ("Mine", "__main__"),
        ("Mine", "os; import sys"),
        ("Mine", "a\nimport os"),
        ("Mine", "_private"),
        ("Mine", "a.class"),
        ("Mine", "tensorflow.python.x"),
        ("__import__", "mine"),
        ("print", "mine"),
        ("keras", "mine"),
        ("build_model", "mine"),
        ("a.b", "mine"),
        ("", "mine"),
        ("class", "mine"),
    ],
)
def test_what_is_not_the_authors_is_not_imported(
    name: str, module: str, tmp_path: Path
) -> None:
    program = read(tmp_path, keras_3(layer_3(name, module, name="mine", args="rm")))
    assert program.imports == {}
    assert len(program.definitions) == 1
    imported = {
        alias.name
        for node in ast.walk(ast.parse(source_of(program)))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= {
        "Path",
        "BadZipFile",
        "argparse",
        "csv",
        "importlib.util",
        "keras",
        "layers",
        "matplotlib.pyplot",
        "numpy",
        "tensorflow",  # for TensorBoard
    }


def test_private_layers_of_the_applications_are_written_out(tmp_path: Path) -> None:
    module = "keras.src.applications.convnext"
    scale = layer_3("LayerScale", module, init_values=1e-6, projection_dim=8, name="s")
    depth = layer_3("StochasticDepth", module, drop_path_rate=0.1, name="d")
    program = read(tmp_path, keras_3(scale, depth))
    assert [item.name for item in program.definitions] == [
        "LayerScale",
        "StochasticDepth",
    ]
    assert all(isinstance(item, Former) for item in program.definitions)
    source = source_of(program, Style.SUBCLASS)
    assert "LayerScale(1e-6, 8" in source
    assert "(x, training=training)" in source
    assert "applications.convnext import" not in source


def test_a_class_by_the_name_of_a_former_one_is_the_authors(tmp_path: Path) -> None:
    other = layer("LayerScale", name="scale", factor=3, **SHAPE)
    (found,) = read(tmp_path, sequential(other)).definitions
    assert isinstance(found, Skeleton)


# -- functions of the author's


def test_a_lambda_has_a_function_and_the_shape_of_its_input(tmp_path: Path) -> None:
    text = sequential(
        layer(
            "Lambda",
            name="scale",
            function=BYTECODE,
            function_type="lambda",
            output_shape=None,
            output_shape_type="raw",
            arguments={"low": 0, "high": 255},
            **SHAPE,
        )
    )
    program = read(tmp_path, text)
    (stub,) = program.definitions
    assert stub == Stub("scale", "", "Lambda layer 'scale'", ("inputs", "low", "high"))
    source = source_of(program)
    assert definition(program, source) == ast.unparse(ast.parse('''
def scale(inputs, low, high):
    """Stands for the function of Lambda layer 'scale'.

    The saved file does not hold it in a form that can be read: write it here.
    """
    raise NotImplementedError("write scale(), the function of Lambda layer 'scale'")
'''))
    assert (
        'scale, output_shape=(8,), arguments={"low": 0, "high": 255}, name="scale"'
        in " ".join(source.split())
    )


def test_a_lambda_has_the_shape_that_the_file_says(tmp_path: Path) -> None:
    scale = layer(
        "Lambda",
        name="lambda_1",
        function=BYTECODE,
        function_type="lambda",
        output_shape=[2, 4],
        output_shape_type="raw",
        arguments={},
        **SHAPE,
    )
    program = read(tmp_path, sequential(scale, layer("Flatten", name="flatten_1")))
    assert "layers.Lambda(lambda_1, output_shape=(2, 4))," in source_of(program)


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (function_3("relu"), {}, 'layers.Activation("relu")'),
        (function_3("mean"), {"axis": -1}, "ops.mean(x, axis=-1)"),
        (function_3("mean", "keras.ops"), {}, "ops.mean(x)"),
        (function_3("mean"), {"mine": 1}, "layers.Lambda(mean, output_shape=(8,), "),
        (function_3("scale"), {}, "layers.Lambda(scale, output_shape=(8,))"),
        (function_3("my>scale"), {}, "layers.Lambda(scale, output_shape=(8,))"),
        (function_3("scale", "my_project"), {}, "layers.Lambda(scale)"),
    ],
)
def test_a_function_of_keras_3_is_called_by_its_name(
    function: Config, arguments: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    made = layer_3("Lambda", "keras.layers", name="lambda", function=function)
    made["config"]["arguments"] = arguments
    before = layer_3("ReLU", "keras.layers", name="relu")
    program = read(tmp_path, keras_3(before, made))
    assert expected in source_of(program, Style.FUNCTIONAL)


def test_a_merge_by_function_is_a_lambda(tmp_path: Path) -> None:
    merge = layer(
        "Merge",
        name="merge_1",
        mode=BYTECODE,
        mode_type="lambda",
        output_shape=[3],
        output_shape_type="raw",
        arguments={},
    )
    layers = [given("a", 4), given("b", 4), called(merge, 0)]
    layers[2]["inbound_nodes"] = [[["a", 0, 0], ["b", 0, 0]]]
    text = functional(layers, [["a", 0, 0], ["b", 0, 0]], [["merge_1", 0, 0]], "1.2.0")
    source = source_of(read(tmp_path, text), Style.FUNCTIONAL)
    assert "layers.Lambda(merge_1, output_shape=(3,))([a, b])" in source


def test_hard_sigmoid_of_older_versions_is_defined(tmp_path: Path) -> None:
    lstm = layer(
        "LSTM",
        name="lstm_1",
        units=3,
        recurrent_activation="hard_sigmoid",
        batch_input_shape=[None, 4, 8],
    )
    wrapped = layer(
        "Bidirectional", name="both", merge_mode="concat", layer=lstm, **SHAPE
    )
    wrapped["config"]["batch_input_shape"] = [None, 4, 8]
    for found in (lstm, wrapped):
        source = source_of(read(tmp_path, sequential(found, version="2.2.4")))
        assert "return ops.clip(0.2 * x + 0.5, 0.0, 1.0)" in source
        assert "LSTM(3, recurrent_activation=hard_sigmoid" in source
    newer = layer_3(
        "Dense", "keras.layers", units=3, activation="hard_sigmoid", name="d"
    )
    assert 'activation="hard_sigmoid"' in source_of(read(tmp_path, keras_3(newer)))


def test_objects_in_arguments(tmp_path: Path) -> None:
    dense = layer(
        "Dense",
        name="dense_1",
        units=3,
        activation="swishy",
        kernel_initializer={"class_name": "Mine", "config": {}},
        kernel_regularizer={"class_name": "Sparse", "config": {"weight": 0.1}},
        kernel_constraint={"class_name": "Ring", "config": {}},
        **SHAPE,
    )
    program = read(tmp_path, sequential(dense))
    source = source_of(program)
    assert "activation=swishy," in source
    assert "kernel_regularizer=Sparse()," in source
    assert "kernel_constraint=Ring()," in source
    assert "class Sparse(keras.regularizers.Regularizer):" in source
    assert "def __init__(self, weight=0.1):" in source
    assert "class Ring(keras.constraints.Constraint):" in source
    assert "initializer" not in source
    assert any("kernel_initializer: the class 'Mine'" in n for n in notes_of(program))


def test_a_loss_of_the_authors_is_a_function(tmp_path: Path) -> None:
    model = json.loads(sequential(layer("Dense", name="d", units=3, **SHAPE)))
    model["training_config"] = {
        "optimizer_config": {"class_name": "Adam", "config": {}},
        "loss": "my_loss",
        "metrics": ["accuracy"],
    }
    program = read(tmp_path, json.dumps(model))
    if "loss" not in program.training.compile:
        pytest.skip("the text of a model has no training")
    assert "def my_loss(y_true, y_pred):" in source_of(program)


def test_a_shape_that_was_guessed_is_named_where_it_does_not_fit(
    tmp_path: Path,
) -> None:
    """The function takes one step out of a sequence, perhaps."""
    first = layer("LRN", name="lrn", batch_input_shape=[None, 4, 8])
    step = layer(
        "Lambda", name="last", function=BYTECODE, function_type="lambda", arguments={}
    )
    flat = layer("RepeatVector", name="again", n=3)
    with pytest.raises(SourceError) as error:
        source_of(read(tmp_path, sequential(first, step, flat)))
    messages = [item.message for item in error.value.diagnostics]
    assert messages[0].startswith("RepeatVector needs an input of rank 2")
    assert messages[1] == (
        "the code of LRN is not known, and that it gives the shape of its input was a guess: "
        "what follows does not fit it"
    )
    assert messages[2].startswith("the code of last is not known")


@pytest.mark.parametrize("size", [8, 2])
def test_the_layers_behind_show_the_shape(size: int, tmp_path: Path) -> None:
    def built(class_name: str, sizes: list[int | None], **config: Any) -> Config:
        made = layer_3(class_name, "keras.layers", **config)
        return {**made, "build_config": {"input_shape": sizes}}

    mine = layer_3("Mine", "__main__", name="mine", units=3)
    mine["build_config"] = {"input_shape": [None, 8]}
    code = {"class_name": "__lambda__", "config": {"code": "x"}}
    function = layer_3("Lambda", "keras.layers", name="f", function=code)
    relu = layer_3("ReLU", "keras.layers", name="relu")
    dense = built("Dense", [None, size], units=2, name="dense")
    program = read(tmp_path, keras_3(mine, relu, dense))
    assert f"return (input_shape[0], {size})" in source_of(program) or size == 8
    program = read(tmp_path, keras_3(function, relu, dense))
    assert f"layers.Lambda(f, output_shape=({size},)" in source_of(program)


# -- specs


def round_trip(program: Program) -> Program:
    text = render_spec(check(program, Diagnostics()))
    return read_spec(read_yaml(text, "spec.yaml"), "model")


def test_a_spec_names_what_keras_once_had(tmp_path: Path) -> None:
    text = sequential(
        layer(
            "MaxoutDense", name="m", output_dim=3, nb_feature=2, input_dim=8, **SHAPE
        ),
        layer("Activation", name="a", activation="hard_sigmoid"),
        version="1.2.2",
    )
    program = read(tmp_path, text)
    again = round_trip(program)
    assert again.definitions == program.definitions
    assert again.imports == {}
    assert source_of(again) == source_of(program)


def test_a_spec_imports_what_has_to_be_written(tmp_path: Path) -> None:
    text = sequential(layer("LRN", name="lrn_1", k=1, **SHAPE))
    again = round_trip(read(tmp_path, text))
    assert again.imports == {"LRN": "sequential_layers"} or list(again.imports) == [
        "LRN"
    ]


# -- names that try to become code


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(
    "name",
    [
        EVIL,
        "__import__",
        "class",
        "keras",
        "layers",
        "np",
        "build_model",
        "Path",
        "print",
        "self",
        "",
        "é",
        "a" * 5000,
        "a\u2028b",
        "1a",
        "_x",
        "__x",
    ],
)
def test_odd_names_are_harmless(name: str, style: Style, tmp_path: Path) -> None:
    text = sequential(
        layer(name or "X", name="first", **{name: 1, "units": name}, **SHAPE),
        layer(
            "Lambda",
            name=name or "second",
            function=name or BYTECODE,
            function_type="function",
            module=name,
            arguments={name: name},
        ),
        layer(
            "Dense",
            name="third",
            units=2,
            activation=name or "mine",
            kernel_constraint={"class_name": name or "Mine", "config": {name: 1}},
        ),
    )
    try:
        source = source_of(read(tmp_path, text), style)
    except SourceError as error:
        assert "\n" not in str(error)
        return
    tree = ast.parse(source)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "os" not in names
    attributes = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    assert "system" not in attributes
    assert max(map(len, source.splitlines())) < 12_000


@pytest.mark.parametrize(
    ("class_name", "config"),
    [
        ("Dense", {"units": 2}),
        ("Lambda", {"function": BYTECODE, "function_type": "lambda", "arguments": {}}),
        ("LRN", {}),
        ("MaxoutDense", {"output_dim": 2}),
    ],
)
@pytest.mark.parametrize("name", ["a=1)\nimport os #", "a b", "class", ""])
def test_odd_names_in_calls_are_reported(
    class_name: str, config: dict[str, Any], name: str, tmp_path: Path
) -> None:
    call = [["x", 0, 0, {name: 1.0}]]
    layers = [given("x", 8), called(layer(class_name, name="d", **config), call)]
    text = functional(layers, [["x", 0, 0]], [["d", 0, 0]])
    with pytest.raises(SourceError, match="is no name of an argument"):
        read(tmp_path, text)
