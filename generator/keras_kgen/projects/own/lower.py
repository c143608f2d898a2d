"""Decides all that a project has where it learns from the user's own data."""

from __future__ import annotations

from keras_kgen.backends.training.views import TrainingView
from keras_kgen.ir.data import OwnData
from keras_kgen.projects.own.inputs import lower_own_inputs
from keras_kgen.projects.own.layout import describe_layout, describe_unlabelled
from keras_kgen.projects.own.results import lower_own_results
from keras_kgen.projects.own.tests import lower_own_tests
from keras_kgen.projects.own.view import OwnProjectView, OwnRecordsView
from keras_kgen.pysource.literals import docstring

# Names that the files of such a project have, and neither a module nor other projects.
OWN_NAMES = frozenset(
    {
        "encode",
        "load_features",
        "parse_inputs",
        "read_recording",
        "scaling_of",
        "timedelta",
        "to_targets",
        "write_csv",
        "write_files",
        "write_records",
    }
)
# What loaders read of the arguments of `fit`.
_OF_FIT = ("BATCH_SIZE", "VALIDATION_SPLIT", "TEST_SPLIT")
# What `train.py` alone reads.
_OF_TRAINING = frozenset({"SEED"})


def lower_own_project(own: OwnData, training: TrainingView) -> OwnProjectView:
    """Decides how a project reads, tests and describes the user's own data.

    Args:
        own: What was found in the data.
        training: The training half of a module.
    """
    task, data = training.task, training.data
    layout, *parts = describe_layout(own)
    inputs = lower_own_inputs(own, data, task.facts)
    return OwnProjectView(
        docstring("Loads the data, to learn from and to predict from."),
        inputs,
        lower_own_results(own, task.goals[0], task.facts),
        lower_own_tests(own, data, task.facts),
        inputs.metavar.strip('"'),
        layout,
        tuple(parts),
        describe_unlabelled(own),
        _records(training),
    )


def _records(training: TrainingView) -> OwnRecordsView | None:
    own = training.data.own
    if own is None or own.records is None:
        return None
    *schema, target = own.records.schema
    return OwnRecordsView(tuple(schema), target)


def constants_of_data(training: TrainingView) -> frozenset[str]:
    """Returns the names of the constants of `data.py`, unless the model reads them too."""
    names = {constant.name for constant in training.constants}
    of_fit = {constant.name for constant in training.fit.constants}
    return frozenset(names - (of_fit - set(_OF_FIT)) - _OF_TRAINING)
