"""The functional style: functions of tensors, and `keras.Model(inputs, outputs)`."""

from __future__ import annotations

from keras_kgen.backends.calls import Constructors
from keras_kgen.backends.context import Context
from keras_kgen.backends.descriptions import describe_block
from keras_kgen.backends.scopes import INDENT, ScopeWriter, loop_header, loop_values
from keras_kgen.backends.view import Definitions, Function
from keras_kgen.ir.program import (
    Block,
    Call,
    Callee,
    Loop,
    Parameter,
    Shared,
    Value,
    reads,
)
from keras_kgen.pysource.literals import docstring, expression, literal
from keras_kgen.pysource.names import Namespace, snake_case


def lower_functional(context: Context) -> Definitions:
    """Returns the functions of a module in functional style."""
    lowering = _Lowering(context)
    blocks = tuple(lowering.block(block) for block in context.program.blocks)
    return Definitions((), (*blocks, lowering.build_model()))


class _Lowering:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.program = context.program
        self.imports = context.imports
        self.functions = {
            block.name: context.namespace.take(self.function_name(block))
            for block in self.program.blocks
        }
        self.constructors = Constructors(self.program, self.functions, self.imports)

    # -- blocks

    def function_name(self, block: Block) -> str:
        """Returns a name that no parameter, and so no variable of a loop, hides."""
        name = snake_case(block.name)
        parameters = {p.name for b in self.program.blocks for p in b.parameters}
        return f"{name}_block" if name in parameters else name

    def block(self, block: Block) -> Function:
        namespace = Namespace(self.context.namespace)
        for parameter in block.parameters:
            namespace.take(parameter.name)
        writer = ScopeWriter(
            block.body, namespace, self.imports, self.apply, self.inner_loop
        )
        inputs = [
            writer.names.add_input(value, self.input_name(block, value))
            for value in block.inputs
        ]
        lines = writer.write()
        if not lines or not lines[-1].startswith("return "):
            lines.append(f"return {', '.join(map(writer.name_of, block.body.outputs))}")
        signature = ", ".join([*inputs, *map(self.parameter, block.parameters)])
        text = docstring(describe_block(block), len(INDENT))
        return Function(
            f"{self.functions[block.name]}({signature})", text, tuple(lines)
        )

    def input_name(self, block: Block, value: Value) -> str:
        if value.name not in (None, "input"):
            return snake_case(value.name or "")
        if len(block.inputs) > 1:
            return "inputs"
        later = (v for s in block.body.statements[1:] for v in reads(s))
        is_trunk = value not in later and value not in block.body.outputs
        return "x" if is_trunk else "inputs"

    def parameter(self, parameter: Parameter) -> str:
        if parameter.default is None:
            return parameter.name
        return f"{parameter.name}={expression(parameter.default, self.imports)}"

    def apply(self, call: Call, index: int, given: list[str]) -> str:
        if call.kind is Callee.SHARED:
            return f"{self.shared_names[call.callee]}({', '.join(given)})"
        constructor = self.constructors.write(call)
        if call.kind is not Callee.BLOCK:
            return f"{constructor}({', '.join(given)})"
        name, _, rest = constructor.partition("(")
        arguments = rest[:-1]
        return f"{name}({', '.join([*given, arguments] if arguments else given)})"

    def inner_loop(self, loop: Loop, index: int) -> str:
        return loop_header(loop, loop_values(loop, self.imports))

    # -- the model

    def build_model(self) -> Function:
        program = self.program
        namespace = Namespace(self.context.namespace)
        self.shared_names = {
            shared.name: namespace.take(snake_case(shared.name))
            for shared in program.shared
        }
        writer = ScopeWriter(
            program.body, namespace, self.imports, self.apply, self.model_loop
        )
        lines = self.inputs(writer)
        for shared in program.shared:
            lines += self.shared(shared)
        is_anonymous = len(program.body.outputs) == 1
        lines += writer.write("outputs" if is_anonymous else "x")
        lines.append(self.model(writer))
        return Function(
            "build_model()", docstring("Returns the uncompiled model."), tuple(lines)
        )

    def inputs(self, writer: ScopeWriter) -> list[str]:
        self.imports.add("keras")
        lines = []
        for given, value in zip(self.program.inputs, self.program.values, strict=True):
            wanted = snake_case(given.name) if given.name else "inputs"
            name = writer.names.add_input(value, wanted, stays=True)
            lines.append(f"{name} = {self.context.input_source(given)}")
        return lines

    def shared(self, shared: Shared) -> list[str]:
        name = self.shared_names[shared.name]
        if shared.kind is Callee.LAYER:
            return [f"{name} = {self.constructors.write(shared)}"]
        block = self.program.block(shared.callee)
        inputs = []
        lines = []
        for value, spec in zip(
            block.inputs, self.context.shared_inputs(shared), strict=True
        ):
            suffix = "input" if value.name in (None, "input") else value.name
            inputs.append(f"{name}_{suffix}")
            lines.append(f"{inputs[-1]} = {self.context.shape_source(spec)}")
        call = Call(Callee.BLOCK, shared.callee, shared.arguments, (), ())
        given = inputs[0] if len(inputs) == 1 else f"[{', '.join(inputs)}]"
        result = self.apply(call, 0, inputs)
        lines.append(
            f"{name} = keras.Model({given}, {result}, name={literal(shared.name)})"
        )
        return lines

    def model_loop(self, loop: Loop, index: int) -> str:
        name = self.context.loop_constant(loop)
        return loop_header(loop, loop_values(loop, self.imports, name))

    def model(self, writer: ScopeWriter) -> str:
        program = self.program
        inputs = [writer.name_of(value) for value in program.values]
        outputs = [writer.name_of(value) for value in program.body.outputs]
        keyed = (
            zip(program.output_keys, outputs, strict=True)
            if program.output_keys
            else None
        )
        if keyed is None:
            result = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
        else:
            result = "{" + ", ".join(f"{literal(k)}: {n}" for k, n in keyed) + "}"
        if len(inputs) == 1:
            given = inputs[0]
        else:
            names = [item.name for item in program.inputs]
            given = (
                "{"
                + ", ".join(
                    f"{literal(k)}: {n}" for k, n in zip(names, inputs, strict=True)
                )
                + "}"
            )
        return f"return keras.Model({given}, {result}, name={literal(self.context.model_name)})"
