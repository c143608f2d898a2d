"""The sequential style: a list of layers, blocks among them as Layer classes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from keras_kgen.backends.context import Context
from keras_kgen.backends.creation import CreationWriter, repeats_one_layer
from keras_kgen.backends.hyperparameters import model_parameters, with_defaults
from keras_kgen.backends.layer_class import ClassWriter
from keras_kgen.backends.scopes import has_table
from keras_kgen.backends.view import Definitions, Function, Line, Role, about
from keras_kgen.ir.program import Call, For, Loop, Statement, call_of
from keras_kgen.pysource.literals import docstring, literal
from keras_kgen.pysource.names import Namespace

# What a list of layers is called that loops append to.
LIST_NAME = "sequence"


def lower_sequential(context: Context) -> Definitions:
    """Returns the classes and the `build_model` of a module in sequential style.

    The program must be a chain, as `wrap_branches` makes it.
    """
    writer = _SequenceWriter(context)
    statements = context.program.body.statements
    is_list = not any(map(_is_several, statements))
    lines = writer.expression() if is_list else writer.appended()
    context.imports.add("keras")
    text = docstring("Returns the uncompiled model.")
    parameters = with_defaults(model_parameters(context.program))
    signature = f"build_model({', '.join(parameters)})"
    return Definitions(
        writer.classes.block_classes(), (Function(signature, text, tuple(lines)),)
    )


class _SequenceWriter:
    """Writes the list of a model's layers."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.classes = ClassWriter(context)
        namespace = Namespace(context.namespace)
        for parameter in model_parameters(context.program):
            namespace.take(parameter.name)
        self.list_name = namespace.take(LIST_NAME)
        self.creation = CreationWriter(
            context.program,
            self.classes.constructors,
            context.imports,
            namespace,
            self.classes.loop_rows,
        )
        value, *_ = context.program.values
        source = context.input_source(context.program.inputs[0])
        self.first = Line(source, Role.INPUT, (value.index,))
        self.statements = context.program.body.statements

    def expression(self) -> list[str]:
        """Returns the model in one expression."""
        items = [self.first, *map(self.item, self.statements)]
        layers = ",\n".join(items)
        text = f"return {self.model_class}([\n{layers},\n], {self.name})"
        return [Line(text, Role.CREATES, parts=items)]

    def appended(self) -> list[str]:
        """Returns the model where loops append layers to the list."""
        lines: list[str] = []
        items = [self.first]
        for is_loop, run in groupby(self.statements, key=_is_several):
            if not is_loop:
                items += map(self.item, run)
                continue
            lines += self.listed(items, is_first=not lines)
            lines += self.creation.loops(tuple(run), self.list_name)
            items = []
        lines += self.listed(items, is_first=False)
        return [*lines, f"return {self.model_class}({self.list_name}, {self.name})"]

    def listed(self, items: Sequence[Line], is_first: bool) -> list[str]:
        """Returns the line that adds layers to the list, or makes it."""
        if not items:
            return []
        if len(items) == 1 and not is_first and not items[0].startswith("*"):
            text = f"{self.list_name}.append({items[0]})"
            return [Line(text, items[0].role, items[0].keys)]
        layers = ",\n".join(items)
        text = f"[\n{layers},\n]" if len(items) > 1 else f"[{layers}]"
        text = f"{self.list_name} {'=' if is_first else '+='} {text}"
        return [Line(text, Role.CREATES, parts=items)]

    @property
    def model_class(self) -> str:
        return self.context.model_class or "keras.Sequential"

    @property
    def name(self) -> str:
        return f"name={literal(self.context.model_name)}"

    def item(self, statement: Statement) -> Line:
        return Line(self.source(statement), Role.CREATES, about(statement))

    def source(self, statement: Statement) -> str:
        if isinstance(statement, For):
            return f"*{self.creation.repeated(statement)}"
        if not isinstance(statement, Loop):
            return self.classes.constructors.write(call_of(statement))
        rows = self.context.loop_constant(statement) if has_table(statement) else ""
        return f"*{self.creation.comprehension(statement, rows)}"


def _is_several(statement: Statement) -> bool:
    """Whether a statement takes several lines."""
    if isinstance(statement, For):
        return not repeats_one_layer(statement)
    return not isinstance(statement, Call | Loop)
