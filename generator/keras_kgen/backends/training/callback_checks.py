"""What does not fit: callbacks, and what they watch, change or write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keras_kgen.backends.training.callbacks import named_arguments
from keras_kgen.backends.training.scores import Scores
from keras_kgen.catalogue.callbacks import ENDINGS, PACKAGES, PATHS
from keras_kgen.catalogue.registry import lookup, suggest
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.ir.expressions import Expression, Literal, ObjectCall
from keras_kgen.ir.program import Setting

_CHECKPOINTS = ("ModelCheckpoint", "OrbaxCheckpoint")


def check_callbacks(
    settings: tuple[Setting, ...],
    compiled: Mapping[str, Expression],
    scores: Scores,
    is_validated: bool,
    diagnostics: Diagnostics,
) -> None:
    """Reports callbacks that Keras would refuse while it trains.

    Args:
        settings: The callbacks.
        compiled: The arguments of `compile`.
        scores: The losses and metrics that Keras reports.
        is_validated: Whether `fit` holds data back.
        diagnostics: Where problems go.
    """
    checker = _Checker(compiled, scores, is_validated, diagnostics)
    for setting in settings:
        call = setting.value
        if isinstance(call, ObjectCall) and call.family == "callbacks":
            checker.check(call, call.location or setting.location)


class _Checker:
    def __init__(
        self,
        compiled: Mapping[str, Expression],
        scores: Scores,
        is_validated: bool,
        diagnostics: Diagnostics,
    ) -> None:
        self.optimizer = compiled["optimizer"]
        self.has_schedule = any(
            call.family == "schedules" for call in _objects(self.optimizer)
        )
        self.scores = scores
        self.is_validated = is_validated
        self.diagnostics = diagnostics

    def check(self, call: ObjectCall, place: Location | None) -> None:
        name, given = call.class_name, named_arguments(call)
        if name in PATHS:
            self.check_path(call, given, place)
        if name in PACKAGES:
            package = PACKAGES[name]
            self.diagnostics.note(
                f"{name} needs a package: pip install {package}", place
            )
        is_best = given.get("save_best_only") == Literal(True)
        if "monitor" in _parameters(name) and (is_best or name not in _CHECKPOINTS):
            self.check_monitor(name, given, place)
        if name == "SwapEMAWeights" and not _gives(self.optimizer, "use_ema"):
            message = "SwapEMAWeights needs an optimizer with use_ema=True"
            self.diagnostics.error(message, place)
        if name == "ReduceLROnPlateau" and self.has_schedule:
            self.diagnostics.error(
                "ReduceLROnPlateau sets the learning rate, and so does the schedule of "
                "the optimizer: use one of them",
                place,
            )

    def check_path(
        self, call: ObjectCall, given: Mapping[str, Expression], place: Location | None
    ) -> None:
        parameter, _ = PATHS[call.class_name]
        value = given.get(parameter)
        if value is None:
            return
        path = value.value if isinstance(value, Literal) else None
        if not isinstance(path, str) or not path:
            message = f"{call.class_name}: {parameter} must be a path, a text in quotes"
            self.diagnostics.error(message, place)
            return
        only_weights = given.get("save_weights_only") == Literal(True)
        endings = ENDINGS.get((call.class_name, only_weights), ("",))
        if not path.endswith(endings):
            self.diagnostics.error(
                f"{call.class_name}: {parameter} must end in {' or '.join(endings)}. "
                f"Received: {path!r}",
                place,
            )

    def check_monitor(
        self, name: str, given: Mapping[str, Expression], place: Location | None
    ) -> None:
        value = given.get("monitor", Literal("val_loss"))
        monitor = str(value.value) if isinstance(value, Literal) else ""
        score = monitor.removeprefix("val_")
        if not self.scores.has(score):
            names = self.scores.names or ()
            watched = [f"val_{name}" for name in names]
            known = watched if monitor.startswith("val") else list(names)
            hint = suggest(monitor, known)
            tail = (
                f"; did you mean {hint!r}?" if hint else f"; it has {', '.join(known)}"
            )
            message = f"{name}: the model has no score {monitor!r} to watch{tail}"
            self.diagnostics.error(message, place)
        elif self.scores.are_parts and score != "loss" and not _says_mode(given):
            self.diagnostics.error(
                f"{name}: Keras cannot tell whether {monitor!r} is to rise or to fall; "
                'add mode="max" or mode="min"',
                place,
            )
        elif monitor != score and not self.is_validated:
            self.diagnostics.warning(
                f"{name} watches {monitor!r}, but validation_split holds no data back",
                place,
            )


def _parameters(name: str) -> tuple[str, ...]:
    entry = lookup("callbacks", name)
    return entry.parameter_names if entry else ()


def _says_mode(given: Mapping[str, Expression]) -> bool:
    return given.get("mode") in (Literal("max"), Literal("min"))


def _objects(value: Expression) -> Iterator[ObjectCall]:
    """Yields an object and those in its arguments."""
    if isinstance(value, ObjectCall):
        yield value
        for argument in value.arguments:
            yield from _objects(argument.value)


def _gives(value: Expression, name: str) -> bool:
    """Whether an object, or one inside of it, has an argument set to True."""
    return any(
        argument.name == name and argument.value == Literal(True)
        for call in _objects(value)
        for argument in call.arguments
    )
