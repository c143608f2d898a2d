"""Styles that other packages add: what their authors import, and how kgen finds them.

A package adds a style with the entry point `NAME = "package.module:FUNCTION"` in the group
`keras_kgen.styles`. The function takes a `Network` and returns the source of `build_model()`;
docs/styles.md shows one.
"""

from __future__ import annotations

from keras_kgen.backends.own_style import Input, Layer, Network, Step
from keras_kgen.catalogue.registry import hint
from keras_kgen.errors import KgenError, UsageError
from keras_kgen.options import OwnStyle, Style

__all__ = ["GROUP", "Input", "Layer", "Network", "Step", "UsageError", "find_style"]

GROUP = "keras_kgen.styles"


def find_style(name: str, *others: str) -> Style | OwnStyle:
    """Returns the style of a name: one of kgen's, else one that an installed package adds.

    Args:
        name: The name.
        others: Further names that are offered where there is no such style.

    Raises:
        KgenError: the package that adds the style cannot be imported.
        UsageError: there is no such style.
    """
    ours = {style.value: style for style in Style}
    if name in ours:
        return ours[name]
    from importlib.metadata import entry_points

    points = {point.name: point for point in entry_points(group=GROUP)}
    if name not in points:
        known = [*others, *ours, *sorted(points.keys() - ours)]
        message = f"there is no style {name!r}; expected {', '.join(known)}"
        raise UsageError(f"{message}{hint(name, known)}")
    point = points[name]
    try:
        write = point.load()
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise KgenError(
            f"the style {name!r} ({point.value}) cannot be imported: {what}"
        ) from error
    if not callable(write):
        raise KgenError(f"the style {name!r} ({point.value}) is no function")
    return OwnStyle(name, point.value, write)
