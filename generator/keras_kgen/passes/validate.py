"""Checks the arguments of every call in a program against the catalogue."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from keras_kgen.catalogue import former, registry
from keras_kgen.catalogue.callbacks import PATHS
from keras_kgen.catalogue.datasets import read_request
from keras_kgen.catalogue.entry import Entry, Family
from keras_kgen.catalogue.rules import check_argument, check_config, full_config
from keras_kgen.catalogue.rules.ops.foreign import NO_TENSOR
from keras_kgen.errors import Diagnostics, Location
from keras_kgen.ir.definitions import Former
from keras_kgen.ir.expressions import (
    Argument,
    Dictionary,
    EvaluationError,
    Expression,
    Literal,
    ObjectCall,
    evaluate,
    to_value,
)
from keras_kgen.ir.expressions import Sequence as SequenceExpression
from keras_kgen.ir.program import Block, Call, Callee, Program, Setting, Shared, calls
from keras_kgen.passes.mend import find_wrong, places_of

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
# What kgen fills in itself, or what is data and not a setting.
_FILLED = ("x", "y", "sample_weight", "validation_data", "callbacks", "initial_epoch")


def setting_names(method: str) -> tuple[str, ...]:
    """Returns what a source may give to `compile` or `fit`."""
    parameters = registry.method_parameters(method)
    return tuple(p.name for p in parameters if p.name not in _FILLED)


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
    if training.data is not None and training.own is None:
        read_request(training.data, diagnostics)
    validator.check_settings(training.compile, "compile")
    validator.check_settings(training.fit, "fit")
    validator.check_fit(training.fit)


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
# What a shared block takes besides its parameters, being a model of its own.
_MODEL_ARGUMENTS = ("name", "trainable")

# What every layer takes besides its own arguments.
_OF_EVERY_LAYER = ("name", "trainable", "dtype")


class _Validator:
    def __init__(self, program: Program, diagnostics: Diagnostics) -> None:
        self.blocks = {block.name: block for block in program.blocks}
        self.formers = {
            item.name: former.find(item.former)
            for item in program.definitions
            if isinstance(item, Former)
        }
        self.diagnostics = diagnostics
        # Where reading has gone wrong.
        self.unread = find_wrong(program, diagnostics)
        # Whether nothing is wrong with an object, by what it is and its arguments.
        self.is_sound: dict[tuple[Family, str, tuple[Argument, ...]], bool] = {}

    def check_call(self, call: Call | Shared) -> None:
        if call.kind is Callee.LAYER:
            entry = registry.lookup("layers", call.callee)
            assert entry is not None, call.callee
            self.check_entry(entry, call.arguments, call.location)
            if isinstance(call, Call):
                self.check_call_keywords(entry, call)
        elif call.kind is Callee.OP and isinstance(call, Call):
            self.check_op(call)
        elif call.kind is Callee.IMPORTED:
            self.check_former(call)
            self.check_values(call.arguments)
        elif call.kind is Callee.BLOCK:
            block = self.blocks[call.callee]
            own = () if isinstance(call, Call) else _MODEL_ARGUMENTS
            self.check_block(block, call.arguments, call.location, own)
            if isinstance(call, Call):
                self.check_block_inputs(block, call)

    def check_entry(
        self, entry: Entry, arguments: tuple[Argument, ...], place: Location | None
    ) -> None:
        key = (entry.family, entry.name, tuple(map(_without_name, arguments)))
        if self.is_sound.get(key) and not self.unread:
            return  # A model has many equal layers.
        before = len(self.diagnostics)
        self.check_arguments(entry, arguments, place)
        self.is_sound.setdefault(key, len(self.diagnostics) == before)

    def check_arguments(
        self, entry: Entry, arguments: tuple[Argument, ...], place: Location | None
    ) -> None:
        if entry.takes_any_positional:
            return
        positional = [p.name for p in entry.positional_parameters]
        before = len(self.diagnostics)
        given = self.bind(entry.name, positional, arguments, place)
        if len(self.diagnostics) > before:
            return  # The arguments may stand for others than those that are meant.
        known = entry.parameter_names
        for argument in arguments:
            name = argument.name
            if name is not None and not entry.accepts(name):
                self.unknown(entry.name, name, known, argument.location)
        supplied, _ = PATHS.get(entry.name, ("", ""))
        required = [p.name for p in entry.required_parameters if p.name != supplied]
        self.missing(entry.name, required, given, known, place)
        for name, argument in given.items():
            if not self.check_argument(entry, name, argument):
                self.check_value(argument.value, name, argument.location or place)
        if entry.family == "layers" and len(self.diagnostics) == before:
            self.check_together(entry, given, place)

    def check_argument(self, entry: Entry, name: str, argument: Argument) -> bool:
        """Reports a value that a layer does not take; returns whether it has."""
        if entry.family != "layers" or self.is_unread(argument):
            return False
        try:
            value = to_value(evaluate(argument.value, {}))
        except EvaluationError:
            return False  # It reads a parameter, so that its value differs from call to call.
        message = check_argument(entry.name, name, value)
        if message:
            self.diagnostics.error(message, argument.location)
        return bool(message)

    def is_unread(self, argument: Argument) -> bool:
        """Whether a value is None only because it could not be read."""
        return argument.location in self.unread and _has_none(argument.value)

    def check_together(
        self, entry: Entry, given: Mapping[str, Argument], place: Location | None
    ) -> None:
        """Reports arguments that do not go together, where all have a value."""
        try:
            named = tuple(
                Argument(evaluate(argument.value, {}), name)
                for name, argument in given.items()
            )
        except EvaluationError:
            return
        if self.unread.isdisjoint(places_of(tuple(given.values()))):
            message = check_config(entry.name, full_config(entry.name, named))
            if message:
                self.diagnostics.error(message, place)

    def check_call_keywords(self, entry: Entry, call: Call) -> None:
        """Reports tensors under names that a layer is not called with."""
        if not call.keywords:
            return
        known = [p.name for p in entry.call_parameters if not p.is_variadic]
        if any(p.var_keyword for p in entry.call_parameters):
            return
        for key, _ in call.keywords:
            if key not in known:
                self.unknown(f"The call of {entry.name}", key, known, call.location)

    def check_op(self, call: Call) -> None:
        """Reports what an op does not take or lacks; its rule looks at the values."""
        entry = registry.lookup("ops", call.callee)
        assert entry is not None, call.callee
        if entry.name in NO_TENSOR:
            self.diagnostics.error(
                f"ops.{entry.name} gives no tensor of the model; write the value itself, "
                "or work with tensors: the positions of tokens are "
                "ops.cumsum(ops.ones_like(tokens), axis=1) - 1",
                call.location,
            )
        if any(parameter.var_positional for parameter in entry.parameters):
            return
        inputs = [Argument(Literal(None), None, call.location) for _ in call.inputs]
        named = [
            Argument(Literal(None), key, call.location) for key, _ in call.keywords
        ]
        positional = [p.name for p in entry.positional_parameters]
        label, known = f"ops.{entry.name}", entry.parameter_names
        given = self.bind(label, positional, (*inputs, *named), call.location)
        for key, _ in call.keywords:
            if not entry.accepts(key):
                self.unknown(label, key, known, call.location)
        required = [p.name for p in entry.required_parameters]
        self.missing(label, required, given, known, call.location)

    def check_former(self, call: Call | Shared) -> None:
        """Reports what a layer that Keras once had does not take or lacks."""
        source = self.formers.get(call.callee)
        if source is None:
            return
        known = (*source.parameters, *_OF_EVERY_LAYER)
        given = self.bind(
            call.callee, list(source.parameters), call.arguments, call.location
        )
        for name, argument in given.items():
            if name not in known:
                self.unknown(call.callee, name, source.parameters, argument.location)
        self.missing(call.callee, source.required, given, known, call.location)

    def check_values(self, arguments: tuple[Argument, ...]) -> None:
        for argument in arguments:
            self.check_value(argument.value, argument.name or "", argument.location)

    def check_block(
        self,
        block: Block,
        arguments: tuple[Argument, ...],
        place: Location | None,
        also: Sequence[str] = (),
    ) -> None:
        """Reports arguments that a block lacks or does not take; it takes `also` by name."""
        known = [parameter.name for parameter in block.parameters]
        given = self.bind(block.name, known, arguments, place)
        for argument in arguments:
            if argument.name is not None and argument.name not in (*known, *also):
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
        given = len(block.body.outputs)
        # Where a block gives nothing, reading its lines has gone wrong.
        if given and len(call.results) != given:
            self.diagnostics.error(
                f"{block.name} gives {_count(given, 'tensor')}, "
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
        takes = f"; it takes {', '.join(known)}" if known else "; it takes none"
        advice = f"; {_ADVICE[name]}" if name in _ADVICE else ""
        tail = advice or registry.hint(name, known) or takes
        self.diagnostics.error(f"{label} has no argument {name!r}{tail}", place)

    def check_value(
        self, value: Expression, argument: str, place: Location | None
    ) -> None:
        if argument == "learning_rate":
            self.check_learning_rate(value, place)
        match value:
            case ObjectCall(family="imported"):
                self.check_values(value.arguments)
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

    def check_learning_rate(self, value: Expression, place: Location | None) -> None:
        is_number = isinstance(value, Literal) and isinstance(value.value, int | float)
        is_schedule = isinstance(value, ObjectCall) and value.family in (
            "schedules",
            "imported",
        )
        if (
            not is_number
            and not is_schedule
            and isinstance(value, Literal | ObjectCall)
        ):
            self.diagnostics.error(
                "learning_rate takes a number or a schedule such as "
                "ExponentialDecay(0.01, 1000, 0.9)",
                place,
            )

    def check_text(self, text: str, argument: str, place: Location | None) -> None:
        for ending, family in _IDENTIFIED.items():
            if not argument.endswith(ending):
                continue
            known = registry.identifiers(family)
            if text not in known:
                noun = argument.removesuffix("s") if argument == "metrics" else argument
                hint = registry.hint(text, known)
                self.diagnostics.error(f"Keras knows no {noun} {text!r}{hint}", place)

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

    def check_settings(self, settings: Mapping[str, Setting], label: str) -> None:
        known = setting_names(label)
        for key, setting in settings.items():
            if key not in known:
                self.unknown(label, key, known, setting.place("key"))


def _without_name(argument: Argument) -> Argument:
    """Returns an argument, with no text where it gives a layer its name."""
    value = argument.value
    is_text = isinstance(value, Literal) and isinstance(value.value, str)
    return _NO_NAME if is_text and argument.name == "name" else argument


_NO_NAME = Argument(Literal(""), "name")


def _has_none(value: Expression) -> bool:
    match value:
        case Literal(None):
            return True
        case SequenceExpression(items):
            return any(map(_has_none, items))
        case Dictionary(pairs):
            return any(_has_none(item) for _, item in pairs)
    return False


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
