"""The sequential style: a list of layers, blocks among them as Layer classes."""

from __future__ import annotations

from keras_kgen.backends.context import Context
from keras_kgen.backends.layer_class import ClassWriter
from keras_kgen.backends.scopes import has_table, loop_target, loop_values
from keras_kgen.backends.view import Definitions, Function
from keras_kgen.ir.program import Loop, Statement, call_of
from keras_kgen.pysource.literals import docstring, literal


def lower_sequential(context: Context) -> Definitions:
    """Returns the classes and the `build_model` of a module in sequential style.

    The program must be a chain, as `wrap_branches` makes it.
    """
    writer = ClassWriter(context)
    items = [context.input_source(context.program.inputs[0])]
    items += [_item(s, writer, context) for s in context.program.body.statements]
    context.imports.add("keras")
    layers = ",\n".join(items)
    name = literal(context.model_name)
    lines = (f"return keras.Sequential([\n{layers},\n], name={name})",)
    text = docstring("Returns the uncompiled model.")
    return Definitions(
        writer.block_classes(), (Function("build_model()", text, lines),)
    )


def _item(statement: Statement, writer: ClassWriter, context: Context) -> str:
    if not isinstance(statement, Loop):
        return writer.constructors.write(call_of(statement))
    constructor = writer.constructors.write(statement.body)
    name = context.loop_constant(statement) if has_table(statement) else ""
    values = loop_values(statement, context.imports, name)
    return f"*[{constructor} for {loop_target(statement)} in {values}]"
