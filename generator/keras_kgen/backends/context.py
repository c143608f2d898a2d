"""What every back end is given: the program, its shapes, and the module's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keras_kgen.backends.calls import structured
from keras_kgen.backends.list_names import told_apart
from keras_kgen.backends.naming import table_of
from keras_kgen.backends.scopes import row_source
from keras_kgen.backends.view import Constant, about
from keras_kgen.ir.graph import Input, LayerGraph, TensorRef
from keras_kgen.ir.program import For, Loop, Program, Shared
from keras_kgen.ir.tensors import UNKNOWN, TensorSpec
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal
from keras_kgen.pysource.names import (
    Namespace,
    constant_case,
    is_scope_name,
    snake_case,
)

Graphs = tuple[tuple[LayerGraph, Mapping[TensorRef, TensorSpec]], ...]


@dataclass(slots=True)
class Context:
    """One module in the making.

    Attributes:
        program: What to write.
        graph: The layer graph of the program.
        specs: What is known of each tensor of the graph.
        order: The graph's layers in the order in which Keras lists them.
        masks: The tensors that carry a mask.
        nested: The graphs of the models within the model, with the specs of their tensors.
        model_name: The name that the Keras model gets.
        constants: What stands at the top of the module; grows while lowering.
        model_class: What the model is made with in place of a class of Keras, if anything.
    """

    program: Program
    graph: LayerGraph
    specs: Mapping[TensorRef, TensorSpec]
    order: tuple[int, ...]
    masks: frozenset[TensorRef]
    nested: Graphs
    imports: Imports
    namespace: Namespace
    constants: list[Constant] = field(default_factory=list)
    input_shapes: dict[str, str] = field(default_factory=dict)
    model_class: str = ""

    @property
    def model_name(self) -> str:
        """The model's name, or, where TensorFlow would refuse it, the module's."""
        name = self.program.name
        return name if is_scope_name(name) else self.module_name

    @property
    def module_name(self) -> str:
        """The model's name as an identifier."""
        return snake_case(self.program.name)

    @property
    def graphs(self) -> Graphs:
        """The graph of the model and those of the models within, with their specs."""
        return ((self.graph, self.specs), *self.nested)

    def own_dtype(self, spec: TensorSpec) -> str:
        """Returns the type of a tensor, `float32` where layers bring it to their own."""
        return "float32" if spec.dtype == self.compute_dtype else spec.dtype

    @property
    def compute_dtype(self) -> str:
        """The type that layers without a `dtype` compute in."""
        return self.program.precision.removeprefix("mixed_")

    def loop_constant(self, loop: Loop | For) -> str:
        """Adds the constant that holds the values of a loop, or how often it runs."""
        variables, rows = loop.variables, loop.rows or ()
        if isinstance(loop, Loop):
            _, variables, rows = table_of(loop)
        text = row_source(rows, self.imports) if variables else str(len(rows))
        wanted = constant_case(told_apart(loop, self.program))
        # What is called the same and is the same is one thing.
        if any((known.name, known.value) == (wanted, text) for known in self.constants):
            return wanted
        name = self.namespace.take(wanted)
        key, *_ = about(loop)
        self.constants.append(Constant(name, text, key))
        return name

    def input_source(self, given: Input) -> str:
        """Returns `keras.Input(shape=INPUT_SHAPE)` for an input of the model."""
        self.imports.add("keras")
        parts = [f"shape={self.input_shapes[given.name]}"]
        if given.spec.shape and given.spec.shape[0] is not None:
            parts.append(f"batch_size={given.spec.shape[0]}")
        parts += _type_and_name(given.spec, given.name)
        parts += [f"{flag}=True" for flag in given.flags]
        return f"keras.Input({', '.join(parts)})"

    def build_shapes(self) -> str:
        """Returns what `build` is given: the shapes of the inputs with the batch."""
        inputs = self.program.inputs
        shapes = [
            _with_batch(self.input_shapes[given.name], (given.spec.shape or (None,))[0])
            for given in inputs
        ]
        return structured(self.program.takes, lambda index: shapes[index])

    def shape_source(self, spec: TensorSpec) -> str:
        """Returns `keras.Input(shape=(28, 28))` for a tensor inside the model."""
        self.imports.add("keras")
        shape = literal(spec.shape[1:] if spec.shape else ())
        return (
            f"keras.Input({', '.join([f'shape={shape}', *_type_and_name(spec, '')])})"
        )

    def shared_inputs(self, shared: Shared) -> tuple[TensorSpec, ...]:
        """Returns what goes into a shared block the first time."""
        for graph, specs in self.graphs:
            for node in graph.nodes:
                layer = graph.layers[node.layer] if node.layer is not None else None
                if layer and layer.graph and layer.graph.name == shared.name:
                    return tuple(specs.get(ref, UNKNOWN) for ref in node.tensors())
        return ()


def _type_and_name(spec: TensorSpec, name: str) -> list[str]:
    parts = [] if spec.dtype == "float32" else [f"dtype={literal(spec.dtype)}"]
    return [*parts, f"name={literal(name)}"] if name else parts


def _with_batch(shape: str, batch: int | None) -> str:
    if shape.startswith("("):
        return f"({batch}, {shape[1:-1].rstrip(',')})"
    return f"({batch}, *{shape})"
