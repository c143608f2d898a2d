"""Keras 1's Merge layer as the layers that took its place."""

from __future__ import annotations

from keras_kgen.frontends.saved.context import Config
from keras_kgen.frontends.saved.tree import Json

_MODES = {
    "ave": "Average",
    "concat": "Concatenate",
    "cos": "Dot",
    "dot": "Dot",
    "max": "Maximum",
    "min": "Minimum",
    "mul": "Multiply",
    "sum": "Add",
}
_OF_MERGE = frozenset(
    {
        "arguments",
        "concat_axis",
        "dot_axes",
        "layers",
        "mode",
        "mode_type",
        "output_mask",
        "output_mask_type",
        "output_shape",
        "output_shape_type",
    }
)


def replacement(class_name: str, config: Config) -> tuple[str, Config] | None:
    """Returns the class and arguments that do what a Merge did; None where none does.

    Modes that are functions of the author's stay a Merge.
    """
    mode = config.get("mode")
    if class_name != "Merge" or mode is None or not isinstance(mode.value, str):
        return None
    if _is_code(config) or mode.value not in _MODES:
        return None
    rest = {key: value for key, value in config.items() if key not in _OF_MERGE}
    if mode.value == "concat":
        rest["axis"] = config.get("concat_axis", mode.replaced(-1))
    elif mode.value in ("dot", "cos"):
        rest["axes"] = _axes(config.get("dot_axes", mode.replaced(-1)))
    if mode.value == "cos":
        rest["normalize"] = mode.replaced(True)
    return _MODES[mode.value], rest


def _is_code(config: Config) -> bool:
    kind = config.get("mode_type")
    return kind is not None and kind.value in ("lambda", "function")


def _axes(axes: Json) -> Json:
    """Keras 1.0 wrote an axis in a list for each of the two inputs: [[2], [1]]."""
    value = axes.value
    if isinstance(value, list) and all(
        isinstance(a, list) and len(a) == 1 for a in value
    ):
        return axes.replaced([a[0] for a in value])
    return axes
