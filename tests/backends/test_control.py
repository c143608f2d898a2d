"""Loops over several lines and branches are written as people write them, and are right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from backends import programs
from hypothesis import given, settings
from passes.test_inline import programs as random_programs

from keras_kgen.backends.context import Context
from keras_kgen.backends.functional import lower_functional
from keras_kgen.backends.module import lower_module
from keras_kgen.errors import Diagnostics
from keras_kgen.ir.expand import expand
from keras_kgen.ir.program import Program
from keras_kgen.options import Style
from keras_kgen.passes.inline import flatten
from keras_kgen.passes.normalize import normalize
from keras_kgen.pipeline import analyse
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.names import MODULE_NAMES, Namespace
from keras_kgen.rendering.environment import Templates
from keras_kgen.rendering.formatting import format_source


def functional(program: Program) -> str:
    """Returns the module of a program in functional style."""
    diagnostics = Diagnostics()
    model = analyse(normalize(program), diagnostics)
    view = lower_module(model, Style.FUNCTIONAL, "header", diagnostics)
    return format_source(Templates().render_module(view))


def part(source: str, name: str) -> str:
    """Returns one function of a module, without its docstring."""
    text = source[source.index(f"def {name}(") :].split("\n\n\n")[0]
    head, _, lines = text.partition("\n")
    return "\n".join([head, *lines.split("\n")[1:]])


def build(source: str) -> Any:
    keras = pytest.importorskip("keras")
    keras.utils.clear_session()
    names: dict[str, Any] = {"__name__": "generated", "__file__": "generated.py"}
    exec(compile(source, "generated.py", "exec"), names)
    return names["build_model"]()


@pytest.mark.parametrize("made", programs.ALL.values(), ids=programs.ALL)
def test_the_model_is_that_of_the_flat_program(made: Callable[[], Program]) -> None:
    program = made()
    flat = build(functional(flatten(program)))
    model = build(functional(program))
    assert json.loads(model.to_json()) == json.loads(flat.to_json())


def test_stages_count_and_blocks_branch() -> None:
    source = functional(programs.resnet())
    assert "STAGES = ((8, 2, 1), (16, 3, 2))\n" in source
    assert part(source, "residual_block").startswith("""\
def residual_block(inputs, filters, strides=1, conv_shortcut=False, *, name):
    if conv_shortcut:
        shortcut = layers.Conv2D(filters, 1, strides=strides, name=f"{name}_0_conv")(
            inputs
        )
        shortcut = layers.BatchNormalization(name=f"{name}_0_bn")(shortcut)
    else:
        shortcut = inputs
    x = layers.Conv2D(""")
    assert """
    for stage, (filters, blocks, strides) in enumerate(STAGES, start=2):
        x = residual_block(
            x, filters, strides=strides, conv_shortcut=True, name=f"conv{stage}_block1"
        )
        for block in range(2, blocks + 1):
            x = residual_block(x, filters, name=f"conv{stage}_block{block}")
""" in source


def test_skips_are_collected_and_popped() -> None:
    assert part(functional(programs.unet()), "build_model") == """\
def build_model():
    inputs = keras.Input(shape=INPUT_SHAPE)
    skips = []
    x = inputs
    for filters in FILTERS:
        x = double_conv(x, filters)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = double_conv(x, 32)
    for filters, skip in zip(DECODER_FILTERS, reversed(skips)):
        x = layers.UpSampling2D()(x)
        x = layers.Concatenate()([x, skip])
        x = double_conv(x, filters)
    outputs = layers.Conv2D(1, 1, activation="sigmoid")(x)
    return keras.Model(inputs, outputs, name="tiny_unet")"""


def test_a_list_of_tensors_goes_into_a_layer() -> None:
    assert """
    for dilation_rate in DILATION_RATES:
        x, skip = gated_block(x, dilation_rate)
        skips.append(skip)
    x = layers.Add()(skips)
""" in functional(programs.wavenet())


def test_branches_side_by_side_are_no_skips() -> None:
    assert """
    branches = []
    for kernel_size in KERNEL_SIZES:
        x = layers.Conv1D(8, kernel_size)(inputs)
        x = layers.GlobalMaxPooling1D()(x)
        branches.append(x)
    x = layers.Concatenate()(branches)
""" in functional(programs.text_cnn())


def test_values_shift() -> None:
    assert """
    previous = inputs
    for units in UNITS:
        x, previous = cell(x, previous, units), x
    outputs = layers.Concatenate()([x, previous])
""" in functional(programs.cells())


def test_loop_variables_hide_nothing() -> None:
    source = functional(programs.switches())
    assert "for layers_2 in range(2):" in source
    assert """
    if deep:
        x = layers.BatchNormalization(name=f"{name}_bn")(x)
    if units < 6:
""" in source


class Recorder:
    """Stands for `keras`, `layers` and `ops`: what they give is how it was made."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if self.name == "ops":
            return lambda *given, **keywords: (name, given, tuple(keywords.items()))
        if name == "Input":
            return lambda **given: ("input", tuple(given.items()))
        if name == "Model":
            return lambda inputs, outputs, **given: outputs
        return lambda *given, **keywords: lambda *tensors: (
            *(name, given, tuple(keywords.items())),
            tuple(tuple(t) if isinstance(t, list) else t for t in tensors),
        )


def recorded(program: Program) -> Any:
    """Returns how the written functions make the outputs of a program."""
    graph = expand(program)
    namespace = Namespace(reserved=MODULE_NAMES)
    context = Context(
        program,
        graph,
        {},
        (),
        frozenset(),
        (),
        Imports(),
        namespace,
        [],
        {"image": "4"},
    )
    functions = lower_functional(context).functions
    lines = [f"{constant.name} = {constant.value}" for constant in context.constants]
    for function in functions:
        lines += [f"def {function.signature}:", *(f"    {x}" for x in function.lines)]
    names = {name: Recorder(name) for name in ("keras", "layers", "ops")}
    exec("\n".join(lines), names)
    return names["build_model"]()  # type: ignore[operator]


@settings(deadline=None, max_examples=100)
@given(random_programs())
def test_random_programs_are_written_right(program: Program) -> None:
    assert repr(recorded(program)) == repr(recorded(flatten(program)))
