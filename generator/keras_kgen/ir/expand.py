"""Expands a program into its layer graph: the meaning of a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import (
    Argument,
    EvaluationError,
    Expression,
    Literal,
    evaluate,
    evaluate_arguments,
    to_value,
)
from keras_kgen.ir.graph import (
    Input,
    Kind,
    Layer,
    LayerGraph,
    Node,
    Origin,
    TensorRef,
)
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
    Shared,
    Value,
    calls,
    leaves,
    map_constants,
    map_values,
)
from keras_kgen.ir.tensors import UNKNOWN
from keras_kgen.records import record

# More lines than these make no model that anybody reads.
MOST_TIMES = 1000
Environment = Mapping[str, Expression]
_KINDS: dict[Callee, Kind] = {Callee.OP: "op", Callee.IMPORTED: "imported"}


class _Last:
    """The last program and its graph: what has been checked is what others compare with."""

    expanded: tuple[Program, LayerGraph, list[BlockCall]] | None = None


def expand(program: Program) -> LayerGraph:
    """Returns the graph that a program stands for.

    Raises:
        SourceError: an expression has no value, `filters / 0` for instance.
    """
    return _expanded(program)[0]


@record
class BlockCall:
    """One time that a block is called in the model itself.

    Attributes:
        inputs: What goes in, with the lists that a block may take.
        arguments: The value of each parameter.
    """

    block: str
    inputs: tuple[Any, ...]
    outputs: tuple[TensorRef, ...]
    arguments: Environment


def block_calls(program: Program) -> list[BlockCall]:
    """Returns each call of a block; those in models within the model are left out.

    Raises:
        SourceError: an expression has no value.
    """
    return _expanded(program)[1]


def _expanded(program: Program) -> tuple[LayerGraph, list[BlockCall]]:
    last = _Last.expanded
    if last is not None and last[0] is program:
        return last[1], last[2]
    diagnostics = Diagnostics()
    expander = _Expander(program, diagnostics)
    graph = expander.model()
    diagnostics.raise_errors()
    _Last.expanded = program, graph, expander.block_calls
    return graph, expander.block_calls


class _Expander:
    """Walks the statements of a program with the values of parameters at hand."""

    def __init__(self, program: Program, diagnostics: Diagnostics) -> None:
        self.blocks = {block.name: block for block in program.blocks}
        self.definitions = {item.name: item for item in program.definitions}
        self.program = program
        self.shared_layers: dict[str, int] = {}
        self.named = {shared.name for shared in program.shared_in(program.body)}
        self.diagnostics = diagnostics
        self.layers: list[Layer] = []
        self.nodes: list[Node] = []
        self.block_calls: list[BlockCall] = []

    def model(self) -> LayerGraph:
        program = self.program
        tensors = self.add_inputs(program.inputs, program.values)
        outputs = self.expand_body(program.body, tensors, program.defaults, ())
        keys = program.output_keys or ("",) * len(outputs)
        graph = self.graph(
            program.name, program.inputs, tuple(zip(keys, outputs, strict=True))
        )
        return replace(graph, output_order=tuple(leaves(program.gives)))

    def graph(
        self,
        name: str,
        inputs: tuple[Input, ...],
        outputs: tuple[tuple[str, TensorRef], ...],
    ) -> LayerGraph:
        return LayerGraph(
            name,
            inputs,
            tuple(self.layers),
            tuple(self.nodes),
            outputs,
            policy=self.program.precision,
        )

    def add_inputs(
        self, inputs: tuple[Input, ...], values: tuple[Value, ...]
    ) -> dict[Value, TensorRef]:
        tensors = {}
        for given, value in zip(inputs, values, strict=True):
            tensors[value] = TensorRef(len(self.nodes))
            self.nodes.append(Node(None, location=given.location))
        return tensors

    def expand_body(
        self,
        body: Body,
        tensors: dict[Value, TensorRef],
        names: Environment,
        origin: Origin,
    ) -> tuple[TensorRef, ...]:
        for index, statement in enumerate(body.statements):
            place = (*origin, index)
            if isinstance(statement, Call):
                results = self.expand_call(statement, tensors, names, place)
                tensors.update(zip(statement.results, results, strict=True))
            elif isinstance(statement, Loop):
                self.expand_loop(statement, tensors, names, place)
            elif isinstance(statement, For):
                self.expand_for(statement, tensors, names, place)
            else:
                self.expand_if(statement, tensors, names, place)
        return tuple(tensors[value] for value in body.outputs)

    def expand_loop(
        self,
        loop: Loop,
        tensors: dict[Value, TensorRef],
        names: Environment,
        origin: Origin,
    ) -> None:
        current = tensors[loop.initial]
        for index, row in enumerate(loop.rows):
            values = [evaluate(item, names) for item in row]
            inner = {**names, **dict(zip(loop.variables, values, strict=True))}
            scope = {**tensors, loop.carried: current}
            (current,) = self.expand_call(loop.body, scope, inner, (*origin, index))
        tensors[loop.result] = current

    def expand_for(
        self,
        loop: For,
        tensors: dict[Value, TensorRef],
        names: Environment,
        origin: Origin,
    ) -> None:
        current = [tensors[value] for value in loop.initial]
        lists: list[list[Any]] = [[] for _ in loop.lists]
        for time, row in enumerate(self.times(loop, names)):
            scope = {**tensors, **dict(zip(loop.carried, current, strict=True))}
            for item, taken, is_reversed in loop.items:
                place = -1 - time if is_reversed else time
                scope[item] = tensors[taken][place]  # type: ignore[index]
            outputs = self.expand_body(
                loop.body, scope, {**names, **row}, (*origin, time)
            )
            for collected, value in zip(lists, loop.collected, strict=True):
                collected.append(scope[value])
            current = list(outputs)
        tensors.update(zip(loop.results, current, strict=True))
        for value, items in zip(loop.lists, lists, strict=True):
            tensors[value] = tuple(items)  # type: ignore[assignment]

    def times(self, loop: For, names: Environment) -> list[dict[str, Expression]]:
        try:
            return list(times(loop, names))
        except EvaluationError as error:
            place = next((call.location for call in calls(loop.body)), None)
            self.diagnostics.error(f"this cannot be repeated: {error}", place)
            return []

    def expand_if(
        self,
        branch: If,
        tensors: dict[Value, TensorRef],
        names: Environment,
        origin: Origin,
    ) -> None:
        test = evaluate(branch.test, names)
        holds = isinstance(test, Literal) and bool(test.value)
        body = branch.body if holds else branch.otherwise
        outputs = self.expand_body(body, tensors, names, (*origin, int(not holds)))
        tensors.update(zip(branch.results, outputs, strict=True))

    def expand_call(
        self,
        call: Call,
        tensors: dict[Value, TensorRef],
        names: Environment,
        origin: Origin,
    ) -> tuple[TensorRef, ...]:
        arguments = self.evaluate(call.arguments, names)
        if call.kind is Callee.BLOCK:
            return self.expand_block(call, arguments, tensors, origin)
        if call.kind is Callee.SHARED:
            shared = self.program.shared_layer(call.callee)
            layer = self.shared_layer(shared, call, names, origin)
        else:
            layer = self.add_layer(call.kind, call.callee, arguments, call, origin)
        return self.add_node(layer, call, tensors, names, origin)

    def evaluate(
        self, arguments: tuple[Argument, ...], names: Environment
    ) -> tuple[Argument, ...]:
        try:
            return evaluate_arguments(arguments, names)
        except EvaluationError:
            pass
        evaluated: list[Argument] = []
        for argument in arguments:
            try:
                evaluated.extend(evaluate_arguments((argument,), names))
            except EvaluationError as error:
                self.diagnostics.error(f"this has no value: {error}", argument.location)
        return tuple(evaluated)

    def expand_block(
        self,
        call: Call,
        arguments: tuple[Argument, ...],
        tensors: dict[Value, TensorRef],
        origin: Origin,
    ) -> tuple[TensorRef, ...]:
        block = self.blocks[call.callee]
        given: list[Any] = [_tensors_of(item, tensors) for item in call.inputs]
        by_name = {key: _tensors_of(item, tensors) for key, item in call.keywords}
        for value in block.inputs[len(given) :]:
            given.append(by_name[value.name or ""])
        scope = dict(zip(block.inputs, given, strict=True))
        # Shared layers of a block belong to each of its instances.
        outer, self.shared_layers = self.shared_layers, {}
        bound = bind(block, arguments)
        outputs = self.expand_body(block.body, scope, bound, origin)
        self.shared_layers = outer
        self.block_calls.append(BlockCall(block.name, tuple(given), outputs, bound))
        return outputs

    def shared_layer(
        self, shared: Shared, call: Call, names: Environment, origin: Origin
    ) -> int:
        if shared.name not in self.shared_layers:
            arguments = self.evaluate(shared.arguments, names)
            if shared.kind is Callee.BLOCK:
                index = self.add_nested(shared, arguments, origin)
            else:
                index = self.add_layer(
                    shared.kind, shared.callee, arguments, call, origin
                )
            self.shared_layers[shared.name] = index
        return self.shared_layers[shared.name]

    def add_nested(
        self, shared: Shared, arguments: tuple[Argument, ...], origin: Origin
    ) -> int:
        block = self.blocks[shared.callee]
        inner = _Expander(self.program, self.diagnostics)
        inputs = tuple(Input(value.name or "", UNKNOWN) for value in block.inputs)
        tensors = inner.add_inputs(inputs, block.inputs)
        outputs = inner.expand_body(block.body, tensors, bind(block, arguments), ())
        graph = inner.graph(shared.name, inputs, tuple(("", ref) for ref in outputs))
        known = {parameter.name for parameter in block.parameters}
        own = tuple(a for a in arguments if a.name and a.name not in known)
        # A block may have several instances, and Keras wants each name once.
        name = _label(own) or (shared.name if shared.name in self.named else None)
        layer = Layer("Functional", own, name, graph, origin, shared.location)
        self.layers.append(layer)
        return len(self.layers) - 1

    def add_layer(
        self,
        callee: Callee,
        class_name: str,
        arguments: tuple[Argument, ...],
        call: Call,
        origin: Origin,
    ) -> int:
        # An enumeration takes long to hash.
        kind = "layer" if callee is Callee.LAYER else _KINDS.get(callee, "layer")
        label = _label(arguments)
        known = self.definitions.get(class_name) if kind == "imported" else None
        self.layers.append(
            Layer(
                class_name, arguments, label, None, origin, call.location, kind, known
            )
        )
        return len(self.layers) - 1

    def add_node(
        self,
        layer: int,
        call: Call,
        tensors: dict[Value, TensorRef],
        names: Environment,
        origin: Origin,
    ) -> tuple[TensorRef, ...]:
        args = tuple([self.resolve(i, tensors, names, call) for i in call.inputs])
        kwargs = tuple(
            [
                (key, self.resolve(item, tensors, names, call))
                for key, item in call.keywords
            ]
        )
        index = len(self.nodes)
        count = len(call.results)
        self.nodes.append(Node(layer, args, kwargs, count, origin, call.location))
        return tuple([TensorRef(index, position) for position in range(count)])

    def resolve(
        self,
        nested: Nested,
        tensors: Mapping[Value, Any],
        names: Environment,
        call: Call,
    ) -> Any:
        if isinstance(nested, Value):
            return tensors[nested]

        def value_of(constant: Expression) -> Expression:
            try:
                return evaluate(constant, names)
            except EvaluationError as error:
                self.diagnostics.error(f"this has no value: {error}", call.location)
                return constant

        return _tensors_of(map_constants(nested, value_of), tensors)


def times(loop: For, names: Environment) -> Iterator[dict[str, Expression]]:
    """Yields what a loop binds each time.

    Raises:
        EvaluationError: an expression has no value.
    """
    start = to_value(evaluate(loop.start, names))
    if loop.rows is None:
        assert loop.stop is not None
        stop = to_value(evaluate(loop.stop, names))
        if type(stop) is not int or not 0 <= stop - start <= MOST_TIMES:
            raise EvaluationError(
                f"expected a whole number from 0 to {MOST_TIMES}. Received: {stop!r}"
            )
        rows: tuple[tuple[Expression, ...], ...] = ((),) * (stop - start)
    else:
        rows = loop.rows
    for time, row in enumerate(rows):
        bound = dict(
            zip(loop.variables, (evaluate(item, names) for item in row), strict=True)
        )
        if loop.index is not None:
            bound[loop.index] = Literal(start + time)
        yield bound


def bind(block: Block, arguments: tuple[Argument, ...]) -> dict[str, Expression]:
    """Returns the value of each parameter of a block for evaluated arguments."""
    values: dict[str, Expression] = {}
    for parameter, argument in zip(block.parameters, arguments, strict=False):
        if argument.name is None:
            values[parameter.name] = argument.value
    values.update({a.name: a.value for a in arguments if a.name is not None})
    for parameter in block.parameters:
        if parameter.name not in values and parameter.default is not None:
            values[parameter.name] = evaluate(parameter.default, values)
    return values


def _tensors_of(nested: Nested, tensors: Mapping[Value, Any]) -> Any:
    return map_values(nested, lambda value: tensors[value])


def _label(arguments: tuple[Argument, ...]) -> str | None:
    """Returns the name that an argument gives to a layer."""
    name = next((a.value for a in arguments if a.name == "name"), None)
    given = name.value if isinstance(name, Literal) else None
    return given if isinstance(given, str) else None


def without_names(graph: LayerGraph) -> LayerGraph:
    """Returns the graph without origins and locations, for comparing two graphs."""
    return replace(
        graph,
        layers=tuple(
            replace(
                layer,
                origin=(),
                graph=without_names(layer.graph) if layer.graph else None,
            )
            for layer in graph.layers
        ),
        nodes=tuple(replace(node, origin=()) for node in graph.nodes),
    )
