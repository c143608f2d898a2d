"""What is said on a style and its methods, and on the constants of a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from keras_kgen.backends.view import Role
from keras_kgen.explaining.notes import Documentation, Note, documents
from keras_kgen.options import Style
from keras_kgen.passes.count_parameters import count
from keras_kgen.tracing.elements import Element
from keras_kgen.tracing.source_map import SourceMap

STYLES = {
    Style.SEQUENTIAL: (
        "The sequential style is a list of layers: each takes what the one above gives. It is "
        "the shortest style and the easiest to read. A list has no branches: what a layer reads "
        "from further up must be inside a Layer class, and a model with several inputs or "
        "outputs needs another style."
    ),
    Style.FUNCTIONAL: (
        "The functional style calls each layer on a tensor that has a shape but no values yet, "
        "and so draws the model as a graph; keras.Model takes all that lies between inputs and "
        "outputs. Layers may branch, join and be shared. The graph is drawn once: Python's if "
        "and for choose layers here, they do not run again for each batch."
    ),
    Style.SUBCLASS: (
        "The subclass style is a class: __init__ creates the layers, build() their weights, and "
        "call() says how data flow through them. call() may hold any Python that the backend "
        "can run. The price is more to write: the shapes in build(), and get_config(), without "
        "which Keras cannot load what it has saved. Keras sees no graph that it could check or "
        "plot."
    ),
}
READING = (
    "A comment such as (None, 10) is the shape that a line gives. None stands for the number of "
    "samples in a batch, which may differ from batch to batch. Parameters are counted weight by "
    "weight: the sizes of a weight, multiplied."
)
_METHODS = {
    "__init__": "Creates the layers; Keras tracks each that becomes an attribute.",
    "build": "Creates the weights, once the shape of the input is known.",
    "call": "Says what happens to the data; Keras calls this for each batch.",
    "compute_output_shape": "Says what shape comes out, without computing values.",
    "get_config": "Returns the arguments of __init__, for saving and loading.",
}
CONSTANTS = {
    "INPUT_SHAPE": "the shape of one sample",
    "EPOCHS": "how often training sees all samples",
    "BATCH_SIZE": "samples in one step of training",
    "SEED": "what random numbers start from",
    "VOCABULARY_SIZE": "how many different tokens there are",
    "SEQUENCE_LENGTH": "tokens in a sample; longer ones are cut",
}
_TABLE = (
    "What differs from time to time in a loop below: change a value, or add one for one layer or "
    "block more."
)


def document(
    source: str, tree: ast.Module, style: Style, elements: Sequence[Element]
) -> Iterator[Documentation]:
    """Yields what goes into docstrings.

    Args:
        source: The source of the module.
        tree: What it parses to.
        style: Its style.
        elements: The elements of its model.
    """
    lines = source.splitlines()
    yield from documents(lines, tree, STYLES[style], READING)
    for item in tree.body:
        if isinstance(item, ast.FunctionDef) and item.name == "build_model":
            for text in _sizes(elements):
                yield from documents(lines, item, text)
    methods: dict[str, ast.FunctionDef] = {}
    for method in _methods(tree):
        methods.setdefault(method.name, method)
    for name, text in _METHODS.items():
        if name in methods:
            yield from documents(lines, methods[name], text)


def _methods(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for item in tree.body:
        if isinstance(item, ast.ClassDef):
            yield from (x for x in item.body if isinstance(x, ast.FunctionDef))


def _sizes(elements: Sequence[Element]) -> Iterator[str]:
    """Yields how many parameters the model has, where that is known."""
    known = [e.weights for e in elements if not e.path and e.weights is not None]
    if len(known) < sum(not e.path for e in elements):
        return
    counts = count(weight for weights in known for weight in weights)
    text = f"The model has {counts.total:,} parameters."
    if counts.non_trainable:
        text = f"{text} Training adjusts {counts.trainable:,} of them."
    yield text


def note_constants(tree: ast.Module, found: SourceMap) -> Iterator[Note]:
    """Yields what is said on the constants of a module."""
    tables = {span.first for span in found.spans if span.role is Role.TABLE}
    for item in tree.body:
        if not isinstance(item, ast.Assign) or not isinstance(
            item.targets[0], ast.Name
        ):
            continue
        name = item.targets[0].id
        if item.lineno in tables:
            yield Note(item.lineno, (_TABLE,))
        elif name in CONSTANTS and item.lineno == item.end_lineno:
            yield Note(item.lineno, (), item.lineno, CONSTANTS[name])
