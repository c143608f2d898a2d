"""Names for blocks, their parameters and inputs, from what is in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import permutations

from keras_kgen.ir.expressions import Expression, Literal, Name, names_in
from keras_kgen.ir.program import (
    Call,
    Callee,
    If,
    Parameter,
    Statement,
    Value,
    reads,
)
from keras_kgen.passes.recover.align import Column
from keras_kgen.passes.recover.labels import SEPARATORS, Label, words_of
from keras_kgen.passes.recover.parameters import Unknown, Vector, most_common
from keras_kgen.passes.recover.windows import common_start

# Inputs of which nothing says more.
TRUNK_INPUT, OTHER_INPUT = "inputs", "others"
_JOINS = frozenset({"Add", "Average", "Maximum", "Multiply", "add", "multiply"})
_NORMS = ("Normalization",)
_ACTIVATIONS = frozenset({"Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"})
# Arguments in the order in which people write them; others follow, `name` is last.
_ORDER = (
    "filters",
    "units",
    "num_heads",
    "key_dim",
    "output_dim",
    "kernel_size",
    "pool_size",
    "strides",
    "dilation_rate",
    "padding",
    "activation",
    "rate",
)
# Parameters that have a value which most readers expect.
_DEFAULTS: dict[str, Expression] = {
    "strides": Literal(1),
    "dilation_rate": Literal(1),
    "padding": Literal("valid"),
}
# How the names of classes begin, and what people call such layers; "" is not worth naming.
_KIND_OF = {
    "SeparableConv": "separable_conv",
    "DepthwiseConv": "depthwise_conv",
    "Conv": "conv",
    "ZeroPadding": "",
    "Dropout": "",
    "SpatialDropout": "",
    "Reshape": "",
}
# Names that say less than a word that the author has for all instances.
_GENERAL = frozenset({"residual_block", "merge_block", "inception_block"})
_GENERAL_WORDS = frozenset(
    [
        "stage",
        "unit",
        "module",
        "cell",
        "branch",
        "path",
        "stack",
        "group",
        "down",
        "up",
        "head",
        "left",
        "right",
    ]
)
# A value that so many instances have is a default.
_USUAL = 0.7
# Words that are good names for a flag as they are.
_VERBS = frozenset(
    ["downsample", "expand", "normalize", "pool", "project", "reduce", "upsample"]
)
# Of so many names at least, so many must begin with a word for a block to be called by it.
_LEAST_LABELS = 5
_MOST = 0.6
# Words that say nothing on the role of a layer.
_KINDS = frozenset(
    [
        "conv",
        "convolution",
        "bn",
        "norm",
        "batch",
        "dense",
        "relu",
        "activation",
        "act",
        "ac",
        "layer",
        "block",
        "dw",
        "depthwise",
        "kernel",
        "pool",
    ]
)


def contents(columns: Iterable[Column]) -> list[str]:
    """Returns the classes, ops and blocks that a block calls, in order."""
    return [column.first.call.callee for column in columns]


class Namer:
    """Gives names that nothing else in the program has.

    Args:
        taken: The names of blocks and values that are there.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        # What blocks would be called if no other had the name.
        self.wanted: dict[str, str] = {}

    def free(self, wanted: str) -> str:
        """Returns a name, with a number where it is taken."""
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        return name

    def block(self, columns: Sequence[Column], names: Sequence[Label] = ()) -> str:
        """Returns the name of a block; `take` it once the block is kept."""
        wanted = block_name(columns, names)
        name = self.free(wanted)
        self.wanted[name] = wanted
        return name

    def take(self, name: str) -> None:
        """Marks a name as taken."""
        self.taken.add(name)

    # -- parameters

    def parameters(
        self, unknowns: Sequence[Unknown], columns: Sequence[Column]
    ) -> dict[str, Expression]:
        """Returns the final name of each parameter, by its key."""
        bases = {u.key: _base(u, columns) for u in unknowns}
        counts = Counter(bases.values())
        wanted = {
            u.key: (
                bases[u.key] if counts[bases[u.key]] == 1 else _role(u, bases, columns)
            )
            for u in unknowns
        }
        _tell_widths_apart(unknowns, wanted)
        numbers: Counter[str] = Counter()
        again = Counter(wanted.values())
        names: dict[str, Expression] = {}
        used: set[str] = set()
        for unknown in unknowns:
            name = wanted[unknown.key]
            if again[name] > 1:
                numbers[name] += 1
                name = (
                    f"{name}{numbers[name]}"
                    if name[-1:].isalpha()
                    else f"{name}_{numbers[name]}"
                )
            while name in used:
                name += "_"
            used.add(name)
            names[unknown.key] = Name(name)
        return names

    def signature(
        self, unknowns: Sequence[Unknown], names: dict[str, Expression]
    ) -> tuple[Parameter, ...]:
        """Returns the parameters in the order in which they are written."""
        found = []
        for place, unknown in enumerate(unknowns):
            name = names[unknown.key]
            assert isinstance(name, Name)
            default = _default(unknown)
            found.append(
                (_rank(unknown, default), place, Parameter(name.name, default))
            )
        return tuple(
            parameter for _, _, parameter in sorted(found, key=lambda x: x[:2])
        )

    def inputs(self, count: int, statements: Sequence[Statement]) -> tuple[Value, ...]:
        """Returns the inputs of a block with their names."""
        if count == 1:
            return (Value(0, "input"),)
        names: list[str] = []
        for index in range(count):
            wanted = _input_name(Value(index), statements, index)
            name, number = wanted, 2
            while name in names:
                name, number = f"{wanted}_{number}", number + 1
            names.append(name)
        return tuple(Value(index, name) for index, name in enumerate(names))


def _tell_widths_apart(unknowns: Sequence[Unknown], wanted: dict[str, str]) -> None:
    """Renames the narrower one of two widths of which no name says which is which."""
    for base in ("filters", "units"):
        same = [u for u in unknowns if wanted[u.key] == base]
        if len(same) == 2:
            for narrow, wide in permutations(same):
                if _is_narrower(narrow.values, wide.values):
                    wanted[narrow.key] = f"bottleneck_{base}"


def _is_narrower(narrow: Vector, wide: Vector) -> bool:
    return all(
        isinstance(one, Literal)
        and isinstance(other, Literal)
        and isinstance(one.value, int)
        and isinstance(other.value, int)
        and one.value < other.value
        for one, other in zip(narrow, wide, strict=True)
    )


def _input_name(value: Value, statements: Sequence[Statement], index: int) -> str:
    readers = [call for call in _calls(statements) if value in reads(call)]
    kinds = {call.callee for call in readers}
    if kinds and kinds <= _JOINS:
        return "shortcut"
    if kinds == {"Concatenate"}:
        return "skip"
    return TRUNK_INPUT if index == 0 else OTHER_INPUT


def _calls(statements: Sequence[Statement]) -> Iterable[Call]:
    for statement in statements:
        if isinstance(statement, Call):
            yield statement
        elif isinstance(statement, If):
            yield from _calls(statement.body.statements)
            yield from _calls(statement.otherwise.statements)


def _base(unknown: Unknown, columns: Sequence[Column]) -> str:
    if unknown.is_name:
        return "name"
    if unknown.is_flag:
        return _flag(unknown, columns)
    argument = unknown.uses[0].argument
    if argument == "name":
        return "layer_name"
    if argument == "ratio":
        return _role(unknown, {unknown.key: argument}, columns)
    if argument in ("target_shape", "size", "output_dim"):
        return next(
            (u.argument for u in unknown.uses if u.argument in ("filters", "units")),
            argument,
        )
    return re.sub(r"\W", "_", argument) or "value"


def _flag(unknown: Unknown, columns: Sequence[Column]) -> str:
    """Returns a name for whether some lines are there: `residual`, `conv_shortcut`."""
    present = {i for i, value in enumerate(unknown.values) if value == Literal(True)}
    own = [c for c in columns if c.present == present] or list(columns)
    classes = contents(own)
    if all("Pooling" in name for name in classes):
        return "pool"
    words = Counter(
        word
        for column in own
        for word in dict.fromkeys(words_of(column.first.label))
        if len(word) > 1 and word not in _KINDS
    )
    common = _shared_words(columns)
    if _joins(own) - {"Multiply", "multiply"}:
        return "residual"
    for word, count in words.most_common():
        if count > len(own) / 2 and word not in common:
            return word if word in _VERBS else f"has_{word}"
    activation = (
        _constant(own[0], "activation") if set(classes) == {"Activation"} else ""
    )
    if activation:
        return f"use_{activation}"
    if len(set(classes)) == 1 and classes[0] in _ACTIVATIONS:
        return f"use_{classes[0].lower()}"
    if any(name.startswith(("Conv", "Dense")) for name in classes):
        return "projection" if len(own) <= 3 else "extended"
    return f"has_{_short(classes[0])}"


def _constant(column: Column, argument: str) -> str:
    """Returns a text that a line has in all instances as an argument."""
    values = {
        a.value
        for cell in column.cells
        if cell is not None
        for a in cell.call.arguments
        if a.name == argument
    }
    value = values.pop() if len(values) == 1 else None
    text = value.value if isinstance(value, Literal) else None
    return text if isinstance(text, str) and text.isidentifier() else ""


def _role(unknown: Unknown, bases: dict[str, str], columns: Sequence[Column]) -> str:
    """Returns a name that tells parameters of one sort apart: `expand_filters`."""
    base = bases[unknown.key]
    if unknown.is_flag or unknown.is_name or not unknown.uses:
        return base
    column = columns[unknown.uses[0].column]
    words = [w for w in words_of(column.first.label) if w not in _KINDS]
    common = _shared_words(columns)
    own = [w for w in words if w not in common and len(w) > 1]
    return f"{own[-1]}_{base}" if own else base


def _shared_words(columns: Sequence[Column]) -> set[str]:
    """Returns the words that the names of all layers of a block have."""
    found = [set(words_of(c.first.label)) for c in columns if c.first.label]
    return set.intersection(*found) if found else set()


def _default(unknown: Unknown) -> Expression | None:
    if unknown.is_name:
        return None
    if any(value is None for value in unknown.values):
        return Literal(None)
    value, count = most_common(unknown.values)
    if unknown.is_flag or (
        isinstance(value, Literal) and isinstance(value.value, bool)
    ):
        return value
    if unknown.kind in ("size", "name") or names_in(value):
        return None
    is_usual = _DEFAULTS.get(unknown.kind) == value and count > 1
    return value if is_usual or count >= _USUAL * len(unknown.values) else None


def _rank(unknown: Unknown, default: Expression | None) -> tuple[int, int]:
    argument = unknown.uses[0].argument if unknown.uses else ""
    place = _ORDER.index(argument) if argument in _ORDER else len(_ORDER)
    if unknown.is_name:
        place = len(_ORDER) + 2
    if unknown.is_flag:
        place = len(_ORDER) + 1
    return (0 if default is None else 1, place)


def _short(class_name: str) -> str:
    plain = re.sub(r"[123]D$", "", class_name)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()


def block_name(columns: Sequence[Column], names: Sequence[Label] = ()) -> str:
    """Returns what people call such a block.

    Args:
        columns: Its lines.
        names: What the instances are called in the model, where a person named them.
    """
    known = _known_name(columns)
    if sum(bool(column.first.label) for column in columns) == 1:
        names = ()  # they are what that one layer is called
    word = _common_word(names) or (_leading_word(columns, names) if known else "")
    if known is None or known in _GENERAL:
        if word.startswith("block"):
            return word
        return f"{word}_block" if word else known or _chain(columns)
    return known


def _common_word(names: Sequence[Label]) -> str:
    """Returns the one word in the names of all instances, `mixer` of `mixer_1`."""
    start = [
        t for t in common_start(names) if isinstance(t, str) and t not in SEPARATORS
    ]
    if len(start) == 2 and start[0] == "block" and start[1].isdecimal():
        return "".join(start)
    words = {tuple(words_of(name)) for name in names}
    if len(words) != 1:
        return ""
    own = [w for w in words.pop() if len(w) > 2 and w not in _KINDS | _GENERAL_WORDS]
    return own[0] if len(own) == 1 else ""


def _leading_word(columns: Sequence[Column], names: Sequence[Label]) -> str:
    """Returns the word with which most layers are called: `reduction`, `reduction_left1_7`.

    What the instances are called themselves is no such word.
    """
    labels = [c.first.label for c in columns if c.first.label]
    firsts = Counter(words[0] for words in map(words_of, labels) if words)
    word, count = firsts.most_common(1)[0] if firsts else ("", 0)
    is_rule = len(labels) >= _LEAST_LABELS and count > _MOST * len(labels)
    own = {own for name in names for own in words_of(name)}
    says_something = len(word) > 3 and word not in own | _KINDS | _GENERAL_WORDS
    return word if is_rule and says_something else ""


def _known_name(columns: Sequence[Column]) -> str | None:
    """Returns the name of a block that the literature has a name for."""
    classes = contents(columns)
    found = Counter(classes)
    convs = [c for c in classes if "Conv" in c or "conv" in c]
    if any("Attention" in c for c in classes):
        is_whole = "Dense" in found or "EinsumDense" in found
        return "transformer_block" if is_whole else "attention_block"
    if "LayerScale" in found:
        return "convnext_block"
    if "DepthwiseConv2D" in found and len(convs) >= 2:
        return "inverted_residual" if len(convs) >= 3 else "separable_conv"
    if "Concatenate" in found:
        return _concatenating(columns, convs)
    if _joins(columns) - {"Multiply", "multiply"}:
        return "residual_block"
    if found.keys() & {"Multiply", "multiply"}:
        is_squeezed = any("GlobalAverage" in c for c in classes)
        return "squeeze_excite" if is_squeezed else "gated_conv" if convs else None
    if any(c.startswith("Conv") and c.endswith("Transpose") for c in classes):
        return "upsample_block"
    if len(convs) == 1 and _ends_in_average(columns):
        return "transition_block"
    lines = [column.first for column in columns]
    is_joint = any(len(line.reads) > 1 for line in lines)
    if is_joint and all(line.call.kind is Callee.BLOCK for line in lines):
        return "cell"
    return None


def _ends_in_average(columns: Sequence[Column]) -> bool:
    """Whether each instance ends in a pooling that makes images smaller, as DenseNet's."""
    last = columns[-1]
    is_pooling = last.first.callee.startswith("AveragePooling")
    return is_pooling and len(last.present) == len(last.cells)


def _joins(columns: Sequence[Column]) -> set[str]:
    """Returns what joins tensors: `x + 3` does not."""
    lines = (column.first for column in columns)
    return {line.callee for line in lines if len(line.reads) > 1} & _JOINS


def _concatenating(columns: Sequence[Column], convs: list[str]) -> str:
    if not convs:
        return "merge_block"
    if any("UpSampling" in c or "Transpose" in c for c in contents(columns)):
        return "decoder_block"
    last = columns[-1].first
    is_growing = last.call.callee == "Concatenate" and len(last.reads) == 2
    return "dense_block" if is_growing and len(convs) <= 2 else "inception_block"


def _chain(columns: Sequence[Column]) -> str:
    """Returns a name made of the kinds of layers: `conv_bn_relu`, `double_conv`."""
    parts: list[str] = []
    kinds = [_kind(column) for column in columns]
    for kind in kinds:
        if kind and kind not in parts:
            parts.append(kind)
    convs = [kind for kind in kinds if kind in ("conv", "dense")]
    if len(convs) == 2 and len(parts) <= 3:
        return f"double_{convs[0]}"
    if len(parts) > 3 or any("_" in part for part in parts[1:]):
        return (
            "conv_block"
            if any("conv" in part for part in parts)
            else f"{parts[0]}_block"
        )
    return (
        "_".join(parts) if len(parts) > 1 else f"{parts[0]}_block" if parts else "block"
    )


def _kind(column: Column) -> str:
    name = column.first.call.callee
    for start, kind in _KIND_OF.items():
        if name.startswith(start):
            return kind
    if name == "BatchNormalization":
        return "bn"
    if name.endswith(_NORMS):
        return "norm"
    if name == "Activation":
        text = _constant(column, "activation")
        return text if text.isalpha() else "act"
    if name in _ACTIVATIONS:
        return "relu" if name == "ReLU" else "act"
    return "pool" if "Pooling" in name else _short(name)
