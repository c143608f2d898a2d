"""The ops that have no rule, and why."""

from __future__ import annotations

_FUNCTION = "it takes Python code, which kgen does not run"
_VALUE = "it gives no tensor of the model"

NO_TENSOR = ("convert_to_numpy", "dtype", "is_tensor", "shape")
NO_RULE = {
    **dict.fromkeys(
        (
            "associative_scan",
            "cond",
            "custom_gradient",
            "fori_loop",
            "jvp",
            "map",
            "scan",
            "switch",
            "vectorize",
            "vectorized_map",
            "while_loop",
        ),
        _FUNCTION,
    ),
    **dict.fromkeys(NO_TENSOR, _VALUE),
}
