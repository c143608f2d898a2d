"""Checks the names of layers, which Keras wants to be texts, and each only once."""

from __future__ import annotations

from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.graph import LayerGraph
from keras_kgen.ir.order import input_names, keras_names
from keras_kgen.pysource.names import is_scope_name


def check_names(graph: LayerGraph, diagnostics: Diagnostics) -> None:
    """Reports names that are no texts, have a slash, or that two layers share.

    The names that Keras makes up count as well: a second layer called `dense` clashes with
    the first Dense layer that has no name of its own.
    """
    taken = set(input_names(graph))
    given = {
        index for index, layer in enumerate(graph.layers) if layer.name is not None
    }
    names = keras_names(graph)
    taken.update(name for index, name in enumerate(names) if index not in given)
    for index, layer in enumerate(graph.layers):
        if layer.graph is not None:
            check_names(layer.graph, diagnostics)
        argument = next((a for a in layer.arguments if a.name == "name"), None)
        if argument is None and index not in given:
            continue
        value = argument.value if argument else None
        place = (argument.location if argument else None) or layer.location
        if isinstance(value, Literal) and not isinstance(value.value, str | None):
            diagnostics.error(
                f"a layer's name is a text in quotes. Received: {value.value!r}", place
            )
        if index not in given:
            continue
        if not is_scope_name(names[index]):
            diagnostics.error(
                "a layer's name begins with a letter or digit and has letters, digits, "
                f"_, - and . only. Received: {names[index]!r}",
                place,
            )
        if names[index] in taken:
            diagnostics.error(
                f"another layer or input is called {names[index]!r} too", place
            )
        taken.add(names[index])
