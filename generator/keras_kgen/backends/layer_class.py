"""Blocks as Layer classes, for the subclass and the sequential style."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from keras_kgen.backends.attributes import (
    Place,
    ScopeOrder,
    block_orders,
    call_has_state,
    find_uses,
    is_chain_loop,
    member_calls,
    members,
)
from keras_kgen.backends.calls import Constructors
from keras_kgen.backends.context import Context
from keras_kgen.backends.creation import CreationWriter
from keras_kgen.backends.descriptions import describe_block
from keras_kgen.backends.masks import entering, mask_uses
from keras_kgen.backends.naming import attribute_names
from keras_kgen.backends.scopes import ScopeWriter, row_source
from keras_kgen.backends.shapes import (
    MIN_LOOP,
    NeedsOpError,
    ShapeScope,
    ShapeWriter,
    is_chain,
)
from keras_kgen.backends.training_flag import block_takes_training, takes_training
from keras_kgen.backends.uniformity import Uniformity
from keras_kgen.backends.view import (
    ALL,
    INDENT,
    Function,
    Key,
    LayerClass,
    Line,
    Role,
    about,
)
from keras_kgen.catalogue.reserved import RESERVED_ATTRIBUTES
from keras_kgen.catalogue.rules import preserves_shape
from keras_kgen.ir.expressions import Expression, Name, names_in, replace_names
from keras_kgen.ir.graph import TensorRef
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Loop,
    Nested,
    Program,
    Statement,
    Value,
    call_of,
    map_constants,
    reads,
    results,
)
from keras_kgen.pysource.literals import comment, docstring, expression, literal
from keras_kgen.pysource.names import Namespace, class_case, snake_case, words
from keras_kgen.records import record

# With more lines than this, those on shapes say less than `call` does.
MAX_FOLLOWED = 14
# ... and both methods together no more than this.
MAX_BOTH = 24
MAX_WIDTH = 80
# Whether the layer of a line is built, by the index of the line.
Builds = Callable[[int], bool]
# Keras hands a mask to an argument called `mask`, and no shape of it to `build`.
_RENAMED_INPUTS = {"input_": "inputs", "mask": "mask_tensor"}
# What methods use besides tensors.
METHOD_NAMES = frozenset({"layer", "self", "training"})
SUPER_INIT = "super().__init__(**kwargs)"
BUILT_BY_CALL = comment("Keras builds each layer on the way through call().")


@record
class ClassScope:
    """One class in the making.

    Attributes:
        source: The lines of the scope.
        body: The same lines as `call` has them, with a list of layers for each loop.
        attributes: The attribute of each line that has one.
    """

    source: Body
    body: Body
    inputs: tuple[Value, ...]
    attributes: dict[Place, str]
    order: ScopeOrder
    parameters: tuple[str, ...]
    takes_training: bool

    @property
    def names(self) -> dict[int, str]:
        """The attributes of the lines that stand in no branch, by index."""
        return {p[0]: name for p, name in self.attributes.items() if len(p) == 1}

    @property
    def is_straight(self) -> bool:
        """Whether all lines run always, one behind the other."""
        return all(isinstance(item, Call | Loop) for item in self.body.statements)


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
        self.dtypes = {
            context.own_dtype(s) for _, specs in context.graphs for s in specs.values()
        }

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
        methods += self.methods(block, scope)
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
            tuple(replace(method, scope=block.name) for method in methods),
            block.name,
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
        lines = dict(members(body))
        own = self.context.model_name
        named = attribute_names(_nameable(body), namespace, own)
        places = list(lines)
        attributes = {places[index]: name for index, name in named.items()}
        called = _with_attributes(_with_lists(body), parameters)
        return ClassScope(body, called, inputs, attributes, order, parameters, training)

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

    def assignments(
        self,
        scope: ClassScope,
        lists: dict[int, str],
        row_values: Callable[[For], str] | None = None,
    ) -> list[str]:
        """Returns the lines that create the sub-layers, in the order of their weights."""
        taken = frozenset({"self", "kwargs", *scope.parameters})
        namespace = Namespace(self.context.namespace, taken)
        writer = CreationWriter(
            self.program, self.constructors, self.imports, namespace, row_values
        )
        places = scope.order.places
        return writer.attributes(scope.source, places, scope.attributes, lists)

    def loop_rows(self, loop: For) -> str:
        """Returns what a loop of the model runs over, a constant where no name is read."""
        rows = loop.rows or ()
        if any(names_in(item) for row in rows for item in row):
            return row_source(rows, self.imports)
        return self.context.loop_constant(loop)

    def methods(self, block: Block, scope: ClassScope) -> list[Function]:
        """Returns `build`, `call` and `compute_output_shape` of a block."""
        shapes = self.shape_names(block.inputs)
        built = self.followed(
            scope, shapes, lambda index: self.is_stateful(scope, index)
        )
        given = self.followed_output(scope, shapes)
        both = _count((*(built or ()), *(given or ())))
        if is_long(built) or is_long(given) or both > MAX_BOTH:
            built = given = None
        methods = [self.layer_build(block, built)] if scope.attributes else []
        methods.append(self.call(scope, self.input_names(block)))
        return [*methods, self.output_shape(block, given)]

    def layer_build(self, block: Block, lines: list[str] | None) -> Function:
        shapes = self.shape_names(block.inputs)
        if lines is None:
            text = f"self.call({self.symbolic_inputs(block, shapes)})"
            lines = [BUILT_BY_CALL, Line(text, Role.BUILDS, (ALL,))]
        lines.append(f"super().build({next(iter(shapes.values()))})")
        return Function(
            f"build({', '.join(['self', *shapes.values()])})", "", tuple(lines)
        )

    def is_stateful(self, scope: ClassScope, index: int) -> bool:
        statement = scope.source.statements[index]
        assert not isinstance(statement, If)
        found = member_calls(statement)
        return any(call_has_state(call, self.program) for call in found)

    def shape_names(self, inputs: Sequence[Value]) -> dict[Value, str]:
        if len(inputs) == 1:
            return {inputs[0]: "input_shape"}
        names = zip(inputs, self.names_of(inputs), strict=True)
        return {value: f"{name}_shape" for value, name in names}

    def followed(
        self, scope: ClassScope, shapes: dict[Value, str], builds: Builds
    ) -> list[str] | None:
        """Returns the lines that build each layer, None where only Keras can do so."""
        if not scope.is_straight:
            return None
        try:
            return self.build_lines(scope, shapes, builds)
        except NeedsOpError:
            return None

    def build_lines(
        self, scope: ClassScope, shapes: dict[Value, str], builds: Builds
    ) -> list[str]:
        chained = [i for i in range(len(scope.body.statements)) if builds(i)]
        is_simple = is_chain(scope.body.statements, scope.inputs)
        is_distinct = len({scope.names[i] for i in chained}) == len(chained)
        if is_simple and is_distinct and len(chained) >= MIN_LOOP:
            return self.chain_lines(scope, shapes[scope.inputs[0]], builds)
        writer = ShapeWriter(self.shape_scope(scope, shapes, builds))
        return writer.build_lines()

    def chain_lines(self, scope: ClassScope, shape: str, builds: Builds) -> list[str]:
        """Returns the loop that builds the layers of a chain one behind the other."""
        members = self.members(
            scope, lambda index: builds(index) or self.reshapes(scope, index)
        )
        keys: list[Key] = [key for member in members for key in member.keys]
        head = f"for layer in ({', '.join(members)}):"
        return [
            f"shape = {shape}",
            Line(head, Role.BUILDS, keys, members),
            Line(f"{INDENT}layer.build(shape)", Role.BUILDS, keys),
            f"{INDENT}shape = layer.compute_output_shape(shape)",
        ]

    def members(self, scope: ClassScope, wanted: Builds) -> list[Line]:
        """Returns the attributes of the wanted lines of a chain, lists with a star."""
        found = []
        for index, statement in enumerate(scope.body.statements):
            star = "*" if isinstance(statement, Loop) else ""
            if wanted(index):
                text = f"{star}self.{scope.names[index]}"
                found.append(Line(text, Role.BUILDS, about(statement)))
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
            scope.names,
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
            writer.add(f"return {', '.join(map(writer.name_of, scope.body.outputs))}")
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

        def loop_header(loop: Loop, index: int) -> str:
            return f"for layer in self.{targets.lists[loop.result]}:"

        targets = _Targets(scope, self.program)
        writer = _MethodWriter(
            scope.body,
            namespace,
            self.imports,
            targets.apply,
            loop_header,
            self.uniformity.has_operator,
        )
        writer.targets = targets
        for value, name in zip(scope.inputs, inputs, strict=True):
            writer.names.hold(value, name)
        writer.write(output_name)
        return writer

    # -- compute_output_shape() and get_config()

    def output_shape(self, block: Block, lines: list[str] | None) -> Function:
        shapes = self.shape_names(block.inputs)
        signature = f"compute_output_shape({', '.join(['self', *shapes.values()])})"
        if lines is None:
            lines = self.symbolic_output(block, shapes)
        return Function(signature, "", tuple(lines))

    def followed_output(
        self, scope: ClassScope, shapes: dict[Value, str]
    ) -> list[str] | None:
        """Returns the lines that follow the shapes, None where only Keras can do so."""
        if not scope.is_straight:
            return None
        lines = self.chain_shape(scope)
        if lines is not None:
            return lines
        writer = ShapeWriter(self.shape_scope(scope, shapes, lambda index: False))
        try:
            return writer.output_lines(scope.body.outputs)
        except NeedsOpError:
            return None

    def symbolic_output(self, block: Block, shapes: dict[Value, str]) -> list[str]:
        """Returns the lines that let Keras follow the shapes through `call`."""
        call = f"self.call({self.symbolic_inputs(block, shapes)})"
        if len(block.body.outputs) == 1:
            return [f"return {call}.shape"]
        return [f"outputs = {call}", "return tuple(x.shape for x in outputs)"]

    def entering_dtype(self, block: Block) -> str:
        """Returns the type of what goes into a block, where it is always the same."""
        if len(self.dtypes) == 1:
            return next(iter(self.dtypes))
        types = set()
        for use in self.uses[block.name]:
            for graph, specs in self.context.graphs:
                if graph is not use.graph:
                    continue
                refs = list(entering(graph, use.origin))
                if use.origin == ():
                    refs = [TensorRef(index) for index in range(len(graph.inputs))]
                types |= {self.context.own_dtype(specs[r]) for r in refs if r in specs}
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


class _Targets:
    """What `call` calls for each line of a scope."""

    def __init__(self, scope: ClassScope, program: Program) -> None:
        self.program = program
        self.attributes: dict[Value, str] = {}
        # The attribute of each list, by what the loop over it gives.
        self.lists: dict[Value, str] = {}
        # What is called in a loop, by what it gives.
        self.items: dict[Value, tuple[Call, ...]] = {}
        for place, statement in members(scope.source):
            if isinstance(statement, Call):
                if place in scope.attributes:
                    self.attributes[statement.results[0]] = scope.attributes[place]
                continue
            self.lists[results(statement)[0]] = scope.attributes[place]
            found = member_calls(statement)
            self.items[results(statement)[0]] = found
            if isinstance(statement, For) and isinstance(_only(statement.body), Call):
                self.items[found[0].results[0]] = found

    def apply(self, call: Call, index: int, given: list[str]) -> str:
        """Returns the call of an attribute, or of a layer in a list."""
        items = self.items.get(call.results[0])
        differs = [takes_training(item, self.program) for item in items or (call,)]
        flag = ["training=training"] if any(differs) else []
        attribute = self.attributes.get(call.results[0])
        target = "layer" if items else f"self.{attribute}"
        return f"{target}({', '.join([*given, *flag])})"


class _MethodWriter(ScopeWriter):
    """Writes `call`, where loops run over lists of layers."""

    targets: _Targets

    def role_of(self, statement: Statement) -> Role:
        return Role.CALLS

    def for_lines(
        self, loop: For, items: Sequence[tuple[str, str]], margin: int
    ) -> list[str]:
        attribute = f"self.{self.targets.lists[results(loop)[0]]}"
        if not items:
            return [f"for layer in {attribute}:"]
        targets = ", ".join(name for name, _ in items)
        sources = ", ".join(source for _, source in items)
        return [f"for layer, {targets} in zip({attribute}, {sources}):"]


def is_long(lines: Sequence[str] | None) -> bool:
    """Whether lines that follow shapes say less than `call` does."""
    return lines is not None and _count(lines) > MAX_FOLLOWED


def _count(lines: Sequence[str]) -> int:
    """Returns how many lines there are once they are formatted, roughly."""
    return sum(1 if len(x) <= MAX_WIDTH else x.count(",") + 3 for x in lines)


def _only(body: Body) -> Statement | None:
    return body.statements[0] if len(body.statements) == 1 else None


def _nameable(body: Body) -> list[Call | Loop]:
    """Returns the lines of a body for naming their attributes; branches have a say."""
    found: list[Call | Loop] = []
    for index, statement in enumerate(body.statements):
        if not isinstance(statement, If):
            found.append(_as_line(statement))
            continue
        following = body.statements[index + 1 : index + 2]
        label = _branch_label(statement, following)
        for inner in (statement.body, statement.otherwise):
            found += [_labelled(line, label) for line in _nameable(inner)]
    return found


def _branch_label(branch: If, following: Sequence[Statement]) -> str | None:
    """Returns `shortcut` for a branch around lines which the next line goes past."""
    if len(branch.results) != 1:
        return None
    is_around = not (branch.body.statements and branch.otherwise.statements)
    is_past = any(branch.results[0] not in reads(item) for item in following)
    return "shortcut" if is_around and is_past else None


def _labelled(line: Call | Loop, label: str | None) -> Call | Loop:
    if isinstance(line, Loop) or label is None:
        return line
    named = tuple(replace(v, name=v.name or label) for v in line.results)
    return replace(line, results=named)


def _as_line(statement: Call | Loop | For) -> Call | Loop:
    """Returns a loop over a list of layers in place of one over several lines."""
    if not isinstance(statement, For):
        return statement
    found = member_calls(statement)
    blocks = [call.callee for call in found if call.kind is Callee.BLOCK]
    call = found[0]
    if len(set(blocks)) > 1:
        call = replace(call, kind=Callee.BLOCK, callee="block")
    elif blocks:
        call = next(call for call in found if call.kind is Callee.BLOCK)
    result, *_ = results(statement)
    carried, *_ = (*statement.carried, Value(-1 - result.index))
    initial, *_ = (*statement.initial, result)
    body = replace(
        call, arguments=(), inputs=(carried,), keywords=(), results=(result,)
    )
    return Loop((), (), body, initial, carried, result)


def _with_lists(body: Body) -> Body:
    """Returns the lines as `call` has them: a loop over a list in place of what made it."""
    statements: list[Statement] = []
    for statement in body.statements:
        if isinstance(statement, For) and is_chain_loop(statement):
            statement = _as_line(statement)
        elif isinstance(statement, If):
            statement = replace(
                statement,
                body=_with_lists(statement.body),
                otherwise=_with_lists(statement.otherwise),
            )
        statements.append(statement)
    return replace(body, statements=tuple(statements))


def _with_attributes(body: Body, parameters: Sequence[str]) -> Body:
    """Lets tests and ops read the parameters of a class from its attributes."""
    attributes: dict[str, Expression] = {p: Name(f"self.{p}") for p in parameters}
    return _renamed(body, attributes) if attributes else body


def _renamed(body: Body, names: dict[str, Expression]) -> Body:
    def renamed(nested: Nested) -> Nested:
        return map_constants(nested, lambda item: replace_names(item, names))

    statements: list[Statement] = []
    for statement in body.statements:
        if isinstance(statement, Call):
            statement = replace(
                statement,
                inputs=tuple(map(renamed, statement.inputs)),
                keywords=tuple((key, renamed(i)) for key, i in statement.keywords),
            )
        elif isinstance(statement, If):
            statement = replace(
                statement,
                test=replace_names(statement.test, names),
                body=_renamed(statement.body, names),
                otherwise=_renamed(statement.otherwise, names),
            )
        elif isinstance(statement, For):
            statement = replace(statement, body=_renamed(statement.body, names))
        statements.append(statement)
    return replace(body, statements=tuple(statements))
