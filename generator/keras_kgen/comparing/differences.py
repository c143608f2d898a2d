"""What differs between the styles of one model, and why."""

from __future__ import annotations

from keras_kgen.comparing.comparison import Cell, Difference
from keras_kgen.comparing.facts import ClassFacts, CodeFacts
from keras_kgen.comparing.findings import (
    FUNCTIONAL,
    SEQUENTIAL,
    SUBCLASS,
    Aspect,
    Findings,
    class_names,
    counted,
    names_of,
    present,
)
from keras_kgen.comparing.listing import Layers
from keras_kgen.comparing.structure import keys_of
from keras_kgen.options import Style


def find_differences(findings: Findings) -> tuple[Difference, ...]:
    """Returns what differs in the code, and why."""
    return tuple(present(findings, _DIFFERENCES))


def _wiring(findings: Findings) -> Difference:
    return Difference(
        "Who says what follows what",
        "A model is layers, and the ways that the data take through them. The styles differ "
        "in where those ways are written down.",
        {
            SEQUENTIAL: Cell(
                "The list does: each entry takes what the entry above gives."
            ),
            FUNCTIONAL: Cell(
                "Each call does: `layer(x)` takes the tensor `x` and gives a new one."
            ),
            SUBCLASS: Cell(
                "`call()` does. `__init__()` makes the layers; nothing joins them before "
                "`call()` runs."
            ),
        },
    )


def _branches(findings: Findings) -> Difference | None:
    structure = findings.structure
    joins = keys_of(structure.joins)
    if not joins:
        return None
    kept = names_of(findings.codes[FUNCTIONAL].kept)
    held = f", here {kept}" if kept else ""
    return Difference(
        "Where the data branch",
        f"Layers such as {names_of(structure.class_names(joins))} bring several tensors "
        "together; a list has room for one.",
        {
            SEQUENTIAL: Cell(_wrapping(findings)),
            FUNCTIONAL: Cell(
                f"A tensor that is read again later keeps a name of its own{held}."
            ),
            SUBCLASS: Cell(
                "As in the functional style, inside of `call()`. `build()` has to take the "
                "same ways once more, with shapes."
            ),
        },
        joins,
    )


def _wrapping(findings: Findings) -> str:
    classes = findings.joining
    if not classes:
        return "Every branch is inside of a layer."
    names = class_names(classes)
    are = "is a Layer class" if len(classes) == 1 else "are Layer classes"
    return (
        f"{names} {are}: seen from the list, one layer that takes one tensor and gives one. "
        "Inside of `call()` there may be as many as you like."
    )


def _repetition(findings: Findings) -> Difference | None:
    functions = findings.codes[FUNCTIONAL].functions
    classes = findings.wrapped(SUBCLASS)
    if not functions and not classes:
        return None
    layers: Layers = frozenset().union(*(item.layers for item in classes))
    return Difference(
        "What repeats itself",
        "What stands in a model several times is written once, with what differs as "
        "arguments. A function makes new layers each time and is then forgotten; a class "
        "keeps its layers, so Keras sees it as one layer.",
        {
            SEQUENTIAL: _one_layer(
                findings.wrapped(SEQUENTIAL), "in the list or inside of another one"
            ),
            FUNCTIONAL: _plain_functions(functions),
            SUBCLASS: _one_layer(
                classes, "an attribute or an item of a list of layers"
            ),
        },
        layers,
    )


def _plain_functions(functions: tuple[str, ...]) -> Cell:
    if not functions:
        return Cell("Written out.")
    names = names_of(f"{name}()" for name in functions)
    what = "a plain function" if len(functions) == 1 else "plain functions"
    return Cell(f"{names}: {what}; the layers belong to the model itself.")


def _one_layer(classes: tuple[ClassFacts, ...], place: str) -> Cell:
    if not classes:
        return Cell("Written out, or a loop.")
    return Cell(f"{class_names(classes)}: each instance is one layer, {place}.")


def _sharing(findings: Findings) -> Difference | None:
    structure = findings.structure
    if not structure.shared:
        return None
    names = names_of(element.name for element in structure.shared)
    counts = sorted({len(element.calls) for element in structure.shared})
    times = " or ".join(map(str, counts))
    return Difference(
        "Weights that are used twice",
        "One layer that is called several times has one set of weights.",
        {
            SEQUENTIAL: Cell("The class that calls it more than once keeps it."),
            FUNCTIONAL: Cell(f"{names}: made once, then called {times} times."),
            SUBCLASS: Cell(
                "An attribute of the class that `call()` calls more than once."
            ),
        },
        keys_of(structure.shared),
    )


def _interface(findings: Findings) -> Difference | None:
    structure = findings.structure
    if structure.inputs < 2 and structure.outputs < 2:
        return None
    counts = []
    if structure.inputs > 1:
        counts.append(f"{structure.inputs} inputs")
    if structure.outputs > 1:
        counts.append(f"{structure.outputs} outputs")
    return Difference(
        f"The {' and '.join(counts)}",
        "A Sequential model has one of each.",
        {
            FUNCTIONAL: Cell(
                "`keras.Model(inputs, outputs)` takes them by name or in a list."
            ),
            SUBCLASS: Cell(
                "`call(inputs)` takes them apart and returns them; Keras learns of them only "
                "by running it."
            ),
        },
    )


def _shapes(findings: Findings) -> Difference:
    lines = sum(item.shape_lines for item in findings.codes[SUBCLASS].classes)
    hidden = findings.wrapped(SEQUENTIAL)
    inside = f" Inside of {class_names(hidden)}, `build()` says it." if hidden else ""
    return Difference(
        "How shapes become known",
        "A layer makes its weights once it knows the shape of its input.",
        {
            SEQUENTIAL: Cell(
                "`keras.Input` heads the list; the shape of every entry follows from it at "
                f"once.{inside}"
            ),
            FUNCTIONAL: Cell(
                "`keras.Input` is a tensor without numbers. Each call works out the shape of "
                "its result, and a shape that does not fit fails on its own line."
            ),
            SUBCLASS: Cell(
                f"`build()` hands each layer the shape of its input, {lines} lines in all. "
                "Without them the model would have no weights, and `summary()` no shapes, "
                "before it has seen data."
            ),
        },
    )


def _training_flag(findings: Findings) -> Difference | None:
    structure = findings.structure
    flagged = findings.codes[SUBCLASS].flagged
    single = [layers for layers in flagged if len(structure.class_names(layers)) == 1]
    layers: Layers = frozenset().union(*single)
    names = structure.class_names(layers)
    if not names:
        return None
    verb = "works" if len(names) == 1 else "work"
    hidden = [c for c in findings.wrapped(SEQUENTIAL) if c.layers & layers]
    inside = f" Inside of {class_names(hidden)}, `call()` does." if hidden else ""
    automatic = "Keras hands `training` to them by itself."
    return Difference(
        "Training or not",
        f"{names_of(names)} {verb} differently while the model is trained.",
        {
            SEQUENTIAL: Cell(f"{automatic}{inside}"),
            FUNCTIONAL: Cell(automatic),
            SUBCLASS: Cell(
                "`call()` takes `training` and hands it on, so that the reader sees which "
                "layers it changes."
            ),
        },
        layers,
    )


def _weights(findings: Findings) -> Difference:
    cells = {}
    for style in Style:
        if style in findings.reordered:
            text = (
                "Another order: each block keeps its weights together. `load_weights()` of "
                "the module puts them in order."
            )
        elif style is FUNCTIONAL:
            text = "Keras sorts the layers by their places in the graph."
        else:
            text = _assigned(findings, style)
        cells[style] = Cell(text)
    same = not findings.reordered
    return Difference(
        "The order of the weights" if same else "The order of the weights differs",
        "`get_weights()` is a list without names, so the order decides which array goes "
        f"where. {'It is the same in all styles.' if same else ''}".strip(),
        cells,
    )


def _assigned(findings: Findings, style: Style) -> str:
    if style in findings.codes:
        for item in findings.codes[style].classes:
            layers = set(item.assigned) & set(item.called) - set(item.configured)
            called = [name for name in item.called if name in layers]
            assigned = [name for name in item.assigned if name in layers]
            for earlier, later in zip(assigned, called, strict=True):
                if earlier != later:
                    return (
                        f"`{item.name}.__init__()` sets `{earlier}` before `{later}`, "
                        f"although `call()` has `{later}` first: a class lists weights as "
                        "its attributes were set, and this is the order of the functional "
                        "style."
                    )
    if style is SEQUENTIAL:
        return "As the list has them."
    return "As `__init__()` sets the attributes."


def _length(findings: Findings) -> Difference:
    codes = findings.codes
    shortest = min(code.length for code in codes.values())
    return Difference(
        "How much there is to write",
        "The model alone, without its training.",
        {s: Cell(_size(code, code.length == shortest)) for s, code in codes.items()},
    )


def _size(code: CodeFacts, is_shortest: bool) -> str:
    parts = [f"{code.length} lines"]
    if is_shortest:
        parts.append("the shortest")
    if code.classes:
        parts.append(f"with {counted(len(code.classes), 'class', 'classes')}")
    if code.functions:
        count = len(code.functions)
        parts.append(f"with {counted(count, 'function', 'functions')} for blocks")
    return f"{', '.join(parts)}."


def _entries(findings: Findings) -> Difference:
    counts = findings.entries
    cells = {}
    for style, count in counts.items():
        hidden = findings.wrapped(style)
        text = f"{count} {'layers' if count > 1 else 'layer'}"
        if hidden:
            text += f": each instance of {class_names(hidden)} counts as one"
        if style is FUNCTIONAL:
            text += f", {_inputs(findings.structure.inputs)}"
        cells[style] = Cell(f"{text}.")
    return Difference(
        "What `model.layers` has",
        "A class that holds layers is one layer to Keras: one name, and one row of "
        "`summary()`.",
        cells,
    )


def _inputs(count: int) -> str:
    if count > 1:
        return f"{count} of them `InputLayer`s"
    return "one of them the `InputLayer`"


# In the order in which a beginner meets them.
_DIFFERENCES: tuple[Aspect, ...] = (
    _wiring,
    _branches,
    _sharing,
    _interface,
    _repetition,
    _shapes,
    _training_flag,
    _weights,
    _entries,
    _length,
)
