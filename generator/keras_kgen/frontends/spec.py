"""A spec, read from a document into a program."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from keras_kgen.catalogue import former, registry
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.frontends.arguments import ArgumentReader
from keras_kgen.frontends.choices import Choices
from keras_kgen.frontends.data.request import is_own
from keras_kgen.frontends.documents import Document, Items, Scalar, Table
from keras_kgen.frontends.interface import KEYS, is_misspelt, read_inputs, read_outputs
from keras_kgen.frontends.modes import read_precision
from keras_kgen.frontends.scope import Names, Scope
from keras_kgen.frontends.settings import read_training
from keras_kgen.frontends.syntax import Source, dotted_name, parse_statement, shortened
from keras_kgen.frontends.tuning import finish, read_hyperparameters, read_search
from keras_kgen.ir.choose import Check, check_choices
from keras_kgen.ir.data import OwnData
from keras_kgen.ir.definitions import Former
from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Parameter,
    Program,
    Shared,
    Value,
    calls,
    reads,
    results,
)
from keras_kgen.pysource.names import is_identifier

BLOCK_KEYS = ("shared", "layers")


def read_spec(document: Document, name: str, check: Check | None = None) -> Program:
    """Returns the program that a spec describes.

    Args:
        document: The spec.
        name: The model's name where the spec gives none.
        check: Looks over what could be read, so that its problems are reported together
            with those of reading.

    Raises:
        SourceError: with every problem that was found.
    """
    diagnostics = Diagnostics()
    reader = _SpecReader(diagnostics)
    program = reader.read(document, name)
    if program is not None and check is not None:
        check_choices(program, check, diagnostics)
    diagnostics.raise_errors()
    assert program is not None
    return program


@dataclass(frozen=True, slots=True)
class _Header:
    """`residual(filters, strides=1)(input)`: what a key of `blocks:` says."""

    name: str
    parameters: tuple[Parameter, ...]
    inputs: tuple[str, ...]
    key: Scalar
    lines: Document
    shared: Document | None = None


class _SpecReader:
    """Reads the keys of a spec one by one."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        # The hyperparameters that arguments may read by name.
        self.named: frozenset[str] = frozenset()

    def read(self, document: Document, name: str) -> Program | None:
        if not isinstance(document, Table):
            self.diagnostics.error(
                "expected a mapping with the keys inputs and layers", document.location
            )
            return None
        self.check_keys(document)
        document, own = self.look_at_data(document)
        notes = tuple(self.diagnostics) if own else ()
        inputs, input_structure = read_inputs(document, self.diagnostics)
        imports = self.read_imports(document.get("imports"))
        definitions = tuple(Former(name, name) for name in imports if not imports[name])
        headers = self.read_headers(document.get("blocks"))
        choices = self.choices(headers, imports)
        read_hyperparameters(document.get("hyperparameters"), choices)
        self.named = frozenset(choices.found)
        names = Names(
            {header.name: header.inputs for header in headers},
            self.shared_names(document.get("shared")),
            imports,
            {h.name: tuple(p.name for p in h.parameters) for h in headers},
            choices,
        )
        shared = list(self.read_shared(document.get("shared"), names, self.named))
        blocks = tuple(self.read_block(header, names, shared) for header in headers)
        layers = document.get("layers")
        if layers is None:
            if not is_misspelt(document, "layers"):
                self.diagnostics.error(
                    "the key 'layers' is missing: give a list of lines such as Dense(10)",
                    document.location,
                )
            return None
        given_names = [given.name for given in inputs]
        scope = Scope(names, given_names, self.named, self.diagnostics)
        before = len(self.diagnostics)
        body = scope.read_lines(layers)
        outputs = read_outputs(document.get("outputs"), scope, body, self.diagnostics)
        body = replace(body, outputs=outputs.values)
        self.check_used(body, layers.location, before)
        self.check_inputs_used(inputs, scope.inputs, body, before)
        program = Program(
            name=self.read_name(document.get("name"), name),
            description=self.read_string(document.get("description"), ""),
            inputs=inputs,
            values=scope.inputs,
            blocks=self.sort_blocks(blocks, headers),
            shared=tuple(shared),
            body=body,
            output_keys=outputs.keys,
            training=replace(
                read_training(document, self.diagnostics, imports, choices), own=own
            ),
            imports={name: module for name, module in imports.items() if module},
            input_structure=input_structure,
            output_structure=outputs.structure,
            definitions=definitions,
            notes=notes,
            precision=read_precision(document, self.diagnostics),
            search=read_search(document.get("tune"), self.diagnostics),
        )
        return finish(program, choices, self.diagnostics)

    def choices(self, headers: list[_Header], imports: Collection[str]) -> Choices:
        """Returns where choices go; parameters and blocks keep their names."""
        taken = {name for h in headers for name in (h.name, *h.inputs)}
        taken |= {p.name for header in headers for p in header.parameters}
        return Choices(self.diagnostics, taken | set(imports))

    def look_at_data(self, table: Table) -> tuple[Table, OwnData | None]:
        """Returns the spec with what its own data settle, and what was found in them."""
        data = table.get("data")
        if data is None or not is_own(data):
            return table, None
        # What looks at files is imported where there are some.
        from keras_kgen.frontends.data.inspect import inspect_data
        from keras_kgen.frontends.data.propose import complete

        own = inspect_data(data, self.diagnostics)
        if not any(is_misspelt(table, key) for key in ("inputs", "layers")):
            table = complete(table, own, self.diagnostics)
        return table, own

    def check_keys(self, table: Table) -> None:
        for key, place, _ in table:
            if key not in KEYS:
                tail = registry.hint(key, KEYS) or f"; expected {', '.join(KEYS)}"
                self.diagnostics.error(f"unknown key {key!r}{tail}", place.location)

    def read_string(self, document: Document | None, otherwise: str) -> str:
        if document is None:
            return otherwise
        if isinstance(document, Scalar) and isinstance(document.value, str):
            return document.value
        received = (
            f" Received: {document.value!r}" if isinstance(document, Scalar) else ""
        )
        self.diagnostics.error(
            f"expected a text in quotes.{received}", document.location
        )
        return otherwise

    def read_name(self, document: Document | None, otherwise: str) -> str:
        name = self.read_string(document, otherwise)
        if document is not None and not name.strip():
            self.diagnostics.error("the name is empty", document.location)
        return name

    def read_imports(self, document: Document | None) -> dict[str, str]:
        """Returns the module of each class of the user's own, "" for what Keras once had."""
        if document is None:
            return {}
        if not isinstance(document, Table):
            self.diagnostics.error(
                "imports: takes a mapping from a class to its module, "
                "PatchEncoder: my_project.layers for instance",
                document.location,
            )
            return {}
        found = {}
        for name, key, value in document:
            module = value.value if isinstance(value, Scalar) else None
            if not is_identifier(name):
                self.diagnostics.error(
                    f"{name!r} is not the name of a class", key.location
                )
                continue
            if not isinstance(module, str) or not all(
                map(is_identifier, module.split("."))
            ):
                self.diagnostics.error(
                    "expected the module of the class, my_project.layers for instance",
                    value.location,
                )
            if module == former.MODULE and former.find(name) is None:
                tail = registry.hint(
                    name, former.names()
                ) or "; `keras.former` has " + (", ".join(former.names()))
                self.diagnostics.error(
                    f"kgen knows no {name} that Keras once had{tail}", key.location
                )
            found[name] = "" if module == former.MODULE else str(module)
        return found

    def check_used(self, body: Body, place: Location, before: int) -> None:
        """Reports lines whose result nothing reads: Keras would drop the layer silently.

        Says nothing where reading the lines has led to errors since `before`, for a wrong
        line may be what would have read them.
        """
        if len(self.diagnostics) > before:
            return
        read = {value for statement in body.statements for value in reads(statement)}
        read.update(body.outputs)
        for statement in body.statements:
            if not read.intersection(results(statement)):
                name = results(statement)[0].name
                label = f"{name!r}" if name else "the result of this line"
                where = getattr(statement, "location", place)
                self.diagnostics.error(f"{label} is never used", where)

    def check_inputs_used(
        self,
        inputs: tuple[Input, ...],
        values: tuple[Value, ...],
        body: Body,
        before: int,
    ) -> None:
        if len(self.diagnostics) > before:
            return
        read = {value for statement in body.statements for value in reads(statement)}
        names = Counter(given.name for given in inputs)
        for given, value in zip(inputs, values, strict=True):
            if names[given.name] > 1:
                continue  # reported already
            if value not in read and value not in body.outputs:
                label = repr(given.name) if given.name else "the input"
                self.diagnostics.error(f"{label} is never used", given.location)

    # -- blocks

    def read_headers(self, document: Document | None) -> list[_Header]:
        if document is None:
            return []
        if not isinstance(document, Table):
            self.diagnostics.error(
                "expected a mapping from residual(filters) to its lines",
                document.location,
            )
            return []
        headers = [self.read_header(key, lines) for _, key, lines in document]
        return [header for header in headers if header is not None]

    def read_header(self, key: Scalar, lines: Document) -> _Header | None:
        source = Source(str(key.value), key)
        tree = parse_statement(source, self.diagnostics)
        if tree is None:
            return None
        inputs: tuple[str, ...] = ("input",)
        node = tree.value if isinstance(tree, ast.Expr) else None
        parameters: tuple[Parameter, ...] = ()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
            inputs = tuple(dotted_name(item) or "" for item in node.args)
            node = node.func
        if isinstance(node, ast.Call):
            parameters = self.read_parameters(source, node)
            node = node.func
        if not isinstance(node, ast.Name) or not all(map(is_identifier, inputs)):
            self.diagnostics.error(
                f"{shortened(source.text)!r} does not name a block: expected residual(filters, strides=1)",
                key.location,
            )
            return None
        if registry.lookup("layers", node.id) is not None:
            self.diagnostics.error(
                f"a block cannot be called {node.id!r}: Keras has a layer of that name",
                key.location,
            )
        shared = None
        if isinstance(lines, Table):
            shared, lines = self.read_block_keys(lines)
        return _Header(node.id, parameters, inputs, key, lines, shared)

    def read_block_keys(self, table: Table) -> tuple[Document | None, Document]:
        """Reads a block that has shared layers of its own beside its lines."""
        for key, place, _ in table:
            if key not in BLOCK_KEYS:
                self.diagnostics.error(
                    f"unknown key {key!r}; a block is a list of lines, or has the keys "
                    f"{' and '.join(BLOCK_KEYS)}",
                    place.location,
                )
        return table.get("shared"), table.get("layers") or Items((), table.location)

    def read_parameters(self, source: Source, node: ast.Call) -> tuple[Parameter, ...]:
        parameters: list[Parameter] = []
        for item in node.args:
            if isinstance(item, ast.Name):
                parameters.append(Parameter(item.id, None, source.locate(item)))
            else:
                self.diagnostics.error(
                    f"{shortened(item)!r} is not the name of a parameter",
                    source.locate(item),
                )
        for keyword in node.keywords:
            reader = ArgumentReader(
                source, {p.name for p in parameters}, self.diagnostics
            )
            default = reader.expression(keyword.value, keyword.arg or "")
            parameters.append(
                Parameter(keyword.arg or "", default, source.locate(keyword))
            )
        seen: set[str] = set()
        for parameter in parameters:
            if parameter.name in seen:
                self.diagnostics.error(
                    f"the parameter {parameter.name!r} stands here twice",
                    parameter.location,
                )
            seen.add(parameter.name)
        return tuple(parameters)

    def read_block(self, header: _Header, names: Names, shared: list[Shared]) -> Block:
        parameters = {parameter.name for parameter in header.parameters}
        parameters |= self.named
        inner = replace(names, shared=self.shared_names(header.shared))
        for found in self.read_shared(header.shared, names, parameters):
            if any(other.name == found.name for other in shared):
                self.diagnostics.error(
                    f"another shared layer is called {found.name!r} too; "
                    "each needs a name of its own",
                    found.location,
                )
            shared.append(found)
        scope = Scope(inner, header.inputs, parameters, self.diagnostics)
        before = len(self.diagnostics)
        body = scope.read_lines(header.lines)
        self.check_used(body, header.lines.location, before)
        return Block(
            header.name,
            header.parameters,
            scope.inputs,
            body,
            location=header.key.location,
        )

    def sort_blocks(
        self, blocks: tuple[Block, ...], headers: list[_Header]
    ) -> tuple[Block, ...]:
        """Returns the blocks so that each comes behind those that it uses."""
        by_name = {block.name: block for block in blocks}
        ordered: dict[str, Block] = {}
        open_names: list[str] = []

        def visit(block: Block) -> None:
            if block.name in ordered:
                return
            if block.name in open_names:
                circle = " -> ".join(
                    [*open_names[open_names.index(block.name) :], block.name]
                )
                self.diagnostics.error(
                    f"blocks use each other in a circle: {circle}", block.location
                )
                return
            open_names.append(block.name)
            for call in calls(block.body):
                if call.kind is Callee.BLOCK:
                    visit(by_name[call.callee])
            open_names.pop()
            ordered[block.name] = block

        for block in blocks:
            visit(block)
        return tuple(ordered.values())

    # -- shared layers

    def shared_names(self, document: Document | None) -> tuple[str, ...]:
        return (
            tuple(key for key, _, _ in document) if isinstance(document, Table) else ()
        )

    def read_shared(
        self, document: Document | None, names: Names, parameters: Collection[str]
    ) -> tuple[Shared, ...]:
        if document is None:
            return ()
        if not isinstance(document, Table):
            self.diagnostics.error(
                "expected a mapping from a name to a layer", document.location
            )
            return ()
        inner = replace(names, shared=())
        found = []
        for name, key, line in document:
            if not is_identifier(name):
                self.diagnostics.error(f"{name!r} is not a name", key.location)
            scope = Scope(inner, ("",), parameters, self.diagnostics)
            scope.read_line(line)
            for call in scope.statements:
                if isinstance(call, Call) and len(scope.statements) == 1:
                    found.append(_shared(name, call))
        return tuple(found)


def _shared(name: str, call: Call) -> Shared:
    """Returns a shared layer; `sequential=True` says how a model within is written."""
    shared = Shared(name, call.kind, call.callee, call.arguments, call.location)
    flags = [a for a in call.arguments if a.name == "sequential"]
    if call.kind is not Callee.BLOCK or [a.value for a in flags] != [Literal(True)]:
        return shared
    given = tuple(a for a in call.arguments if a.name != "sequential")
    return replace(shared, arguments=given, is_sequential=True)
