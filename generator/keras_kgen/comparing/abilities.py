"""What each style can do with a model, and what it cannot."""

from __future__ import annotations

from keras_kgen.comparing.comparison import Cell, Difference
from keras_kgen.comparing.facts import CodeFacts
from keras_kgen.comparing.findings import (
    FUNCTIONAL,
    SEQUENTIAL,
    SUBCLASS,
    Aspect,
    Findings,
    class_names,
    names_of,
    present,
)


def _saving(findings: Findings) -> Difference:
    cells = {}
    for style, code in findings.codes.items():
        cells[style] = _saved(code)
    return Difference(
        "Load it without its code",
        "A file holds a list or a graph as data. Of a class it holds the name, and what "
        "`get_config()` returns.",
        cells,
    )


def _saved(code: CodeFacts) -> Cell:
    if not code.registered:
        return Cell("`keras.saving.load_model(path)` needs Keras alone.", "yes")
    names = names_of(code.registered)
    configured = dict.fromkeys(
        name for item in code.classes for name in item.configured
    )
    kept = f" `get_config()` keeps {names_of(configured)}." if configured else ""
    return Cell(
        f"Import this module first: it registers {names}.{kept}",
        "no",
    )


def _intermediate(findings: Findings) -> Difference:
    hidden = findings.wrapped(SEQUENTIAL)
    return Difference(
        "Take the output of a layer inside",
        "Features of a trained model, or a look at what it does. "
        "`keras.Model(model.inputs, model.get_layer(name).output)` needs a graph.",
        {
            SEQUENTIAL: Cell(
                (
                    f"For each entry of the list, but not inside of {class_names(hidden)}."
                    if hidden
                    else "For each entry of the list."
                ),
                "partly" if hidden else "yes",
            ),
            FUNCTIONAL: Cell("For every layer of the graph.", "yes"),
            SUBCLASS: Cell(
                "The layers have no `.output`; `call()` would have to return it.", "no"
            ),
        },
    )


def _plotting(findings: Findings) -> Difference:
    hidden = findings.wrapped(SEQUENTIAL)
    return Difference(
        "Draw it with `plot_model()`",
        "Keras draws the graph, and code has none.",
        {
            SEQUENTIAL: Cell(
                (
                    f"The list; {class_names(hidden)} {'is a box' if len(hidden) == 1 else 'are boxes'}."
                    if hidden
                    else "All layers in a row."
                ),
                "partly" if hidden else "yes",
            ),
            FUNCTIONAL: Cell("Every layer and every way between them.", "yes"),
            SUBCLASS: Cell("One box for the whole model.", "no"),
        },
    )


def _control(findings: Findings) -> Difference:
    hidden = findings.wrapped(SEQUENTIAL)
    fixed = "`if` and `for` run once, while the model is built."
    return Difference(
        "Do something else at each call",
        "Steps that depend on the data or on `training`, a loop of its own length, what no "
        "layer of Keras does. This model needs nothing of the kind.",
        {
            SEQUENTIAL: Cell(
                f"Only inside of {class_names(hidden)}." if hidden else fixed,
                "partly" if hidden else "no",
            ),
            FUNCTIONAL: Cell(fixed, "no"),
            SUBCLASS: Cell("`call()` is Python, and may do what you write.", "yes"),
        },
    )


def _growing(findings: Findings) -> Difference:
    return Difference(
        "Add a skip connection or an output later",
        "Models grow. What is a list today may not be one tomorrow.",
        {
            SEQUENTIAL: Cell("A class around it, or another style.", "no"),
            FUNCTIONAL: Cell("One line, and a name for the tensor.", "yes"),
            SUBCLASS: Cell(
                "A line in each of `__init__()`, `build()`, `call()`.", "yes"
            ),
        },
    )


_ABILITIES: tuple[Aspect, ...] = (
    _saving,
    _intermediate,
    _plotting,
    _control,
    _growing,
)


def find_abilities(findings: Findings) -> tuple[Difference, ...]:
    """Returns what each style can do with this model, and what it cannot."""
    return tuple(present(findings, _ABILITIES))
