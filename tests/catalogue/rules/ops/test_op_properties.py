"""Whatever the shapes and the arguments, kgen's outcome is that of Keras.

RULE_EXAMPLES in the environment is the number of examples for each family.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from catalogue.rules.ops import (
    algebra,
    elementwise,
    indexing,
    joining,
    networks,
    rearranging,
    reductions,
)
from catalogue.rules.ops.calls import (
    Call,
    T,
    as_given,
    keras_outcome,
    kgen_outcome,
    op,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from keras_kgen.catalogue.rules.ops import apply_op, op_result_count
from keras_kgen.catalogue.rules.rule import ShapeError
from keras_kgen.ir.expressions import from_value
from keras_kgen.ir.tensors import TensorSpec

EXAMPLES = int(os.environ.get("RULE_EXAMPLES", "150"))
PROFILE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="RULE_EXAMPLES" not in os.environ,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
SIZES = st.sampled_from((1, 1, 2, 3, 4, None))
DTYPES = st.sampled_from(("float32", "float16", "int32", "int8", "uint8", "bool"))
INDEX = st.none() | st.integers(-5, 5)
PARTS = (
    st.integers(-4, 4)
    | st.builds(slice, INDEX, INDEX, st.none() | st.sampled_from((-2, -1, 1, 2)))
    | st.sampled_from((None, Ellipsis))
)


def shapes(least: int = 0, most: int = 4) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(SIZES, min_size=least, max_size=most).map(tuple)


@st.composite
def tensors(draw: Any, least: int = 0, most: int = 4) -> T:
    return T(*draw(shapes(least, most)), dtype=draw(DTYPES))


def axes(rank: int) -> st.SearchStrategy[Any]:
    """Returns an axis, several different ones or none; seldom one that is not there."""
    several = st.lists(
        st.integers(-rank - 1, rank),
        max_size=3,
        unique_by=lambda axis: axis % max(rank, 1),
    )
    return st.none() | st.integers(-rank - 1, rank) | several | several.map(tuple)


@st.composite
def broadcasts(draw: Any) -> Call:
    name = draw(st.sampled_from(("add", "divide", "less", "maximum", "mod", "power")))
    number = st.integers(-2, 2) | st.sampled_from((0.5, True))
    if draw(st.integers(0, 4)):
        return op(name, draw(tensors()), draw(tensors()))
    return op(name, draw(tensors()), draw(number))


@st.composite
def choices(draw: Any) -> Call:
    condition = T(*draw(shapes()), dtype="bool")
    return op("where", condition, draw(tensors()), draw(tensors() | st.just(0)))


@st.composite
def reduced(draw: Any) -> Call:
    tensor = draw(tensors())
    names = ("sum", "mean", "max", "var", "std", "prod", "any", "logsumexp", "median")
    axis, keepdims = draw(axes(len(tensor.shape))), draw(st.booleans())
    return op(draw(st.sampled_from(names)), tensor, axis=axis, keepdims=keepdims)


@st.composite
def indexed(draw: Any) -> Call:
    key = draw(st.lists(PARTS, max_size=4).map(tuple) | st.integers(-4, 4))
    return op("get_item", draw(tensors()), key)


@st.composite
def reshapes(draw: Any) -> Call:
    target = st.lists(st.sampled_from((-1, 1, 2, 3, 4, 6, 12, None)), max_size=3)
    return op("reshape", draw(tensors()), draw(target.map(tuple)))


@st.composite
def moves(draw: Any) -> Call:
    tensor = draw(tensors(0, 4))
    axis = draw(axes(len(tensor.shape)))
    name = draw(
        st.sampled_from(("transpose", "expand_dims", "squeeze", "flip", "softmax"))
    )
    return op(name, tensor, axis)


@st.composite
def matrix_products(draw: Any) -> Call:
    name = draw(st.sampled_from(("matmul", "matmul", "inner", "outer", "kron")))
    return op(name, draw(tensors()), draw(tensors()))


@st.composite
def joins(draw: Any) -> Call:
    first = draw(shapes(1, 3))
    near = st.tuples(*(st.sampled_from((size, size, size, 2, None)) for size in first))
    others = draw(st.lists(near, min_size=1, max_size=2))
    parts = [T(*shape, dtype=draw(DTYPES)) for shape in (first, *others)]
    name = draw(st.sampled_from(("concatenate", "stack")))
    return op(name, parts, axis=draw(st.integers(-3, 3)))


@st.composite
def splits(draw: Any) -> Call:
    parts = draw(st.integers(1, 4) | st.lists(st.integers(0, 4), max_size=3))
    return op("split", draw(tensors(0, 3)), parts, axis=draw(st.integers(-3, 3)))


@st.composite
def growths(draw: Any) -> Call:
    tensor, rank = draw(tensors(0, 3)), st.integers(-3, 3)
    times = st.integers(0, 3) | st.lists(st.integers(0, 3), min_size=1, max_size=3)
    if draw(st.booleans()):
        return op("tile", tensor, draw(times))
    # Keras does not compare what it repeats with an axis that is not there.
    return op("repeat", tensor, draw(times), draw(st.none() | rank))


@st.composite
def takes(draw: Any) -> Call:
    tensor, axis = draw(tensors(0, 3)), draw(st.none() | st.integers(-3, 3))
    if draw(st.booleans()):
        indices = T(*draw(shapes(0, 3)), dtype="int32")
        return op("take_along_axis", tensor, indices, axis)
    indices = draw(st.sampled_from((0, [0, 1], [[0], [1]], T(None, 2, dtype="int32"))))
    return op("take", tensor, indices, axis)


@st.composite
def convolutions(draw: Any) -> Call:
    rank = draw(st.integers(1, 3))
    size = st.sampled_from((None, 3, 5, 8))
    image = T(None, *draw(st.tuples(*(size,) * (rank + 1))))
    window = draw(st.tuples(*(st.integers(1, 4),) * rank))
    one = draw(st.sampled_from((1, 1, 2, (2,) * rank)))
    options = {
        "strides": one,
        "padding": draw(st.sampled_from(("valid", "same"))),
        "data_format": draw(st.sampled_from((None, "channels_last", "channels_first"))),
    }
    if draw(st.booleans()):
        return op("max_pool", image, window, **options)
    kernel = T(*window, draw(st.sampled_from((3, 5, 8))), 2)
    name = draw(st.sampled_from(("conv", "depthwise_conv")))
    return op(name, image, kernel, **options)


@st.composite
def sums(draw: Any) -> Call:
    letters = {"a": 2, "b": 3, "c": None, "d": 1}
    dots, given = draw(st.booleans()), []
    for term in draw(
        st.lists(st.permutations("abcd").map(lambda p: p[:2]), min_size=1, max_size=3)
    ):
        lead = draw(st.sampled_from(((), (1,), (5,), (4, 5)))) if dots else ()
        given.append((term, T(*lead, *(letters[letter] for letter in term))))
    text = ",".join(("..." if dots else "") + "".join(term) for term, _ in given)
    used = sorted({letter for term, _ in given for letter in term})
    if draw(st.booleans()):
        kept = draw(st.lists(st.sampled_from(used), unique=True))
        text += "->" + ("..." if dots else "") + "".join(kept)
    return op("einsum", text, *(tensor for _, tensor in given))


FAMILIES = {
    "broadcast": broadcasts(),
    "choice": choices(),
    "convolution": convolutions(),
    "growth": growths(),
    "index": indexed(),
    "join": joins(),
    "move": moves(),
    "product": matrix_products(),
    "reduction": reduced(),
    "reshape": reshapes(),
    "split": splits(),
    "sum": sums(),
    "take": takes(),
}


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


@pytest.mark.parametrize("family", FAMILIES)
def test_outcome_is_that_of_keras(keras: Any, family: str) -> None:
    @PROFILE
    @given(FAMILIES[family])
    def check(call: Call) -> None:
        assert kgen_outcome(keras, call) == keras_outcome(keras, call)

    check()


TABLES = (
    algebra,
    elementwise,
    indexing,
    joining,
    networks,
    rearranging,
    reductions,
)
CALLS = [call for table in TABLES for call in table.ACCEPTED] + indexing.CONSTANTS
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 5)
    | st.floats()
    | st.sampled_from(("", "int", "same", "channels_first", "ab,bc->ac", "a (b c)->a")),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
).map(from_value)
ANYTHING = st.recursive(
    st.builds(TensorSpec, shapes(), DTYPES) | JUNK | PARTS.map(as_given),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(tuple),
    max_leaves=3,
)


@settings(PROFILE, max_examples=4 * EXAMPLES)
@given(st.data())
def test_nonsense_is_refused_with_a_message(data: st.DataObject) -> None:
    call = data.draw(st.sampled_from(CALLS))
    args = list(map(as_given, call.args))
    kwargs = {key: as_given(item) for key, item in call.kwargs.items()}
    place = data.draw(st.sampled_from((*range(len(args)), *kwargs)))
    if isinstance(place, int):
        args[place] = data.draw(ANYTHING)
    else:
        kwargs[place] = data.draw(ANYTHING)
    try:
        op_result_count(call.name, tuple(args), kwargs)
        apply_op(call.name, tuple(args), kwargs)
    except ShapeError as error:
        assert "Received: " in str(error)
