"""The shapes of a saved model's tensors, as far as its lines have been rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keras_kgen.catalogue.rules import (
    Given,
    ShapeError,
    apply_arguments,
    apply_definition,
)
from keras_kgen.catalogue.rules.ops import apply_op
from keras_kgen.ir.definitions import Definition
from keras_kgen.ir.expressions import to_value
from keras_kgen.ir.program import Call, Callee, Nested, Value
from keras_kgen.ir.tensors import UNKNOWN, Shape, TensorSpec


class Specs:
    """Works out what each line gives; what is not known is no error here.

    Args:
        definition: Gives what the module defines by a name.
    """

    def __init__(self, definition: Callable[[str], Definition | None]) -> None:
        self.definition = definition
        self.specs: dict[Value, TensorSpec] = {}

    def add_input(self, value: Value, spec: TensorSpec) -> None:
        """Records an input."""
        self.specs[value] = spec

    def shape(self, nested: Nested) -> Shape | None:
        """Returns the shape of a tensor, None where it is not known."""
        return self.specs[nested].shape if isinstance(nested, Value) else None

    def add(self, call: Call) -> None:
        """Records what a line gives."""
        outputs = self._outputs(call)
        if outputs is None or len(outputs) != len(call.results):
            outputs = (UNKNOWN,) * len(call.results)
        self.specs.update(zip(call.results, outputs, strict=True))

    def _outputs(self, call: Call) -> tuple[TensorSpec, ...] | None:
        args = tuple(map(self._given, call.inputs))
        kwargs = {key: self._given(item) for key, item in call.keywords}
        try:
            if call.kind is Callee.OP:
                return apply_op(call.callee, args, kwargs)
            if call.kind is Callee.IMPORTED:
                return self._own_outputs(call, args, kwargs)
            if call.kind is not Callee.LAYER:
                return None
            result = apply_arguments(call.callee, call.arguments, args, kwargs)
        except ShapeError:
            return None
        return None if result is None else result.outputs

    def _own_outputs(
        self, call: Call, args: tuple[Given, ...], kwargs: Mapping[str, Given]
    ) -> tuple[TensorSpec, ...] | None:
        definition = self.definition(call.callee)
        if definition is None:
            return None
        config = {a.name or "": to_value(a.value) for a in call.arguments}
        result = apply_definition(definition, config, args, kwargs)
        return None if result is None else result.outputs

    def _given(self, nested: Nested) -> Given:
        if isinstance(nested, Value):
            return self.specs[nested]
        if isinstance(nested, tuple):
            return tuple(map(self._given, nested))
        if isinstance(nested, Mapping):
            return {key: self._given(item) for key, item in nested.items()}
        return nested
