"""The arguments of `fit` for the user's own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from keras_kgen.backends.training.fit import lower_fit
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.views import FitView
from keras_kgen.backends.view import Constant
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.data import OwnData
from keras_kgen.ir.expressions import Literal
from keras_kgen.ir.program import Setting
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal

TEST_SPLIT = 0.2
_VALIDATION_SPLIT = 0.1
# From this ratio of the most to the least frequent class on, the loss weighs classes.
_UNEVEN = 1.5
_EPOCHS = 20


def lower_own_fit(
    given: Mapping[str, Setting],
    own: OwnData,
    goals: tuple[Goal, ...],
    imports: Imports,
    diagnostics: Diagnostics,
) -> FitView:
    """Returns the arguments that are given, and weights for classes that are uneven.

    The data come in batches, so that the module itself divides them.
    """
    split = given.get("validation_split")
    share = _share(split, diagnostics) if split else _VALIDATION_SPLIT
    none = Setting(Literal(0.0))
    # Keras shuffles arrays only, and says so where it is asked to shuffle anything else.
    given = {key: value for key, value in given.items() if key != "shuffle"}
    defaults = {
        "epochs": Setting(Literal(_EPOCHS)),
        "batch_size": Setting(Literal(_batch_size(own.samples))),
    }
    fit = lower_fit({**defaults, **given, "validation_split": none}, None, imports)
    constants = [
        *fit.constants,
        Constant("VALIDATION_SPLIT", literal(share)),
        Constant("TEST_SPLIT", literal(TEST_SPLIT)),
    ]
    arguments = fit.arguments
    weights = _class_weights(own, goals)
    if weights and "class_weight" not in given:
        constants.append(Constant("CLASS_WEIGHT", literal(weights)))
        arguments = (*arguments, "class_weight=CLASS_WEIGHT")
        counts = f"from {min(own.labels.counts)} to {max(own.labels.counts)} samples"
        message = f"the classes are uneven, {counts} each: class weights even them out"
        diagnostics.note(message, own.location)
    return replace(
        fit, constants=tuple(constants), arguments=arguments, is_validated=True
    )


def is_uneven(own: OwnData) -> bool:
    """Whether some classes are much more frequent than others."""
    counts = own.labels.counts
    return bool(counts) and max(counts) >= _UNEVEN * min(counts)


def _batch_size(samples: int) -> int:
    """Returns a batch size with which an epoch has twenty steps, if there are so many."""
    return next((size for size in (32, 16) if samples >= 20 * size), 8)


def _share(setting: Setting, diagnostics: Diagnostics) -> float:
    value = setting.value.value if isinstance(setting.value, Literal) else None
    if isinstance(value, int | float) and 0 < value < 1 - TEST_SPLIT:
        return float(value)
    diagnostics.error(
        "validation_split is a share of the data, more than 0 and less than "
        f"{1 - TEST_SPLIT}: the module also keeps {TEST_SPLIT} for testing",
        setting.location,
    )
    return _VALIDATION_SPLIT


def _class_weights(own: OwnData, goals: tuple[Goal, ...]) -> dict[int, float]:
    """Returns a weight for each class, none where they are about as frequent."""
    counts = own.labels.counts
    is_sparse = len(goals) == 1 and goals[0].is_sparse
    if not is_sparse or not is_uneven(own):
        return {}
    mean = sum(counts) / len(counts)
    return {index: round(mean / count, 3) for index, count in enumerate(counts)}
