"""Rules of the pooling layers."""

from __future__ import annotations

from keras_kgen.catalogue.rules.convolutional import join, slide, split
from keras_kgen.catalogue.rules.rule import DATA_FORMATS, LayerCall, Rule, Shapes


def _pooling(rank: int) -> Rule:
    """Follows `BasePooling`; the strides are the pool's size where none are given."""

    def shapes(call: LayerCall) -> Shapes:
        spatial, channels = split(call, rank)
        size = call.integers("pool_size", rank)
        given = call.config.get("strides")
        strides = size if given is None else call.integers("strides", rank)
        padding = call.choice("padding", ("valid", "same"))
        return join(call, slide(call, spatial, size, strides, padding), channels)

    return Rule(shapes)


def _global_pooling(rank: int) -> Rule:
    """Follows `BaseGlobalPooling`."""

    def shapes(call: LayerCall) -> Shapes:
        _, channels = split(call, rank)
        return join(call, (1,) * rank if call.flag("keepdims") else (), channels)

    return Rule(shapes)


def _adaptive_pooling(rank: int) -> Rule:
    """Follows `BaseAdaptivePooling`, which takes `data_format` as it is written only."""

    def shapes(call: LayerCall) -> Shapes:
        if call.config.get("data_format"):
            call.choice("data_format", DATA_FORMATS)
        _, channels = split(call, rank)
        return join(call, call.integers("output_size", rank), channels)

    return Rule(shapes)


RULES = {
    f"{prefix}{kind}Pooling{rank}D": rule(rank)
    for kind in ("Average", "Max")
    for prefix, rule in (
        ("", _pooling),
        ("Adaptive", _adaptive_pooling),
        ("Global", _global_pooling),
    )
    for rank in (1, 2, 3)
}
