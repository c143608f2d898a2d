"""What the code of a model says for itself: its classes, methods and functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keras_kgen.comparing.listing import Layers, Line, Listing

_MODEL_BASES = ("keras.Model", "Model")
# What generated code calls the tensor that goes from line to line.
_TRUNK = ("x", "inputs", "outputs")
# How calls begin that take numbers and names, no tensors.
_MAKERS = ("layers.", "keras.layers.", "keras.Input", "range")


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class of a module.

    Attributes:
        is_model: Whether it is the model itself.
        methods: How many lines each method has.
        configured: The arguments that `get_config()` returns.
        assigned: The attributes in the order in which they are set.
        called: The attributes in the order in which `call()` calls them.
        layers: The layers of the model that its instances hold.
    """

    name: str
    is_model: bool
    methods: dict[str, int]
    configured: tuple[str, ...]
    assigned: tuple[str, ...]
    called: tuple[str, ...]
    layers: Layers

    @property
    def shape_lines(self) -> int:
        """How many lines say nothing but shapes."""
        return sum(
            self.methods.get(name, 0) for name in ("build", "compute_output_shape")
        )


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """The part of a module that builds the model.

    Attributes:
        functions: The functions for blocks.
        kept: Names of tensors that are joined with others later.
        registered: The classes and functions that a saved model names.
        length: How many lines there are, without blank ones.
        flagged: The layers to which lines hand on `training`, for each line.
    """

    classes: tuple[ClassFacts, ...]
    functions: tuple[str, ...]
    kept: tuple[str, ...]
    registered: tuple[str, ...]
    length: int
    flagged: tuple[Layers, ...]


def read_facts(listing: Listing) -> CodeFacts:
    """Returns what the code of a model says for itself."""
    lines = listing.model
    shown = {line.number for line in lines}
    body = [item for item in ast.parse(listing.source).body if item.lineno in shown]
    functions = [item for item in body if isinstance(item, ast.FunctionDef)]
    flagged = [line.layers for line in lines if "training=training" in line.text]
    return CodeFacts(
        tuple(_class(item, lines) for item in body if isinstance(item, ast.ClassDef)),
        tuple(item.name for item in functions if item.name != "build_model"),
        _tensors_kept(functions),
        tuple(_registered(body)),
        sum(bool(line.text.strip()) for line in lines),
        tuple(flagged),
    )


def _class(item: ast.ClassDef, lines: tuple[Line, ...]) -> ClassFacts:
    methods = {m.name: m for m in item.body if isinstance(m, ast.FunctionDef)}
    layers = [line.layers for line in lines if line.scope[:1] == (item.name,)]
    return ClassFacts(
        item.name,
        any(ast.unparse(base) in _MODEL_BASES for base in item.bases),
        {
            name: (m.end_lineno or m.lineno) - m.lineno + 1
            for name, m in methods.items()
        },
        tuple(_keys(methods["get_config"])) if "get_config" in methods else (),
        tuple(_attributes(methods.get("__init__"), ast.Store)),
        tuple(_attributes(methods.get("call"), ast.Load)),
        frozenset().union(*layers),
    )


def _keys(method: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(method):
        if isinstance(node, ast.Dict):
            keys = (key for key in node.keys if isinstance(key, ast.Constant))
            yield from (str(key.value) for key in keys)


def _attributes(
    method: ast.FunctionDef | None, context: type[ast.expr_context]
) -> list[str]:
    """Returns the attributes of `self` that a method sets or reads, each once, in order."""
    found = [
        (node.lineno, node.col_offset, node.attr)
        for node in ast.walk(method or ast.Pass())
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and isinstance(node.ctx, context)
    ]
    return list(dict.fromkeys(name for *_, name in sorted(found)))


def _tensors_kept(functions: Sequence[ast.FunctionDef]) -> tuple[str, ...]:
    """Returns the tensors that functions join with others, without numbers and names."""
    others = {name for item in functions for name in _numbers(item)}
    kept = dict.fromkeys(name for item in functions for name in _kept(item))
    return tuple(name for name in kept if name not in others)


def _numbers(function: ast.FunctionDef) -> Iterator[str]:
    """Yields the variables that say how layers are made, how often, and what they are called."""
    for node in ast.walk(function):
        is_number = isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).startswith(_MAKERS)
            and not isinstance(node.func, ast.Call)
        )
        if is_number:
            yield from (
                item.id for item in ast.walk(node) if isinstance(item, ast.Name)
            )


def _kept(function: ast.FunctionDef) -> Iterator[str]:
    """Yields the tensors that a function joins with the one that it has just made."""
    joined = (ast.List, ast.Tuple, ast.BinOp)
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                if isinstance(argument, joined):
                    yield from _tensors(argument)
        elif isinstance(node, ast.BinOp):
            yield from _tensors(node)


def _tensors(node: ast.expr) -> Iterator[str]:
    """Yields the variables that an expression puts together, without those of the trunk."""
    for item in ast.iter_child_nodes(node):
        if isinstance(item, ast.Name) and item.id not in _TRUNK:
            yield item.id


def _registered(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yields the classes and functions that a saved model names."""
    for item in body:
        if isinstance(item, ast.ClassDef | ast.FunctionDef) and item.decorator_list:
            yield item.name
