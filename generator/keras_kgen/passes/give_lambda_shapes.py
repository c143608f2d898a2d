"""Says what Lambda layers give where their functions are not known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expand import expand
from keras_kgen.ir.expressions import Argument, Literal, Reference, from_value
from keras_kgen.ir.graph import LayerGraph
from keras_kgen.ir.program import (
    Body,
    Call,
    Callee,
    Program,
    Shared,
    calls,
    map_calls,
)
from keras_kgen.ir.tensors import Shape
from keras_kgen.passes.infer_shapes import Specs, infer_all_nested, infer_shapes

# An argument that tells the Lambda layers of a program apart while this pass runs.
_NUMBER = "lambda_number"


def give_lambda_shapes(program: Program) -> Program:
    """Returns the program with an `output_shape` for each Lambda whose function is a stub.

    Keras calls the function of a Lambda to see what shape it gives, and a stub gives
    nothing. The shape is taken to be that of the input.
    """
    if not _has_lambda(program):
        return program
    numbered = _Numberer().program(program)
    if numbered is program:
        return program
    graph = expand(numbered)
    specs = infer_shapes(graph, Diagnostics())
    shapes: dict[int, set[Shape | None]] = {}
    for found, known in ((graph, specs), *infer_all_nested(graph, specs)):
        for number, shape in _shapes(found, known):
            shapes.setdefault(number, set()).add(shape)
    return _Shaper(shapes).program(numbered)


def _has_lambda(program: Program) -> bool:
    bodies = (program.body, *(block.body for block in program.blocks))
    found = (call.callee for body in bodies for call in calls(body))
    return "Lambda" in (*found, *(shared.callee for shared in program.shared))


def _shapes(graph: LayerGraph, specs: Specs) -> Iterator[tuple[int, Shape | None]]:
    for node in graph.nodes:
        layer = graph.layers[node.layer] if node.layer is not None else None
        number = layer.config.get(_NUMBER) if layer else None
        if isinstance(number, Literal) and isinstance(number.value, int):
            first = next(node.tensors(), None)
            shape = specs[first].shape if first is not None else None
            yield number.value, None if shape is None else shape[1:]


class _Rewriter:
    """Changes the Lambda layers of a program."""

    def program(self, program: Program) -> Program:
        blocks = tuple(
            replace(block, body=self.body(block.body)) for block in program.blocks
        )
        changed = replace(
            program,
            blocks=blocks,
            shared=tuple(map(self.shared, program.shared)),
            body=self.body(program.body),
        )
        return program if changed == program else changed

    def body(self, body: Body) -> Body:
        return map_calls(
            body, lambda call: replace(call, arguments=self.arguments(call))
        )

    def shared(self, shared: Shared) -> Shared:
        return replace(shared, arguments=self.arguments(shared))

    def arguments(self, call: Call | Shared) -> tuple[Argument, ...]:
        is_lambda = call.kind is Callee.LAYER and call.callee == "Lambda"
        return self.change(call.arguments) if is_lambda else call.arguments

    def change(self, arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
        raise NotImplementedError


class _Numberer(_Rewriter):
    """Gives each Lambda that has no shape, and a stub for a function, a number."""

    def __init__(self) -> None:
        self.count = 0

    def change(self, arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
        given = {a.name: a.value for a in arguments}
        function = given.get("function")
        is_stub = isinstance(function, Reference) and not function.module
        if not is_stub or "output_shape" in given:
            return arguments
        self.count += 1
        return (*arguments, Argument(Literal(self.count), _NUMBER))


class _Shaper(_Rewriter):
    """Puts the shape of its input in the place of each number, where it has one."""

    def __init__(self, shapes: dict[int, set[Shape | None]]) -> None:
        self.shapes = shapes

    def change(self, arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
        found = list(arguments)
        number = next((a for a in found if a.name == _NUMBER), None)
        if number is None:
            return arguments
        found.remove(number)
        assert isinstance(number.value, Literal) and isinstance(number.value.value, int)
        shapes = self.shapes.get(number.value.value, set())
        if len(shapes) == 1 and None not in shapes:
            place = 1 + next(i for i, a in enumerate(found) if a.name == "function")
            shape = from_value(next(iter(shapes)))
            found.insert(place, Argument(shape, "output_shape"))
        return tuple(found)
