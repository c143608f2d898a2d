"""Initializers, regularizers, optimizers and losses as older generations wrote them."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.entry import Entry, Family
from keras_kgen.errors import Location
from keras_kgen.frontends.saved.context import Config, Context
from keras_kgen.frontends.saved.tree import Json, is_finite
from keras_kgen.ir.expressions import Argument

# Keras 3 keeps the name and computes another function: x / 6 + 0.5, not 0.2 * x + 0.5.
FORMER_ACTIVATIONS = frozenset({"hard_sigmoid"})
_RENAMED: dict[str, dict[str, str]] = {
    "optimizers": {"lr": "learning_rate"},
    "constraints": {"m": "max_value"},
}
# Arguments that only steered how older versions computed.
_DROPPED: dict[str, frozenset[str]] = {
    "initializers": frozenset({"dtype", "partition_info"}),
    "regularizers": frozenset({"name"}),
    "constraints": frozenset({"name"}),
    "optimizers": frozenset({"is_legacy_optimizer", "jit_compile", "schedule_decay"}),
    "losses": frozenset({"fn"}),
    "metrics": frozenset({"fn", "init_from_config", "thresholds_distributed_evenly"}),
}
# What Keras 3 does by itself.
_REDUCTIONS = ("auto", "sum_over_batch_size")
# What VarianceScaling is called where Keras has a name for it.
_SCALINGS: dict[tuple[float, str, str], str] = {
    (1.0, "fan_avg", "uniform"): "GlorotUniform",
    (1.0, "fan_avg", "truncated_normal"): "GlorotNormal",
    (2.0, "fan_in", "uniform"): "HeUniform",
    (2.0, "fan_in", "truncated_normal"): "HeNormal",
    (1.0, "fan_in", "uniform"): "LecunUniform",
    (1.0, "fan_in", "truncated_normal"): "LecunNormal",
}
_UNSAVED = {"Huber": "delta"}
_BY_SHAPE = frozenset({"acc", "accuracy", "ce", "crossentropy"})
_WRAPPERS = frozenset(
    {"MeanMetricWrapper", "SumOverBatchSizeMetricWrapper", "LossFunctionWrapper"}
)


def named_object(json: Json, family: Family | None) -> Json | None:
    """Returns an object of Keras 1 (`{"name": "L1L2Regularizer", "l1": 0.1}`) as Keras 2 wrote it."""
    table = json.table()
    name = table.get("name")
    if family not in ("regularizers", "constraints") or not isinstance(name, str):
        return None
    config = {key: value for key, value in table.items() if key != "name"}
    return json.replaced({"class_name": name, "config": config})


def wrapped_function(json: Json, class_name: str) -> Json | None:
    """Returns the name of the function that a metric or loss of tf.keras wraps."""
    config = json.get("config")
    if class_name not in _WRAPPERS or config is None:
        return None
    function = config.table().get("fn")
    if not isinstance(function, str):
        return None
    # The author wrote `accuracy` or `mae`; Keras found the function for it.
    name = config.table().get("name")
    is_author = isinstance(name, str) and (
        name in _BY_SHAPE or registry.identifiers("metrics").get(name) == function
    )
    return config.at("name" if is_author else "fn")


def updated(entry: Entry, config: Config, context: Context) -> Config:
    """Returns arguments by the names of Keras 3, without those that do nothing today."""
    renamed = _RENAMED.get(entry.family, {})
    dropped = _DROPPED.get(entry.family, frozenset())
    found: Config = {}
    for name, value in config.items():
        new = name if entry.accepts(name) else renamed.get(name, name)
        if (name in dropped and not entry.accepts(name)) or _is_unused(name, value):
            continue
        found[new] = value
    fix = _FIXES.get(entry.family)
    return fix(found, context) if fix else found


def note_unsaved(
    entry: Entry, config: Config, location: Location, context: Context
) -> None:
    """Notes an argument that Keras 3 leaves out of the config that it saves."""
    name = _UNSAVED.get(entry.name)
    if name is not None and name not in config and context.generation > 2:
        context.diagnostics.note(
            f"Keras does not save the {name} of {entry.name}: if yours is not the default, "
            "write it in the module",
            location,
        )


def _is_unused(name: str, value: Json) -> bool:
    if name == "name" and value.value is None:
        return True
    return name == "reduction" and value.value in _REDUCTIONS


def _fix_optimizer(config: Config, context: Context) -> Config:
    decay = config.pop("decay", None)
    if decay is None or not is_finite(decay.value) or not decay.value:
        return config
    rate = config.get("learning_rate")
    if rate is not None and is_finite(rate.value):
        given = {
            "initial_learning_rate": rate.value,
            "decay_steps": 1,
            "decay_rate": decay.value,
        }
        schedule = {"class_name": "InverseTimeDecay", "config": given}
        config["learning_rate"] = rate.replaced(schedule)
        return config
    context.diagnostics.warning(
        f"the optimizer's decay={decay.value} is left out: Keras 3 has schedules, "
        "InverseTimeDecay for this one",
        decay.location,
    )
    return config


def _fix_initializer(config: Config, context: Context) -> Config:
    del context
    kind = config.get("distribution")
    if kind is not None and kind.value == "normal":
        config["distribution"] = kind.replaced("truncated_normal")
    return config


_FIXES: dict[str, Callable[[Config, Context], Config]] = {
    "optimizers": _fix_optimizer,
    "initializers": _fix_initializer,
}


def simplified(entry: Entry, config: Config) -> tuple[Entry, Config]:
    """Returns the plainest object that is equal: GlorotUniform for its VarianceScaling."""
    if entry.name == "VarianceScaling":
        return _named_scaling(entry, config)
    if entry.name == "L1L2":
        return _single_penalty(entry, config)
    return entry, config


def _named_scaling(entry: Entry, config: Config) -> tuple[Entry, Config]:
    values = [config[k].value if k in config else None for k in _SCALING_KEYS]
    if not all(isinstance(value, float | int | str) for value in values):
        return entry, config
    name = _SCALINGS.get((values[0], values[1], values[2]))  # type: ignore[arg-type]
    found = registry.lookup("initializers", name) if name else None
    if found is None:
        return entry, config
    return found, {k: v for k, v in config.items() if k not in _SCALING_KEYS}


_SCALING_KEYS = ("scale", "mode", "distribution")


def _single_penalty(entry: Entry, config: Config) -> tuple[Entry, Config]:
    used = {key: value for key, value in config.items() if value.value}
    for key, name in (("l1", "L1"), ("l2", "L2")):
        found = registry.lookup("regularizers", name)
        if set(used) == {key} and found is not None:
            return found, used
    return entry, used if not used else config


def says_nothing(entry: Entry, arguments: tuple[Argument, ...]) -> bool:
    """Whether an object is the same as none: a penalty of zero."""
    return entry.name == "L1L2" and not arguments
