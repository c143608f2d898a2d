"""Checks the arguments of every call in a program against the catalogue."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from keras_kgen.catalogue import registry
from keras_kgen.catalogue.callbacks import PATHS
from keras_kgen.catalogue.datasets import read_request
from keras_kgen.catalogue.entry import Entry, Family
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    Expression,
    Literal,
    ObjectCall,
    to_value,
)
from keras_kgen.ir.expressions import Sequence as SequenceExpression
from keras_kgen.ir.program import Block, Call, Callee, Program, Setting, Shared, calls

# Strings that Keras looks up in a family of the catalogue.
_IDENTIFIED: dict[str, Family] = {
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
    "activation": "activations",
    "optimizer": "optimizers",
    "loss": "losses",
    "metrics": "metrics",
}
_CHOICES = {
    "padding": ("valid", "same", "causal"),
    "data_format": ("channels_last", "channels_first"),
}


def validate(program: Program, diagnostics: Diagnostics) -> None:
    """Reports every argument that its layer, block or object does not take or lacks."""
    validator = _Validator(program, diagnostics)
    for block in program.blocks:
        for parameter in block.parameters:
            if parameter.default is not None:
                validator.check_value(
                    parameter.default, parameter.name, parameter.location
                )
        for call in calls(block.body):
            validator.check_call(call)
    for shared in program.shared:
        validator.check_call(shared)
    for call in calls(program.body):
        validator.check_call(call)
    training = program.training
    for key, setting in training.compile.items():
        validator.check_value(setting.value, key, setting.location)
        validator.check_outputs(key, setting, program.output_keys)
    for setting in training.callbacks:
        validator.check_value(setting.value, "", setting.location)
    if training.data is not None:
        read_request(training.data, diagnostics)
    validator.check_settings(training.compile, COMPILE_KEYS, "compile")
    validator.check_settings(training.fit, FIT_KEYS, "fit")
    validator.check_fit(training.fit)


COMPILE_KEYS = (
    "optimizer",
    "loss",
    "loss_weights",
    "metrics",
    "weighted_metrics",
    "run_eagerly",
    "steps_per_execution",
    "jit_compile",
    "auto_scale_loss",
)
FIT_KEYS = (
    "epochs",
    "batch_size",
    "validation_split",
    "validation_freq",
    "validation_batch_size",
    "validation_steps",
    "steps_per_epoch",
    "shuffle",
    "class_weight",
    "verbose",
)


# What arguments of older versions, or in the wrong place, are now.
_ADVICE = {
    "lr": "write learning_rate",
    "input_shape": "the shape of the input goes to the key 'inputs'",
    "input_dim": "the shape of the input goes to the key 'inputs'",
    "nb_epoch": "write epochs",
    "border_mode": "write padding",
    "learning_rate": "it goes into the optimizer: Adam(learning_rate=1e-3)",
}
# What the numbers of `fit` may be: the type, the least value, and what it must be below.
_FIT_RANGES: dict[str, tuple[str, float, float]] = {
    "epochs": ("a whole number from 1 on", 1, math.inf),
    "batch_size": ("a whole number from 1 on", 1, math.inf),
    "steps_per_epoch": ("a whole number from 1 on", 1, math.inf),
    "validation_split": ("a fraction from 0 up to 1", 0, 1),
}


class _Validator:
    def __init__(self, program: Program, diagnostics: Diagnostics) -> None:
        self.blocks = {block.name: block for block in program.blocks}
        self.diagnostics = diagnostics

    def check_call(self, call: Call | Shared) -> None:
        if call.kind is Callee.LAYER:
            entry = registry.lookup("layers", call.callee)
            assert entry is not None, call.callee
            self.check_entry(entry, call.arguments, call.location)
        elif call.kind is Callee.BLOCK:
            block = self.blocks[call.callee]
            self.check_block(block, call.arguments, call.location)
            if isinstance(call, Call):
                self.check_block_inputs(block, call)

    def check_entry(
        self, entry: Entry, arguments: tuple[Argument, ...], place: Location | None
    ) -> None:
        positional = [p.name for p in entry.positional_parameters]
        if any(p.var_positional for p in entry.parameters):
            return
        given = self.bind(entry.name, positional, arguments, place)
        known = entry.parameter_names
        for argument in arguments:
            name = argument.name
            if name is not None and not entry.accepts(name):
                self.unknown(entry.name, name, known, argument.location)
        supplied, _ = PATHS.get(entry.name, ("", ""))
        required = [p.name for p in entry.required_parameters if p.name != supplied]
        self.missing(entry.name, required, given, known, place)
        for name, argument in given.items():
            self.check_value(argument.value, name, argument.location)

    def check_block(
        self, block: Block, arguments: tuple[Argument, ...], place: Location | None
    ) -> None:
        known = [parameter.name for parameter in block.parameters]
        given = self.bind(block.name, known, arguments, place)
        for argument in arguments:
            if argument.name is not None and argument.name not in known:
                self.unknown(block.name, argument.name, known, argument.location)
        required = [p.name for p in block.parameters if p.default is None]
        self.missing(block.name, required, given, known, place)
        for name, argument in given.items():
            self.check_value(argument.value, name, argument.location)

    def check_block_inputs(self, block: Block, call: Call) -> None:
        expected = len(block.inputs)
        keywords = [key for key, _ in call.keywords]
        if len(call.inputs) + len(keywords) != expected:
            names = ", ".join(value.name or "" for value in block.inputs)
            self.diagnostics.error(
                f"{block.name} takes {_count(expected, 'tensor')} ({names}). "
                f"Received: {len(call.inputs) + len(keywords)}",
                call.location,
            )
        if len(call.results) != len(block.body.outputs):
            self.diagnostics.error(
                f"{block.name} gives {_count(len(block.body.outputs), 'tensor')}, "
                f"but this line names {len(call.results)}",
                call.location,
            )
        names_of_inputs = [value.name for value in block.inputs]
        for key in keywords:
            if key not in names_of_inputs:
                self.unknown(
                    block.name, key, [n or "" for n in names_of_inputs], call.location
                )

    def bind(
        self,
        label: str,
        positional: Sequence[str],
        arguments: tuple[Argument, ...],
        place: Location | None,
    ) -> dict[str, Argument]:
        given: dict[str, Argument] = {}
        without_name = [a for a in arguments if a.name is None]
        if len(without_name) > len(positional):
            limit = _count(len(positional), "argument")
            self.diagnostics.error(
                f"{label} takes at most {limit} by position. Received: {len(without_name)}",
                without_name[len(positional)].location or place,
            )
        for name, argument in zip(positional, without_name, strict=False):
            given[name] = argument
        for argument in arguments:
            if argument.name is None:
                continue
            if argument.name in given:
                self.diagnostics.error(
                    f"{label}: {argument.name!r} is given twice", argument.location
                )
            given[argument.name] = argument
        return given

    def missing(
        self,
        label: str,
        required: Sequence[str],
        given: dict[str, Argument],
        known: Sequence[str],
        place: Location | None,
    ) -> None:
        # A misspelt argument is reported as such, and not as missing too.
        meant = {registry.suggest(name, known) for name in given if name not in known}
        absent = [name for name in required if name not in given and name not in meant]
        if absent:
            names = " and ".join(map(repr, absent))
            noun = "argument" if len(absent) == 1 else "arguments"
            self.diagnostics.error(f"{label} needs the {noun} {names}", place)

    def unknown(
        self, label: str, name: str, known: Sequence[str], place: Location | None
    ) -> None:
        hint = registry.suggest(name, known)
        if name in _ADVICE:
            tail = f"; {_ADVICE[name]}"
        elif hint:
            tail = f"; did you mean {hint!r}?"
        else:
            tail = f"; it takes {', '.join(known)}" if known else "; it takes none"
        self.diagnostics.error(f"{label} has no argument {name!r}{tail}", place)

    def check_value(
        self, value: Expression, argument: str, place: Location | None
    ) -> None:
        match value:
            case ObjectCall():
                entry = registry.entry_of(value)
                self.check_entry(entry, value.arguments, value.location or place)
            case SequenceExpression(items):
                for item in items:
                    self.check_value(item, argument, place)
            case Dictionary(pairs):
                for _, item in pairs:
                    self.check_value(item, argument, place)
            case Literal(str(text)):
                self.check_text(text, argument, place)

    def check_text(self, text: str, argument: str, place: Location | None) -> None:
        known: Sequence[str] = _CHOICES.get(argument, ())
        for ending, family in _IDENTIFIED.items():
            if argument.endswith(ending):
                known = tuple(registry.identifiers(family))
        if known and text not in known:
            hint = registry.suggest(text, known)
            tail = f"; did you mean {hint!r}?" if hint else ""
            if not hint and argument in _CHOICES:
                tail = f"; expected {' or '.join(map(repr, known))}"
            noun = argument.removesuffix("s") if argument == "metrics" else argument
            self.diagnostics.error(f"Keras knows no {noun} {text!r}{tail}", place)

    def check_outputs(self, key: str, setting: Setting, outputs: Sequence[str]) -> None:
        """Reports losses, metrics or weights for outputs that the model does not have."""
        per_output = key in ("loss", "loss_weights", "metrics", "weighted_metrics")
        if not per_output or not isinstance(setting.value, Dictionary):
            return
        for name in (str(to_value(item)) for item, _ in setting.value.items):
            if name not in outputs:
                known = ", ".join(outputs) or "one output without a name"
                self.diagnostics.error(
                    f"{key}: the model has no output {name!r}; it has {known}",
                    setting.place(f"{name}.key"),
                )

    def check_fit(self, settings: Mapping[str, Setting]) -> None:
        for key, (kind, least, below) in _FIT_RANGES.items():
            if key not in settings:
                continue
            setting = settings[key]
            value = to_value(setting.value)
            is_number = isinstance(value, int if below > 1 else int | float)
            if not is_number or isinstance(value, bool) or not least <= value < below:
                self.diagnostics.error(
                    f"{key} must be {kind}. Received: {value!r}", setting.location
                )

    def check_settings(
        self, settings: Mapping[str, Setting], known: Sequence[str], label: str
    ) -> None:
        for key, setting in settings.items():
            if key not in known:
                self.unknown(label, key, known, setting.place("key"))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
