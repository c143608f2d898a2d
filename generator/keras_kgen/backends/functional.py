"""The functional style: functions of tensors, and `keras.Model(inputs, outputs)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from keras_kgen.backends.calls import (
    Constructors,
    block_arguments,
    own_arguments,
    structured,
)
from keras_kgen.backends.context import Context
from keras_kgen.backends.descriptions import describe_block
from keras_kgen.backends.hyperparameters import model_parameters, with_defaults
from keras_kgen.backends.scopes import (
    ScopeWriter,
    loop_header,
    loop_values,
    row_source,
)
from keras_kgen.backends.view import (
    ALL,
    INDENT,
    Definitions,
    Function,
    Line,
    Role,
    about,
)
from keras_kgen.ir.expressions import Expression, Literal, names_in
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    Loop,
    Parameter,
    Program,
    Shared,
    Statement,
    Value,
    bound_names,
    calls,
    loops,
    reads,
    substitute_names,
)
from keras_kgen.pysource.literals import arguments, docstring, expression, literal
from keras_kgen.pysource.names import Namespace, snake_case


def lower_functional(context: Context) -> Definitions:
    """Returns the functions of a module in functional style."""
    lowering = _Lowering(context)
    blocks = tuple(lowering.block(block) for block in lowering.written_blocks())
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
        self.chains = _chains(self.program)
        self.shared_names: dict[str, str] = {}
        self.pending_models: dict[str, Shared] = {}

    # -- blocks

    def written_blocks(self) -> Iterator[Block]:
        """Yields the blocks that are functions: not those of lists of layers alone."""
        listed = {shared.callee for shared in self.chains}
        listed -= {x.callee for x in self.program.shared if x not in self.chains}
        bodies = (self.program.body, *(block.body for block in self.program.blocks))
        listed -= {call.callee for body in bodies for call in calls(body)}
        return (block for block in self.program.blocks if block.name not in listed)

    def function_name(self, block: Block) -> str:
        """Returns a name that no parameter, and so no variable of a loop, hides."""
        name = snake_case(block.name)
        blocks = self.program.blocks
        bodies = (self.program.body, *(block.body for block in blocks))
        taken = {p.name for b in blocks for p in b.parameters}
        taken |= {
            name for b in bodies for loop in loops(b) for name in bound_names(loop)
        }
        return f"{name}_block" if name in taken else name

    def block(self, block: Block) -> Function:
        namespace = Namespace(self.context.namespace)
        for name in (*(p.name for p in block.parameters), *dict(block.widths)):
            namespace.take(name)
        shared = self.take_shared_names(block.body, namespace)
        writer = ScopeWriter(
            block.body, namespace, self.imports, self.apply, self.inner_loop
        )
        self.writer = writer
        for item in shared:
            if item in self.chains:
                writer.lines += self.nested_sequential(item)
            elif item.kind is Callee.BLOCK:
                # A model within a block is made where its first input is known.
                self.pending_models[item.name] = item
            else:
                writer.lines += self.shared_layer(item)
        inputs = [
            writer.names.add_input(value, self.input_name(block, value))
            for value in block.inputs
        ]
        for name, value in block.widths:
            writer.add(f"{name} = {writer.name_of(value)}.shape[-1]")
        lines = writer.write()
        if not lines or not lines[-1].startswith("return "):
            writer.add(f"return {', '.join(map(writer.name_of, block.body.outputs))}")
        signature = ", ".join([*inputs, *self.parameters(block)])
        text = docstring(describe_block(self.told(block)), len(INDENT))
        return Function(
            f"{self.functions[block.name]}({signature})",
            text,
            tuple(lines),
            block.name,
            header=Line("", Role.DEFINES, (ALL,)),
        )

    def told(self, block: Block) -> Block:
        """Returns a block with the layers of a list of layers in place of its call."""
        statements: list[Statement] = []
        chains = {shared.name: shared.callee for shared in self.chains}
        for statement in block.body.statements:
            if isinstance(statement, Call) and statement.callee in chains:
                inner = self.program.block(chains[statement.callee])
                statements += inner.body.statements
            else:
                statements.append(statement)
        return replace(block, body=replace(block.body, statements=tuple(statements)))

    def input_name(self, block: Block, value: Value) -> str:
        if value.name not in (None, "input"):
            return snake_case(value.name or "")
        if len(block.inputs) > 1:
            return "inputs"
        later = (v for s in block.body.statements[1:] for v in reads(s))
        is_trunk = value not in later and value not in block.body.outputs
        return "x" if is_trunk else "inputs"

    def parameters(self, block: Block) -> list[str]:
        """Returns the parameters; one without a default behind others is given by name."""
        found = []
        has_defaults = False
        for parameter in block.parameters:
            is_required = parameter.default is None
            if is_required and has_defaults and "*" not in found:
                found.append("*")
            found.append(self.parameter(parameter))
            has_defaults |= not is_required
        return found

    def parameter(self, parameter: Parameter) -> str:
        if parameter.default is None:
            return parameter.name
        return f"{parameter.name}={expression(parameter.default, self.imports)}"

    def apply(self, call: Call, index: int, given: list[str]) -> str:
        if call.kind is Callee.SHARED:
            nested = self.pending_models.pop(call.callee, None)
            if nested is not None:
                for line in self.nested_model(nested, given):
                    self.writer.add(line)
            return f"{self.shared_names[call.callee]}({self.given(call, given)})"
        if call.kind is Callee.BLOCK:
            return self.apply_block(call, given)
        return f"{self.constructors.write(call)}({', '.join(given)})"

    def given(self, call: Call, given: list[str]) -> str:
        """Returns what a shared layer is called with: a model takes its inputs as a list."""
        count = len(call.inputs)
        shared = self.program.shared_layer(call.callee)
        if shared.kind is not Callee.BLOCK or count < 2:
            return ", ".join(given)
        return ", ".join([f"[{', '.join(given[:count])}]", *given[count:]])

    def apply_block(self, call: Call | Shared, given: list[str]) -> str:
        """Returns the call of the function of a block."""
        block = self.program.block(call.callee)
        given_arguments = arguments(
            block_arguments(block, call.arguments), self.imports
        )
        parts = [*given, given_arguments] if given_arguments else given
        return f"{self.functions[call.callee]}({', '.join(parts)})"

    def take_shared_names(self, body: Body, namespace: Namespace) -> tuple[Shared, ...]:
        """Names the shared layers of a body; returns them."""
        shared = self.program.shared_in(body)
        for item in shared:
            self.shared_names[item.name] = namespace.take(snake_case(item.name))
        return shared

    def inner_loop(self, loop: Loop, index: int) -> str:
        return loop_header(loop, loop_values(loop, self.imports))

    # -- the model

    def build_model(self) -> Function:
        program = self.program
        namespace = Namespace(self.context.namespace)
        parameters = model_parameters(program)
        for parameter in parameters:
            namespace.take(parameter.name)
        shared = self.take_shared_names(program.body, namespace)
        writer = ScopeWriter(
            program.body,
            namespace,
            self.imports,
            self.apply,
            self.model_loop,
            row_values=self.model_rows,
        )
        inputs = self.inputs(writer)
        self.writer = writer
        made = [line for item in shared for line in self.shared(item)]
        lines = [*made, *inputs] if self.makes_models_first() else [*inputs, *made]
        is_anonymous = len(program.body.outputs) == 1
        writer.write("outputs" if is_anonymous else "x")
        writer.add(self.model(writer))
        lines += writer.lines
        signature = f"build_model({', '.join(with_defaults(parameters))})"
        text = docstring("Returns the uncompiled model.")
        return Function(signature, text, tuple(lines))

    def makes_models_first(self) -> bool:
        """Whether shared layers stand before an input that Keras numbers.

        Models have inputs, which Keras numbers, too, and people make what a model consists
        of before they make the model.
        """
        program = self.program
        shared = program.shared_in(program.body)
        has_models = any(item.kind is Callee.BLOCK for item in shared)
        return has_models and not all(given.name for given in program.inputs)

    def inputs(self, writer: ScopeWriter) -> list[str]:
        self.imports.add("keras")
        lines: list[str] = []
        for given, value in zip(self.program.inputs, self.program.values, strict=True):
            wanted = snake_case(given.name) if given.name else "inputs"
            name = writer.names.add_input(value, wanted, stays=True)
            text = f"{name} = {self.context.input_source(given)}"
            lines.append(Line(text, Role.INPUT, (value.index,)))
        return lines

    def shared(self, shared: Shared) -> list[str]:
        if shared.kind is not Callee.BLOCK:
            return self.shared_layer(shared)
        if shared in self.chains:
            return self.nested_sequential(shared)
        specs = self.context.shared_inputs(shared)
        if not all(spec.is_known for spec in specs):
            self.pending_models[shared.name] = shared
            return []
        return self.nested_model(
            shared, [self.context.shape_source(spec) for spec in specs]
        )

    def shared_layer(self, shared: Shared) -> list[str]:
        text = f"{self.shared_names[shared.name]} = {self.constructors.write(shared)}"
        return [Line(text, Role.CREATES, (shared.name,))]

    def nested_sequential(self, shared: Shared) -> list[str]:
        """Returns the lines that make a list of layers a model of its own."""
        name = self.shared_names[shared.name]
        self.imports.add("keras")
        block = self.program.block(shared.callee)
        own = {a.name: a.value for a in own_arguments(block, shared)}
        parts = [self.part(block, line) for line in _calls(_body_of(shared, block))]
        layers = ", ".join(parts)
        label = expression(own.pop("name", Literal(shared.name)), self.imports)
        text = f"{name} = keras.Sequential([{layers}], name={label})"
        line = Line(text, Role.CREATES, (shared.name,), parts)
        return [line, *self.settings(name, own)]

    def part(self, block: Block, call: Call) -> Line:
        """Returns a layer in the list of a model within the model."""
        keys = ((block.name, key) for key in about(call) if isinstance(key, int))
        return Line(self.constructors.write(call), Role.CREATES, keys)

    def settings(self, name: str, own: Mapping[str | None, Expression]) -> list[str]:
        """Returns the lines that set what a model is not made with: `trainable`."""
        return [
            f"{name}.{key} = {expression(value, self.imports)}"
            for key, value in own.items()
        ]

    def nested_model(self, shared: Shared, sources: list[str]) -> list[str]:
        """Returns the lines that make a shared block a model of its own.

        Args:
            shared: The block.
            sources: What its inputs are made from: source of an input, or the name of a
                tensor that goes in.
        """
        name = self.shared_names[shared.name]
        block = self.program.block(shared.callee)
        self.imports.add("keras")
        inputs = []
        lines: list[str] = []
        for value, source in zip(block.inputs, sources, strict=True):
            suffix = "input" if value.name in (None, "input") else value.name
            inputs.append(f"{name}_{suffix}")
            if not source.startswith("keras.Input("):
                source = f"keras.Input(shape={source}.shape[1:], dtype={source}.dtype)"
            text = f"{inputs[-1]} = {source}"
            lines.append(Line(text, Role.INPUT, ((block.name, value.index),)))
        given = inputs[0] if len(inputs) == 1 else f"[{', '.join(inputs)}]"
        result = self.apply_block(shared, inputs)
        own = {a.name: a.value for a in own_arguments(block, shared)}
        label = own.pop("name", None)
        if label is None and sources[0].startswith("keras.Input("):
            label = Literal(shared.name)
        named = "" if label is None else f", name={expression(label, self.imports)}"
        text = f"{name} = keras.Model({given}, {result}{named})"
        lines.append(Line(text, Role.CREATES, (shared.name,)))
        return [*lines, *self.settings(name, own)]

    def model_loop(self, loop: Loop, index: int) -> str:
        name = "" if _reads_names(loop) else self.context.loop_constant(loop)
        return loop_header(loop, loop_values(loop, self.imports, name))

    def model_rows(self, loop: For) -> str:
        """Returns what a loop of the model runs over, a constant where no name is read."""
        if _reads_names(loop):
            return row_source(loop.rows or (), self.imports)
        return self.context.loop_constant(loop)

    def model(self, writer: ScopeWriter) -> str:
        program = self.program
        inputs = [writer.name_of(value) for value in program.values]
        outputs = [writer.name_of(value) for value in program.body.outputs]
        given = structured(program.takes, lambda index: inputs[index])
        result = structured(program.gives, lambda index: outputs[index])
        name = f"name={literal(self.context.model_name)}"
        model_class = self.context.model_class or "keras.Model"
        return f"return {model_class}({given}, {result}, {name})"


def _chains(program: Program) -> tuple[Shared, ...]:
    """Returns the models within the model that are lists of layers."""
    return tuple(
        shared
        for shared in program.shared
        if shared.is_sequential and _is_chain(program.block(shared.callee))
    )


def _is_chain(block: Block) -> bool:
    """Whether each line of a block is a layer of what the line before gives."""
    current = block.inputs
    if len(current) != 1:
        return False
    for line in block.body.statements:
        if not isinstance(line, Call) or line.inputs != current or line.keywords:
            return False
        if line.kind not in (Callee.LAYER, Callee.IMPORTED):
            return False
        current = line.results
    return current == block.body.outputs


def _body_of(shared: Shared, block: Block) -> Body:
    """Returns the lines of a block with what a shared model gives for its parameters."""
    given = {a.name: a.value for a in shared.arguments if a.name is not None}
    own = {p.name: given[p.name] for p in block.parameters if p.name in given}
    return substitute_names(block.body, own) if own else block.body


def _calls(body: Body) -> Iterator[Call]:
    return (line for line in body.statements if isinstance(line, Call))


def _reads_names(loop: Loop | For) -> bool:
    """Whether the rows of a loop depend on parameters, or on a loop around it."""
    return any(names_in(item) for row in loop.rows or () for item in row)
