"""Layer classes, for the subclass and the sequential style, and subclassed models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keras_kgen.backends.attributes import (
    ScopeOrder,
    block_orders,
    find_uses,
    has_state,
    model_order,
)
from keras_kgen.backends.calls import Constructors
from keras_kgen.backends.context import Context
from keras_kgen.backends.descriptions import describe_block, describe_layers
from keras_kgen.backends.masks import mask_uses
from keras_kgen.backends.naming import attribute_names, list_name
from keras_kgen.backends.scopes import INDENT, ScopeWriter, loop_values, row_source
from keras_kgen.backends.shapes import MIN_LOOP, ShapeScope, ShapeWriter, is_chain
from keras_kgen.backends.training_flag import block_takes_training, takes_training
from keras_kgen.backends.uniformity import Uniformity
from keras_kgen.backends.view import Definitions, Function, LayerClass
from keras_kgen.catalogue.reserved import RESERVED_ATTRIBUTES
from keras_kgen.catalogue.rules import has_weights, preserves_shape
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Loop,
    Statement,
    Value,
    calls,
    reads,
)
from keras_kgen.pysource.literals import comment, docstring, expression, literal
from keras_kgen.pysource.names import Namespace, class_case, snake_case, words

# Layers whose compute_output_shape takes a tuple and no list.
_TUPLE_ONLY = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
# What methods use besides tensors.
_METHOD_NAMES = frozenset({"layer", "self", "training"})
_SUPER_INIT = "super().__init__(**kwargs)"


def lower_subclass(context: Context) -> Definitions:
    """Returns the classes and the `build_model` of a module in subclass style."""
    writer = ClassWriter(context)
    model_class = writer.model_class()
    classes = (*writer.block_classes(), model_class)
    return Definitions(classes, (writer.build_model(model_class.name),))


@dataclass(frozen=True, slots=True)
class _Scope:
    """One class in the making."""

    body: Body
    inputs: tuple[Value, ...]
    attributes: dict[int, str]
    order: ScopeOrder
    parameters: tuple[str, ...]
    takes_training: bool


class ClassWriter:
    """Writes the classes of a module."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.program = context.program
        self.imports = context.imports
        self.class_names = {
            block.name: context.namespace.take(
                class_case("_".join(map(str.capitalize, words(block.name))))
            )
            for block in self.program.blocks
        }
        self.constructors = Constructors(self.program, self.class_names, self.imports)
        self.own_use, uses = find_uses(self.program, context.graph, context.order)
        self.orders = block_orders(self.program, uses)
        self.masks = mask_uses(uses, context.graph, context.masks)
        self.uniformity = Uniformity(context)

    # -- layers

    def block_classes(self) -> tuple[LayerClass, ...]:
        """Returns a Layer class for each block."""
        return tuple(self.block_class(block) for block in self.program.blocks)

    def block_class(self, block: Block) -> LayerClass:
        parameters = tuple(p.name for p in block.parameters)
        scope = self.scope(
            block.body,
            block.inputs,
            self.orders[block.name],
            parameters,
            block_takes_training(block, self.program),
        )
        methods = [self.layer_init(block, scope), self.layer_build(block, scope)]
        methods += [
            self.call(scope, self.input_names(block)),
            self.output_shape(block, scope),
        ]
        if block.name in self.masks and not self.masks[block.name].goes_out:
            methods.append(self.no_mask(block))
        if parameters:
            methods.append(self.get_config(parameters))
        self.imports.add("keras")
        self.imports.add("keras", "layers")
        return LayerClass(
            literal(self.context.module_name),
            self.class_names[block.name],
            "layers.Layer",
            docstring(describe_block(block, sections=True), len(INDENT)),
            tuple(methods),
        )

    def scope(
        self,
        body: Body,
        inputs: tuple[Value, ...],
        order: ScopeOrder,
        parameters: tuple[str, ...],
        training: bool,
    ) -> _Scope:
        namespace = Namespace(reserved=RESERVED_ATTRIBUTES | frozenset(parameters))
        attributes = attribute_names(body.statements, namespace)
        return _Scope(body, inputs, attributes, order, parameters, training)

    def layer_init(self, block: Block, scope: _Scope) -> Function:
        parameters = [
            (
                p.name
                if p.default is None
                else f"{p.name}={expression(p.default, self.imports)}"
            )
            for p in block.parameters
        ]
        signature = ", ".join(["self", *parameters, "**kwargs"])
        lines = [_SUPER_INIT, *(f"self.{p.name} = {p.name}" for p in block.parameters)]
        if block.name in self.masks:
            lines.append("self.supports_masking = True")
        return Function(
            f"__init__({signature})", "", (*lines, *self.assignments(scope, {}))
        )

    def assignments(self, scope: _Scope, lists: dict[int, str]) -> list[str]:
        """Returns the lines that create the sub-layers, in the order of their weights."""
        lines = []
        done: set[str] = set()
        for index in scope.order.statements:
            attribute = scope.attributes[index]
            if attribute in done:
                continue
            done.add(attribute)
            statement = scope.body.statements[index]
            lines.append(
                f"self.{attribute} = {self.creation(statement, lists.get(index))}"
            )
        return lines

    def creation(self, statement: Statement, rows: str | None) -> str:
        if isinstance(statement, Call):
            return self.constructors.write(statement)
        variables = ", ".join(statement.variables) or "_"
        values = loop_values(statement, self.imports, rows or "")
        return (
            f"[{self.constructors.write(statement.body)} for {variables} in {values}]"
        )

    def layer_build(self, block: Block, scope: _Scope) -> Function:
        shapes = self.shape_names(block.inputs)
        lines = self.build_lines(
            scope, shapes, lambda index: self.is_stateful(scope, index)
        )
        lines.append(f"super().build({next(iter(shapes.values()))})")
        return Function(
            f"build({', '.join(['self', *shapes.values()])})", "", tuple(lines)
        )

    def is_stateful(self, scope: _Scope, index: int) -> bool:
        statement = scope.body.statements[index]
        call = statement.body if isinstance(statement, Loop) else statement
        if call.kind is Callee.BLOCK:
            return has_state(self.program.block(call.callee), self.program)
        return call.kind is Callee.SHARED or has_weights(call.callee)

    def shape_names(self, inputs: Sequence[Value]) -> dict[Value, str]:
        if len(inputs) == 1:
            return {inputs[0]: "input_shape"}
        names = zip(inputs, self.names_of(inputs), strict=True)
        return {value: f"{name}_shape" for value, name in names}

    def build_lines(
        self, scope: _Scope, shapes: dict[Value, str], builds: object
    ) -> list[str]:
        assert callable(builds)
        chained = [i for i in range(len(scope.body.statements)) if builds(i)]
        if is_chain(scope.body.statements, scope.inputs) and len(chained) >= MIN_LOOP:
            return self.chain_lines(scope, shapes[scope.inputs[0]], builds)
        writer = ShapeWriter(self.shape_scope(scope, shapes, builds))
        return writer.build_lines()

    def chain_lines(self, scope: _Scope, shape: str, builds: object) -> list[str]:
        """Returns the loop that builds the layers of a chain one behind the other."""
        assert callable(builds)
        members = []
        for index, statement in enumerate(scope.body.statements):
            attribute = scope.attributes[index]
            is_layer = isinstance(statement, Call) and statement.kind is Callee.LAYER
            keeps = is_layer and preserves_shape(statement.callee)  # type: ignore[union-attr]
            if builds(index) or not keeps:
                members.append(
                    f"*self.{attribute}"
                    if isinstance(statement, Loop)
                    else f"self.{attribute}"
                )
        return [
            f"shape = {shape}",
            f"for layer in ({', '.join(members)}):",
            f"{INDENT}layer.build(shape)",
            f"{INDENT}shape = layer.compute_output_shape(shape)",
        ]

    def shape_scope(
        self, scope: _Scope, shapes: dict[Value, str], builds: object
    ) -> ShapeScope:
        assert callable(builds)
        names = self.call_writer(
            scope, [f"{value.index}" for value in scope.inputs]
        ).names
        return ShapeScope(
            scope.body.statements,
            scope.attributes,
            shapes,
            builds,
            lambda index: self.uniformity.is_uniform(scope.body, index),
            lambda value: names.names.get(value, "x"),
        )

    # -- call()

    def names_of(self, inputs: Sequence[Value]) -> list[str]:
        """Returns the names of the tensors that `call` takes."""
        if len(inputs) == 1:
            return ["inputs"]
        namespace = Namespace(self.context.namespace, _METHOD_NAMES)
        names = (snake_case(value.name or "inputs") for value in inputs)
        return [namespace.take("inputs" if n == "input_" else n) for n in names]

    def input_names(self, block: Block) -> list[str]:
        return self.names_of(block.inputs)

    def call(self, scope: _Scope, inputs: list[str]) -> Function:
        writer = self.call_writer(scope, inputs)
        lines = writer.lines
        if not lines or not lines[-1].startswith("return "):
            lines.append(f"return {', '.join(map(writer.name_of, scope.body.outputs))}")
        training = ["training=None"] if scope.takes_training else []
        return Function(
            f"call({', '.join(['self', *inputs, *training])})", "", tuple(lines)
        )

    def call_writer(
        self, scope: _Scope, inputs: Sequence[str], output_name: str | None = None
    ) -> ScopeWriter:
        namespace = Namespace(self.context.namespace, _METHOD_NAMES)
        if any(name.startswith("inputs[") for name in inputs):
            namespace.reserve(("inputs",))

        def apply(call: Call, index: int, given: list[str]) -> str:
            attribute = scope.attributes[index]
            statement = scope.body.statements[index]
            target = "layer" if isinstance(statement, Loop) else f"self.{attribute}"
            flag = ["training=training"] if takes_training(call, self.program) else []
            return f"{target}({', '.join([*given, *flag])})"

        def loop_header(loop: Loop, index: int) -> str:
            return f"for layer in self.{scope.attributes[index]}:"

        writer = ScopeWriter(scope.body, namespace, self.imports, apply, loop_header)
        for value, name in zip(scope.inputs, inputs, strict=True):
            writer.names.hold(value, name)
        writer.write(output_name)
        return writer

    # -- compute_output_shape() and get_config()

    def output_shape(self, block: Block, scope: _Scope) -> Function:
        shapes = self.shape_names(block.inputs)
        signature = f"compute_output_shape({', '.join(['self', *shapes.values()])})"
        lines = self.chain_shape(scope)
        if lines is None:
            writer = ShapeWriter(self.shape_scope(scope, shapes, lambda index: False))
            lines = writer.output_lines(block.body.outputs)
        return Function(signature, "", tuple(lines))

    def chain_shape(self, scope: _Scope) -> list[str] | None:
        """Returns the loop over the layers that change the shape, None where it is short."""
        if not is_chain(scope.body.statements, scope.inputs):
            return None
        members = []
        for index, statement in enumerate(scope.body.statements):
            if isinstance(statement, Loop):
                members.append(f"*self.{scope.attributes[index]}")
            elif statement.kind is not Callee.LAYER or not preserves_shape(
                statement.callee
            ):
                members.append(f"self.{scope.attributes[index]}")
        if len(members) < 2:
            return None
        return [
            f"for layer in ({', '.join(members)}):",
            f"{INDENT}input_shape = layer.compute_output_shape(input_shape)",
            "return input_shape",
        ]

    def no_mask(self, block: Block) -> Function:
        """Returns the method that says that the block uses the mask up."""
        inputs = self.input_names(block)
        signature = f"compute_mask({', '.join(['self', *inputs, 'previous_mask'])})"
        return Function(signature, "", ("return None",))

    def get_config(self, parameters: Sequence[str]) -> Function:
        pairs = ", ".join(f"{literal(name)}: self.{name}" for name in parameters)
        return Function(
            "get_config(self)", "", (f"return {{**super().get_config(), {pairs}}}",)
        )

    # -- the model

    def model_class(self) -> LayerClass:
        program = self.program
        wanted = class_case("_".join(map(str.capitalize, words(program.name))))
        name = self.context.namespace.take(wanted)
        order = model_order(program, self.own_use)
        lists, parameters = self.model_lists()
        training = any(takes_training(call, program) for call in calls(program.body))
        scope = self.scope(
            program.body, program.values, order, tuple(lists.values()), training
        )
        methods = [self.model_init(scope, lists, parameters), self.model_build(scope)]
        methods.append(self.model_call(scope))
        if parameters:
            methods.append(self.get_config([p.partition("=")[0] for p in parameters]))
        self.imports.add("keras")
        text = program.description or describe_layers(self.context.graph)
        return LayerClass(
            literal(self.context.module_name),
            name,
            "keras.Model",
            docstring(text, 4),
            tuple(methods),
        )

    def model_lists(self) -> tuple[dict[int, str], list[str]]:
        """Returns the parameters that hold the values of loops, and their defaults."""
        namespace = Namespace(reserved=RESERVED_ATTRIBUTES)
        lists: dict[int, str] = {}
        parameters = []
        for index, statement in enumerate(self.program.body.statements):
            if isinstance(statement, Loop):
                lists[index] = namespace.take(list_name(statement))
                count = str(len(statement.rows))
                rows = row_source(statement.rows, self.imports)
                parameters.append(
                    f"{lists[index]}={rows if statement.variables else count}"
                )
        return lists, parameters

    def model_init(
        self, scope: _Scope, lists: dict[int, str], parameters: list[str]
    ) -> Function:
        signature = ", ".join(["self", *parameters, "**kwargs"])
        lines = [_SUPER_INIT, *(f"self.{name} = {name}" for name in lists.values())]
        lines += self.assignments(scope, lists)
        return Function(f"__init__({signature})", "", tuple(lines))

    def model_build(self, scope: _Scope) -> Function:
        inputs = self.program.inputs
        if len(inputs) == 1:
            shapes = {scope.inputs[0]: "input_shape"}
        else:
            shapes = {
                value: f"input_shape[{literal(given.name)}]"
                for value, given in zip(scope.inputs, inputs, strict=True)
            }
        lines = []
        if any(layer.class_name in _TUPLE_ONLY for layer in self.context.graph.layers):
            lines.append(comment("load_model() calls build() with a list."))
            shapes = {value: f"tuple({shape})" for value, shape in shapes.items()}
        lines += self.build_lines(scope, shapes, lambda index: True)
        return Function(
            "build(self, input_shape)", "", (*lines, "super().build(input_shape)")
        )

    def model_call(self, scope: _Scope) -> Function:
        program = self.program
        training = ", training=None" if scope.takes_training else ""
        lines: list[str] = []
        if len(program.inputs) == 1:
            names = ["inputs"]
        else:
            names = [f"inputs[{literal(given.name)}]" for given in program.inputs]
            for index, given in enumerate(program.inputs):
                if self.is_read_often(program.values[index]):
                    name = snake_case(given.name)
                    lines.append(f"{name} = {names[index]}")
                    names[index] = name
        # A model that gives a dictionary needs a name for what goes into it.
        output_name = "outputs" if program.output_keys else None
        writer = self.call_writer(scope, names, output_name)
        lines += writer.lines
        if not lines[-1].startswith("return "):
            lines.append(f"return {self.model_result(writer)}")
        return Function(f"call(self, inputs{training})", "", tuple(lines))

    def is_read_often(self, value: Value) -> bool:
        body = self.program.body
        found = [
            v for statement in body.statements for v in reads(statement) if v == value
        ]
        return len(found) + body.outputs.count(value) > 1

    def model_result(self, writer: ScopeWriter) -> str:
        outputs = [writer.name_of(value) for value in self.program.body.outputs]
        if self.program.output_keys:
            pairs = zip(self.program.output_keys, outputs, strict=True)
            return (
                "{" + ", ".join(f"{literal(key)}: {name}" for key, name in pairs) + "}"
            )
        return outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"

    def build_model(self, class_name: str) -> Function:
        shapes = self.context.build_shapes()
        label = literal(self.context.model_name)
        keras_name = snake_case(class_name)
        name = "" if keras_name == self.context.model_name else f"name={label}"
        lines = (
            f"model = {class_name}({name})",
            f"model.build({shapes})",
            "return model",
        )
        return Function(
            "build_model()", docstring("Returns the built, uncompiled model."), lines
        )
