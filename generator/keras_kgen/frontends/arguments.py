"""Arguments and settings: syntax trees and document values as expressions."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from itertools import zip_longest

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry, Family
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends import choices as tuning
from keras_kgen.frontends import documents
from keras_kgen.frontends.choices import Choices
from keras_kgen.frontends.documents import Document, Items, Table
from keras_kgen.frontends.syntax import (
    Source,
    dotted_name,
    parse_statement,
    shortened,
)
from keras_kgen.ir.expressions import (
    LARGEST,
    Argument,
    Dictionary,
    EvaluationError,
    Expression,
    Literal,
    Name,
    ObjectCall,
    Operation,
    Reference,
    Scalar,
    Sequence,
    Slice,
    evaluate,
    names_in,
)

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not "}
# Which family an argument's object most likely belongs to, by the end of its name.
_FAMILY_BY_ENDING: tuple[tuple[str, Family], ...] = (
    ("initializer", "initializers"),
    ("regularizer", "regularizers"),
    ("constraint", "constraints"),
    ("activation", "activations"),
    ("optimizer", "optimizers"),
    ("learning_rate", "schedules"),
    ("loss", "losses"),
    ("metrics", "metrics"),
    ("callbacks", "callbacks"),
    ("dtype", "dtype_policies"),
)
_OBJECTS: tuple[Family, ...] = (
    "regularizers",
    "initializers",
    "constraints",
    "layers",
    "losses",
    "metrics",
    "optimizers",
    "schedules",
    "callbacks",
    "dtype_policies",
)
# Functions that Keras also knows by their bare name as a string.
_FUNCTIONS: tuple[Family, ...] = ("activations", "losses", "metrics")
# Words of YAML and what they are in a line.
_PYTHON_WORDS = {"true": "True", "false": "False", "null": "None", "none": "None"}
_NO_FUNCTION = (
    "kgen reads no Python functions: write the formula in ops, x * 2 for instance, or put "
    "the function into a module of your own and name it under 'imports'"
)


class ArgumentReader:
    """Reads the arguments of one line.

    Args:
        source: The line.
        parameters: The block's parameters, which may be read here.
        diagnostics: Where problems go.
        imports: The modules of the user's own classes, by the name of the class.
        reads_ops: Whether `ops.arange(10)` may stand here: a tensor of constants.
        choices: Where choices go, None where none may stand.
    """

    def __init__(
        self,
        source: Source,
        parameters: Collection[str],
        diagnostics: Diagnostics,
        imports: Mapping[str, str] | None = None,
        reads_ops: bool = False,
        choices: Choices | None = None,
    ) -> None:
        self.source = source
        self.parameters = parameters
        self.diagnostics = diagnostics
        self.imports = imports or {}
        self.reads_ops = reads_ops
        self.choices = choices
        # Whose arguments are read.
        self.owner = ""

    def arguments(
        self, call: ast.Call, owner: str = "", names: Iterable[str] = ()
    ) -> tuple[Argument, ...]:
        """Returns the arguments of a constructor.

        Args:
            call: The call.
            owner: What is called.
            names: The names of arguments that stand by position.
        """
        outer, self.owner = self.owner, owner
        read: list[Argument] = []
        for node, name in zip_longest(call.args, [*names][: len(call.args)]):
            value = self.positional(node, name or "")
            read.append(Argument(value, None, self.locate(node)))
        for keyword in call.keywords:
            place = self.locate(keyword)
            if keyword.arg is None:
                self.diagnostics.error("write the arguments out; ** is not read", place)
            elif any(given.name == keyword.arg for given in read):
                self.diagnostics.error(f"{keyword.arg!r} is given twice", place)
            else:
                value = self.expression(keyword.value, keyword.arg)
                read.append(Argument(value, keyword.arg, place))
        self.owner = outer
        return tuple(read)

    def positional(self, node: ast.expr, name: str) -> Expression:
        """Returns an argument without its name, which only a choice is named after."""
        return self.expression(node, name if tuning.has_choice(node) else "")

    def locate(self, node: ast.AST) -> Location:
        """Returns where a node stands in the file."""
        return self.source.locate(node)

    def expression(self, node: ast.expr, argument: str) -> Expression:
        """Returns a syntax tree as an expression; what it cannot be is reported.

        Args:
            node: The tree.
            argument: The argument that it is for: it tells which kind of object is meant.
        """
        match node:
            case ast.Constant(value=None | bool() | int() | float() | str() as value):
                return self.constant(node, value)
            case ast.Constant(value=value) if value is ... and self.reads_ops:
                return Literal(...)
            case ast.Slice(lower=lower, upper=upper, step=step) if self.reads_ops:
                return Slice(*(self.slice_part(part) for part in (lower, upper, step)))
            case ast.Name(id=name) if name in self.parameters:
                return Name(name)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                read = tuple(self.expression(item, argument) for item in items)
                return Sequence(read, isinstance(node, ast.List))
            case ast.Dict():
                return self.dictionary(node, argument)
            case ast.UnaryOp(operand=operand) if type(node.op) in _UNARY:
                return self.operation(node, _UNARY[type(node.op)], [operand], argument)
            case ast.BinOp(left=left, right=right) if type(node.op) in _BINARY:
                return self.operation(
                    node, _BINARY[type(node.op)], [left, right], argument
                )
            case ast.Call():
                return self.object(node, argument)
            case ast.Name() | ast.Attribute():
                return self.function(node, argument)
            case ast.Lambda():
                self.diagnostics.error(_NO_FUNCTION, self.locate(node))
                return Literal(None)
        self.diagnostics.error(
            f"{shortened(node)!r} is not read here: expected a number, a text in "
            "quotes, True, False, None, a list, a parameter or an object such as L2(1e-4)",
            self.locate(node),
        )
        return Literal(None)

    def slice_part(self, node: ast.expr | None) -> Expression:
        return Literal(None) if node is None else self.expression(node, "")

    def constant(self, node: ast.expr, value: Scalar) -> Expression:
        """Returns a constant; a number that no argument can be is reported."""
        if isinstance(value, int) and abs(value) > LARGEST:
            self.diagnostics.error("this number is too large", self.locate(node))
            return Literal(None)
        return Literal(value)

    def dictionary(self, node: ast.Dict, argument: str) -> Expression:
        pairs = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self.diagnostics.error(
                    "write the entries out; ** is not read", self.locate(value)
                )
                continue
            if not isinstance(key, ast.Constant):
                self.diagnostics.error("a key is a text or a number", self.locate(key))
                continue
            pairs.append((self.expression(key, ""), self.expression(value, argument)))
        return Dictionary(tuple(pairs))

    def operation(
        self, node: ast.expr, symbol: str, operands: list[ast.expr], argument: str
    ) -> Expression:
        read = Operation(symbol, tuple(self.expression(o, argument) for o in operands))
        if names_in(read):
            return read
        try:
            value = evaluate(read, {})
            # 1 / 255 says more than 0.00392156862745098.
            return read if symbol == "/" else value
        except EvaluationError as error:
            self.diagnostics.error(
                f"{shortened(node)!r} has no value: {error}", self.locate(node)
            )
            return Literal(None)

    def object(self, node: ast.Call, argument: str) -> Expression:
        name = dotted_name(node.func)
        if name in tuning.CALLS and name not in self.imports:
            return self.choice(node, argument)
        if name in self.imports:
            return ObjectCall(
                "imported",
                str(name),
                self.arguments(node),
                self.locate(node),
                self.imports[str(name)],
            )
        entry = find_object(name, argument) if name else None
        if entry is None and name and self.reads_ops:
            entry = find_op(name)
        if entry is None:
            label = name or shortened(node.func)
            self.diagnostics.error(_unknown_object(label, argument), self.locate(node))
            return Literal(None)
        names = (parameter.name for parameter in entry.positional_parameters)
        given = self.arguments(node, entry.name, names)
        return ObjectCall(entry.family, entry.name, given, self.locate(node))

    def choice(self, node: ast.Call, argument: str) -> Expression:
        if self.choices is None:
            self.diagnostics.error(tuning.NOT_HERE, self.locate(node))
            return Literal(1)
        return self.choices.read(self.source, node, argument, self.owner)

    def function(self, node: ast.expr, argument: str) -> Expression:
        name = dotted_name(node) or ""
        if name in self.imports:
            return Reference(name, self.imports[name])
        for family in _FUNCTIONS:
            entry = registry.lookup(family, name) if "." in name else None
            if entry is not None:
                return Literal(entry.name)
        entry = find_object(name, argument)
        if entry is not None:
            call = f"{name}()"
            self.diagnostics.error(
                f"{name} is a class; write {call}", self.locate(node)
            )
        else:
            tail = registry.hint(name, self.parameters) or "; put a text in quotes"
            if name in _PYTHON_WORDS:
                tail = f"; write {_PYTHON_WORDS[name]}"
            self.diagnostics.error(f"unknown name {name!r}{tail}", self.locate(node))
        return Literal(None)


def family_of(argument: str) -> Family | None:
    """Returns the family of the objects that an argument takes, by its name."""
    for ending, family in _FAMILY_BY_ENDING:
        if argument.endswith(ending):
            return family
    return None


def find_object(name: str, argument: str) -> Entry | None:
    """Returns the class that a name in an argument means, None where there is none."""
    hinted = family_of(argument)
    families: Iterable[Family] = (hinted, *_OBJECTS) if hinted else _OBJECTS
    for family in families:
        entry = registry.lookup(family, name)
        if entry is not None and entry.kind == "class" and not entry.is_abstract:
            return entry
    return None


def find_op(name: str) -> Entry | None:
    """Returns the op that a dotted name means: `ops.softmax`, `keras.ops.softmax`."""
    is_op = "ops" in name.split(".")[:-1]
    return registry.lookup("ops", name) if is_op else None


def _unknown_object(name: str, argument: str) -> str:
    hinted = family_of(argument)
    families = (hinted,) if hinted else _OBJECTS
    known = [spelling for family in families for spelling in registry.names(family)]
    return f"Keras has no {name!r}{registry.hint(name, known)}"


def read_document(
    document: Document,
    argument: str,
    parameters: Collection[str],
    diagnostics: Diagnostics,
    imports: Mapping[str, str] | None = None,
    choices: Choices | None = None,
) -> Expression:
    """Returns a document value as an expression.

    A text is an object where it is written as a call (`L2(1e-4)`), a number where it reads
    as one (`1e-3`, which is a text to YAML), a parameter where it is the name of one, and
    else the text itself. Arguments as for `ArgumentReader`.
    """
    if isinstance(document, Items):
        items = (
            read_document(i, argument, parameters, diagnostics, imports, choices)
            for i in document.items
        )
        return Sequence(tuple(items), is_list=True)
    if isinstance(document, Table):
        pairs = (
            (
                Literal(key.value),
                read_document(
                    value, argument or name, parameters, diagnostics, imports, choices
                ),
            )
            for name, key, value in document
        )
        return Dictionary(tuple(pairs))
    if isinstance(document.value, str):
        return _read_text(document, argument, parameters, diagnostics, imports, choices)
    return Literal(document.value)


def _read_text(
    scalar: documents.Scalar,
    argument: str,
    parameters: Collection[str],
    diagnostics: Diagnostics,
    imports: Mapping[str, str] | None,
    choices: Choices | None,
) -> Expression:
    text = str(scalar.value)
    if text in parameters:
        return Name(text)
    if imports and text in imports:
        return Reference(text, imports[text])
    number = _number(text)
    if number is not None:
        return Literal(number)
    head, parenthesis, _ = text.partition("(")
    if parenthesis and is_cut(text) and head.strip().isidentifier():
        diagnostics.error(
            f"{shortened(text)!r} lacks a closing parenthesis; "
            "a call with commas inside [..] or {..} must be quoted",
            scalar.location,
        )
        return Literal(None)
    if not parenthesis or not text.rstrip().endswith(")"):
        return Literal(text)
    if not all(part.isidentifier() for part in head.strip().split(".")):
        return Literal(text)
    source = Source(text, scalar)
    statement = parse_statement(source, diagnostics)
    if not isinstance(statement, ast.Expr):
        return Literal(text)
    reader = ArgumentReader(source, parameters, diagnostics, imports, choices=choices)
    return reader.expression(statement.value, argument)


def is_cut(text: str) -> bool:
    """Whether YAML has cut a text at a comma inside its parentheses."""
    return text.count("(") > text.count(")")


def is_rest(text: object) -> bool:
    """Whether a text is what follows such a cut: it was reported with its beginning."""
    return isinstance(text, str) and text.count(")") > text.count("(")


def _number(text: str) -> int | float | None:
    if not text[:1].isdigit() and text[:1] not in ("-", "."):
        return None
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return None
