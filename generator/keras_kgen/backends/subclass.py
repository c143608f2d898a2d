"""The subclass style: a `keras.Model` with its layers as attributes."""

from __future__ import annotations

from keras_kgen.backends.attributes import model_order
from keras_kgen.backends.calls import paths, structured
from keras_kgen.backends.context import Context
from keras_kgen.backends.descriptions import describe_layers
from keras_kgen.backends.hyperparameters import (
    handed_on,
    model_parameters,
    with_defaults,
)
from keras_kgen.backends.layer_class import (
    BUILT_BY_CALL,
    METHOD_NAMES,
    SUPER_INIT,
    ClassScope,
    ClassWriter,
    is_long,
    symbolic_tensor,
)
from keras_kgen.backends.list_names import told_apart
from keras_kgen.backends.naming import table_of
from keras_kgen.backends.scopes import ScopeWriter, has_table, row_source
from keras_kgen.backends.training_flag import takes_training
from keras_kgen.backends.view import (
    ALL,
    Definitions,
    Function,
    Key,
    LayerClass,
    Line,
    Role,
    about,
)
from keras_kgen.catalogue.reserved import RESERVED_ATTRIBUTES
from keras_kgen.ir.program import Loop, Value, calls, reads
from keras_kgen.pysource.literals import comment, docstring, literal
from keras_kgen.pysource.names import Namespace, class_case, snake_case, words

# Layers whose compute_output_shape takes a tuple and no list.
_TUPLE_ONLY = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")


def lower_subclass(context: Context) -> Definitions:
    """Returns the classes and the `build_model` of a module in subclass style."""
    writer = ModelWriter(context)
    model_class = writer.model_class()
    classes = (*writer.block_classes(), model_class)
    return Definitions(classes, (writer.build_model(model_class.name),))


class ModelWriter(ClassWriter):
    """Writes the class of the model beside those of its blocks."""

    def model_class(self) -> LayerClass:
        program = self.program
        wanted = class_case("_".join(map(str.capitalize, words(program.name))))
        name = self.context.namespace.take(wanted)
        order = model_order(program, self.own_use)
        chosen = [item.name for item in model_parameters(program)]
        lists, parameters = self.model_lists(chosen)
        training = any(takes_training(call, program) for call in calls(program.body))
        kept = (*chosen, *lists.values())
        scope = self.scope(program.body, program.values, order, kept, training)
        methods = [self.model_init(scope, lists, parameters), self.model_build(scope)]
        methods.append(self.model_call(scope))
        if parameters:
            methods.append(self.get_config([p.partition("=")[0] for p in parameters]))
        self.imports.add("keras")
        text = program.description or describe_layers(self.context.graph)
        return LayerClass(
            literal(self.context.module_name),
            name,
            self.context.model_class or "keras.Model",
            docstring(text, 4),
            tuple(methods),
        )

    def model_lists(self, chosen: list[str]) -> tuple[dict[int, str], list[str]]:
        """Returns the parameters that hold the values of loops, and all with defaults.

        Args:
            chosen: The parameters before them, which have none.
        """
        namespace = Namespace(reserved=RESERVED_ATTRIBUTES | frozenset(chosen))
        lists: dict[int, str] = {}
        parameters = [*chosen]
        for index, statement in enumerate(self.program.body.statements):
            if isinstance(statement, Loop) and has_table(statement):
                wanted = told_apart(statement, self.program)
                _, variables, rows = table_of(statement)
                text = row_source(rows, self.imports) if variables else str(len(rows))
                if f"{wanted}={text}" in parameters:
                    lists[index] = wanted
                    continue
                lists[index] = namespace.take(wanted)
                parameters.append(f"{lists[index]}={text}")
        return lists, parameters

    def model_init(
        self, scope: ClassScope, lists: dict[int, str], parameters: list[str]
    ) -> Function:
        signature = ", ".join(["self", *parameters, "**kwargs"])
        lines: list[str] = [SUPER_INIT]
        lines += [f"self.{name} = {name}" for name in dict.fromkeys(scope.parameters)]
        lines += self.assignments(scope, lists, self.loop_rows)
        statements = self.program.body.statements
        tables = {name: about(statements[i])[0] for i, name in lists.items()}
        return Function(f"__init__({signature})", "", tuple(lines), tables=tables)

    def model_build(self, scope: ClassScope) -> Function:
        places = paths(self.program.takes, "input_shape")
        shapes = {value: places[index] for index, value in enumerate(scope.inputs)}
        lines: list[str] = []
        if any(layer.class_name in _TUPLE_ONLY for layer in self.context.graph.layers):
            lines.append(comment("load_model() calls build() with a list."))
            shapes = {value: f"tuple({shape})" for value, shape in shapes.items()}
        followed = self.followed(scope, shapes, lambda index: index in scope.names)
        if followed is None or is_long(followed):
            followed = []
            text = f"self.call({self.symbolic_model_inputs(shapes)})"
            lines = [BUILT_BY_CALL, Line(text, Role.BUILDS, (ALL,))]
        lines += followed
        return Function(
            "build(self, input_shape)", "", (*lines, "super().build(input_shape)")
        )

    def symbolic_model_inputs(self, shapes: dict[Value, str]) -> str:
        inputs = self.program.inputs
        tensors = [
            symbolic_tensor(shape, given.spec.dtype)
            for given, shape in zip(inputs, shapes.values(), strict=True)
        ]
        return structured(self.program.takes, lambda index: tensors[index])

    def model_call(self, scope: ClassScope) -> Function:
        program = self.program
        training = ", training=None" if scope.takes_training else ""
        lines: list[str] = []
        places = paths(program.takes, "inputs")
        names = [places[index] for index in range(len(program.inputs))]
        namespace = Namespace(self.context.namespace, METHOD_NAMES | {"inputs"})
        if program.takes == tuple(range(len(names))):
            names = [namespace.take(snake_case(i.name or "x")) for i in program.inputs]
            target = ", ".join(names) + ("," if len(names) == 1 else "")
            lines.append(Line(f"{target} = inputs", Role.INPUT, self.input_keys()))
        elif program.takes != 0:
            for index, given in enumerate(program.inputs):
                if self.is_read_often(program.values[index]):
                    name = namespace.take(snake_case(given.name))
                    key = program.values[index].index
                    lines.append(Line(f"{name} = {names[index]}", Role.INPUT, (key,)))
                    names[index] = name
        # A model that gives a dictionary needs a name for what goes into it.
        output_name = "outputs" if program.gives != 0 else None
        writer = self.call_writer(scope, names, output_name)
        if not writer.lines or not writer.lines[-1].startswith("return "):
            writer.add(f"return {self.model_result(writer)}")
        header = Line("", Role.INPUT, self.input_keys())
        return Function(
            f"call(self, inputs{training})",
            "",
            (*lines, *writer.lines),
            header=header,
        )

    def input_keys(self) -> tuple[Key, ...]:
        return tuple(value.index for value in self.program.values)

    def is_read_often(self, value: Value) -> bool:
        body = self.program.body
        found = [
            v for statement in body.statements for v in reads(statement) if v == value
        ]
        return len(found) + body.outputs.count(value) > 1

    def model_result(self, writer: ScopeWriter) -> str:
        outputs = [writer.name_of(value) for value in self.program.body.outputs]
        return structured(self.program.gives, lambda index: outputs[index])

    def build_model(self, class_name: str) -> Function:
        shapes = self.context.build_shapes()
        label = literal(self.context.model_name)
        keras_name = snake_case(class_name)
        chosen = model_parameters(self.program)
        name = "" if keras_name == self.context.model_name else f"name={label}"
        given = ", ".join(filter(None, (handed_on(chosen), name)))
        lines = (
            f"model = {class_name}({given})",
            Line(f"model.build({shapes})", Role.INPUT, self.input_keys()),
            "return model",
        )
        signature = f"build_model({', '.join(with_defaults(chosen))})"
        text = docstring("Returns the built, uncompiled model.")
        return Function(signature, text, lines)
