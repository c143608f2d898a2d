"""Programs as canonical YAML specs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from keras_kgen.backends.calls import block_arguments, own_arguments, structured
from keras_kgen.backends.naming import ValueNames
from keras_kgen.backends.operations import Text, find_folds, write_op
from keras_kgen.catalogue import former, registry
from keras_kgen.ir.definitions import Definition, Former
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    Sequence,
    to_value,
)
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    Nested,
    Program,
    Shared,
    Structure,
    Value,
    reads,
    results,
)
from keras_kgen.passes.inline import unroll
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import arguments, expression, literal, positional
from keras_kgen.pysource.names import Namespace, snake_case
from keras_kgen.pysource.short_names import short_name

# The line above, where a line reads it without a name.
_ABOVE = Text("_")


class _Flow(list[Any]):
    """A list that is written on one line."""


class _FlowTable(dict[str, Any]):
    """A mapping that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """Indents the items of lists, and knows the one-line containers."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Dumper.add_representer(
    _Flow,
    lambda dumper, value: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", value, flow_style=True
    ),
)
_Dumper.add_representer(
    _FlowTable,
    lambda dumper, value: dumper.represent_mapping(
        "tag:yaml.org,2002:map", value.items(), flow_style=True
    ),
)


def render_spec(program: Program) -> str:
    """Returns a normalized program as a YAML spec that reads back as the same program."""
    program = unroll(program)
    blocks = {block.name: block for block in program.blocks}
    spec: dict[str, Any] = {"name": program.name}
    if program.description:
        spec["description"] = program.description
    own = {item.name: _module_of(item, program) for item in program.definitions}
    if program.imports or own:
        spec["imports"] = {**program.imports, **own}
    spec["inputs"] = _inputs(program)
    if program.blocks:
        spec["blocks"] = {
            _header(block): _block(block, program, blocks) for block in program.blocks
        }
    shared = _shared(program.shared_in(program.body), blocks)
    if shared:
        spec["shared"] = shared
    taken = shared.keys() | blocks.keys()
    gives_last = program.gives == 0 and _ends_in_outputs(program.body)
    needed = () if gives_last else program.body.outputs
    last = "outputs" if len(program.body.outputs) == 1 else "x"
    names = _names(program.body, program.values, taken, needed, last)
    spec["layers"] = _lines(program.body, program.values, names, blocks)
    spec.update(_outputs(program, names))
    if program.precision != "float32":
        spec["precision"] = program.precision
    spec.update(_training(program))
    return yaml.dump(
        spec, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=float("inf")
    )


def unwritten(program: Program) -> tuple[tuple[str, str], ...]:
    """Returns the names that a spec imports though nobody has written them, and from where."""
    return tuple(
        (item.name, _own_module(program))
        for item in program.definitions
        if not isinstance(item, Former)
    )


def _module_of(definition: Definition, program: Program) -> str:
    """Returns the module that a spec names for what a module would define by itself."""
    return former.MODULE if isinstance(definition, Former) else _own_module(program)


def _own_module(program: Program) -> str:
    return f"{snake_case(program.name)}_layers"


def _inputs(program: Program) -> Any:
    if program.takes == 0 and not program.inputs[0].name:
        return _input(program.inputs[0])
    if program.takes == 0:
        return {program.inputs[0].name: _input(program.inputs[0])}
    return _nested_inputs(program.takes, program.inputs)


def _nested_inputs(structure: Structure, inputs: tuple[Input, ...]) -> Any:
    if isinstance(structure, int):
        return _input(inputs[structure])
    if isinstance(structure, tuple):
        return [
            {_leaf_name(item, inputs): _nested_inputs(item, inputs)}
            for item in structure
        ]
    return {key: _nested_inputs(item, inputs) for key, item in structure.items()}


def _leaf_name(structure: Structure, inputs: tuple[Input, ...]) -> str:
    """Returns what an item of a list of inputs is called: a nesting needs no name."""
    return inputs[structure].name if isinstance(structure, int) else "nested"


def _input(given: Input) -> Any:
    batch, *sizes = given.spec.shape or (None,)
    table: dict[str, Any] = {"shape": _Flow(sizes)}
    if given.spec.dtype != "float32":
        table["dtype"] = given.spec.dtype
    if batch is not None:
        table["batch_size"] = batch
    table.update(dict.fromkeys(given.flags, True))
    return _FlowTable(table) if len(table) > 1 else table["shape"]


def _header(block: Block) -> str:
    parameters = ", ".join(
        p.name if p.default is None else f"{p.name}={expression(p.default)}"
        for p in block.parameters
    )
    names = [value.name or "input" for value in block.inputs]
    inputs = "" if names == ["input"] else f"({', '.join(names)})"
    return f"{block.name}({parameters}){inputs}"


def _block(block: Block, program: Program, blocks: Mapping[str, Block]) -> Any:
    lines = _block_lines(block, program, blocks)
    shared = _shared(program.shared_in(block.body), blocks)
    return {"shared": shared, "layers": lines} if shared else lines


def _shared(layers: tuple[Shared, ...], blocks: Mapping[str, Block]) -> dict[str, str]:
    return {shared.name: _constructor(shared, blocks) for shared in layers}


def _block_lines(
    block: Block, program: Program, blocks: Mapping[str, Block]
) -> list[str]:
    last = block.body.statements[-1]
    above = last.results if isinstance(last, Call) and len(last.results) == 1 else ()
    taken = {p.name for p in block.parameters} | blocks.keys()
    taken |= {shared.name for shared in program.shared_in(block.body)}
    needed = () if _ends_in_outputs(block.body) else block.body.outputs
    needed = tuple(value for value in needed if value not in above)
    names = _names(block.body, block.inputs, taken, needed)
    lines = _lines(block.body, block.inputs, names, blocks)
    if not _ends_in_outputs(block.body):
        outputs = ", ".join(names.get(value, "_") for value in block.body.outputs)
        lines.append(f"return {outputs}")
    return lines


def _ends_in_outputs(body: Body) -> bool:
    last = body.statements[-1]
    return isinstance(last, Call) and last.results == body.outputs


def _names(
    body: Body,
    inputs: tuple[Value, ...],
    taken: set[str],
    needed_after: tuple[Value, ...],
    last: str | None = None,
) -> dict[Value, str]:
    """Returns a name for each value that a line must name; others go without.

    Where the author gave none, they are those of the functional style, so that a module is
    the same before and after.

    Args:
        body: The lines.
        inputs: What is there at the start.
        taken: Names of parameters, blocks and shared layers.
        needed_after: What must have a name behind the last line.
        last: What the last line of a model gives, if it can be called so; None for blocks.
    """
    names = {value: value.name or "input" for value in inputs}
    given = {v.name for s in body.statements for v in results(s) if v.name}
    reserved = frozenset(taken | given | set(names.values()))
    invented = ValueNames(
        body.statements,
        body.outputs,
        Namespace(reserved=reserved),
        find_folds(body.statements, body.outputs),
    )
    if last is not None:
        invented.number_outputs(body.outputs)
    above = inputs
    needed = set(needed_after)
    lines = _lines_of(body)
    for _, statement, read in lines:
        needed.update(v for v in read if v not in above)
        above = statement.results
    end = len(body.statements) - 1
    for index, statement, _ in lines:
        found = _results(statement, index, invented, last if index == end else None)
        for value, name in zip(statement.results, found, strict=True):
            if value.name or value in needed or len(statement.results) > 1:
                names[value] = name
    return names


def _results(
    call: Call, index: int, names: ValueNames, wanted: str | None
) -> tuple[str, ...]:
    """Returns names for what a line gives, the author's where there are some."""
    if not any(value.name for value in call.results):
        return names.add_results(call, index, wanted)
    found = []
    for value in call.results:
        name = value.name or ("x" if value in names.last_read else "_")
        if not value.name and name == "x" and not names.is_free(name, index):
            name = names.number(short_name(call.callee), index)
        found.append(names.hold(value, name))
    return tuple(found)


def _lines(
    body: Body,
    inputs: tuple[Value, ...],
    names: Mapping[Value, str],
    blocks: Mapping[str, Block],
) -> list[str]:
    lines = []
    above = inputs
    texts = {value: Text(name) for value, name in names.items()}
    folds = find_folds(body.statements, body.outputs)
    for index, statement in enumerate(body.statements):
        assert isinstance(statement, Call)
        if index in folds:
            texts[statement.results[0]] = _op(statement, texts)
            continue
        lines.append(_line(statement, above, texts, blocks))
        above = statement.results
    return lines


def _lines_of(body: Body) -> list[tuple[int, Call, tuple[Value, ...]]]:
    """Returns the statements that get a line, by their index, and what each line reads."""
    folds = find_folds(body.statements, body.outputs)
    read: dict[int, list[Value]] = {}
    for index, statement in enumerate(body.statements):
        read.setdefault(folds.get(index, index), []).extend(reads(statement))
    folded = {value for index in folds for value in results(body.statements[index])}
    return [
        (index, statement, tuple(v for v in read[index] if v not in folded))
        for index, statement in enumerate(body.statements)
        if isinstance(statement, Call) and index not in folds
    ]


def _line(
    call: Call,
    above: tuple[Value, ...],
    texts: Mapping[Value, Text],
    blocks: Mapping[str, Block],
) -> str:
    targets = [texts[value].source for value in call.results if value in texts]
    target = f"{', '.join(targets)} = " if targets else ""
    if call.kind is Callee.OP:
        return f"{target}{_op(call, texts).source}"
    constructor = _constructor(call, blocks)
    takes_above = len(above) == 1 and call.inputs == above and not call.keywords
    if takes_above:
        return f"{target}{constructor}"
    given = [_nested(item, texts) for item in call.inputs]
    given += [f"{key}={_nested(item, texts)}" for key, item in call.keywords]
    return f"{target}{constructor}({', '.join(given)})"


def _op(call: Call, texts: Mapping[Value, Text]) -> Text:
    return write_op(call, lambda value: texts.get(value, _ABOVE), Imports())


def _constructor(call: Call | Shared, blocks: Mapping[str, Block]) -> str:
    if call.kind is Callee.BLOCK:
        block = blocks[call.callee]
        given = (*block_arguments(block, call.arguments), *own_arguments(block, call))
        if isinstance(call, Shared) and call.is_sequential:
            given = (*given, Argument(Literal(True), "sequential"))
    elif call.kind is Callee.LAYER:
        entry = registry.lookup("layers", call.callee)
        given = positional(entry, call.arguments) if entry else call.arguments
    else:
        given = call.arguments
    return f"{call.callee}({arguments(given)})"


def _nested(item: Nested, names: Mapping[Value, Text]) -> str:
    if isinstance(item, Value):
        return names.get(item, _ABOVE).source
    if isinstance(item, tuple):
        return "[" + ", ".join(_nested(inner, names) for inner in item) + "]"
    if isinstance(item, Mapping):
        pairs = (
            f"{literal(key)}: {_nested(inner, names)}" for key, inner in item.items()
        )
        return "{" + ", ".join(pairs) + "}"
    return expression(item)


def _outputs(program: Program, names: Mapping[Value, str]) -> dict[str, Any]:
    body = program.body
    if program.gives == 0:
        if _ends_in_outputs(body):
            return {}
        return {"outputs": names[body.outputs[0]]}
    labels = [names[value] for value in body.outputs]
    if program.output_structure is not None:
        return {"outputs": _nested_outputs(program.output_structure, labels)}
    if list(program.output_keys) == labels:
        return {"outputs": _Flow(labels)}
    return {"outputs": dict(zip(program.output_keys, labels, strict=True))}


def _nested_outputs(structure: Structure, labels: list[str]) -> Any:
    if isinstance(structure, Mapping):
        return {key: _nested_outputs(item, labels) for key, item in structure.items()}
    return structured(structure, lambda index: labels[index])


def _training(program: Program) -> dict[str, Any]:
    training = program.training
    found: dict[str, Any] = {}
    if training.compile:
        found["compile"] = {k: _value(s.value) for k, s in training.compile.items()}
    if training.data is not None:
        found["data"] = _value(training.data.value)
    if training.fit:
        found["fit"] = {k: _value(s.value) for k, s in training.fit.items()}
    if training.callbacks:
        found["callbacks"] = [_value(s.value) for s in training.callbacks]
    if training.seed is not None:
        found["seed"] = training.seed
    if training.loop != "fit":
        found["loop"] = training.loop
    if training.distribute is not None:
        found["distribute"] = _value(training.distribute.value)
    return found


def _value(value: Expression) -> Any:
    match value:
        case Sequence(items):
            return _Flow(map(_value, items))
        case Dictionary(pairs):
            return {str(to_value(key)): _value(item) for key, item in pairs}
        case ObjectCall():
            name = value.class_name
            return f"{name}({arguments(value.arguments)})"
        case Literal(plain):
            return plain
    return expression(value)
