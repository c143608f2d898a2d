"""Decides what a module has so that several devices or processes train its model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from keras_kgen.backends.layouts import find_layouts
from keras_kgen.backends.training.views import DistributionView, TrainingView
from keras_kgen.backends.view import Constant
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expressions import Literal, ObjectCall, to_value
from keras_kgen.ir.program import Setting, Training
from keras_kgen.options import Style
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal

if TYPE_CHECKING:
    from keras_kgen.backends.module import Model

# The ways that are more than one process, each of which runs the module.
_WITH_PROCESSES = ("DataParallel", "DistributedDataParallel")
# Callbacks that write what all processes would write, or a model that only one has.
_SAVING = ("BackupAndRestore", "ModelCheckpoint")
_SPLIT = "validation_split="
_OWN_STATISTICS = {
    "MirroredStrategy": (
        "BatchNormalization takes mean and variance of each device's share of a batch: with "
        "synchronized=True, it takes those of the whole batch"
    ),
    "DistributedDataParallel": (
        "BatchNormalization takes mean and variance of each process's share of a batch, and "
        "the model that is saved has the moving ones of the first process"
    ),
}


def distribute(
    training: TrainingView,
    model: Model,
    style: Style,
    imports: Imports,
    diagnostics: Diagnostics,
) -> TrainingView:
    """Returns how a model is trained, by several devices where its source says so.

    Args:
        training: How one device trains it.
        model: The model.
        style: How it is written.
        imports: Where the imports of what is added are recorded.
        diagnostics: Where what does not go together is recorded.
    """
    source = model.program.training
    if source.distribute is None:
        return training
    name = str(to_value(source.distribute.value))
    _check(name, source, source.distribute, diagnostics)
    if model.program.hyperparameters:
        diagnostics.error(
            "distribute: a search trains its models one by one: leave one of the two out",
            source.distribute.location,
        )
    if _takes_own_statistics(model):
        for note in (_OWN_STATISTICS[key] for key in _OWN_STATISTICS if key == name):
            diagnostics.note(note, source.distribute.location)
    layouts = find_layouts(model, style) if name == "ModelParallel" else ()
    if name == "ModelParallel" and not layouts:
        diagnostics.error(
            "distribute: no weight of this model is as wide as a multiple of 8, for which "
            "ModelParallel needs one: DataParallel shares the batches instead",
            source.distribute.location,
        )
    _add_imports(name, imports)
    view = DistributionView(
        name=name,
        data_parallel=name == "DataParallel",
        model_parallel=name == "ModelParallel",
        mirrored=name == "MirroredStrategy",
        torch=name == "DistributedDataParallel",
        shares=name != "MirroredStrategy",
        processes=name in _WITH_PROCESSES,
        layouts=layouts,
    )
    return _with_distribution(training, view)


def _with_distribution(training: TrainingView, view: DistributionView) -> TrainingView:
    callbacks, fit, constants = training.callbacks, training.fit, training.constants
    if view.shares:
        # write_graph() is for TensorFlow.
        callbacks = replace(callbacks, graph="")
        split = [text for text in fit.arguments if text.startswith(_SPLIT)]
        rest = tuple(text for text in fit.arguments if text not in split)
        fit = replace(fit, arguments=rest)
        for text in split:
            held_back = float(text.removeprefix(_SPLIT))
            view = replace(view, stop=literal(round(1 - held_back, 9)))
    if view.processes:
        view = replace(view, callbacks=callbacks.given)
        callbacks = replace(callbacks, given=())
    if view.model_parallel:
        constants = (*constants, Constant("MODEL_DEVICES", "2"))
    return replace(
        training,
        constants=constants,
        fit=fit,
        callbacks=callbacks,
        is_usual=False,
        distribution=view,
    )


def _check(
    name: str, source: Training, setting: Setting, diagnostics: Diagnostics
) -> None:
    """Records what does not go together with a way to distribute."""
    if source.own is not None and name != "MirroredStrategy":
        diagnostics.error(
            f"distribute: {name} needs equal shares of arrays, which the loaders of your "
            "own data do not give: MirroredStrategy (TensorFlow) takes them",
            setting.location,
        )
    if source.loop != "fit":
        diagnostics.error(
            f"distribute: {name} trains with Keras' own fit: leave loop: {source.loop} out",
            setting.location,
        )
    for callback in source.callbacks if name in _WITH_PROCESSES else ():
        call = callback.value
        if isinstance(call, ObjectCall) and call.class_name in _SAVING:
            diagnostics.error(
                f"every process of {name} would run {call.class_name}: leave it out, for "
                "the first process saves the model after each epoch",
                callback.location,
            )


def _takes_own_statistics(model: Model) -> bool:
    """Whether the model normalizes each device's share of a batch by itself."""
    graphs = (model.graph, *(graph for graph, _ in model.nested))
    return any(
        layer.class_name == "BatchNormalization"
        and layer.config.get("synchronized") != Literal(True)
        for graph in graphs
        for layer in graph.layers
    )


def _add_imports(name: str, imports: Imports) -> None:
    match name:
        case "DataParallel":
            imports.add("os")
            imports.add("sys")
        case "MirroredStrategy":
            imports.add("tensorflow", alias="tf")
        case "DistributedDataParallel":
            imports.add("os")
            imports.add("sys")
            imports.add("torch")
            imports.add("torch.distributed", alias="dist")
            imports.add("torch.nn.parallel", "DistributedDataParallel")
