"""A whole module: the model in one style, and what trains it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from keras_kgen.backends.attributes import (
    ScopeOrder,
    block_orders,
    find_uses,
    model_order,
)
from keras_kgen.backends.context import Context, Graphs
from keras_kgen.backends.definitions import lower_definitions
from keras_kgen.backends.descriptions import describe_layers
from keras_kgen.backends.distribution import distribute
from keras_kgen.backends.functional import lower_functional
from keras_kgen.backends.hoist import hoist_objects
from keras_kgen.backends.hyperparameters import model_parameters
from keras_kgen.backends.precision import PrecisionView, lower_precision
from keras_kgen.backends.sequential import lower_sequential
from keras_kgen.backends.subclass import lower_subclass
from keras_kgen.backends.training import (
    ModelFacts,
    Output,
    TrainingView,
    Tuned,
    lower_training,
)
from keras_kgen.backends.training.loop import lower_loop
from keras_kgen.backends.view import Constant, Definitions, OwnDefinition
from keras_kgen.catalogue.rules.rule import WeightSpec
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import Argument, Expression, Literal, Name
from keras_kgen.ir.graph import Layer, LayerGraph, TensorRef
from keras_kgen.ir.program import Body, Call, Callee, Program, Value
from keras_kgen.ir.tensors import TensorSpec
from keras_kgen.options import OwnStyle, Style
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import LINE_LENGTH, docstring, literal
from keras_kgen.pysource.names import (
    DISTRIBUTION_NAMES,
    MODULE_NAMES,
    OWN_DATA_NAMES,
    TUNING_NAMES,
    Namespace,
    constant_case,
    snake_case,
)
from keras_kgen.records import record

BACKENDS: dict[Style, Callable[[Context], Definitions]] = {
    Style.SEQUENTIAL: lower_sequential,
    Style.FUNCTIONAL: lower_functional,
    Style.SUBCLASS: lower_subclass,
}
_SCALING = ("Rescaling", "Normalization")


@record
class WeightsView:
    """The weights that a module starts from.

    Attributes:
        file: The name of the file, as source text.
        path: The file beside the module, as source text.
        have_statistics: Whether those of a Normalization are among them.
        are_ordered: Whether they stand in the file as the model lists them.
    """

    file: str
    path: str
    have_statistics: bool
    are_ordered: bool = True


@record
class ModuleView:
    """What the template of a module sees.

    Attributes:
        own: What the module defines because Keras 3 does not have it.
        weights: What the module starts from; None where its weights are new.
        precision: What layers compute in; None where that is float32.
    """

    docstring: str
    import_groups: tuple[tuple[str, ...], ...]
    constants: tuple[Constant, ...]
    definitions: Definitions
    training: TrainingView
    own: tuple[OwnDefinition, ...] = ()
    weights: WeightsView | None = None
    precision: PrecisionView | None = None


GraphWeights = tuple[tuple[LayerGraph, tuple[tuple[WeightSpec, ...] | None, ...]], ...]


@record
class Model:
    """A checked program with what was worked out about it.

    Attributes:
        order: The graph's layers in the order in which Keras lists them.
        masks: The tensors that carry a mask.
        nested: The graphs of the models within the model, with the specs of their tensors.
        weight_order: Where the functional style has each weight, in the order of the class
            that is written; empty where the orders are the same.
        weights: The graph and those within the model, with the weights of their layers; only
            where several devices are to share them.
    """

    program: Program
    graph: LayerGraph
    specs: Mapping[TensorRef, TensorSpec]
    order: tuple[int, ...]
    masks: frozenset[TensorRef] = frozenset()
    nested: Graphs = ()
    weight_order: tuple[int, ...] = ()
    weights: GraphWeights = ()


def tangled_callees(model: Model) -> frozenset[str]:
    """Returns what cannot be one attribute of a class, for its weights interleave.

    These are blocks, and layers in loops. A class keeps the weights of an attribute
    together; where the functional model has another layer's weights in between, only
    written-out code has the same order.
    """
    own, uses = find_uses(model.program, model.graph, model.order)
    orders = block_orders(model.program, uses)
    tangled = set(model_order(model.program, own).tangled)
    for order in orders.values():
        tangled |= order.tangled
    return frozenset(tangled) | _uneven(orders)


def uneven_blocks(model: Model) -> frozenset[str]:
    """Returns the blocks whose instances have their weights in different orders."""
    _, uses = find_uses(model.program, model.graph, model.order)
    return _uneven(block_orders(model.program, uses))


def _uneven(orders: Mapping[str, ScopeOrder]) -> frozenset[str]:
    return frozenset(name for name, order in orders.items() if order.is_uneven)


def lower_module(
    model: Model,
    style: Style | OwnStyle,
    header: str,
    diagnostics: Diagnostics,
    weights: str = "",
    reserved: frozenset[str] = frozenset(),
) -> ModuleView:
    """Returns the view of a module.

    Args:
        model: What to write.
        style: In which style.
        header: Where the module comes from and how to run it, for its docstring.
        diagnostics: Where mismatches of data and model are recorded.
        weights: The file of weights beside the module that it starts from; "" is none.
        reserved: Further names that nothing in the module may have.

    Raises:
        SourceError: an error is recorded, here or before.
    """
    imports = Imports()
    facts = model_facts(model)
    training = lower_training(
        model.program.training, facts, imports, diagnostics, _tuned(model.program)
    )
    if not isinstance(style, OwnStyle):
        training = distribute(training, model, style, imports, diagnostics)
    diagnostics.raise_errors()
    given = {constant.name: constant.value for constant in training.constants}
    program = _use_vocabulary(model.program, given)
    namespace = _namespace(program)
    namespace.reserve(reserved)
    loop = lower_loop(
        program.training, style, snake_case(program.name), namespace, imports
    )
    program, hoisted = hoist_objects(program, namespace)
    context = Context(
        program,
        model.graph,
        model.specs,
        model.order,
        model.masks,
        model.nested,
        imports,
        namespace,
        list(hoisted),
        model_class=loop.name if loop else "",
    )
    shapes = _input_shapes(context, given)
    own = lower_definitions(context)
    if isinstance(style, OwnStyle):
        from keras_kgen.backends.own_style import lower_own

        definitions = lower_own(style, context)
    else:
        definitions = BACKENDS[style](context)
    data_constants = [Constant(c.name, c.value) for c in training.constants]
    return ModuleView(
        docstring(f"{facts.title}\n\n{header}"),
        imports.groups(),
        (
            *shapes,
            *context.constants,
            *data_constants,
            *_order_constant(model, weights),
        ),
        definitions,
        replace(training, loop=loop),
        own,
        _weights_view(model, weights) if weights else None,
        lower_precision(program.precision),
    )


def _tuned(program: Program) -> Tuned | None:
    if not program.hyperparameters:
        return None
    return Tuned(
        model_parameters(program),
        program.hyperparameters,
        program.search,
        program.training,
    )


def _weights_view(model: Model, file: str) -> WeightsView:
    is_ordered = not model.weight_order
    name = literal(file)
    path = f"Path(__file__).with_name({name})"
    return WeightsView(name, path, _has_statistics(model), is_ordered)


def _order_constant(model: Model, weights: str) -> tuple[Constant, ...]:
    """Returns the constant that says where the file has each weight, if one is needed."""
    if not weights or not model.weight_order:
        return ()
    text = "\n".join(textwrap.wrap(_spans(model.weight_order), LINE_LENGTH))
    return (Constant("WEIGHT_ORDER", f'"""\n{text}\n"""'),)


def _spans(numbers: tuple[int, ...]) -> str:
    """Returns numbers with those in a row as spans: `0-5 12 6-11`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    return " ".join("-".join(map(str, span)) for span in spans)


def _has_statistics(model: Model) -> bool:
    graphs = (model.graph, *(graph for graph, _ in model.nested))
    used = (layer for graph in graphs for layer in graph.layers)
    return any(layer.class_name == "Normalization" for layer in used)


def _namespace(program: Program) -> Namespace:
    """Returns the names of a module, of which no block may hide what the program calls."""
    own = frozenset(definition.name for definition in program.definitions)
    used = MODULE_NAMES | frozenset(program.imports) | own
    if program.training.own:
        used |= OWN_DATA_NAMES
    if program.hyperparameters:
        used |= TUNING_NAMES
    if program.training.distribute:
        used |= DISTRIBUTION_NAMES
    return Namespace(reserved=used)


def model_facts(model: Model) -> ModelFacts:
    """Returns what the training half has to know of a model."""
    program, graph = model.program, model.graph
    outputs = []
    for key, ref in graph.outputs:
        layer = _giving_layer(graph, ref)
        config = layer.config if layer else {}
        spec = model.specs.get(ref, TensorSpec(None))
        class_name = layer.class_name if layer else ""
        outputs.append(Output(key, spec, _text(config.get("activation")), class_name))
    title = program.description.strip() or describe_layers(graph)
    return ModelFacts(
        name=program.name,
        title=title,
        inputs=program.inputs,
        outputs=tuple(outputs),
        vocabulary_size=_vocabulary_size(graph),
        takes=program.takes,
        gives=program.gives,
        scales_input=_scales_input(graph),
        learns_scale=_learns_scale(graph),
        precision=program.precision,
    )


def _giving_layer(graph: LayerGraph, ref: TensorRef) -> Layer | None:
    """Returns the layer that says what an output is; one that changes its type does not."""
    node = graph.nodes[ref.node]
    layer = graph.layers[node.layer] if node.layer is not None else None
    if layer is not None and layer.class_name == "Activation":
        config = layer.config
        if config.get("activation") == Literal("linear") and "dtype" in config:
            return _giving_layer(graph, next(node.tensors()))
    return layer


def _scales_input(graph: LayerGraph) -> bool:
    """Whether a layer that reads the input scales it."""
    return any(layer.class_name in _SCALING for layer in _first_layers(graph))


def _learns_scale(graph: LayerGraph) -> bool:
    """Whether a Normalization that reads the input has no mean and variance yet."""
    return any(
        layer.class_name == "Normalization" and "mean" not in layer.config
        for layer in _first_layers(graph)
    )


def _first_layers(graph: LayerGraph) -> Iterator[Layer]:
    """Yields the layers that read an input."""
    for node in graph.nodes:
        reads_input = any(ref.node < len(graph.inputs) for ref in node.tensors())
        if node.layer is not None and reads_input:
            yield graph.layers[node.layer]


def _text(value: Expression | None) -> str | None:
    return (
        value.value
        if isinstance(value, Literal) and isinstance(value.value, str)
        else None
    )


def _vocabulary_size(graph: LayerGraph) -> int | None:
    for node in graph.nodes:
        layer = graph.layers[node.layer] if node.layer is not None else None
        if layer is None or layer.class_name != "Embedding":
            continue
        size = layer.config.get("input_dim")
        reads_input = any(ref.node < len(graph.inputs) for ref in node.tensors())
        if reads_input and isinstance(size, Literal) and isinstance(size.value, int):
            return size.value
    return None


def _use_vocabulary(program: Program, given: Mapping[str, str]) -> Program:
    """Lets an Embedding that reads the input name the constant that the data need too."""
    size = given.get("VOCABULARY_SIZE")
    if size is None:
        return program
    statements = []
    for statement in program.body.statements:
        if isinstance(statement, Call) and _embeds_input(statement, program.values):
            statement = replace(
                statement, arguments=tuple(_named(a, size) for a in statement.arguments)
            )
        statements.append(statement)
    return replace(program, body=Body(tuple(statements), program.body.outputs))


def _embeds_input(call: Call, inputs: tuple[Value, ...]) -> bool:
    is_embedding = call.kind is Callee.LAYER and call.callee == "Embedding"
    return is_embedding and call.inputs[:1] == inputs[:1]


def _named(argument: Argument, size: str) -> Argument:
    is_size = isinstance(argument.value, Literal) and repr(argument.value.value) == size
    if argument.name == "input_dim" and is_size:
        return replace(argument, value=Name("VOCABULARY_SIZE"))
    return argument


def _input_shapes(context: Context, given: Mapping[str, str]) -> list[Constant]:
    """Decides how the shape of each input is written; returns the constants for it."""
    constants: dict[tuple[int | None, ...], Constant] = {}
    inputs = context.program.inputs
    shapes = {item.name: (item.spec.shape or (None,))[1:] for item in inputs}
    for key, shape in shapes.items():
        known = _data_constant(shape, given)
        if known is not None:
            context.input_shapes[key] = f"({known},)"
            continue
        if shape not in constants:
            is_common = all(other == shape for other in shapes.values())
            wanted = "INPUT_SHAPE" if is_common else f"{constant_case(key)}_SHAPE"
            constants[shape] = Constant(context.namespace.take(wanted), literal(shape))
        context.input_shapes[key] = constants[shape].name
    return list(constants.values())


def _data_constant(
    shape: tuple[int | None, ...], given: Mapping[str, str]
) -> str | None:
    for name in ("SEQUENCE_LENGTH", "VOCABULARY_SIZE"):
        if (
            len(shape) == 1
            and shape[0] is not None
            and given.get(name) == literal(shape[0])
        ):
            return name
    return None
