"""Random specs that are valid: what the tests feed to kgen to see whether its styles agree.

A spec is built line by line. The shape of every tensor is followed along the way, with the
parameters of blocks as symbols, so that each line fits and each result is read in the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeVar

import yaml
from hypothesis import strategies as st

_T = TypeVar("_T")

# Names that mean something to Python, to Keras or to what kgen writes.
TENSOR_NAMES = (
    *("x", "x", "x", "h", "skip", "left", "layers", "inputs", "model", "shape", "self"),
    *("training", "keras", "build", "call", "list", "input_shape", "output", "outputs"),
    *(
        "layer",
        "name",
        "range",
        "kwargs",
        "super",
        "dense",
        "x2",
        "np",
        "train",
        "main",
    ),
)
INPUT_NAMES = (
    *("image", "left", "right", "x", "inputs", "layers", "model", "words", "self"),
    *("training", "keras", "build", "call", "list", "input_shape", "output", "data"),
)
BLOCK_NAMES = (
    *(
        "residual",
        "conv_block",
        "down_block",
        "fuse",
        "stem",
        "layers",
        "model",
        "build",
    ),
    *("call", "layer", "dense", "keras", "main", "train", "evaluate", "list", "shape"),
)
SHARED_NAMES = ("encoder", "head", "score", "layer", "dense", "norm", "build", "layers")
PARAMETER_NAMES = (
    *(
        "filters",
        "units",
        "name",
        "dtype",
        "layer",
        "training",
        "input_shape",
        "layers",
    ),
    *(
        "inputs",
        "x",
        "shape",
        "model",
        "keras",
        "kwargs",
        "trainable",
        "weights",
        "rate",
    ),
)
LAYER_NAMES = ("first", "stem_conv", "logits", "features", "x", "layers", "model")


class Feature(Enum):
    """A part of the spec language that a random spec may use."""

    NAMED_PARAMETERS = "parameters called `name`, `dtype`, `inputs` and such"
    BLOCK_PARAMETERS = "parameters with the name of a block"
    MASKS = "Embedding(mask_zero=True)"
    LAYER_NAMES = "name= for layers"
    UNKNOWN_SIZES = "null in the shape of an input"
    RETURNED_ABOVE = "`return _, x`: a returned tensor without a name"
    SHARED = "shared layers"
    SHARED_BLOCKS = "shared blocks"
    SEVERAL_RESULTS = "blocks that return several tensors"
    INNER_LOOPS = "lines that repeat in a block"
    COLLIDING_NAMES = "names that mean something to Python, Keras or kgen"
    STATES = "return_state=True"
    ATTENTION = "MultiHeadAttention"
    BIDIRECTIONAL = "Bidirectional"
    LONG_FORM = "lines as mappings"
    CALLED_INPUTS = "tensors called `inputs` and `self`"
    HIDDEN_INPUTS = "a line that takes the name of an input, or may be called like it"
    ONE_KEY = "outputs: with the name of one output"
    BLOCK_INPUTS = "inputs of blocks called `self` and `training`"
    INPUTS_BY_NAME = "tensors that go into a block by name"
    SEVERAL_OUTPUTS = "models with several outputs"
    OPS = "ops, operators and indices"
    BLOCK_SHARED = "layers that are shared within a block"
    LISTS = "inputs or outputs in a list"
    MASKED_MODELS = "tensors with a mask that go into a shared block"


class Kind(Enum):
    """What the axes of a tensor are."""

    IMAGE = "image"
    SEQUENCE = "sequence"
    VECTOR = "vector"
    TOKENS = "tokens"


@dataclass(frozen=True)
class Shape:
    """The shape of a tensor, with parameters and inputs of a block as symbols.

    Attributes:
        sizes: The sizes before the channels, or how they come about: `("@0", "2")` is the
            first input, halved.
        channels: A number or an expression.
        is_masked: Whether a mask comes with the tensor.
    """

    kind: Kind
    sizes: tuple[str, ...]
    channels: str
    is_masked: bool = False

    def fits(self, other: Shape) -> bool:
        return replace(self, is_masked=False) == replace(other, is_masked=False)


@dataclass
class Tensor:
    """A tensor of the scope: its name, or None where only the next line can read it."""

    name: str | None
    shape: Shape
    is_used: bool = False


@dataclass(frozen=True)
class Parameter:
    """A parameter of a block and what it is for."""

    name: str
    role: str
    default: str | None


@dataclass(frozen=True)
class RandomBlock:
    """A block that was made up, and what it takes and gives."""

    name: str
    parameters: tuple[Parameter, ...]
    input_names: tuple[str, ...]
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    lines: tuple[Any, ...]
    shared: Mapping[str, str] = field(default_factory=dict)

    @property
    def written(self) -> Any:
        """What stands under the header."""
        lines = list(self.lines)
        return {"shared": dict(self.shared), "layers": lines} if self.shared else lines

    @property
    def header(self) -> str:
        parameters = ", ".join(
            p.name if p.default is None else f"{p.name}={p.default}"
            for p in self.parameters
        )
        inputs = ", ".join(self.input_names)
        suffix = "" if inputs == "input" else f"({inputs})"
        return f"{self.name}({parameters}){suffix}"


@dataclass
class SharedLayer:
    """A shared layer: what it takes and gives, and how often it was called."""

    name: str
    constructor: str
    takes: Shape
    gives: Shape
    calls: int = 0
    is_block: bool = False


@dataclass(frozen=True)
class RandomSpec:
    """A spec as text, and what a test must know of it.

    Attributes:
        is_random: Whether a layer drops something or adds noise in training.
    """

    text: str
    is_random: bool


@dataclass
class Scope:
    """The lines of the model or of a block in the making."""

    parameters: tuple[Parameter, ...] = ()
    tensors: list[Tensor] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)
    above: Tensor | None = None
    taken: frozenset[str] = frozenset()


_NUMBER = re.compile(r"-?\d+")


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Returns an expression with names replaced; numbers are worked out."""

    def put(match: re.Match[str]) -> str:
        value = values.get(match.group(), match.group())
        is_atom = re.fullmatch(r"@?\w+", value) is not None
        return value if is_atom or value == text else f"({value})"

    if text in values:
        return values[text]
    result = re.sub(r"@?[A-Za-z_]\w*|@\d+", put, text)
    if re.fullmatch(r"[\d+*() -]+", result):
        return str(eval(result))
    return result


class SpecMaker:
    """Makes one spec out of what Hypothesis draws."""

    def __init__(
        self,
        draw: Callable[[st.SearchStrategy[Any]], Any],
        excluded: frozenset[Feature],
    ) -> None:
        self.draw = draw
        self.excluded = excluded
        self.blocks: list[RandomBlock] = []
        self.block_names: frozenset[str] = frozenset()
        self.shared: list[SharedLayer] = []
        self.layer_names: list[str] = []
        self.input_names: list[str] = []
        self.is_random = False
        self.in_block = False
        self.has_tokens = False

    # -- drawing

    def pick(self, items: Sequence[_T]) -> _T:
        return self.draw(st.sampled_from(list(items)))  # type: ignore[no-any-return]

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))  # type: ignore[no-any-return]

    def chance(self, percent: int) -> bool:
        return self.number(1, 100) <= percent

    def allows(self, feature: Feature) -> bool:
        return feature not in self.excluded

    def free_name(self, names: Sequence[str], taken: frozenset[str]) -> str:
        if not self.allows(Feature.COLLIDING_NAMES):
            names = ("x", "h", "skip", "left", "right", "image", "encoder", "head")
        if not self.allows(Feature.CALLED_INPUTS):
            names = [name for name in names if name not in ("inputs", "self")]
        free = [name for name in names if name not in taken]
        if free:
            return self.pick(free)
        return next(f"n{i}" for i in range(99) if f"n{i}" not in taken)

    # -- the spec

    def make(self) -> RandomSpec:
        kinds = [Kind.IMAGE, Kind.VECTOR, Kind.SEQUENCE, Kind.TOKENS]
        main_kind = self.pick(kinds)
        self.has_tokens = main_kind is Kind.TOKENS
        block_kinds = [Kind.SEQUENCE if main_kind is Kind.TOKENS else main_kind]
        block_kinds.append(Kind.VECTOR)
        names: list[str] = []
        for _ in range(self.number(0, 3)):
            names.append(self.free_name(BLOCK_NAMES, frozenset(names)))
        self.block_names = frozenset(names)
        for name in names:
            self.make_block(name, self.pick(block_kinds))
        scope, inputs = self.make_inputs(main_kind)
        self.make_shared()
        for _ in range(self.number(1, 6)):
            self.add_step(scope)
        outputs = self.finish(scope)
        spec: dict[str, Any] = {"name": self.pick(("net", "net", "layers", "dense"))}
        spec["inputs"] = inputs
        if self.blocks:
            spec["blocks"] = {b.header: b.written for b in self.blocks}
        used = [shared for shared in self.shared if shared.calls]
        if used:
            spec["shared"] = {shared.name: shared.constructor for shared in used}
        spec["layers"] = scope.lines
        if outputs is not None:
            spec["outputs"] = outputs
        text = yaml.safe_dump(spec, sort_keys=False, width=1000)
        return RandomSpec(text, self.is_random)

    def make_inputs(self, kind: Kind) -> tuple[Scope, Any]:
        scope = Scope(taken=self.block_names)
        count = self.pick((1, 1, 1, 2))
        if count == 1 and self.chance(50):
            shape, written = self.input_shape(kind)
            scope.tensors.append(Tensor("input", shape))
            scope.above = scope.tensors[0]
            return scope, written
        inputs: dict[str, Any] = {}
        for index in range(count):
            is_other = index > 0 and self.chance(40)
            shape, written = self.input_shape(Kind.VECTOR if is_other else kind)
            names = INPUT_NAMES
            if not self.allows(Feature.HIDDEN_INPUTS):
                names = ("image", "words", "left", "right", "data")
            name = self.free_name(names, scope.taken | inputs.keys())
            inputs[name] = written
            self.input_names.append(name)
            scope.tensors.append(Tensor(name, shape))
        if not self.allows(Feature.HIDDEN_INPUTS):
            scope.taken |= inputs.keys()
        scope.above = scope.tensors[0] if count == 1 else None
        if self.allows(Feature.LISTS) and self.chance(20):
            return scope, [{name: written} for name, written in inputs.items()]
        return scope, inputs

    def input_shape(self, kind: Kind) -> tuple[Shape, Any]:
        channels = self.pick((3, 4))
        is_open = self.allows(Feature.UNKNOWN_SIZES) and self.chance(25)
        size = None if is_open else 8 if kind is Kind.IMAGE else 6
        if kind is Kind.IMAGE:
            return Shape(kind, (str(size),), str(channels)), [size, size, channels]
        if kind is Kind.SEQUENCE:
            return Shape(kind, (str(size),), str(channels)), [size, channels]
        if kind is Kind.TOKENS:
            return Shape(kind, (str(size),), ""), {"shape": [size], "dtype": "int32"}
        return Shape(kind, (), str(channels)), [channels]

    # -- blocks

    def make_block(self, name: str, kind: Kind) -> None:
        parameters = self.make_parameters()
        taken = self.block_names | {p.name for p in parameters}
        scope = Scope(parameters, taken=taken)
        names = ("input",)
        if self.chance(25):
            found = (("x", "small", "inputs"), ("large", "layers", "right"))
            if self.allows(Feature.BLOCK_INPUTS):
                found = (("x", "small", "inputs", "self"), ("large", "training"))
            first = self.free_name(found[0], scope.taken)
            second = self.free_name(found[1], scope.taken | {first})
            names = (first, second)
        shapes = []
        for index, input_name in enumerate(names):
            sizes = () if kind is Kind.VECTOR else ("@0",)
            shape = Shape(kind, sizes, f"@{index}")
            shapes.append(shape)
            scope.tensors.append(Tensor(input_name, shape))
        scope.above = scope.tensors[0] if len(names) == 1 else None
        self.in_block = True
        for _ in range(self.number(1, 4)):
            self.add_step(scope)
        shared: dict[str, str] = {}
        if self.allows(Feature.BLOCK_SHARED) and self.chance(25):
            shared = self.share_in_block(scope, name)
        if self.allows(Feature.SEVERAL_RESULTS) and self.chance(25):
            outputs = self.return_several(scope)
        else:
            outputs = (self.join_all(scope),)
        self.in_block = False
        block = RandomBlock(
            name, parameters, names, tuple(shapes), outputs, tuple(scope.lines), shared
        )
        self.blocks.append(block)

    def make_parameters(self) -> tuple[Parameter, ...]:
        found: list[Parameter] = []
        roles = ("channels", "channels", "strides", "rate", "activation")
        plain = {"channels": "filters", "strides": "strides", "rate": "rate"}
        defaults = {
            "channels": ("2", "3", "4"),
            "strides": ("1", "2"),
            "rate": ("0.0", "0.25"),
            "activation": ('"relu"', '"tanh"'),
        }
        has_default = False
        for _ in range(self.pick((0, 1, 1, 2, 3))):
            role = self.pick(roles)
            name = plain.get(role, role)
            if self.allows(Feature.NAMED_PARAMETERS) and self.chance(25):
                name = self.pick(PARAMETER_NAMES)
            if any(parameter.name == name for parameter in found):
                continue
            if name in self.block_names and not self.allows(Feature.BLOCK_PARAMETERS):
                continue
            has_default = has_default or self.chance(40)
            default = self.pick(defaults[role]) if has_default else None
            found.append(Parameter(name, role, default))
        return tuple(found)

    def return_several(self, scope: Scope) -> tuple[Shape, ...]:
        unused = [t for t in scope.tensors if not t.is_used]
        if len(unused) < 2:
            inner = [t for t in scope.tensors if t.name not in (None,)]
            unused += [
                t for t in inner if t not in unused and t is not scope.tensors[0]
            ]
        unused = [t for t in unused if t.name is not None or t is scope.above]
        if not self.allows(Feature.RETURNED_ABOVE):
            unused = [self.named(scope, t) if t is scope.above else t for t in unused]
        chosen = unused[:3]
        if len(chosen) < 2 or not self.reads_all_inputs(scope):
            return (self.join_all(scope),)
        rest = [t for t in scope.tensors if not t.is_used and t not in chosen]
        if rest:
            return (self.join_all(scope),)
        for tensor in chosen:
            tensor.is_used = True
        names = [t.name or "_" for t in chosen]
        scope.lines.append(f"return {', '.join(names)}")
        return tuple(t.shape for t in chosen)

    def reads_all_inputs(self, scope: Scope) -> bool:
        return all(t.is_used for t in scope.tensors if "@" in t.shape.channels)

    # -- shared layers

    def make_shared(self) -> None:
        if not self.allows(Feature.SHARED):
            return
        for _ in range(self.pick((0, 0, 1, 2))):
            taken = self.block_names | {shared.name for shared in self.shared}
            name = self.free_name(SHARED_NAMES, taken)
            none = Shape(Kind.VECTOR, (), "")
            self.shared.append(SharedLayer(name, "", none, none))

    def settle_shared(self, shared: SharedLayer, shape: Shape) -> bool:
        """Decides what a shared layer is when it is called for the first time."""
        fitting = [
            b
            for b in self.blocks
            if b.inputs[0].kind is shape.kind
            and len(b.inputs) == 1
            and len(b.outputs) == 1
        ]
        may_nest = self.allows(Feature.MASKED_MODELS) or not shape.is_masked
        may_nest = may_nest and self.allows(Feature.SHARED_BLOCKS)
        if fitting and may_nest and self.chance(60):
            shared.is_block = True
            block = self.pick(fitting)
            text, values = self.block_arguments(block, ())
            shared.constructor = f"{block.name}({text})"
            shared.takes = shape
            (shared.gives,) = self.block_results(block, values, (shape,))
            return True
        found = self.layer_for(shape, Scope(), keeps=self.chance(70))
        if found is None:
            return False
        shared.constructor, shared.gives = found
        shared.takes = shape
        return True

    def share_in_block(self, scope: Scope, block: str) -> dict[str, str]:
        """Calls one layer, or one instance of a block, twice within a block."""
        source = self.read_above(scope, self.source(scope))
        name = f"common_{block}"
        constructor = "LayerNormalization()"
        fitting = [b for b in self.blocks if self.keeps_shape(b)]
        may_nest = self.allows(Feature.MASKED_MODELS) or not self.has_tokens
        if fitting and may_nest and self.chance(60):
            inner = self.pick(fitting)
            constructor = f"{inner.name}({self.block_arguments(inner, ())[0]})"
        elif source.shape.is_masked:
            return {}
        for _ in range(2):
            (source,) = self.emit(scope, f"{name}()", [source], [source.shape])
        return {name: constructor}

    def keeps_shape(self, block: RandomBlock) -> bool:
        """Whether a block gives what it takes, whatever that is."""
        return len(block.inputs) == 1 and block.outputs == block.inputs

    # -- steps

    def add_step(self, scope: Scope) -> None:
        steps: list[Callable[[Scope], None]] = [self.add_layer, self.add_layer]
        steps += [self.add_branches, self.add_loop, self.add_residual]
        if self.allows(Feature.OPS):
            steps += [self.add_op, self.add_op]
        if self.blocks:
            steps += [self.add_block, self.add_block]
        if self.shared and not self.in_block:
            steps += [self.add_shared, self.add_shared]
        tokens = [t for t in scope.tensors if t.shape.kind is Kind.TOKENS]
        if all(t.shape.kind is Kind.TOKENS for t in self.readable(scope)):
            self.add_embedding(scope, self.pick(tokens))
            return
        self.pick(steps)(scope)

    def readable(self, scope: Scope) -> list[Tensor]:
        """Returns the tensors that a next line can read."""
        return [t for t in scope.tensors if t.name is not None or t is scope.above]

    def source(self, scope: Scope) -> Tensor:
        found = [t for t in self.readable(scope) if t.shape.kind is not Kind.TOKENS]
        if scope.above in found and self.chance(60):
            assert scope.above is not None
            return scope.above
        return self.pick(found)

    def emit(
        self,
        scope: Scope,
        constructor: str,
        inputs: Sequence[Tensor],
        gives: Sequence[Shape],
        form: str = "{}",
        target: str | None = None,
    ) -> list[Tensor]:
        """Adds a line; `form` is what stands between the parentheses."""
        for tensor in inputs:
            tensor.is_used = True
        names = [target] if target else self.targets(scope, len(gives))
        is_plain = form == "{}" and len(inputs) == 1 and bool(constructor)
        given = form.format(*[t.name or "_" for t in inputs])
        text = f"{constructor}({given})" if constructor else given
        line: Any = text
        if is_plain and inputs[0] is scope.above and self.chance(70):
            text = line = constructor
        elif is_plain and self.allows(Feature.LONG_FORM) and self.chance(15):
            line = {"layer": constructor, "inputs": inputs[0].name or "_"}
        if any(names):
            if isinstance(line, dict):
                line["name"] = names[0] if len(names) == 1 else list(map(str, names))
            else:
                line = f"{', '.join(map(str, names))} = {text}"
        scope.lines.append(line)
        tensors = [Tensor(n, s) for n, s in zip(names, gives, strict=True)]
        # A name that is given again hides the tensor that had it.
        hidden = [t for t in scope.tensors if t.name is not None and t.name in names]
        scope.tensors = [t for t in scope.tensors if t not in hidden]
        scope.tensors = [t for t in scope.tensors if t.name is not None]
        scope.tensors += tensors
        scope.above = tensors[0] if len(tensors) == 1 else None
        return tensors

    def targets(self, scope: Scope, count: int) -> list[str | None]:
        """Returns names for results; none that a tensor has which is still to be read."""
        # A tensor without a name can only be read by the next line.
        needed = {t.name for t in scope.tensors if not t.is_used}
        taken = scope.taken | {name for name in needed if name}
        taken |= {shared.name for shared in self.shared} if not self.in_block else set()
        if count == 1 and self.chance(50):
            return [None]
        names: list[str | None] = []
        for _ in range(count):
            names.append(self.free_name(TENSOR_NAMES, taken | {n for n in names if n}))
        return names

    def keep_above(self, scope: Scope, used: Sequence[Tensor]) -> bool:
        """Whether a line that reads these leaves no unnamed tensor unread."""
        above = scope.above
        if above is None or above.name is not None or above.is_used:
            return True
        return above in used

    def read_above(self, scope: Scope, source: Tensor) -> Tensor:
        return source if self.keep_above(scope, [source]) else scope.above or source

    def add_embedding(self, scope: Scope, tokens: Tensor) -> None:
        channels = self.pick(("3", "4"))
        masks = self.allows(Feature.MASKS) and self.chance(50)
        flag = ", mask_zero=True" if masks else ""
        gives = Shape(Kind.SEQUENCE, tokens.shape.sizes, channels, masks)
        self.emit(scope, f"Embedding(9, {channels}{flag})", [tokens], [gives])

    def add_layer(self, scope: Scope) -> None:
        source = self.read_above(scope, self.source(scope))
        is_sequence = source.shape.kind is Kind.SEQUENCE
        if is_sequence and self.allows(Feature.STATES) and self.chance(15):
            self.add_states(scope, source)
        elif is_sequence and self.allows(Feature.ATTENTION) and self.chance(25):
            self.add_attention(scope, source)
        else:
            found = self.layer_for(source.shape, scope)
            assert found is not None
            self.emit(scope, found[0], [source], [found[1]])

    def add_op(self, scope: Scope) -> None:
        """Adds an op, an operator or an index."""
        source = self.read_above(scope, self.source(scope))
        shape = replace(source.shape, is_masked=False)
        rate = self.value(scope, "rate", ("0.5", "2", "-1"))
        forms: list[tuple[str, Shape]] = [
            (form, shape)
            for form in (
                *("ops.tanh({0})", "ops.relu({0}) + {0}", "{0} * " + rate, "-{0} / 2"),
                *("1 - {0}", "{0} * ops.sigmoid({0})", "({0} - 1) ** 2 + {0}"),
                *("ops.softmax({0}, axis=-1)", "ops.where({0} > 0, {0}, 0.0)"),
                *("ops.clip({0}, -1, 1)", "ops.flip({0}, axis=-1)"),
                "ops.subtract({0}, ops.max({0}, axis=-1, keepdims=True))",
            )
        ]
        wide = replace(shape, channels=self.doubled(shape.channels))
        forms += [("ops.concatenate([{0}, {0} * 2], axis=-1)", wide)]
        if shape.kind is Kind.SEQUENCE:
            vector = Shape(Kind.VECTOR, (), shape.channels)
            forms += [("{0}[:, 0]", vector), ("ops.mean({0}, axis=1)", vector)]
        if shape.kind is Kind.IMAGE:
            vector = Shape(Kind.VECTOR, (), shape.channels)
            forms += [("ops.max({0}, axis=(1, 2))", vector), ("{0}[:, 0, -1]", vector)]
        form, gives = self.pick(forms)
        others = [
            t
            for t in self.readable(scope)
            if t is not source and t.shape.fits(shape) and t.shape.kind is shape.kind
        ]
        if others and self.chance(40):
            form = self.pick(("{0} + {1}", "{0} - {1} * 2", "ops.maximum({1}, {0})"))
            self.emit(scope, "", [source, self.pick(others)], [shape], form)
            return
        if self.chance(15) and _NUMBER.fullmatch(gives.channels):
            # A layer of what an op gives, on one line.
            form, gives = f"Dense(3)({form})", replace(gives, channels="3")
        self.emit(scope, "", [source], [gives], form)

    def doubled(self, channels: str) -> str:
        if _NUMBER.fullmatch(channels):
            return str(int(channels) * 2)
        return f"({channels}) * 2"

    def add_states(self, scope: Scope, source: Tensor) -> None:
        channels = self.channels(scope)
        vector = Shape(Kind.VECTOR, (), channels)
        kind = self.pick((("LSTM", 3), ("GRU", 2)))
        gives = [vector] * kind[1]
        text = f"{kind[0]}({channels}, return_state=True)"
        self.emit(scope, text, [source], gives)

    def add_attention(self, scope: Scope, source: Tensor) -> None:
        others = [t for t in self.readable(scope) if t.shape.kind is Kind.SEQUENCE]
        value = self.pick(others)
        dropout = self.pick(("", "", ", dropout=0.1"))
        self.is_random |= bool(dropout)
        form = self.pick(("query={}, value={}", "{}, {}", "{}, value={}"))
        text = f"MultiHeadAttention(2, 2{dropout})"
        self.emit(scope, text, [source, value], [source.shape], form)

    def channels(self, scope: Scope) -> str:
        names = [p.name for p in scope.parameters if p.role == "channels"]
        if names and self.chance(75):
            form = self.pick(("{}", "{}", "{} * 2", "{} + 1"))
            return form.format(self.pick(names))
        return self.pick(("2", "3", "4"))

    def value(self, scope: Scope, role: str, plain: Sequence[str]) -> str:
        names = [p.name for p in scope.parameters if p.role == role]
        return self.pick(names) if names and self.chance(75) else self.pick(plain)

    def layer_for(
        self, shape: Shape, scope: Scope, keeps: bool = False
    ) -> tuple[str, Shape] | None:
        """Returns a layer for a tensor and the shape that it gives.

        Args:
            shape: The shape of the tensor.
            scope: Where parameters come from.
            keeps: Whether the shape must stay as it is.
        """
        kind, is_masked = shape.kind, shape.is_masked
        dense = self.channels(scope)
        if keeps:
            dense = shape.channels
            if not _NUMBER.fullmatch(dense):
                return None
        wide = replace(shape, channels=dense)
        rate = self.value(scope, "rate", ("0.0", "0.25"))
        activation = self.value(scope, "activation", ('"relu"', '"tanh"'))
        same: list[tuple[str, Shape]] = [
            ("LayerNormalization()", shape),
            (f"Activation({activation})", shape),
            (f"Dropout({rate})", shape),
            ("ReLU()", shape),
            ("BatchNormalization()", shape),
        ]
        found = [(f"Dense({dense})", wide), (f"Dense({dense}, {activation})", wide)]
        if kind is Kind.IMAGE:
            strides = self.value(scope, "strides", ("1", "1", "2"))
            if keeps:
                strides = "1"
            sizes = shape.sizes if strides == "1" else (*shape.sizes, strides)
            conv = replace(wide, sizes=sizes)
            given = f"{dense}, 3, strides={strides}, padding='same'"
            found += [
                (f"Conv2D({given})", conv),
                (f"Conv2D({given}, use_bias=False)", conv),
                (f"Conv2D({given}, activation={activation})", conv),
                (f"SeparableConv2D({given})", conv),
            ]
            same += [(f"SpatialDropout2D({rate})", shape)]
            same += [("DepthwiseConv2D(3, padding='same')", shape)]
            if not keeps:
                half = replace(shape, sizes=(*shape.sizes, "2"))
                found += [("MaxPooling2D(2, padding='same')", half)]
                found += [("AveragePooling2D(2, padding='same')", half)]
        if kind is Kind.SEQUENCE:
            found += [
                (f"LSTM({dense}, return_sequences=True)", wide),
                (f"GRU({dense}, return_sequences=True, dropout={rate})", wide),
                (f"TimeDistributed(Dense({dense}))", wide),
            ]
            if not is_masked:
                found += [(f"Conv1D({dense}, 3, padding='same')", wide)]
            vector = Shape(Kind.VECTOR, (), dense)
            if not keeps:
                found += [(f"LSTM({dense})", vector), (f"GRU({dense})", vector)]
                if self.allows(Feature.BIDIRECTIONAL):
                    twice = f"{dense} * 2"
                    if _NUMBER.fullmatch(dense):
                        twice = str(int(dense) * 2)
                    both = replace(shape, channels=twice)
                    found += [
                        (f"Bidirectional(LSTM({dense}, return_sequences=True))", both),
                        (
                            f"Bidirectional(GRU({dense}))",
                            Shape(Kind.VECTOR, (), twice),
                        ),
                    ]
        if is_masked:
            same = [s for s in same if not s[0].startswith("BatchN")]
        text, gives = self.pick(found + same)
        if text.startswith(("Dropout", "SpatialDropout")) or "dropout=" in text:
            self.is_random = True
        if not self.in_block and self.allows(Feature.LAYER_NAMES) and self.chance(10):
            taken = {*self.layer_names, *self.input_names}
            free = [name for name in LAYER_NAMES if name not in taken]
            if free and not keeps:
                name = self.pick(free)
                self.layer_names.append(name)
                rest = "" if text.endswith("()") else ", "
                text = f"{text[:-1]}{rest}name={name!r})"
        return text, gives

    def add_branches(self, scope: Scope) -> None:
        """Adds two lines that read one tensor, and joins them."""
        source = self.read_above(scope, self.source(scope))
        source = self.named(scope, source)
        ends = []
        for index in range(2):
            found = self.layer_for(source.shape, scope)
            assert found is not None
            name = self.fresh(scope, source)
            (end,) = self.emit(scope, found[0], [source], [found[1]], target=name)
            ends.append(end)
            if index == 0 and self.chance(30):
                found = self.layer_for(end.shape, scope)
                assert found is not None
                name = self.fresh(scope, source)
                (ends[0],) = self.emit(scope, found[0], [end], [found[1]], target=name)
        self.join(scope, ends)

    def named(self, scope: Scope, tensor: Tensor) -> Tensor:
        """Gives a tensor a name where it has none."""
        if tensor.name is not None:
            return tensor
        name = self.fresh(scope, None)
        line = scope.lines[-1]
        if isinstance(line, dict):
            line["name"] = name
        else:
            scope.lines[-1] = f"{name} = {line}"
        tensor.name = name
        return tensor

    def fresh(self, scope: Scope, keep: Tensor | None) -> str:
        """Returns a name that hides nothing which is still to be read."""
        taken = scope.taken | {t.name for t in scope.tensors if t.name}
        if not self.in_block:
            taken |= {shared.name for shared in self.shared}
        if keep is not None and keep.name:
            taken |= {keep.name}
        return self.free_name(TENSOR_NAMES, taken)

    def join(self, scope: Scope, ends: Sequence[Tensor]) -> Tensor:
        """Joins tensors into one, however different they are."""
        first = ends[0].shape
        if all(end.shape.fits(first) for end in ends):
            joins = ["Add", "Multiply", "Concatenate", "Maximum", "Average"]
            if len(ends) == 2:
                joins.append("Subtract")
            join = self.pick(joins)
            gives = first
            if join == "Concatenate":
                gives = self.concatenated([end.shape for end in ends])
            mask = any(e.shape.is_masked for e in ends)
            gives = replace(gives, is_masked=mask)
            return self.emit_join(scope, join, ends, gives)
        if all(
            (e.shape.kind, e.shape.sizes) == (first.kind, first.sizes) for e in ends
        ):
            gives = self.concatenated([end.shape for end in ends])
            mask = any(e.shape.is_masked for e in ends)
            gives = replace(gives, is_masked=mask)
            return self.emit_join(scope, "Concatenate", ends, gives)
        vectors = [self.to_vector(scope, end) for end in ends]
        gives = self.concatenated([vector.shape for vector in vectors])
        return self.emit_join(scope, "Concatenate", vectors, gives)

    def emit_join(
        self, scope: Scope, join: str, ends: Sequence[Tensor], gives: Shape
    ) -> Tensor:
        form = "[" + ", ".join("{}" for _ in ends) + "]"
        return self.emit(scope, f"{join}()", ends, [gives], form)[0]

    def concatenated(self, shapes: Sequence[Shape]) -> Shape:
        text = " + ".join(shape.channels for shape in shapes)
        channels = substitute(text, {})
        if not _NUMBER.fullmatch(channels):
            channels = f"({channels})"
        return replace(shapes[0], channels=channels)

    def to_vector(self, scope: Scope, tensor: Tensor) -> Tensor:
        shape = tensor.shape
        if shape.kind is Kind.VECTOR:
            return self.named(scope, tensor)
        vector = Shape(Kind.VECTOR, (), shape.channels)
        name = self.fresh(scope, tensor)
        if shape.kind is Kind.TOKENS:
            gives = Shape(Kind.SEQUENCE, shape.sizes, "3")
            (tensor,) = self.emit(
                scope, "Embedding(9, 3)", [tensor], [gives], target=name
            )
            vector = replace(vector, channels="3")
            name = self.fresh(scope, tensor)
        pool = "2D" if shape.kind is Kind.IMAGE else "1D"
        text = f"GlobalAveragePooling{pool}()"
        return self.emit(scope, text, [tensor], [vector], target=name)[0]

    def add_residual(self, scope: Scope) -> None:
        """Adds a few lines and the tensor in front of them to what they give."""
        source = self.named(scope, self.read_above(scope, self.source(scope)))
        current = source
        for _ in range(self.number(1, 2)):
            found = self.layer_for(current.shape, scope)
            assert found is not None
            name = self.fresh(scope, source)
            text, gives = found
            (current,) = self.emit(scope, text, [current], [gives], target=name)
        self.join(scope, [source, current] if self.chance(50) else [current, source])

    def add_loop(self, scope: Scope) -> None:
        """Adds the same line several times, with equal or with different arguments."""
        if self.in_block and not self.allows(Feature.INNER_LOOPS):
            return
        current = self.read_above(scope, self.source(scope))
        blocks = [
            b
            for b in self.blocks
            if len(b.inputs) == len(b.outputs) == 1
            and b.inputs[0].kind is current.shape.kind
            and b.outputs[0].kind is current.shape.kind
        ]
        block = self.pick(blocks) if blocks and self.chance(60) else None
        differs = self.chance(60)
        name = self.pick((None, None, self.fresh(scope, None)))
        arguments = None
        channels = self.channels(scope)
        layer = self.pick(("Dense", "Dense", "BatchNormalization", "ReLU"))
        if current.shape.is_masked and layer == "BatchNormalization":
            layer = "ReLU"
        for _ in range(self.number(2, 4)):
            if block is not None:
                if arguments is None or differs:
                    arguments = self.block_arguments(block, scope.parameters)
                text, values = arguments
                (gives,) = self.block_results(block, values, (current.shape,))
                constructor = f"{block.name}({text})"
            elif layer != "Dense":
                constructor, gives = f"{layer}()", current.shape
            else:
                channels = self.channels(scope) if differs else channels
                constructor = f"Dense({channels}, activation='relu')"
                gives = replace(current.shape, channels=channels)
            for_target = name or "_"
            current.is_used = True
            if name is None and current is scope.above:
                scope.lines.append(constructor)
            elif name is None:
                scope.lines.append(f"{constructor}({current.name or '_'})")
            else:
                scope.lines.append(
                    f"{for_target} = {constructor}({current.name or '_'})"
                )
            scope.tensors = [
                t for t in scope.tensors if t.name is not None and t.name != name
            ]
            current = Tensor(name, gives)
            scope.tensors.append(current)
            scope.above = current

    def add_block(self, scope: Scope) -> None:
        block = self.pick(self.blocks)
        kind = block.inputs[0].kind
        fitting = [t for t in self.readable(scope) if t.shape.kind is kind]
        if not fitting:
            self.add_layer(scope)
            return
        given = [self.pick(fitting)]
        above = scope.above
        if above in fitting and not self.keep_above(scope, given):
            given = [above]  # type: ignore[list-item]
        if len(block.inputs) == 2:
            same = [t for t in fitting if t.shape.sizes == given[0].shape.sizes]
            given.append(self.pick(same))
        if not self.keep_above(scope, given):
            self.add_layer(scope)
            return
        text, values = self.block_arguments(block, scope.parameters)
        shapes = tuple(tensor.shape for tensor in given)
        gives = self.block_results(block, values, shapes)
        forms = ["{}"] if len(given) == 1 else ["{}, {}"]
        if len(given) == 2 and self.allows(Feature.INPUTS_BY_NAME):
            first, second = block.input_names
            forms += [f"{first}={{}}, {second}={{}}", f"{{}}, {second}={{}}"]
        self.emit(scope, f"{block.name}({text})", given, gives, self.pick(forms))

    def block_arguments(
        self, block: RandomBlock, parameters: tuple[Parameter, ...]
    ) -> tuple[str, dict[str, str]]:
        """Returns arguments for a block as text, and the value of each parameter."""
        parts = []
        values = {}
        scope = Scope(parameters)
        by_name = False
        for parameter in block.parameters:
            if parameter.default is not None and self.chance(50):
                values[parameter.name] = parameter.default
                by_name = True
                continue
            if parameter.role == "channels":
                value = self.channels(scope)
            elif parameter.role == "strides":
                value = self.value(scope, "strides", ("1", "2"))
            elif parameter.role == "rate":
                value = self.value(scope, "rate", ("0.0", "0.25"))
            else:
                value = self.value(scope, "activation", ('"relu"', '"tanh"'))
            by_name = by_name or self.chance(30)
            parts.append(f"{parameter.name}={value}" if by_name else value)
            values[parameter.name] = value
        return ", ".join(parts), values

    def block_results(
        self, block: RandomBlock, values: dict[str, str], given: tuple[Shape, ...]
    ) -> tuple[Shape, ...]:
        names = {**values, **{f"@{i}": s.channels for i, s in enumerate(given)}}
        found = []
        for shape in block.outputs:
            sizes: list[str] = []
            for size in shape.sizes:
                if size.startswith("@"):
                    sizes += given[int(size[1:])].sizes
                elif names.get(size, size) != "1":
                    sizes.append(names.get(size, size))
            is_masked = given[0].is_masked and shape.kind is Kind.SEQUENCE
            channels = substitute(shape.channels, names)
            found.append(Shape(shape.kind, tuple(sizes), channels, is_masked))
        return tuple(found)

    def add_shared(self, scope: Scope) -> None:
        shared = self.pick(self.shared)
        found = [t for t in self.readable(scope) if t.shape.kind is not Kind.TOKENS]
        if shared.calls:
            found = [t for t in found if t.shape.fits(shared.takes)]
        found = [t for t in found if self.keep_above(scope, [t])]
        if shared.is_block and not self.allows(Feature.MASKED_MODELS):
            found = [t for t in found if not t.shape.is_masked]
        if not found:
            self.add_layer(scope)
            return
        source = self.pick(found)
        if not shared.calls and not self.settle_shared(shared, source.shape):
            self.add_layer(scope)
            return
        shared.calls += 1
        gives = replace(shared.gives, is_masked=source.shape.is_masked)
        if gives.kind is not Kind.SEQUENCE:
            gives = replace(gives, is_masked=False)
        self.emit(scope, f"{shared.name}()", [source], [gives])

    # -- the end

    def join_all(self, scope: Scope) -> Shape:
        """Joins what is not read yet into one tensor; returns its shape."""
        unused = [t for t in scope.tensors if not t.is_used]
        if (
            not scope.lines
            or not unused
            or (unused == [scope.tensors[0]] and not scope.lines)
        ):
            self.add_layer(scope)
            unused = [t for t in scope.tensors if not t.is_used]
        if len(unused) == 1 and unused[0] is scope.above:
            return unused[0].shape
        if len(unused) > 1:
            ends = [self.named(scope, t) if t is scope.above else t for t in unused]
            return self.join(scope, ends).shape
        if unused:
            found = self.layer_for(unused[0].shape, scope)
            assert found is not None
            return self.emit(scope, found[0], unused, [found[1]])[0].shape
        tensor = scope.above or scope.tensors[-1]
        return tensor.shape

    def finish(self, scope: Scope) -> Any:
        """Settles the outputs; returns what stands at `outputs:`, None where nothing."""
        unused = [t for t in scope.tensors if not t.is_used]
        inputs_only = any(t.shape.kind is Kind.TOKENS for t in unused)
        wants_several = self.chance(25) and not inputs_only
        wants_several &= self.allows(Feature.SEVERAL_OUTPUTS)
        if not wants_several:
            self.join_all(scope)
            return None
        if scope.above is not None and scope.above.name is None:
            self.named(scope, scope.above)
        if not scope.lines:
            self.add_layer(scope)
        made = [t for t in scope.tensors if t.name is not None]
        unused = [t for t in made if not t.is_used]
        given = self.given_names(scope)
        chosen = [t for t in unused if t.name not in given]
        rest = [t for t in unused if t.name in given]
        if rest:
            self.join_all(scope)
            return None
        extra = [t for t in made if t not in chosen and t.name not in given]
        if extra and self.chance(50):
            chosen.append(extra[0])
        if not chosen:
            return None
        keys = ["digit", "a", "x", "zeta", "outputs", *(f"k{i}" for i in range(20))]
        names = [str(t.name) for t in chosen]
        if len(names) == 1 and (not self.allows(Feature.ONE_KEY) or self.chance(50)):
            return names[0]
        if len(names) > 1 and self.allows(Feature.LISTS) and self.chance(30):
            return f"[{', '.join(names)}]"
        if self.chance(50):
            return names
        return dict(zip(keys, names, strict=False))

    def given_names(self, scope: Scope) -> set[str]:
        """Returns the names of the tensors that no line has made."""
        made: set[str] = set()
        for line in scope.lines:
            if isinstance(line, dict):
                name = line.get("name", [])
                made.update([name] if isinstance(name, str) else name)
            else:
                head = line.partition(" = ")[0] if " = " in line else ""
                made.update(part.strip() for part in head.split(","))
        return {str(t.name) for t in scope.tensors if str(t.name) not in made}


@st.composite
def specs(
    draw: Callable[[st.SearchStrategy[Any]], Any],
    excluded: frozenset[Feature] = frozenset(),
) -> RandomSpec:
    """Returns random specs without some features of the language."""
    return SpecMaker(draw, excluded).make()
