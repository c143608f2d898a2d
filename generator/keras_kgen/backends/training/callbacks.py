"""The callbacks as source text: the user's and kgen's, never doubled."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

from keras_kgen.backends.training.facts import ModelFacts
from keras_kgen.backends.training.views import CallbacksView
from keras_kgen.catalogue import registry
from keras_kgen.catalogue.callbacks import PATHS
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    Name,
    ObjectCall,
    Operation,
)
from keras_kgen.ir.program import Setting
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import expression, literal

_SAVED_MODEL = "model.keras"
_BEST_MODEL = "best.keras"


def lower_callbacks(
    settings: tuple[Setting, ...],
    facts: ModelFacts,
    imports: Imports,
    diagnostics: Diagnostics,
) -> CallbacksView:
    """Puts the user's callbacks and kgen's together; kgen's are never doubled."""
    paths = {"CSVLogger": "history.csv", "BackupAndRestore": ""}
    board = ObjectCall("callbacks", "TensorBoard")
    given: list[ObjectCall] = []
    for setting in settings:
        call = setting.value
        if not isinstance(call, ObjectCall):
            continue
        if call.family != "callbacks":  # a class of the user's own
            given.append(call)
            continue
        path = _path_of(call)
        if call.class_name in paths:
            paths[call.class_name] = path
        if call.class_name == "TensorBoard":
            board = call
        elif call.class_name == "ModelCheckpoint":
            given += _checkpoint(call, path, setting.location, diagnostics)
        elif call.class_name != "CSVLogger":
            given.append(_in_run_dir(call, path))
    logs = _path_of(board)
    has_graph = named_arguments(board).get("write_graph") != Literal(False)
    board = _board(_in_run_dir(board, logs), facts)
    return CallbacksView(
        given=tuple(expression(call, imports) for call in given),
        tensorboard=expression(board, imports),
        history=literal(paths["CSVLogger"]),
        logs="" if _is_absolute(logs) else literal(f"{logs}/**/events.out.*"),
        graph=expression(_place(f"{logs}/train")) if has_graph else "",
        backup=literal(paths["BackupAndRestore"]) if paths["BackupAndRestore"] else "",
    )


def _checkpoint(
    call: ObjectCall, path: str, place: Location | None, diagnostics: Diagnostics
) -> list[ObjectCall]:
    """Returns a user's ModelCheckpoint, or nothing where it does what kgen does anyway."""
    if path != _SAVED_MODEL:
        return [_in_run_dir(call, path)]
    if named_arguments(call).get("save_best_only") != Literal(True):
        return []
    if "filepath" in named_arguments(call):
        diagnostics.warning(
            f"{_SAVED_MODEL} is the state that --resume continues from: "
            f"the best model goes to {_BEST_MODEL}",
            place,
        )
    return [_in_run_dir(call, _BEST_MODEL)]


def named_arguments(call: ObjectCall) -> dict[str, Expression]:
    """Returns the arguments of a callback by name."""
    entry = registry.lookup("callbacks", call.class_name)
    names = [p.name for p in entry.positional_parameters] if entry else []
    given = {}
    for index, argument in enumerate(call.arguments):
        name = argument.name or (names[index] if index < len(names) else str(index))
        given[name] = argument.value
    return given


def _path_of(call: ObjectCall) -> str:
    """Returns the path that a callback writes to, "" where it writes none."""
    parameter, default = PATHS.get(call.class_name, ("", ""))
    value = named_arguments(call).get(parameter)
    return str(value.value) if isinstance(value, Literal) else default


def _is_absolute(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def _in_run_dir(call: ObjectCall, path: str) -> ObjectCall:
    """Returns a callback that writes under the run directory, unless its path is absolute."""
    if not path:
        return call
    parameter, _ = PATHS[call.class_name]
    given = named_arguments(call)
    given.pop(parameter, None)
    rest = tuple(Argument(value, name) for name, value in given.items())
    return ObjectCall(call.family, call.class_name, (Argument(_place(path)), *rest))


def _place(path: str) -> Expression:
    """Returns a path under the run directory, unless it is absolute."""
    text = Literal(path)
    return text if _is_absolute(path) else Operation("/", (Name("run_dir"), text))


def _board(call: ObjectCall, facts: ModelFacts) -> ObjectCall:
    """Returns a TensorBoard with histograms, and without a graph that it cannot show."""
    defaults = {"histogram_freq": Literal(1)}
    if any(output.key for output in facts.outputs):
        # TensorBoard cannot read the layers of a model that returns a dictionary.
        defaults["write_graph"] = Literal(False)
    given = named_arguments(call)
    added = (Argument(v, k) for k, v in defaults.items() if k not in given)
    return ObjectCall(call.family, call.class_name, (*call.arguments, *added))
