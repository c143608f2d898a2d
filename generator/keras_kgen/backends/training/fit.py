"""The arguments of `fit` as source text."""

from __future__ import annotations

from collections.abc import Mapping

from keras_kgen.backends.training.views import FitView
from keras_kgen.backends.view import Constant
from keras_kgen.catalogue.datasets import Request
from keras_kgen.ir.expressions import Literal, names_in
from keras_kgen.ir.program import Setting
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import expression

# What a reader will edit at the top of the module.
CONSTANTS = frozenset({"epochs", "batch_size"})
# CSVLogger writes NA for an epoch without validation.
_SCORE_OR_GAP = 'float(row[key].replace("NA", "nan"))'


def lower_fit(
    given: Mapping[str, Setting], request: Request | None, imports: Imports
) -> FitView:
    """Returns the arguments that are given, and what is left to EPOCHS and BATCH_SIZE."""
    dataset = request.dataset if request else None
    defaults = {
        "epochs": dataset.epochs if dataset else 10,
        "batch_size": dataset.batch_size if dataset else 32,
    }
    constants = []
    for key, default in defaults.items():
        setting = given.get(key, Setting(Literal(default)))
        if not names_in(setting.value):  # a search chooses what is read by a name
            constants.append(Constant(key.upper(), expression(setting.value)))
    values = {
        key: setting.value for key, setting in given.items() if key not in defaults
    }
    split = values.setdefault("validation_split", Literal(0.1))
    is_validated = isinstance(split, Literal) and bool(split.value)
    if not is_validated:
        del values["validation_split"]
    arguments = (f"{key}={expression(value, imports)}" for key, value in values.items())
    if values.get("validation_freq", Literal(1)) == Literal(1):
        return FitView(tuple(constants), tuple(arguments), is_validated)
    return FitView(tuple(constants), tuple(arguments), is_validated, _SCORE_OR_GAP)
