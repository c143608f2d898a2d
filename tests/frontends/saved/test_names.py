"""What Keras 3 saves comes back by the names that it had: order of lines, `name=`, flags."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from keras3 import (
    add,
    call,
    dense,
    functional,
    given,
    layer,
    nested,
    operation,
    sequential,
)

from keras_kgen.frontends.detect import load_program
from keras_kgen.frontends.saved.call_order import call_order, written_order
from keras_kgen.frontends.saved.model import (
    Kind,
    SavedCall,
    SavedLayer,
    SavedNetwork,
    SavedTensor,
)
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

Config = dict[str, Any]


def code_of(folder: Path, model: Config, style: Style = Style.FUNCTIONAL) -> str:
    path = folder / "model.json"
    path.write_text(json.dumps(model))
    options = Options(style, flat=True)
    source = generate(load_program(str(path), lambda: ""), options).source
    return source[source.index("import keras\n") : source.index("def load_data")]


def labels(code: str) -> list[str]:
    return re.findall(r'name="(\w+)"\)\(', code)


# -- the order of lines


def network(calls: dict[str, tuple[str, ...]]) -> SavedNetwork:
    """Returns a model from what each layer reads; `x` goes in, the last layer comes out."""
    layers = [SavedLayer(Kind.INPUT, "InputLayer", "x")]
    for name, read in calls.items():
        inputs = tuple(map(SavedTensor, read))
        layers.append(
            SavedLayer(Kind.LAYER, "Dense", name, calls=(SavedCall((inputs,)),))
        )
    last = SavedTensor(layers[-1].name)
    return SavedNetwork("net", False, tuple(layers), SavedTensor("x"), last)


def order_of(calls: dict[str, tuple[str, ...]], *numbered: str) -> str:
    order = written_order(network(calls), [tuple(group) for group in numbered])
    return "".join(name for name, _ in order)


# A trunk of `a` and `b`, a shortcut `s`; `t` joins them.
RESIDUAL = {"a": ("x",), "b": ("a",), "s": ("x",), "t": ("s", "b")}


def test_lines_stand_in_the_order_in_which_the_outputs_need_them() -> None:
    plain = "".join(name for name, _ in call_order(network(RESIDUAL)))
    assert plain == order_of(RESIDUAL) == "sabt"


def test_numbers_tell_what_was_made_first() -> None:
    assert order_of(RESIDUAL, "abs") == "abst"
    assert order_of(RESIDUAL, "sab") == "sabt"


def test_lines_go_on_with_what_was_made_last() -> None:
    """The numbers say only that `e` came before `a`; `f` follows what it reads."""
    calls = {
        "a": ("x",),
        "b": ("a",),
        "e": ("x",),
        "f": ("e",),
        "t": ("b", "f"),
    }
    assert order_of(calls) == "abeft"
    assert order_of(calls, "ea") == "efabt"


def test_numbers_that_contradict_what_is_read_count_for_nothing() -> None:
    assert order_of(RESIDUAL, "bas") == "sabt"
    assert order_of(RESIDUAL, "as", "sb", "tx") == "asbt"
    assert order_of(RESIDUAL, "as", "sa") == "sabt"


def test_layers_that_are_shared_say_nothing_of_the_order() -> None:
    """They are made before the lines that call them."""
    twice = SavedLayer(
        Kind.LAYER,
        "Dense",
        "d",
        calls=tuple(SavedCall((SavedTensor(name),)) for name in ("x", "b")),
    )
    base = network({"b": ("x",)})
    last = SavedTensor("d", 1)
    shared = SavedNetwork("net", False, (*base.layers, twice), base.inputs, last)
    assert written_order(shared, [("d", "b")]) == (("b", 0), ("d", 1))


def test_a_long_model_against_its_numbers() -> None:
    count = 3000
    calls = {f"a{i}": (f"a{i - 1}" if i else "x",) for i in range(count)}
    calls |= {f"b{i}": (f"b{i - 1}" if i else "x",) for i in range(count)}
    calls["t"] = (f"a{count - 1}", f"b{count - 1}")
    order = written_order(network(calls), [("b0", "a0")])
    assert order[0] == ("b0", 0)
    assert order[count:] == (*((f"a{i}", 0) for i in range(count)), ("t", 0))


def test_a_projection_that_was_made_behind_the_trunk(folder: Path) -> None:
    model = functional(
        given(),
        dense("dense_1", "dense", activation="relu"),
        dense("dense", "input_layer", activation="tanh"),
        dense("dense_2", "input_layer"),
        add("add", "dense_2", "dense_1"),
    )
    code = code_of(folder, model)
    lines = [line for line in code.splitlines() if "layers.Dense" in line]
    assert [("tanh" in x, "relu" in x) for x in lines] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert "name=" not in code.replace('name="net"', "")


# -- names that Keras would not make up again


def chain(*names: str, first: str = "input_layer") -> Config:
    before = (first, *names)
    return functional(
        given(first), *(dense(n, b) for n, b in zip(names, before, strict=False))
    )


def test_names_that_come_out_by_themselves_are_left_out(folder: Path) -> None:
    assert labels(code_of(folder, chain("dense", "dense_1", "dense_2"))) == []


def test_names_behind_a_gap_are_kept(folder: Path) -> None:
    """A layer that no output needs took a number."""
    model = chain("dense", "dense_1", "dense_3")
    assert labels(code_of(folder, model)) == ["dense_3"]


def test_a_single_name_with_another_number_is_kept(folder: Path) -> None:
    model = functional(
        given(), dense("dense", "input_layer"), layer("ReLU", "re_lu_2", call("dense"))
    )
    assert labels(code_of(folder, model)) == ["re_lu_2"]


@pytest.mark.parametrize("first", ["input_layer", "input_layer_4"])
def test_numbers_of_a_later_session_are_left_out(first: str, folder: Path) -> None:
    """Other models were made before; nobody cares for what they counted up to."""
    model = chain("dense_12", "dense_13", "dense_14", first=first)
    assert labels(code_of(folder, model)) == []


def test_gaps_of_a_later_session_are_left_out(folder: Path) -> None:
    model = chain("dense_12", "dense_14", first="input_layer_4")
    assert labels(code_of(folder, model)) == []


def test_numbers_that_begin_at_0_are_a_persons(folder: Path) -> None:
    model = chain("dense_0", "dense_1", "dense_2")
    assert labels(code_of(folder, model)) == ["dense_0", "dense_1", "dense_2"]


def test_a_class_name_in_small_letters_is_a_persons(folder: Path) -> None:
    """Keras 1 would have called the layer so."""
    model = functional(given(), layer("ReLU", "relu", call("input_layer")))
    assert labels(code_of(folder, model)) == ["relu"]


def test_a_name_of_another_class_does_not_matter(folder: Path) -> None:
    """Keras makes up `dense`, not `dense_1`: both can stay."""
    model = functional(
        given(),
        dense("dense", "input_layer"),
        layer("ReLU", "dense_1", call("dense")),
    )
    assert labels(code_of(folder, model)) == ["dense_1"]


def test_ops_and_layers_count_together(folder: Path) -> None:
    model = functional(
        given(),
        dense("dense", "input_layer"),
        operation("Add", "add", "input_layer", "dense"),
        add("add_1", "add", "input_layer"),
        operation("Add", "add_2", "add_1", "input_layer"),
        add("add_3", "add_2", "input_layer"),
    )
    assert labels(code_of(folder, model)) == []


def test_an_op_may_take_the_number_of_a_layer(folder: Path) -> None:
    """Ops have no `name=`: `add_1` comes out as `add`, and so `add` must not be kept."""
    model = functional(
        given(),
        dense("dense", "input_layer"),
        operation("Add", "add_1", "input_layer", "dense"),
        add("add", "add_1", "input_layer"),
    )
    model["config"]["layers"][2]["inbound_nodes"][0]["args"].reverse()
    assert labels(code_of(folder, model)) == []


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_attention_takes_numbers_for_layers_of_its_own(
    rate: float, folder: Path
) -> None:
    config = {"num_heads": 2, "key_dim": 2, "dropout": rate}
    inputs = layer("InputLayer", "input_layer", batch_shape=[None, 3, 4])
    attention = layer(
        "MultiHeadAttention", "multi_head_attention", call("input_layer"), **config
    )
    attention["inbound_nodes"][0]["args"] *= 2
    model = functional(
        inputs,
        attention,
        layer("Dropout", "dropout_1", call("multi_head_attention"), rate=0.1),
    )
    assert labels(code_of(folder, model)) == []


def test_a_layer_of_a_wrapper_takes_a_number(folder: Path) -> None:
    inner = {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"name": "dense", "units": 4},
        "registered_name": None,
    }
    inputs = layer("InputLayer", "input_layer", batch_shape=[None, 3, 4])
    model = functional(
        inputs,
        layer("TimeDistributed", "time_distributed", call("input_layer"), layer=inner),
        dense("dense_1", "time_distributed"),
    )
    assert labels(code_of(folder, model)) == []


def test_layers_of_a_nested_model_count_first(folder: Path) -> None:
    inner = functional(
        given("input_layer"), dense("dense", "input_layer"), name="inner"
    )
    model = functional(
        given("input_layer_1"),
        dense("dense_1", "input_layer_1"),
        nested(inner, call("dense_1")),
        dense("dense_2", "inner"),
    )
    code = code_of(folder, model)
    assert labels(code) == []
    # Keras numbers the inputs as they are made.
    assert code.index("inner_input = keras.Input(") < code.index(" inputs = ")


def test_models_of_several_sessions_in_one(folder: Path) -> None:
    inner = functional(given(), dense("dense", "input_layer"), name="inner")
    model = functional(
        given(),
        nested(inner, call("input_layer")),
        dense("dense", "inner"),
        dense("dense_3", "dense"),
    )
    assert labels(code_of(folder, model)) == []


# -- flags of calls and models


def test_a_flag_that_is_no_default_is_kept(folder: Path) -> None:
    """Keras writes the defaults of the signatures, of Dropout for one; others a person gave."""
    norm = layer(
        "BatchNormalization",
        "batch_normalization",
        call("input_layer", training=False, mask=None),
    )
    dropout = layer(
        "Dropout", "dropout", call("batch_normalization", training=False), rate=0.5
    )
    code = code_of(folder, functional(given(), norm, dropout))
    assert "layers.BatchNormalization()(inputs, training=False)" in code
    assert "layers.Dropout(0.5)(x)" in code


@pytest.mark.parametrize("style", [Style.FUNCTIONAL, Style.SUBCLASS])
def test_a_nested_model_that_is_not_trained(style: Style, folder: Path) -> None:
    """One line says so, not every layer inside."""
    inner = functional(
        given(),
        dense("dense", "input_layer", trainable=False),
        dense("dense_1", "dense", trainable=False),
        name="backbone",
        trainable=False,
    )
    model = functional(
        given("input_layer_1"),
        nested(inner, call("input_layer_1", training=False)),
        dense("dense_2", "backbone"),
    )
    code = code_of(folder, model, style)
    assert code.count("trainable") == 1
    assert "backbone.trainable = False\n" in code
    assert "training=False)" in code


def test_a_layer_inside_a_trained_model_keeps_its_flag(folder: Path) -> None:
    inner = functional(
        given(), dense("dense", "input_layer", trainable=False), name="backbone"
    )
    model = functional(given("input_layer_1"), nested(inner, call("input_layer_1")))
    assert "layers.Dense(4, trainable=False)" in code_of(folder, model)


def test_an_op_keeps_its_data_type(folder: Path) -> None:
    model = functional(
        given(), operation("ZerosLike", "zeros_like", "input_layer", dtype="int32")
    )
    assert 'ops.zeros_like(inputs, dtype="int32")' in code_of(folder, model)


@pytest.mark.parametrize("dtype", [None, {"class_name": "DTypePolicy", "config": {}}])
def test_an_op_without_a_data_type_of_its_own(dtype: Any, folder: Path) -> None:
    model = functional(
        given(), operation("ZerosLike", "zeros_like", "input_layer", dtype=dtype)
    )
    assert "ops.zeros_like(inputs)" in code_of(folder, model)


@pytest.mark.parametrize("is_trained", [True, False])
def test_a_nested_model_that_is_a_list_of_layers(
    is_trained: bool, folder: Path
) -> None:
    flag = {"trainable": is_trained}
    inner = sequential(
        given("input_layer_1"),
        layer("Dense", "dense", units=4, **flag),
        layer("ReLU", "re_lu", **flag),
        name="stem",
        **flag,
    )
    model = functional(given(), nested(inner, call("input_layer")), dense("d", "stem"))
    code = code_of(folder, model)
    assert "stem = keras.Sequential(" in code
    assert '[layers.Dense(4), layers.ReLU()], name="stem"' in code
    assert "stem_block" not in code
    assert ("stem.trainable = False" in code) is not is_trained


@pytest.mark.parametrize("style", [Style.FUNCTIONAL, Style.SUBCLASS])
def test_outputs_go_by_their_keys(style: Style, folder: Path) -> None:
    outputs = {"age": ["dense", 0, 0], "gender": ["dense_1", 0, 0]}
    heads = [dense(name, "input_layer") for name in ("dense", "dense_1")]
    code = code_of(folder, functional(given(), *heads, output_layers=outputs), style)
    assert '{"age": age, "gender": gender}' in code


@pytest.mark.parametrize("style", [Style.FUNCTIONAL, Style.SUBCLASS])
def test_outputs_without_names_are_numbered(style: Style, folder: Path) -> None:
    outputs = [["dense", 0, 0], ["dense_1", 0, 0]]
    heads = [dense(name, "input_layer") for name in ("dense", "dense_1")]
    code = code_of(folder, functional(given(), *heads, output_layers=outputs), style)
    assert "[output_1, output_2]" in code


def test_an_output_that_is_read_on_is_the_trunk(folder: Path) -> None:
    outputs = [["dense", 0, 0], ["dense_1", 0, 0]]
    chain = [dense("dense", "input_layer"), dense("dense_1", "dense")]
    code = code_of(folder, functional(given(), *chain, output_layers=outputs))
    assert "[x, output_2]" in code


def test_a_nested_model_goes_without_the_name_of_the_model_around(
    folder: Path,
) -> None:
    inner = sequential(
        given("input_layer_1"),
        layer("Dense", "dense", units=4),
        layer("ReLU", "re_lu"),
        name="my_net_stem",
    )
    last = dense("d", "my_net_stem")
    model = functional(given(), nested(inner, call("input_layer")), last, name="my_net")
    code = code_of(folder, model)
    assert "    stem = keras.Sequential(" in code
    assert 'name="my_net_stem"' in code


def test_attributes_go_without_the_name_of_the_model(folder: Path) -> None:
    model = functional(given(), dense("my_net_head", "input_layer"), name="my_net")
    code = code_of(folder, model, Style.SUBCLASS)
    assert 'self.head = layers.Dense(4, name="my_net_head")' in code
