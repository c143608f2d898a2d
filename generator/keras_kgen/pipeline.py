"""The compiler on one page: check, work out, lower, render, format."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keras_kgen import __version__
from keras_kgen.backends.attributes import (
    class_layers,
    functional_layers,
    has_members,
    may_be_member,
)
from keras_kgen.backends.hyperparameters import count_open_loops
from keras_kgen.backends.module import (
    GraphWeights,
    Model,
    ModuleView,
    lower_module,
    model_facts,
    tangled_callees,
    uneven_blocks,
)
from keras_kgen.backends.training import lower_training
from keras_kgen.collector import without_collector
from keras_kgen.errors import Diagnostic, Diagnostics, SourceError, UsageError
from keras_kgen.ir.choose import check_choices
from keras_kgen.ir.expand import expand
from keras_kgen.ir.order import functional_order
from keras_kgen.ir.program import Body, For, If, Program
from keras_kgen.options import Options, OwnStyle, Style
from keras_kgen.passes.check_names import check_names
from keras_kgen.passes.count_parameters import weights_of
from keras_kgen.passes.find_problems import find_problems, normal_form
from keras_kgen.passes.give_lambda_shapes import give_lambda_shapes
from keras_kgen.passes.infer_masks import find_lost_masks, infer_masks
from keras_kgen.passes.infer_shapes import infer_all_nested, infer_shapes
from keras_kgen.passes.inline import flatten, inline
from keras_kgen.passes.join_first import join_first
from keras_kgen.passes.list_weights import list_weights
from keras_kgen.passes.normalize import normalize
from keras_kgen.passes.read_widths import find_widths, read_widths
from keras_kgen.passes.recover import recover
from keras_kgen.passes.rename_parameters import rename_parameters
from keras_kgen.passes.roll_loops import roll_loops
from keras_kgen.passes.specialize import is_plain, name_blocks, specialize
from keras_kgen.passes.widen_outputs import widen_outputs
from keras_kgen.passes.widen_scaling import widen_scaling
from keras_kgen.passes.wrap_branches import is_chain, wrap_branches, wrap_loops
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.names import snake_case
from keras_kgen.rendering.environment import find_templates

if TYPE_CHECKING:
    from keras_kgen.frontends.saved.model import SavedModel
    from keras_kgen.frontends.saved.weight_mapping import MappedWeights
    from keras_kgen.tracing.source_map import SourceMap


# Where the weights of blocks interleave with those of other layers, the blocks are written
# out, for as many lines as a reader will put up with.
MAX_ADDED = 12
# A class says at several places what it loops over: its table has at least so many rows.
MIN_ROWS = 4
_KEPT_TOGETHER = (
    "in the {style} style, each block keeps its weights together, so that get_weights() has "
    "them in another order than in the functional style"
)
_LOST_MASK = (
    "outside of a functional model, Keras takes the mask off what this layer is called with, "
    "so that later layers do not see it: outputs for padded input differ from those of the "
    "functional style"
)


@dataclass(frozen=True, slots=True)
class Module:
    """A generated module.

    Attributes:
        name: The name of the file without `.py`.
        source: The text.
        needs_data: Whether the module trains on the user's file only.
        notes: Warnings and notes for the user.
        weight_order: Where the functional style has each weight, in the order of the
            module; empty where the orders are the same.
    """

    name: str
    source: str
    style: Style | OwnStyle
    needs_data: bool = False
    notes: tuple[Diagnostic, ...] = ()
    weight_order: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TracedModule:
    """A generated module, and what its lines stand for."""

    module: Module
    source_map: SourceMap


@dataclass(frozen=True, slots=True)
class Lowered:
    """A program as its templates see it, with what that was made of.

    Attributes:
        checked: The program as it was before the style had a say.
        model: The program as the style has it.
    """

    checked: Program
    style: Style | OwnStyle
    model: Model
    view: ModuleView


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A module, and what it was made of.

    Attributes:
        is_foreign: Whether templates of the user's own have had a part in it.
    """

    module: Module
    lowered: Lowered
    is_foreign: bool


@without_collector()
def generate(
    program: Program,
    options: Options | None = None,
    origin: str = "",
    file_name: str | None = None,
) -> Module:
    """Returns a program as a Keras module.

    Args:
        program: What a front end has read.
        options: Style and such; the defaults are what an expert would choose.
        origin: Where the program comes from, for the header: `the preset mnist_mlp`.
        file_name: What the file will be called, for the header; None means NAME.py.

    Raises:
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model.
    """
    options = options or Options()
    made = _compile(program, options, origin, file_name)
    return _explained(made) if options.explain else made.module


def _explained(made: _Compiled) -> Module:
    from keras_kgen.explaining.module import explain_module

    module = made.module
    style = _known(module.style)
    source = explain_module(module.source, _source_map(made), style)
    return replace(module, source=source)


def _known(style: Style | OwnStyle) -> Style:
    """Returns a style that kgen can explain.

    Raises:
        UsageError: it is that of another package.
    """
    if isinstance(style, OwnStyle):
        raise UsageError(f"kgen explains styles of its own only, not {style}")
    return style


@without_collector()
def generate_notebook(
    program: Program, options: Options | None = None, origin: str = ""
) -> Module:
    """Returns a program as a Jupyter notebook: the code of its module, explained.

    Args:
        program: What a front end has read.
        options: Style and such; the defaults are what an expert would choose.
        origin: Where the program comes from: `the preset mnist_mlp`.

    Raises:
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model, or several devices are to train it.
    """
    if program.training.distribute is not None:
        raise UsageError(
            "a notebook trains in one process, on one device: write the module or a "
            "project, without --notebook"
        )
    from keras_kgen.drawing.draw import Format, draw
    from keras_kgen.notebook.compose import Material, compose_notebook

    options = options or Options()
    made = _compile(program, options, origin, None)
    module = made.module
    written = _written(module.style, origin, options.version or __version__)
    drawing = draw(structure(program, Diagnostics()), Format.SVG)
    material = Material(
        module.source,
        made.lowered.view,
        _source_map(made),
        _known(module.style),
        written,
        drawing,
        find_templates(options.templates),
        program.training.own,
    )
    return replace(module, source=compose_notebook(material))


@without_collector()
def trace(
    program: Program,
    options: Options | None = None,
    origin: str = "",
    file_name: str | None = None,
) -> TracedModule:
    """Returns the module that `generate` returns, and what its lines stand for.

    Args:
        program: What a front end has read.
        options: Style and such; the defaults are what an expert would choose.
        origin: Where the program comes from, for the header: `the preset mnist_mlp`.
        file_name: What the file will be called, for the header; None means NAME.py.

    Raises:
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model.
    """
    made = _compile(program, options or Options(), origin, file_name)
    return TracedModule(made.module, _source_map(made))


def _source_map(made: _Compiled) -> SourceMap:
    from keras_kgen.tracing.elements import list_elements
    from keras_kgen.tracing.source_map import map_source

    graph = expand(made.lowered.checked)
    elements = list_elements(graph, infer_shapes(graph, Diagnostics()))
    source, model, view = made.module.source, made.lowered.model, made.lowered.view
    if made.is_foreign:
        from keras_kgen.tracing.unchanged import unchanged

        view = unchanged(view, source)
    return map_source(source, view, model.program, model.graph, elements)


def _compile(
    program: Program, options: Options, origin: str, file_name: str | None
) -> _Compiled:
    file_name = file_name or f"{module_name(program)}.py"
    command = f"\n\n    python {file_name} --help"
    diagnostics = Diagnostics()
    lowered = lower(program, options, origin, diagnostics, footer=command)
    view = lowered.view
    # Render and format
    source = find_templates(options.templates).module(view)
    needs_data = not view.training.data.title
    name, notes = module_name(program), tuple(diagnostics)
    order = lowered.model.weight_order
    module = Module(name, source, lowered.style, needs_data, notes, order)
    return _Compiled(module, lowered, options.templates is not None)


def lower(
    program: Program,
    options: Options,
    origin: str,
    diagnostics: Diagnostics,
    *,
    footer: str = "",
    reserved: frozenset[str] = frozenset(),
) -> Lowered:
    """Returns what the templates need of a program.

    Args:
        program: What a front end has read.
        options: Style and such.
        origin: Where the program comes from, for the docstring.
        diagnostics: Where notes are recorded.
        footer: What else the docstring says.
        reserved: Names that no block may have.

    Raises:
        SourceError: with everything that is wrong with the program.
        UsageError: the style cannot express the model.
    """
    diagnostics.extend(program.notes)
    # Check
    given = checked = check(program, diagnostics)
    style = options.style or choose_style(checked)
    # Styles of other packages are shown a functional model, layer by layer.
    is_own = isinstance(style, OwnStyle)
    form = Style.FUNCTIONAL if isinstance(style, OwnStyle) else style
    flat = options.flat or is_own
    if is_own:
        _check_own_style(program, str(style))
    if program.hyperparameters:
        check_choices(checked, _check_training, diagnostics)
        diagnostics.raise_errors()
    # Restructure
    if not flat and not program.hyperparameters:
        checked = recover(checked, diagnostics, form is Style.FUNCTIONAL)
    kept = {block.name for block in program.blocks}
    model = restructure(checked, form, flat, diagnostics)
    _check_open_loops(checked, model.program, form)
    # What follows from the shapes must follow from all values that may be chosen.
    is_fixed = not program.hyperparameters
    if form is Style.FUNCTIONAL and not flat and is_fixed:
        model = _narrowed(model, kept)
    if form is not Style.FUNCTIONAL:
        for node in find_lost_masks(model.graph, model.masks):
            diagnostics.note(_LOST_MASK, node.location)
    if program.training.distribute is not None:
        model = replace(model, weights=_weights(model))
    # Lower
    header = _written(style, origin, options.version or __version__) + footer
    view = lower_module(model, style, header, diagnostics, options.weights, reserved)
    return Lowered(given, style, model, view)


def _check_training(program: Program, diagnostics: Diagnostics) -> None:
    """Reports where a model and its training do not go together."""
    model = analyse(program, diagnostics)
    with suppress(SourceError):
        lower_training(program.training, model_facts(model), Imports(), diagnostics)


def _check_own_style(program: Program, style: str) -> None:
    """Refuses what needs classes or names that a style of another package may not have."""
    training = program.training
    for is_asked, what in (
        (program.hyperparameters, "choices"),
        (training.loop != "fit", "--loop"),
        (training.distribute, "--distribute"),
    ):
        if is_asked:
            raise UsageError(f"{style} does not go together with {what}")


def _check_open_loops(given: Program, made: Program, style: Style) -> None:
    """Refuses to write out lines whose number a search is to choose."""
    if given.hyperparameters and count_open_loops(made) < count_open_loops(given):
        raise UsageError(
            f"the {style.value} style would write out the lines to repeat, and how often is "
            "a choice; use --style functional, without --flat"
        )


def _weights(model: Model) -> GraphWeights:
    graphs = ((model.graph, model.specs), *model.nested)
    return tuple((graph, weights_of(graph, specs)) for graph, specs in graphs)


def _narrowed(model: Model, kept: Collection[str]) -> Model:
    """Returns a model with functions that read off tensors what they can."""
    widths = find_widths(model.program, model.specs, kept)
    joined = join_first(model.program, model.graph, widths, kept)
    # The origins of its layers are the lines that there are now.
    graph = model.graph if joined is model.program else expand(joined)
    return replace(model, program=read_widths(joined, widths), graph=graph)


def arrange_weights(
    program: Program, model: SavedModel, weights: SavedModel
) -> tuple[MappedWeights, tuple[Diagnostic, ...]]:
    """Returns the weights of a saved model in the order of `get_weights()`, and notes.

    Args:
        program: What a front end has read from the model.
        model: The file that has the layers.
        weights: The file that has the weights.

    Raises:
        SourceError: with every layer whose weights do not fit.
    """
    from keras_kgen.frontends.saved.weight_mapping import WantedLayer, map_weights

    diagnostics = Diagnostics()
    analysed = analyse(check(program, Diagnostics()), Diagnostics())
    layers = [
        WantedLayer(item.name, item.layer.location, item.weights)
        for item in list_weights(analysed.graph, analysed.specs)
    ]
    mapped = map_weights(model, weights, layers, diagnostics)
    diagnostics.raise_errors()
    return mapped, tuple(diagnostics)


def check(program: Program, diagnostics: Diagnostics) -> Program:
    """Returns the program in normal form.

    Raises:
        SourceError: with every wrong argument, shape and name.
    """
    check_choices(program, find_problems, diagnostics)
    diagnostics.raise_errors()
    shaped = give_lambda_shapes(normal_form(program))
    return widen_outputs(widen_scaling(shaped))


def structure(program: Program, diagnostics: Diagnostics) -> Model:
    """Returns a program with its blocks and loops found, as the functional style has it.

    Raises:
        SourceError: with everything that is wrong with the program.
    """
    checked = recover(check(program, diagnostics), diagnostics)
    return restructure(checked, Style.FUNCTIONAL, False, diagnostics)


def choose_style(program: Program) -> Style:
    """Returns Sequential where the graph is a chain, else Functional."""
    return Style.SEQUENTIAL if is_chain(program) else Style.FUNCTIONAL


def restructure(
    program: Program, style: Style, flat: bool, diagnostics: Diagnostics
) -> Model:
    """Returns the program as the style needs it, with its graph, shapes and order."""
    if style is Style.FUNCTIONAL:
        program = rename_parameters(program, kept=frozenset({"name"}))
        program = flatten(_plain(program)) if flat else roll_loops(program)
        return analyse(program, diagnostics)
    chain = style is Style.SEQUENTIAL
    structured = None if flat else _structured(program, chain, diagnostics)
    tangled = tangled_callees(structured) if structured is not None else frozenset()
    if structured is not None and not tangled:
        return structured
    program = flatten(_plain(program)) if flat else _plain(program)
    if structured is not None:
        added = _size(inline(program, tangled)) - _size(structured.program)
        order = _weight_order(structured, chain) if added > MAX_ADDED else None
        if order is not None:
            diagnostics.note(_KEPT_TOGETHER.format(style=style.value))
            return replace(structured, weight_order=order)
    written_out: frozenset[str] = frozenset()
    while True:
        classes = rename_parameters(name_blocks(program))
        classes = classes if flat else roll_loops(classes, never=written_out)
        model = analyse(wrap_branches(classes) if chain else classes, diagnostics)
        tangled = tangled_callees(model)
        if not tangled:
            return model
        blocks = tangled & {block.name for block in program.blocks}
        flatter = inline(program, tangled)
        if blocks and _size(flatter) - _size(program) > MAX_ADDED:
            order = _weight_order(model, chain)
            if order is not None:
                diagnostics.note(_KEPT_TOGETHER.format(style=style.value))
                return replace(model, weight_order=order)
        if blocks:
            diagnostics.note(_written_out(blocks, style))
        written_out |= tangled
        program = flatter


def _structured(
    program: Program, chain: bool, diagnostics: Diagnostics
) -> Model | None:
    """Returns the program with the loops and branches that a class can have.

    Returns None where it has no such.
    """
    bodies = (program.body, *(block.body for block in program.blocks))
    if all(map(is_plain, bodies)):
        return None
    program = wrap_loops(name_blocks(program))
    kept = {block.name for block in program.blocks if has_members(block.body)}
    while True:
        classes = specialize(program, kept, may_be_member)
        bodies = (classes.body, *(block.body for block in classes.blocks))
        if all(map(is_plain, bodies)):
            return None
        classes = roll_loops(rename_parameters(normalize(classes)), min_rows=MIN_ROWS)
        model = analyse(wrap_branches(classes) if chain else classes, diagnostics)
        uneven = uneven_blocks(model) & kept
        if not uneven:
            return model
        kept -= uneven


def _size(program: Program) -> int:
    """Returns how many statements a program has."""
    bodies = (program.body, *(block.body for block in program.blocks))
    return sum(map(_statements, bodies))


def _statements(body: Body) -> int:
    count = len(body.statements)
    for item in body.statements:
        if isinstance(item, If):
            count += _statements(item.body) + _statements(item.otherwise)
        elif isinstance(item, For):
            count += _statements(item.body)
    return count


def _weight_order(model: Model, is_chain: bool) -> tuple[int, ...] | None:
    """Returns where the functional style has each weight, in the order of the class style.

    Returns None where kgen does not know the weights of a layer.
    """
    graph = model.graph
    places: dict[tuple[int, ...], range] = {}
    count = 0
    listed = list_weights(graph, model.specs)
    for path, item in zip(functional_layers(graph), listed, strict=True):
        if item.weights is None:
            return None
        places[path] = range(count, count + len(item.weights))
        count += len(item.weights)
    ordered = class_layers(model.program, graph, model.order, is_chain)
    return tuple(index for path in ordered for index in places.get(path, ()))


def _plain(program: Program) -> Program:
    """Returns the program without branches, and without loops over several lines."""
    plain = specialize(program)
    return program if plain is program else normalize(plain)


def _written_out(blocks: frozenset[str], style: Style) -> str:
    names = ", ".join(sorted(blocks))
    verb = "is" if len(blocks) == 1 else "are"
    return (
        f"{names} {verb} written out in the {style.value} style: the weights interleave "
        "with those of other layers, and all styles keep one order"
    )


def analyse(program: Program, diagnostics: Diagnostics) -> Model:
    """Returns a program with its graph, the shape of each tensor and Keras' order.

    Shapes that do not fit and names that clash are recorded.
    """
    graph = expand(program)
    check_names(graph, diagnostics)
    specs = infer_shapes(graph, diagnostics)
    order = functional_order(graph)
    nested = infer_all_nested(graph, specs)
    return Model(program, graph, specs, order, infer_masks(graph), nested)


def module_name(program: Program) -> str:
    """Returns the name of the module for a program."""
    return snake_case(program.name)


def _written(style: Style | OwnStyle, origin: str, version: str) -> str:
    source = f" from {origin}" if origin else ""
    return f"Written by kgen {version}{source}, in the {style.value} style."
