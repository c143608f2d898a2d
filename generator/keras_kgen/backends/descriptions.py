"""Docstrings of blocks, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from keras_kgen.catalogue import registry
from keras_kgen.ir.expressions import Name, names_in
from keras_kgen.ir.graph import LayerGraph
from keras_kgen.ir.program import (
    ARITHMETIC,
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Line,
    Loop,
    Statement,
    call_of,
    calls,
    constants,
    loops,
    reads,
)
from keras_kgen.pysource.names import plural, words

_MEANINGS = {
    "units": "Number of units.",
    "filters": "Number of filters.",
    "kernel_size": "Size of the convolution window.",
    "strides": "Strides of the convolution.",
    "pool_size": "Size of the pooling window.",
    "rate": "Fraction of the values that are dropped.",
    "activation": "The activation function.",
    "num_heads": "Number of attention heads.",
    "key_dim": "Size of each attention head.",
    "dilation_rate": "Dilation of the convolution.",
    "output_dim": "Size of the vectors.",
    "input_dim": "Number of different tokens.",
    "dropout": "Fraction of the inputs that are dropped.",
    "groups": "Number of groups.",
    "use_bias": "Whether there is a bias.",
    "in_filters": "Number of filters of what goes in.",
    "in_units": "Number of units of what goes in.",
    "expand_ratio": "How many times as many filters there are inside.",
}
MAX_LISTED = 4
_ACRONYMS = {
    "bn": "BN",
    "cnn": "CNN",
    "gru": "GRU",
    "lstm": "LSTM",
    "mlp": "MLP",
    "resnet": "ResNet",
    "rnn": "RNN",
    "unet": "U-Net",
    "vgg": "VGG",
}
MAX_COUNTED = 2
_DETAILS = ("get_item", "negative", "expand_dims", "squeeze", "cast", *ARITHMETIC)
# What a number in an operator is called.
_OPERANDS = {
    "add": "Added to the values.",
    "subtract": "Subtracted from the values.",
    "multiply": "A factor.",
    "true_divide": "A divisor.",
    "divide": "A divisor.",
    "power": "An exponent.",
}
_JOINS = ("Add", "Concatenate", "Multiply", "Average", "Subtract", "Maximum", "Minimum")
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


def describe_block(block: Block, sections: bool = False) -> str:
    """Returns the docstring of a block.

    Args:
        block: The block.
        sections: Add an `Args:` section.
    """
    text = f"{_title(block)}: {_contents(block)}."
    if not sections or not block.parameters:
        return text
    lines = [f"    {p.name}: {_meaning(block, p.name)}" for p in block.parameters]
    return "\n".join([text, "", "Args:", *lines])


def describe_layers(graph: LayerGraph) -> str:
    """Returns a sentence on a model that has no description."""
    counts = Counter(_class_names(graph))
    names = list(counts)[:MAX_LISTED]
    rest = " and other" if len(counts) > MAX_LISTED else ""
    listed = ", ".join(names) if rest else _join(names)
    return f"A model of {listed}{rest} layers."


def _class_names(graph: LayerGraph) -> Iterator[str]:
    for layer in graph.layers:
        if layer.graph is not None:
            yield from _class_names(layer.graph)
        elif layer.kind != "op":
            yield layer.class_name


def _title(block: Block) -> str:
    first, *others = (_ACRONYMS.get(word, word) for word in words(block.name))
    return " ".join([first[0].upper() + first[1:], *others])


def _contents(block: Block) -> str:
    lines = list(_lines(block.body))
    told = [line for line in lines if not _is_detail(line)]
    counts = Counter(map(_label, told or lines))
    joins = [name for name in counts if name in _JOINS]
    main = [name for name in counts if name not in joins]
    if len(counts) <= MAX_COUNTED:
        main = [_counted(name, counts[name]) for name in main]
    text = _join(main[:MAX_LISTED])
    if not main:
        return _join(joins)
    return f"{text}, joined by {_join(joins)}" if joins else text


def _lines(body: Body) -> Iterator[Line]:
    """Yields the lines of a body, those inside loops and branches too."""
    for statement in body.statements:
        if isinstance(statement, For | If):
            yield from _lines(statement.body)
        if isinstance(statement, If):
            yield from _lines(statement.otherwise)
        if isinstance(statement, Call | Loop):
            yield statement


def _is_detail(statement: Statement) -> bool:
    """Whether a line is arithmetic on one tensor, or an index: no part of the big picture."""
    if not isinstance(statement, Call) or statement.kind is not Callee.OP:
        return False
    return statement.callee in _DETAILS and len(reads(statement)) == 1


def _counted(name: str, count: int) -> str:
    if count == 1:
        return name
    number = _NUMBERS.get(count, str(count))
    return (
        f"{number} {name} layers" if name[0].isupper() else f"{number} {plural(name)}"
    )


def _label(statement: Statement) -> str:
    call = call_of(statement)
    if call.kind is Callee.OP:
        entry = registry.lookup("ops", call.callee)
        is_join = entry is not None and entry.operation in _JOINS
        return entry.operation if entry and is_join else f"ops.{call.callee}"
    if call.kind is Callee.LAYER:
        return call.callee
    return " ".join(words(call.callee))


def _join(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _meaning(block: Block, parameter: str) -> str:
    for call in calls(block.body):
        for argument in call.arguments:
            if argument.value == Name(parameter):
                name = argument.name or ""
                known = _MEANINGS.get(name)
                if known is None and call.kind is not Callee.BLOCK:
                    known = registry.meaning(call.callee, name)
                return known or f"The `{name}` of {_of(call)}."
    if parameter in _MEANINGS:
        return _MEANINGS[parameter]
    for call in calls(block.body):
        for argument in call.arguments:
            if parameter in names_in(argument.value):
                return f"Decides the `{argument.name}` of {_of(call)}."
        if any(parameter in names_in(item) for item in constants(call)):
            return _OPERANDS.get(call.callee) or f"A number in `ops.{call.callee}`."
    if any(
        Name(parameter) == getattr(loop, "stop", None) for loop in loops(block.body)
    ):
        return "How often the layers are repeated."
    tests = [item.test for item in _branches(block.body)]
    if Name(parameter) in tests:
        return _optional(block.body, parameter)
    if any(parameter in names_in(test) for test in tests):
        return "Decides which layers there are."
    return "Not used."


def _branches(body: Body) -> Iterator[If]:
    """Yields the branches of a body, those inside others too."""
    for statement in body.statements:
        if isinstance(statement, For | If):
            yield from _branches(statement.body)
        if isinstance(statement, If):
            yield from _branches(statement.otherwise)
            yield statement


def _optional(body: Body, flag: str) -> str:
    """Returns what a flag means: `Whether to add Conv2D and BatchNormalization.`"""
    taken = [item for item in _branches(body) if item.test == Name(flag)]
    added = [line for item in taken for line in _lines(item.body)]
    others = [line for item in taken for line in _lines(item.otherwise)]
    listed = _join(list(dict.fromkeys(map(_label, added or others)))[:MAX_LISTED])
    if not listed:
        return "Decides which tensors go on."
    return f"Whether to {'add' if added else 'leave out'} {listed}."


def _of(call: Call) -> str:
    return call.callee if call.kind is Callee.LAYER else f"the {_label(call)}"
