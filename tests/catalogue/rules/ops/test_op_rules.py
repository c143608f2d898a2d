"""Every rule gives the shapes and types that Keras gives, and refuses what it refuses.

The calls are in the tables beside this module, one for each family of ops.
"""

from __future__ import annotations

import importlib
import itertools
from pathlib import Path
from typing import Any

import pytest
from catalogue.rules.ops.calls import (
    REFUSAL,
    Call,
    T,
    apply,
    as_given,
    call_keras,
    count,
    keras_outcome,
    kgen_outcome,
    op,
)

from keras_kgen.catalogue.registry import entries, lookup
from keras_kgen.catalogue.rules.ops import (
    _RULES,
    apply_op,
    elementwise,
    has_op_rule,
    op_preserves_shape,
    op_result_count,
    reductions,
    why_no_op_rule,
)
from keras_kgen.catalogue.rules.rule import ShapeError
from keras_kgen.ir.expressions import Argument, Literal, ObjectCall
from keras_kgen.ir.tensors import UNKNOWN, TensorSpec

TABLES = [
    importlib.import_module(f"catalogue.rules.ops.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("*.py"))
    if path.stem != "calls" and not path.stem.startswith("test_")
]
DTYPES = (
    *("float32", "float16", "bfloat16", "float64", "bool", "complex64"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
SHAPES = ((None, 3), (2, 3, 4), (), (None,))


def rows(title: str) -> list[Call]:
    """Returns the tables of that title of all families."""
    return [row for table in TABLES for row in getattr(table, title, ())]


ACCEPTED, CONSTANTS = rows("ACCEPTED"), rows("CONSTANTS")
REFUSED, STRICTER = rows("REFUSED"), rows("STRICTER")


def required(name: str) -> list[str]:
    entry = lookup("ops", name)
    assert entry is not None
    return [parameter.name for parameter in entry.parameters if parameter.required]


ONE_TENSOR = [
    name
    for name in _RULES
    if len(required(name)) == 1
    and (op_preserves_shape(name) or name in reductions.RULES)
]
TWO_TENSORS = [
    name for name in elementwise.RULES if required(name) in (["x1", "x2"], ["x", "y"])
]


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


@pytest.mark.parametrize("call", ACCEPTED + CONSTANTS, ids=repr)
def test_rule_gives_what_keras_gives(keras: Any, call: Call) -> None:
    expected = keras_outcome(keras, call)
    assert expected != REFUSAL
    assert kgen_outcome(keras, call) == expected
    assert count(call) == len(expected)


@pytest.mark.parametrize("name", ONE_TENSOR)
def test_rule_of_one_tensor_gives_what_keras_gives(keras: Any, name: str) -> None:
    for shape, dtype in itertools.product(SHAPES, DTYPES):
        call = op(name, T(*shape, dtype=dtype))
        found = kgen_outcome(keras, call)
        assert found == keras_outcome(keras, call), call
        if op_preserves_shape(name) and found != REFUSAL:
            assert [item[0] for item in found] == [shape]


@pytest.mark.parametrize("name", TWO_TENSORS)
def test_rule_of_two_tensors_gives_what_keras_gives(keras: Any, name: str) -> None:
    for one, other in itertools.product(DTYPES, (*DTYPES, 1, 2.5, True)):
        first = T(None, 3, dtype=one)
        second = T(3, dtype=other) if isinstance(other, str) else other
        for args in ((first, second), (second, first)):
            call = op(name, *args)
            assert kgen_outcome(keras, call) == keras_outcome(keras, call), call


@pytest.mark.parametrize("call", REFUSED, ids=repr)
def test_keras_refuses_too(keras: Any, call: Call) -> None:
    assert keras_outcome(keras, call) == REFUSAL


@pytest.mark.parametrize("call", REFUSED + STRICTER, ids=repr)
def test_rule_refuses(call: Call) -> None:
    with pytest.raises(ShapeError, match=r"^ops\.[\w.]+ needs .+\. Received: .+"):
        apply(call)


@pytest.mark.parametrize("call", STRICTER, ids=repr)
def test_keras_makes_a_tensor_but_cannot_run(keras: Any, call: Call) -> None:
    assert keras_outcome(keras, call) != REFUSAL
    if keras.backend.backend() == "tensorflow":
        with pytest.raises(Exception, match=r"\w"):
            call_keras(keras, as_zeros(call))


def as_zeros(item: Any) -> Any:
    """Returns a call of tensors of zeros."""
    if isinstance(item, T):
        sizes = tuple(2 if size is None else size for size in item.shape)
        return op("zeros", sizes, dtype=item.dtype)
    if isinstance(item, Call):
        kwargs = {key: as_zeros(value) for key, value in item.kwargs.items()}
        return Call(item.name, tuple(map(as_zeros, item.args)), kwargs)
    if isinstance(item, list | tuple):
        return type(item)(map(as_zeros, item))
    return item


def test_every_rule_is_an_op_of_the_catalogue() -> None:
    assert set(_RULES) <= {entry.name for entry in entries("ops")}


def test_every_rule_is_in_a_table() -> None:
    tried = {call.name for call in ACCEPTED + CONSTANTS} | {*ONE_TENSOR, *TWO_TENSORS}
    assert set(_RULES) - tried == {"bartlett", "blackman", "hanning"}


def test_every_op_of_the_catalogue_has_a_rule_or_a_reason() -> None:
    names = [entry.name for entry in entries("ops")]
    assert [n for n in names if has_op_rule(n) == bool(why_no_op_rule(n))] == []


def test_ops_of_a_saved_model_without_a_rule() -> None:
    # Each of these takes a function, which kgen does not run.
    assert {
        entry.name
        for entry in entries("ops")
        if entry.operation and not has_op_rule(entry.name)
    } == {
        "associative_scan",
        "fori_loop",
        "jvp",
        "map",
        "scan",
        "switch",
        "while_loop",
    }


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("map", "it takes Python code, which kgen does not run"),
        ("shape", "it gives no tensor of the model"),
        ("add", None),
    ],
)
def test_reason(name: str, reason: str | None) -> None:
    assert why_no_op_rule(name) == reason


def test_op_without_a_rule_is_unknown() -> None:
    assert apply_op("map", (Literal(1), TensorSpec((2,))), {}) is None
    assert op_result_count("map", (Literal(1), TensorSpec((2,))), {}) == 1
    assert not op_preserves_shape("map")


@pytest.mark.parametrize(
    ("name", "more", "number"),
    [
        ("exp", (), 1),
        ("split", (3,), 3),
        ("split", ([1, 2],), 3),
        ("unstack", (4,), 4),
        ("unstack", (), 1),
        ("nonzero", (), 1),
        ("moments", (0,), 2),
        ("svd", (), 3),
    ],
)
def test_unknown_tensor_gives_unknown_results(
    name: str, more: tuple[Any, ...], number: int
) -> None:
    args = (UNKNOWN, *map(as_given, more))
    assert apply_op(name, args, {}) == (UNKNOWN,) * number
    assert op_result_count(name, args, {}) == number


def test_one_unknown_tensor_of_several_is_enough() -> None:
    assert apply_op("concatenate", ((TensorSpec((2,)), UNKNOWN),), {}) == (UNKNOWN,)
    assert apply_op("add", (TensorSpec((2,)),), {"x2": UNKNOWN}) == (UNKNOWN,)


def test_constant_of_an_op_without_a_rule_is_unknown() -> None:
    made = ObjectCall("ops", "map", (Argument(Literal(1)), Argument(Literal(2))))
    assert apply_op("add", (TensorSpec((2,)), made), {}) == (UNKNOWN,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            op("matmul", T(None, 3), T(4, 5)),
            "ops.matmul needs operands of one size where they are summed. "
            "Received: shapes (None, 3), (4, 5)",
        ),
        (
            op("add", T(None, 3), T(4)),
            "ops.add needs tensors of shapes that broadcast. "
            "Received: shapes (None, 3), (4,)",
        ),
        (
            op("add", T(None, 3)),
            "ops.add needs an argument 'x2'. Received: nothing",
        ),
        (
            op("add", T(3, dtype="string"), T(3)),
            "ops.add needs types that Keras promotes to one. Received: float32, string",
        ),
        (
            op("sum", T(None, 3), axis=2),
            "ops.sum needs an axis of a tensor of rank 2 as 'axis'. Received: axis=2",
        ),
        (
            op("concatenate", [T(None, 3), T(None, 4)]),
            "ops.concatenate needs tensors that differ in size at axis 0 only. "
            "Received: shapes (None, 3), (None, 4)",
        ),
        (
            op("reshape", T(2, 6), (5, 2)),
            "ops.reshape needs a newshape of 12 elements for a tensor of shape (2, 6). "
            "Received: newshape=(5, 2)",
        ),
        (
            op("split", T(None, 6), 4, axis=1),
            "ops.split needs a number of parts that divides axis 1. "
            "Received: shape (None, 6), indices_or_sections=4",
        ),
        (
            op("get_item", T(None, 6), (0, 6)),
            "ops.get_item needs an index of an axis of size 6. "
            "Received: shape (None, 6), key=(0, 6)",
        ),
        (
            op("get_item", T(None, 6), slice(1, 3)),
            "ops.get_item needs an integer or a tuple as 'key', x[1:, ...] in place of "
            "x[1:]. Received: key=1:3",
        ),
        (
            op("conv", T(None, 8, 8, 3), T(3, 3, 4, 5)),
            "ops.conv needs a kernel of 3 input channels at axis -2. "
            "Received: kernel=a tensor of shape (3, 3, 4, 5)",
        ),
        (
            op("image.resize", T(8, 9), (4, 5)),
            "ops.image.resize needs an image or a batch of images. "
            "Received: shape (8, 9)",
        ),
    ],
    ids=repr,
)
def test_message(call: Call, message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        apply(call)
    assert str(caught.value) == message
