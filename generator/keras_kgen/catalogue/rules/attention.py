"""Rules of the attention layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Rule,
    Shapes,
    WeightSpec,
    describe,
    is_integer,
    is_integers,
    kernel_and_bias,
)
from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.tensors import Shape

_SCORES = "return_attention_scores"


def _result_count(config: Mapping[str, Any], keywords: Mapping[str, Any]) -> int:
    return 2 if keywords.get(_SCORES) == Literal(True) else 1


def _with_scores(call: LayerCall, output: Shape, scores: Shape) -> Shapes:
    return (
        (output, scores)
        if _result_count(call.config, call.arguments) == 2
        else (output,)
    )


def _query_value_key(call: LayerCall) -> tuple[Shape, Shape, Shape]:
    if call.arguments.get("value") is None:
        raise call.error(
            "a query and a value",
            "one tensor",
            f"self-attention takes it twice: {call.class_name}(..)(x, x)",
        )
    query, value = call.shape("query"), call.shape("value")
    key = value if call.optional_tensor("key") is None else call.shape("key")
    if value[1:-1] != key[1:-1]:
        raise call.error(
            "a value and a key that differ in the last axis only",
            f"shapes {value} and {key}",
        )
    return query, value, key


def _projected_shape(call: LayerCall, query: Shape) -> tuple[int, ...]:
    """Returns what `output_shape` makes of the last axis of the query."""
    given = call.config.get("output_shape")
    if not given:
        return (call.defined(query, -1),)
    sizes = (given,) if is_integer(given) else given
    if is_integers(sizes) and min(sizes) > 0:
        return tuple(sizes)
    raise call.error("sizes as 'output_shape'", f"output_shape={given!r}")


def _multi_head_shapes(call: LayerCall) -> Shapes:
    """Follows `MultiHeadAttention.compute_output_spec`, which takes the query's length for both
    axes of the scores."""
    query, _, _ = _query_value_key(call)
    _check_axes(call, query)
    length = query[1] if len(query) > 1 else None
    scores = (query[0], call.integer("num_heads"), length, length)
    return _with_scores(call, (*query[:-1], *_projected_shape(call, query)), scores)


def _check_axes(call: LayerCall, query: Shape) -> None:
    for axis in call.axes("attention_axes"):
        if not -len(query) <= axis < len(query):
            raise call.error(f"an input that has an axis {axis}", f"shape {query}")


def _multi_head_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `MultiHeadAttention.build`: query, key, gate, value and output projections."""
    query, value, key = _query_value_key(call)
    heads, key_size = call.integer("num_heads"), call.integer("key_dim")
    value_size = (
        key_size if not call.config.get("value_dim") else call.integer("value_dim")
    )
    projections = [(query, key_size), (key, key_size), (value, value_size)]
    if call.flag("use_gate"):
        projections.insert(2, (query, value_size))
    biased = call.flag("use_bias")
    weights: list[WeightSpec] = []
    for source, size in projections:
        bias = (heads, size) if biased else None
        weights.extend(kernel_and_bias((call.defined(source, -1), heads, size), bias))
    output = _projected_shape(call, query)
    weights.extend(
        kernel_and_bias((heads, value_size, *output), output if biased else None)
    )
    return tuple(weights)


def _grouped_shapes(call: LayerCall) -> Shapes:
    """Follows `GroupedQueryAttention.compute_output_spec`."""
    query, value, key = _query_value_key(call)
    _grouped_sizes(call)
    if {len(query), len(value), len(key)} != {3}:
        raise call.error(
            "inputs of rank 3 (batch, steps, features)",
            f"shapes {query}, {value}, {key}",
        )
    if query[-1] != value[-1]:
        raise call.error(
            "a query and a value of one size at the last axis",
            f"shapes {query} and {value}",
        )
    scores = (query[0], call.integer("num_query_heads"), query[1], key[1])
    return _with_scores(call, query, scores)


def _grouped_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `GroupedQueryAttention.build`: query, key, gate, value, output projections."""
    query, value, key = _query_value_key(call)
    heads, groups, size = _grouped_sizes(call)
    projections = [(query, heads), (key, groups), (value, groups)]
    if call.flag("use_gate"):
        projections.insert(2, (query, heads))
    biased, features = call.flag("use_bias"), call.defined(query, -1)
    weights: list[WeightSpec] = []
    for source, count in projections:
        bias = (count, size) if biased else None
        weights.extend(kernel_and_bias((call.defined(source, -1), count, size), bias))
    output = kernel_and_bias((heads, size, features), (features,) if biased else None)
    return (*weights, *output)


def _grouped_sizes(call: LayerCall) -> tuple[int, int, int]:
    """Returns the number of heads of the query, of key and value, and the size of a head."""
    heads, groups = call.integer("num_query_heads"), call.integer("num_key_value_heads")
    if heads % groups:
        raise call.error(
            f"a num_query_heads that num_key_value_heads={groups} divides",
            f"num_query_heads={heads}",
        )
    if call.config.get("sliding_window") is not None:
        call.integer("sliding_window")
    return heads, groups, call.integer("head_dim")


def _query_and_rest(call: LayerCall) -> tuple[Shape, Shape, Shape]:
    given = next(iter(call.arguments.values()), None)
    if not isinstance(given, tuple) or not 2 <= len(given) <= 3:
        raise call.error(
            "a list of query and value, or query, value and key",
            describe(given),
            f"self-attention takes one tensor twice: {call.class_name}(..)([x, x])",
        )
    shapes = call.shapes()
    if min(map(len, shapes)) < 3:
        listed = ", ".join(map(str, shapes))
        raise call.error(
            "inputs of rank 3 (batch, steps, features)", f"shapes {listed}"
        )
    return shapes[0], shapes[1], shapes[-1]


def _attention_shapes(call: LayerCall) -> Shapes:
    """Follows `Attention.compute_output_spec`."""
    query, value, key = _query_and_rest(call)
    return _with_scores(call, (*query[:-1], value[-1]), (*query[:-1], key[-2]))


def _attention_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    scale = (WeightSpec("scale", ()),) if call.flag("use_scale") else ()
    if call.config.get("score_mode") == "concat":
        return (*scale, WeightSpec("concat_score_weight", ()))
    return scale


def _additive_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    if not call.flag("use_scale"):
        return ()
    return (WeightSpec("scale", (call.defined(_query_and_rest(call)[0], -1),)),)


RULES = {
    "AdditiveAttention": Rule(_attention_shapes, _additive_weights, _result_count),
    "Attention": Rule(_attention_shapes, _attention_weights, _result_count),
    "GroupQueryAttention": Rule(
        _grouped_shapes,
        _grouped_weights,
        _result_count,
        is_composite=True,
        check=_grouped_sizes,
    ),
    "MultiHeadAttention": Rule(
        _multi_head_shapes, _multi_head_weights, _result_count, is_composite=True
    ),
}
