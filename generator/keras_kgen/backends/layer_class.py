"""Blocks as Layer classes, for the subclass and the sequential style."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from keras_kgen.backends.attributes import (
    ScopeOrder,
    block_orders,
    find_uses,
    has_state,
)
from keras_kgen.backends.calls import Constructors, own_arguments
from keras_kgen.backends.context import Context
from keras_kgen.backends.descriptions import describe_block
from keras_kgen.backends.masks import entering, mask_uses
from keras_kgen.backends.naming import attribute_names
from keras_kgen.backends.scopes import INDENT, ScopeWriter, loop_target, loop_values
from keras_kgen.backends.shapes import (
    MIN_LOOP,
    NeedsOpError,
    ShapeScope,
    ShapeWriter,
    is_chain,
)
from keras_kgen.backends.training_flag import block_takes_training, takes_training
from keras_kgen.backends.uniformity import Uniformity
from keras_kgen.backends.view import Function, LayerClass
from keras_kgen.catalogue.reserved import RESERVED_ATTRIBUTES
from keras_kgen.catalogue.rules import has_weights, preserves_shape
from keras_kgen.ir.expressions import Expression, Name, replace_names
from keras_kgen.ir.graph import TensorRef
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Loop,
    Nested,
    Statement,
    Value,
    call_of,
    map_constants,
    results,
)
from keras_kgen.pysource.literals import comment, docstring, expression, literal
from keras_kgen.pysource.names import Namespace, class_case, snake_case, words

# Whether the layer of a line is built, by the index of the line.
Builds = Callable[[int], bool]
# Keras hands a mask to an argument called `mask`, and no shape of it to `build`.
_RENAMED_INPUTS = {"input_": "inputs", "mask": "mask_tensor"}
# What methods use besides tensors.
METHOD_NAMES = frozenset({"layer", "self", "training"})
SUPER_INIT = "super().__init__(**kwargs)"
BUILT_BY_CALL = comment("Keras builds each layer on the way through call().")


@dataclass(frozen=True, slots=True)
class ClassScope:
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
        self.uses = uses
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
        methods = []
        if scope.attributes or parameters or block.name in self.masks:
            methods.append(self.layer_init(block, scope))
        if scope.attributes:
            methods.append(self.layer_build(block, scope))
        methods.append(self.call(scope, self.input_names(block)))
        methods.append(self.output_shape(block, scope))
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
    ) -> ClassScope:
        namespace = Namespace(reserved=RESERVED_ATTRIBUTES | frozenset(parameters))
        attributes = attribute_names(body.statements, namespace)
        body = _with_attributes(body, parameters)
        return ClassScope(body, inputs, attributes, order, parameters, training)

    def layer_init(self, block: Block, scope: ClassScope) -> Function:
        parameters = [
            (
                p.name
                if p.default is None
                else f"{p.name}={expression(p.default, self.imports)}"
            )
            for p in block.parameters
        ]
        signature = ", ".join(["self", *parameters, "**kwargs"])
        lines = [SUPER_INIT, *(f"self.{p.name} = {p.name}" for p in block.parameters)]
        if block.name in self.masks:
            lines.append("self.supports_masking = True")
        return Function(
            f"__init__({signature})", "", (*lines, *self.assignments(scope, {}))
        )

    def assignments(self, scope: ClassScope, lists: dict[int, str]) -> list[str]:
        """Returns the lines that create the sub-layers, in the order of their weights."""
        lines = []
        done: set[str] = set()
        for index in scope.order.statements:
            attribute = scope.attributes.get(index)
            if attribute is None or attribute in done:
                continue
            done.add(attribute)
            statement = scope.body.statements[index]
            lines.append(
                f"self.{attribute} = {self.creation(statement, lists.get(index))}"
            )
            lines += self.settings(statement, attribute)
        return lines

    def settings(self, statement: Statement, attribute: str) -> list[str]:
        """Returns the lines that freeze a shared block, with all layers inside."""
        if not isinstance(statement, Call) or statement.kind is not Callee.SHARED:
            return []
        shared = self.program.shared_layer(statement.callee)
        if shared.kind is not Callee.BLOCK:
            return []
        own = own_arguments(self.program.block(shared.callee), shared)
        return [
            f"self.{attribute}.{a.name} = {expression(a.value, self.imports)}"
            for a in own
            if a.name != "name"
        ]

    def creation(self, statement: Statement, rows: str | None) -> str:
        if isinstance(statement, Call):
            return self.constructors.write(statement)
        assert isinstance(statement, Loop)
        variables = loop_target(statement)
        values = loop_values(statement, self.imports, rows or "")
        return (
            f"[{self.constructors.write(statement.body)} for {variables} in {values}]"
        )

    def layer_build(self, block: Block, scope: ClassScope) -> Function:
        shapes = self.shape_names(block.inputs)
        try:
            lines = self.build_lines(
                scope, shapes, lambda index: self.is_stateful(scope, index)
            )
        except NeedsOpError:
            lines = [BUILT_BY_CALL, f"self.call({self.symbolic_inputs(block, shapes)})"]
        lines.append(f"super().build({next(iter(shapes.values()))})")
        return Function(
            f"build({', '.join(['self', *shapes.values()])})", "", tuple(lines)
        )

    def is_stateful(self, scope: ClassScope, index: int) -> bool:
        statement = scope.body.statements[index]
        call = call_of(statement)
        if call.kind is Callee.BLOCK:
            return has_state(self.program.block(call.callee), self.program)
        if call.kind is Callee.OP:
            return False
        return call.kind is not Callee.LAYER or has_weights(call.callee)

    def shape_names(self, inputs: Sequence[Value]) -> dict[Value, str]:
        if len(inputs) == 1:
            return {inputs[0]: "input_shape"}
        names = zip(inputs, self.names_of(inputs), strict=True)
        return {value: f"{name}_shape" for value, name in names}

    def build_lines(
        self, scope: ClassScope, shapes: dict[Value, str], builds: Builds
    ) -> list[str]:
        chained = [i for i in range(len(scope.body.statements)) if builds(i)]
        is_simple = is_chain(scope.body.statements, scope.inputs)
        is_distinct = len({scope.attributes[i] for i in chained}) == len(chained)
        if is_simple and is_distinct and len(chained) >= MIN_LOOP:
            return self.chain_lines(scope, shapes[scope.inputs[0]], builds)
        writer = ShapeWriter(self.shape_scope(scope, shapes, builds))
        return writer.build_lines()

    def chain_lines(self, scope: ClassScope, shape: str, builds: Builds) -> list[str]:
        """Returns the loop that builds the layers of a chain one behind the other."""
        members = self.members(
            scope, lambda index: builds(index) or self.reshapes(scope, index)
        )
        return [
            f"shape = {shape}",
            f"for layer in ({', '.join(members)}):",
            f"{INDENT}layer.build(shape)",
            f"{INDENT}shape = layer.compute_output_shape(shape)",
        ]

    def members(self, scope: ClassScope, wanted: Builds) -> list[str]:
        """Returns the attributes of the wanted lines of a chain, lists with a star."""
        found = []
        for index, statement in enumerate(scope.body.statements):
            star = "*" if isinstance(statement, Loop) else ""
            if wanted(index):
                found.append(f"{star}self.{scope.attributes[index]}")
        return found

    def reshapes(self, scope: ClassScope, index: int) -> bool:
        """Whether what a line gives may have another shape than what it takes."""
        statement = scope.body.statements[index]
        is_layer = isinstance(statement, Call) and statement.kind is Callee.LAYER
        call = call_of(statement)
        return not (is_layer and preserves_shape(call.callee))

    def shape_scope(
        self, scope: ClassScope, shapes: dict[Value, str], builds: Builds
    ) -> ShapeScope:
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
        namespace = Namespace(self.context.namespace, METHOD_NAMES)
        names = (snake_case(value.name or "inputs") for value in inputs)
        return [namespace.take(_RENAMED_INPUTS.get(name, name)) for name in names]

    def input_names(self, block: Block) -> list[str]:
        return self.names_of(block.inputs)

    def call(self, scope: ClassScope, inputs: list[str]) -> Function:
        writer = self.call_writer(scope, inputs)
        lines = writer.lines
        if not lines or not lines[-1].startswith("return "):
            lines.append(f"return {', '.join(map(writer.name_of, scope.body.outputs))}")
        training = ["training=None"] if scope.takes_training else []
        return Function(
            f"call({', '.join(['self', *inputs, *training])})", "", tuple(lines)
        )

    def call_writer(
        self, scope: ClassScope, inputs: Sequence[str], output_name: str | None = None
    ) -> ScopeWriter:
        namespace = Namespace(self.context.namespace, METHOD_NAMES)
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

        writer = ScopeWriter(
            scope.body,
            namespace,
            self.imports,
            apply,
            loop_header,
            self.uniformity.has_operator,
        )
        for value, name in zip(scope.inputs, inputs, strict=True):
            writer.names.hold(value, name)
        writer.write(output_name)
        return writer

    # -- compute_output_shape() and get_config()

    def output_shape(self, block: Block, scope: ClassScope) -> Function:
        shapes = self.shape_names(block.inputs)
        signature = f"compute_output_shape({', '.join(['self', *shapes.values()])})"
        lines = self.chain_shape(scope)
        if lines is None:
            writer = ShapeWriter(self.shape_scope(scope, shapes, lambda index: False))
            try:
                lines = writer.output_lines(block.body.outputs)
            except NeedsOpError:
                lines = self.symbolic_output(block, shapes)
        return Function(signature, "", tuple(lines))

    def symbolic_output(self, block: Block, shapes: dict[Value, str]) -> list[str]:
        """Returns the lines that let Keras follow the shapes through `call`."""
        call = f"self.call({self.symbolic_inputs(block, shapes)})"
        if len(block.body.outputs) == 1:
            return [f"return {call}.shape"]
        return [f"outputs = {call}", "return tuple(x.shape for x in outputs)"]

    def entering_dtype(self, block: Block) -> str:
        """Returns the type of what goes into a block, where it is always the same."""
        types = set()
        for use in self.uses[block.name]:
            for graph, specs in self.context.graphs:
                if graph is not use.graph:
                    continue
                refs = list(entering(graph, use.origin))
                if use.origin == ():
                    refs = [TensorRef(index) for index in range(len(graph.inputs))]
                types |= {specs[ref].dtype for ref in refs if ref in specs}
        return types.pop() if len(types) == 1 else "float32"

    def symbolic_inputs(self, block: Block, shapes: dict[Value, str]) -> str:
        self.imports.add("keras")
        dtype = self.entering_dtype(block)
        return ", ".join(symbolic_tensor(shape, dtype) for shape in shapes.values())

    def chain_shape(self, scope: ClassScope) -> list[str] | None:
        """Returns the loop over the layers that change the shape, None where it is short."""
        last = scope.body.statements[-1]
        gives_last = scope.body.outputs == results(last)
        if not gives_last or not is_chain(scope.body.statements, scope.inputs):
            return None
        members = self.members(scope, lambda index: self.reshapes(scope, index))
        if len(members) < 2:
            return None
        return [
            f"for layer in ({', '.join(members)}):",
            f"{INDENT}input_shape = layer.compute_output_shape(input_shape)",
            "return input_shape",
        ]

    def no_mask(self, block: Block) -> Function:
        """Returns the method that says that the block uses the mask up."""
        # Keras hands over the first input only.
        first = self.input_names(block)[0]
        signature = f"compute_mask(self, {first}, previous_mask)"
        return Function(signature, "", ("return None",))

    def get_config(self, parameters: Sequence[str]) -> Function:
        pairs = ", ".join(f"{literal(name)}: self.{name}" for name in parameters)
        return Function(
            "get_config(self)", "", (f"return {{**super().get_config(), {pairs}}}",)
        )


def symbolic_tensor(shape: str, dtype: str) -> str:
    """Returns the source of a tensor without values, for Keras to follow shapes with."""
    given = "" if dtype == "float32" else f", dtype={literal(dtype)}"
    return f"keras.KerasTensor({shape}{given})"


def _with_attributes(body: Body, parameters: Sequence[str]) -> Body:
    """Lets ops read the parameters of a class from its attributes."""
    attributes: dict[str, Expression] = {p: Name(f"self.{p}") for p in parameters}
    if not attributes:
        return body

    def renamed(nested: Nested) -> Nested:
        return map_constants(nested, lambda item: replace_names(item, attributes))

    statements: list[Statement] = []
    for statement in body.statements:
        if isinstance(statement, Call):
            statement = replace(
                statement,
                inputs=tuple(map(renamed, statement.inputs)),
                keywords=tuple((key, renamed(i)) for key, i in statement.keywords),
            )
        statements.append(statement)
    return replace(body, statements=tuple(statements))
