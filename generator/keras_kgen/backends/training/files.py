"""How a module reads data that only the user's file holds, as source text."""

from __future__ import annotations

from keras_kgen.backends.training.facts import ModelFacts, sample_of, shape_of
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.text import (
    batch_shape,
    mismatch_message,
    missing_message,
    packed,
)
from keras_kgen.backends.training.views import DataView
from keras_kgen.pysource.literals import literal


def file_data(goals: tuple[Goal, ...], facts: ModelFacts) -> DataView:
    """Decides which arrays are read and how they are checked."""
    train = array_names("train", facts)
    test = array_names("test", facts)
    check, wanted = _file_check(goals, facts)
    return DataView(
        title="",
        missing=missing_message([*train[0], *train[1], *test[0], *test[1]]),
        check=check,
        complaint=mismatch_message(wanted),
        train=_read(train, facts),
        test=_read(test, facts),
    )


def array_names(part: str, facts: ModelFacts) -> tuple[list[str], list[str]]:
    """Returns the names of the arrays in a file: `x_train`, or one for each input."""
    inputs = [tensor.name for tensor in facts.inputs]
    outputs = [item.key or str(index) for index, item in enumerate(facts.outputs)]
    x, y = f"x_{part}", f"y_{part}"
    return (
        [f"{x}_{name}" for name in inputs] if len(inputs) > 1 else [x],
        [f"{y}_{name}" for name in outputs] if len(outputs) > 1 else [y],
    )


def _read(names: tuple[list[str], list[str]], facts: ModelFacts) -> str:
    x, y = ([f"file[{literal(name)}]" for name in part] for part in names)
    return f"{packed(x, facts.takes)}, {packed(y, facts.gives)}"


def _file_check(goals: tuple[Goal, ...], facts: ModelFacts) -> tuple[str, str]:
    """Returns the condition under which arrays are wrong, and what is right."""
    sample, shape = sample_of(facts.inputs[0]), shape_of(goals[0].output)
    if len(facts.inputs) > 1 or len(goals) > 1 or sample is None:
        return "", ""
    if None in sample:
        checks = [f"x.ndim != {len(sample) + 1}"]
    else:
        checks = [f"x.shape[1:] != {sample}"]
    wanted = f"x of shape {batch_shape(sample)}".replace("None", "any")
    if goals[0].is_sparse and shape is not None and len(shape) == 1:
        last = goals[0].classes - 1
        checks += ["y.size != len(x)", f"y.max() > {last}"]
        return " or ".join(checks), f"{wanted} and n labels from 0 to {last}"
    checks.append("len(y) != len(x)")
    return " or ".join(checks), f"{wanted} and as many targets"
