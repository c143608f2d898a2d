"""What a spec says of the model's inputs and outputs."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from keyword import iskeyword

from keras_kgen.catalogue import registry
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.frontends.scope import Scope
from keras_kgen.frontends.syntax import Source, parse_statement
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import Body, Structure, Value
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.pysource.names import is_identifier

KEYS = (
    "name",
    "description",
    "imports",
    "hyperparameters",
    "inputs",
    "blocks",
    "shared",
    "layers",
    "outputs",
    "precision",
    "compile",
    "data",
    "fit",
    "callbacks",
    "seed",
    "loop",
    "distribute",
    "tune",
)
INPUT_KEYS = ("shape", "dtype", "batch_size", "sparse", "ragged", "optional")
DTYPES = (
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "bool",
    "string",
)


def is_misspelt(table: Table, name: str) -> bool:
    """Whether one of the unknown keys means that name: it is reported already."""
    unknown = (key for key, _, _ in table if key not in KEYS)
    return any(registry.suggest(key, KEYS) == name for key in unknown)


def read_inputs(
    table: Table, diagnostics: Diagnostics
) -> tuple[tuple[Input, ...], Structure | None]:
    """Returns the inputs of a spec, and how they are nested where that is not plain.

    An input without a usable shape is there as well, so that lines can be read on.
    """
    document = table.get("inputs")
    if document is None:
        if not is_misspelt(table, "inputs"):
            diagnostics.error(
                "the key 'inputs' is missing: give a shape without the batch, "
                "inputs: [28, 28, 1] for instance",
                table.location,
            )
        return (Input("", TensorSpec(None), location=table.location),), None
    is_missing = isinstance(document, Scalar) and document.value is None
    if is_missing or (isinstance(document, Table) and not document.entries):
        diagnostics.error(
            "inputs: needs a shape without the batch, [28, 28, 1] for instance, "
            "or a name and a shape for each input",
            document.location,
        )
        return (Input("", TensorSpec(None), location=document.location),), None
    reader = _InputReader(diagnostics)
    structure = reader.read("", document, document.location)
    inputs = tuple(reader.inputs)
    is_plain = structure in (0, {given.name: i for i, given in enumerate(inputs)})
    return inputs, None if is_plain else structure


class _InputReader:
    """Collects the inputs of a nesting."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.inputs: list[Input] = []

    def read(self, name: str, document: Document, place: Location) -> Structure:
        """Reads one input, a list of named ones or a mapping from names."""
        if isinstance(document, Items) and _is_list_of_inputs(document):
            parts = [part for item in document.items for part in _entries(item)]
            return tuple(
                self.read(key, value, where.location) for key, where, value in parts
            )
        if isinstance(document, Table) and not _is_one_input(document):
            return {
                key: self.read(key, value, where.location)
                for key, where, value in document
            }
        self.inputs.append(self.read_input(name, document, place))
        return len(self.inputs) - 1

    def read_input(self, name: str, document: Document, place: Location) -> Input:
        if name and not is_identifier(name):
            self.diagnostics.error(
                f"{name!r} cannot name an input: {_why_no_name(name)}", place
            )
        if name and any(given.name == name for given in self.inputs):
            self.diagnostics.error(f"another input is called {name!r} too", place)
        if not isinstance(document, Table):
            dims = self.read_shape(document)
            spec = TensorSpec(None if dims is None else (None, *dims))
            return Input(name, spec, location=place)
        for key, where, _ in document:
            if key not in INPUT_KEYS:
                self.diagnostics.error(
                    f"unknown key {key!r}; an input has {', '.join(INPUT_KEYS[:-1])} "
                    f"and {INPUT_KEYS[-1]}",
                    where.location,
                )
        dtype = self.read_dtype(document.get("dtype"), "float32")
        dims = self.read_shape(document.get("shape") or document)
        batch = self.read_batch_size(document.get("batch_size"))
        spec = TensorSpec(None if dims is None else (batch, *dims), dtype)
        flags = tuple(
            key
            for key in ("sparse", "ragged", "optional")
            if self.read_flag(document.get(key), key)
        )
        return Input(name, spec, flags, place)

    def read_batch_size(self, document: Document | None) -> int | None:
        if document is None:
            return None
        dims = self.read_shape(document)
        return dims[0] if dims else None

    def read_flag(self, document: Document | None, key: str) -> bool:
        value = document.value if isinstance(document, Scalar) else document
        if document is not None and not isinstance(value, bool):
            self.diagnostics.error(f"{key}: takes true or false", document.location)
        return value is True

    def read_dtype(self, document: Document | None, otherwise: str) -> str:
        if document is None:
            return otherwise
        dtype = document.value if isinstance(document, Scalar) else None
        if dtype in DTYPES:
            return str(dtype)
        if not isinstance(dtype, str):
            received = f" Received: {dtype!r}" if isinstance(document, Scalar) else ""
            self.diagnostics.error(
                f"expected a text in quotes.{received}", document.location
            )
            return otherwise
        tail = registry.hint(dtype, DTYPES) or f"; expected {', '.join(DTYPES)}"
        self.diagnostics.error(f"unknown dtype {dtype!r}{tail}", document.location)
        return dtype

    def read_shape(self, document: Document) -> tuple[int | None, ...] | None:
        items = document.items if isinstance(document, Items) else (document,)
        dims: list[int | None] = []
        for item in items:
            value = item.value if isinstance(item, Scalar) else ()
            if value is None or value == "None":
                dims.append(None)
            elif isinstance(value, int) and not isinstance(value, bool) and value > 0:
                dims.append(value)
            else:
                received = "a list" if value == () else repr(value)
                self.diagnostics.error(
                    "a shape is a list of positive whole numbers, or null where any size "
                    f"fits. Received: {received}",
                    item.location,
                )
                return None
        return tuple(dims)


def _is_one_input(table: Table) -> bool:
    """Whether a mapping is `{shape: .., dtype: ..}` and not a name and a shape for each."""
    others = [value for key, _, value in table if key not in INPUT_KEYS]
    return table.get("shape") is not None and not any(
        isinstance(value, Items | Table) for value in others
    )


def _is_list_of_inputs(document: Items) -> bool:
    """Whether a list holds inputs, `[{left: [28]}, {right: [28]}]`, and not sizes."""
    return bool(document.items) and all(
        isinstance(item, Table) and not _is_one_input(item) for item in document.items
    )


def _entries(document: Document) -> tuple[tuple[str, Scalar, Document], ...]:
    return tuple(document) if isinstance(document, Table) else ()


def _why_no_name(name: str) -> str:
    if iskeyword(name):
        return "it is a word of Python's own"
    return "use letters, digits and _, and begin with a letter"


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the model gives.

    Attributes:
        keys: A name for each output where there are several, or where they are named.
        structure: How they are nested, None where that is plain.
    """

    values: tuple[Value, ...]
    keys: tuple[str, ...]
    structure: Structure | None


def read_outputs(
    document: Document | None, scope: Scope, body: Body, diagnostics: Diagnostics
) -> Outputs:
    """Returns the outputs that a spec names; without any, what the last line gives."""
    reader = _OutputReader(scope, diagnostics)
    if document is None:
        reader.pairs = [(value.name or "", value) for value in body.outputs]
        structure: Structure = 0
    else:
        structure = reader.read("", document, is_top=True)
    values = tuple(value for _, value in reader.pairs)
    keys = tuple(key or f"output_{i}" for i, (key, _) in enumerate(reader.pairs, 1))
    plain: Structure = {key: index for index, key in enumerate(keys)}
    if isinstance(document, Table) or len(values) > 1:
        is_plain = structure in (0, plain)
        return Outputs(values, keys, None if is_plain else structure)
    return Outputs(values, (), None if structure in (0, plain) else structure)


class _OutputReader:
    """Collects the outputs of a nesting."""

    def __init__(self, scope: Scope, diagnostics: Diagnostics) -> None:
        self.scope = scope
        self.diagnostics = diagnostics
        self.pairs: list[tuple[str, Value]] = []

    def read(self, key: str, document: Document, is_top: bool = False) -> Structure:
        if isinstance(document, Table):
            return {
                name: self.read(f"{key}_{name}".strip("_"), item)
                for name, _, item in document
            }
        if isinstance(document, Items):
            parts = [self.read("", item) for item in document.items]
            # The names of lines become the keys of a dictionary.
            return 0 if is_top else tuple(parts)
        text = document.value if isinstance(document.value, str) else ""
        if text[:1] in ("[", "("):
            return self.read_text(document, text)
        self.add(key, text, document.location)
        return len(self.pairs) - 1

    def read_text(self, scalar: Scalar, text: str) -> Structure:
        """Reads a nesting in Python's notation: `"[digit, parity]"`."""
        source = Source(text, scalar)
        statement = parse_statement(source, self.diagnostics)
        if not isinstance(statement, ast.Expr):
            return 0
        return self.read_node(source, statement.value)

    def read_node(self, source: Source, node: ast.expr) -> Structure:
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return tuple(self.read_node(source, item) for item in items)
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                return {
                    str(key.value): self.read_node(source, value)
                    for key, value in pairs
                    if isinstance(key, ast.Constant)
                }
            case ast.Name(id=name):
                self.add("", name, source.locate(node))
                return len(self.pairs) - 1
        self.diagnostics.error(
            f"expected names of lines in [..]. Received: {ast.unparse(node)}",
            source.locate(node),
        )
        return 0

    def add(self, key: str, name: str, place: Location) -> None:
        above = self.scope.above
        if name == "_" and len(above) == 1:
            value: Value | None = above[0]
        else:
            value = self.scope.values.get(name)
        if value is None:
            self.scope.unknown_value(name, place)
            value = self.scope.new_value()
        self.pairs.append((key or value.name or "", value))
