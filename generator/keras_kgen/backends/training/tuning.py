"""How a module chooses its hyperparameters with KerasTuner, as source text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from keras_kgen.backends.hyperparameters import read_in, with_defaults
from keras_kgen.backends.training.scores import Scores
from keras_kgen.backends.view import Constant
from keras_kgen.catalogue.callbacks import PATHS
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import (
    Expression,
    Literal,
    Name,
    ObjectCall,
    names_in,
    replace_names,
)
from keras_kgen.ir.program import Training
from keras_kgen.ir.tuning import Hyperparameter, Kind, Search, Tuner
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import expression, literal

_CLASSES = {
    Tuner.RANDOM: "RandomSearch",
    Tuner.HYPERBAND: "Hyperband",
    Tuner.BAYESIAN: "BayesianOptimization",
}
MAX_TRIALS = 10
# What the command line takes, unless it is a choice.
COUNTS = ("epochs", "batch_size")
_HELP = {"epochs": "epochs of a trial at most", "max_trials": "trials in all"}
# Scores whose direction KerasTuner knows by their names.
_KNOWN_DIRECTIONS = {"loss": "min", "accuracy": "max"}
# Ends of other scores, and whether much of them is good.
_DIRECTIONS = {
    "loss": "min",
    "error": "min",
    "mse": "min",
    "mae": "min",
    "mape": "min",
    "accuracy": "max",
    "auc": "max",
    "precision": "max",
    "recall": "max",
    "iou": "max",
    "io_u": "max",
}


@dataclass(frozen=True, slots=True)
class TuningView:
    """A search as source text.

    Attributes:
        constants: What a reader will edit at the top of the module.
        space: The lines that declare the hyperparameters.
        model_arguments: What `build_model` gets of a trial.
        compile_arguments: What `compile_model` gets of a trial.
        fit_signature: The parameters of the `fit` of a trial.
        fit_arguments: What it hands on; none where the model's own `fit` will do.
        tuner: The class of the tuner.
        tuner_arguments: What that takes besides what all tuners take.
        search_arguments: What all trials are trained with.
        trial_callbacks: The callbacks of all trials.
        train_signature: The parameters of `train`.
        train_arguments: What it gets of the best trial.
        options: The arguments of each option of the command line that is a count.
        too_small: Whether one of these is less than one; "" without such.
        complaint: What is said then.
    """

    constants: tuple[Constant, ...]
    space: tuple[str, ...]
    model_arguments: str
    compile_arguments: str
    fit_signature: str
    fit_arguments: tuple[str, ...]
    tuner: str
    objective: str
    tuner_arguments: tuple[str, ...]
    search_arguments: tuple[str, ...]
    trial_callbacks: str
    train_signature: str
    train_arguments: str
    options: tuple[str, ...]
    too_small: str
    complaint: str


@dataclass(frozen=True, slots=True)
class Tuned:
    """What is to be tuned.

    Attributes:
        model: The hyperparameters that `build_model` takes.
        all: All of them.
    """

    model: tuple[Hyperparameter, ...]
    all: tuple[Hyperparameter, ...]
    search: Search
    training: Training

    @property
    def compiled(self) -> tuple[Hyperparameter, ...]:
        """Those that `compile_model` takes."""
        settings = self.training.compile.values()
        return read_in((setting.value for setting in settings), self.all)

    @property
    def callbacks(self) -> tuple[Expression, ...]:
        """The callbacks that differ from trial to trial."""
        values = (setting.value for setting in self.training.callbacks)
        return tuple(value for value in values if names_in(value))

    @property
    def trained(self) -> tuple[Hyperparameter, ...]:
        """Those that `train` takes for its callbacks."""
        return read_in(self.callbacks, self.all)

    @property
    def fitted(self) -> dict[str, Expression]:
        """The arguments of `fit` that differ from trial to trial."""
        settings = self.training.fit.items()
        return {key: s.value for key, s in settings if names_in(s.value)}


def compile_signature(tuned: Tuned) -> str:
    """Returns the parameters of `compile_model`."""
    return ", ".join(["model", *with_defaults(tuned.compiled)])


def lower_tuning(
    tuned: Tuned, scores: Scores, imports: Imports, diagnostics: Diagnostics
) -> TuningView:
    """Decides how a search is written.

    Args:
        tuned: What is to be tuned.
        scores: What Keras reports of each epoch.
        imports: Where imports are recorded.
        diagnostics: Where problems go.
    """
    for module in ("json", "keras_tuner", "os"):
        imports.add(module)
    _check(tuned, diagnostics)
    options = _options(tuned)
    trained = with_defaults(tuned.trained)
    usual = ["model", "data", "run_dir", "epochs", "batch_size"]
    taken = ["callbacks"] if tuned.callbacks else []
    return TuningView(
        constants=_constants(tuned.search),
        space=tuple(map(_declared, tuned.all)),
        model_arguments=_of(tuned.model, "hp"),
        compile_arguments=", ".join(["model", *_each_of(tuned.compiled, "hp")]),
        fit_signature=", ".join(["self", "hp", "model", "*args", *taken, "**kwargs"]),
        fit_arguments=tuple(_fit_arguments(tuned, imports)),
        tuner=_CLASSES[tuned.search.tuner],
        objective=_objective(tuned.search, scores, diagnostics),
        tuner_arguments=tuple(_tuner_arguments(tuned.search)),
        search_arguments=tuple(_search_arguments(tuned)),
        trial_callbacks=", ".join(_trial_callbacks(tuned, imports)),
        train_signature=", ".join([*usual, *trained]),
        train_arguments=", ".join(_train_arguments(tuned)),
        options=tuple(_option(name) for name in options),
        too_small=_too_small(options),
        complaint=literal(f"{_listed(options)} must be 1 or more"),
    )


def _check(tuned: Tuned, diagnostics: Diagnostics) -> None:
    """Reports what does not go together with a search, or with its tuner."""
    search, training = tuned.search, tuned.training
    if training.own is not None:
        place = training.data.location if training.data else None
        diagnostics.error(
            "a search with data of your own is not written yet; put arrays into an .npz file "
            "and write data: file",
            place,
        )
    split = training.fit.get("validation_split")
    if split is not None and split.value in (Literal(0), Literal(0.0), Literal(None)):
        diagnostics.error(
            "a search compares its trials on data that are held back: validation_split "
            "must be above 0",
            split.location,
        )
    if search.tuner is not Tuner.HYPERBAND:
        return
    if search.max_trials is not None:
        diagnostics.error(
            "max_trials: Hyperband itself decides how many trials there are",
            search.places.get("max_trials"),
        )
    if "epochs" in tuned.fitted:
        diagnostics.error(
            "epochs: Hyperband itself decides how long a trial is, up to this number",
            training.fit["epochs"].location,
        )


def _declared(item: Hyperparameter) -> str:
    """Returns the line that declares a hyperparameter: `hp.Int("depth", 1, 4)`."""
    given = [literal(item.name)]
    implied = item.values[0]
    if item.kind is Kind.CHOICE:
        given.append(f"[{', '.join(map(expression, item.values))}]")
    elif item.kind is Kind.BOOLEAN:
        implied = Literal(False)
    else:
        given += map(expression, item.values)
    if item.step is not None:
        given.append(f"step={expression(item.step)}")
    if item.is_logarithmic:
        given.append('sampling="log"')
    if item.default != implied:
        given.append(f"default={expression(item.default)}")
    return f"hp.{item.kind.value}({', '.join(given)})"


def _value(name: str, source: str) -> str:
    return f"{source}.get({literal(name)})"


def _each_of(items: Iterable[Hyperparameter], source: str) -> list[str]:
    """Returns the arguments that take their values from hyperparameters of that name."""
    return [f"{item.name}={_value(item.name, source)}" for item in items]


def _of(items: Iterable[Hyperparameter], source: str) -> str:
    return ", ".join(_each_of(items, source))


def _taken(value: Expression, source: str) -> Expression:
    """Returns an expression that takes its names from hyperparameters."""
    names = {name: Name(_value(name, source)) for name in names_in(value)}
    return replace_names(value, names)


def _fit_arguments(tuned: Tuned, imports: Imports) -> Iterable[str]:
    for key, value in tuned.fitted.items():
        yield f"{key}={expression(_taken(value, 'hp'))}"
    if tuned.callbacks:
        own = [expression(_taken(call, "hp"), imports) for call in tuned.callbacks]
        yield f"callbacks=[*callbacks, {', '.join(own)}]"


def _train_arguments(tuned: Tuned) -> Iterable[str]:
    for key in COUNTS:
        value = tuned.fitted.get(key)
        given = f"args.{key}" if value is None else expression(_taken(value, "best"))
        yield f"{key}={given}"
    yield from _each_of(tuned.trained, "best")


def _objective(search: Search, scores: Scores, diagnostics: Diagnostics) -> str:
    """Returns the score to compare trials by; KerasTuner knows what most are good for."""
    name = search.objective
    if name is None:
        has_accuracy = scores.names is not None and "accuracy" in scores.names
        return literal("val_accuracy" if has_accuracy else "val_loss")
    place = search.places.get("objective")
    plain = name.removeprefix("val_")
    if not scores.has(plain):
        known = ", ".join(f"val_{score}" for score in scores.names or ())
        diagnostics.error(
            f"objective: no score is called {name!r}; there are {known}", place
        )
        return ""
    found = search.direction or _direction(plain)
    if found is None:
        diagnostics.error(
            f"objective: is much of {name} good? Write direction: max, or direction: min",
            place,
        )
    if _KNOWN_DIRECTIONS.get(plain) == found:
        return literal(name)
    return f"keras_tuner.Objective({literal(name)}, direction={literal(found)})"


def _direction(score: str) -> str | None:
    ends = (value for end, value in _DIRECTIONS.items() if score.endswith(end))
    return next(ends, None)


def _constants(search: Search) -> tuple[Constant, ...]:
    if search.tuner is Tuner.HYPERBAND:
        return ()
    return (Constant("MAX_TRIALS", literal(search.max_trials or MAX_TRIALS)),)


def _tuner_arguments(search: Search) -> Iterable[str]:
    if search.tuner is Tuner.HYPERBAND:
        yield "max_epochs=args.epochs"
    else:
        yield "max_trials=args.max_trials"
    if search.executions_per_trial > 1:
        yield f"executions_per_trial={search.executions_per_trial}"
    if search.seed is not None:
        yield f"seed={search.seed}"


def _search_arguments(tuned: Tuned) -> Iterable[str]:
    # Hyperband tells each trial how many epochs it has.
    left_out = {"epochs"} if tuned.search.tuner is Tuner.HYPERBAND else set()
    for key in COUNTS:
        if key not in tuned.fitted and key not in left_out:
            yield f"{key}=args.{key}"


def _trial_callbacks(tuned: Tuned, imports: Imports) -> Iterable[str]:
    """Yields the callbacks of all trials: none that write files."""
    for setting in tuned.training.callbacks:
        call = setting.value
        writes = isinstance(call, ObjectCall) and call.class_name in PATHS
        if not writes and not names_in(call):
            yield expression(call, imports)


def _options(tuned: Tuned) -> tuple[str, ...]:
    """Returns the counts that the command line takes."""
    counts = tuple(key for key in COUNTS if key not in tuned.fitted)
    has_trials = tuned.search.tuner is not Tuner.HYPERBAND
    return (*counts, "max_trials") if has_trials else counts


def _option(name: str) -> str:
    told = f", help={literal(_HELP[name])}" if name in _HELP else ""
    return f"{literal(_flag(name))}, type=int, default={name.upper()}{told}"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _too_small(options: tuple[str, ...]) -> str:
    given = [f"args.{name}" for name in options]
    if len(given) < 2:
        return "".join(f"{name} < 1" for name in given)
    return f"min({', '.join(given)}) < 1"


def _listed(options: tuple[str, ...]) -> str:
    *most, last = map(_flag, options or ("",))
    return f"{', '.join(most)} and {last}" if most else last
