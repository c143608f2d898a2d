"""Puts a notebook together, from the title to where to go from here."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keras_kgen.backends.module import ModuleView
from keras_kgen.catalogue.datasets import Kind
from keras_kgen.explaining.layers import layer_lessons, note_layers
from keras_kgen.explaining.lessons import Lesson
from keras_kgen.explaining.notes import add_notes
from keras_kgen.explaining.styles import READING, STYLES, document, note_constants
from keras_kgen.explaining.training import training_lessons
from keras_kgen.ir.data import OwnData
from keras_kgen.notebook import prose
from keras_kgen.notebook.cells import Cell, write_cells
from keras_kgen.notebook.markdown import escaped, listed, paragraphs, with_code
from keras_kgen.notebook.own import OWN_DEFINITIONS, OWN_HELPERS, OwnMaterial
from keras_kgen.notebook.shown import (
    HELPERS,
    choose_look,
    choose_result,
    has_scores,
    shows_images,
    view_shown,
)
from keras_kgen.notebook.split import (
    Parts,
    definition_lines,
    needed_imports,
    split_module,
)
from keras_kgen.notebook.views import PictureView, SettingsView
from keras_kgen.options import Style
from keras_kgen.pysource.literals import literal
from keras_kgen.rendering.environment import Templates
from keras_kgen.rendering.formatting import format_source
from keras_kgen.tracing.source_map import SourceMap

# The functions of the half that trains, section by section; the rest is the model.
_WEIGHTS = ("load_weights", "weight_order")
_DATA = ("load_data", "load_npz", "prepare", "make_videos", "make_shapes")
_COMPILE = ("compile_model",)
_TRAIN = ("train", "write_graph", "save")
_HISTORY = ("read_history", "plot_history")
_EVALUATE = ("evaluate",)
# What a program needs, and a notebook does not.
_LEFT_OUT = ("load_run", "parse_args", "main")
_NOT_MODEL = (
    *(*_WEIGHTS, *_DATA, *_COMPILE, *_TRAIN),
    *(*_HISTORY, *_EVALUATE, *_LEFT_OUT),
)
_START = "train(model, train_data, RUN_DIR, EPOCHS, BATCH_SIZE, initial_epoch=0)"
_START_OWN = (
    "train(model, train_data, validation_data, RUN_DIR, EPOCHS, initial_epoch=0)"
)
# Programs that show notebooks fold the code of this cell away, each by a key of its own.
_FOLDED = {
    "cellView": "form",
    "jupyter": {"source_hidden": True},
    "tags": ["hide-input"],
}


@dataclass(frozen=True, slots=True)
class Material:
    """What a notebook is made of.

    Attributes:
        source: The module.
        view: What its template has seen.
        source_map: Which of its lines stand for what.
        origin: One sentence on where it comes from.
        drawing: A drawing of the model as SVG.
        templates: What writes the cells that are not in the module.
        own: The user's own data, where the source names them.
    """

    source: str
    view: ModuleView
    source_map: SourceMap
    style: Style
    origin: str
    drawing: str
    templates: Templates
    own: OwnData | None = None


def compose_notebook(material: Material) -> str:
    """Returns the JSON of a notebook with the code of a module and explanations."""
    return write_cells(_Composer(material).cells())


class _Composer:
    def __init__(self, material: Material) -> None:
        self.material = material
        self.cell = material.templates.cell
        self.training = material.view.training
        self.task = material.view.training.task
        self.parts = _annotated_parts(material)
        self.lessons = _lessons_by_definition(material)
        self.helpers: set[str] = set()
        own = material.own
        self.own = OwnMaterial(own, self.training) if own else None
        self.not_model = (*_NOT_MODEL, *(OWN_DEFINITIONS if own else ()))

    def cells(self) -> Iterator[Cell]:
        body = [
            *self.model(),
            *self.data(),
            *self.learning(),
            *self.results(),
            *self.ending(),
        ]
        settings = self.settings()
        code = [cell.source for cell in (*body, settings) if cell.is_code]
        yield _text("title", f"# {self.title()}", *self.introduction())
        yield _text("imports", prose.IMPORTS, self.backend())
        yield _code("imports", needed_imports(self.parts, code))
        yield _text("settings", prose.SETTINGS)
        yield settings
        yield from body

    def title(self) -> str:
        return escaped(self.task.facts.title.removesuffix("."))

    def introduction(self) -> tuple[str, str]:
        return escaped(self.material.origin), prose.INTRODUCTION

    def backend(self) -> str:
        loop = self.training.loop
        if loop is None or not loop.only:
            return ""
        return prose.ONE_BACKEND.format(title=loop.title, only=loop.only)

    def settings(self) -> Cell:
        weights = self.material.view.weights
        view = SettingsView(
            self.training.run_dir,
            bool(self.training.data.title),
            weights.file if weights else "",
            is_own=self.own is not None,
        )
        constants = f"{self.parts.constants}\n{self.cell('settings', view)}"
        return _code("settings", constants)

    # -- the model

    def model(self) -> Iterator[Cell]:
        style = with_code(STYLES[self.material.style])
        yield _text("model", prose.MODEL, style, with_code(READING))
        together: list[str] = []
        for name, text in self.parts.definitions.items():
            if name in self.not_model:
                continue
            lessons = self.lessons.get(name, [])
            if lessons and together:
                yield _code("model", *together)
                together = []
            if lessons:
                heading = "Its layers" if name == "build_model" else f"`{name}`"
                yield _text("model", f"### {heading}", listed(lessons))
            together.append(text)
        yield _code("model", *together)
        yield _text("build", prose.BUILD)
        yield _code("build", *self.functions(_WEIGHTS), self.build())
        yield _text("picture", prose.PICTURE)
        yield self.picture()

    def build(self) -> str:
        weights = self.material.view.weights
        file = "WEIGHTS" if weights else ""
        seed = "SEED" if self.training.has_seed else "0"
        view = SettingsView(self.training.run_dir, True, file, seed=seed)
        return self.cell("build", view)

    def picture(self) -> Cell:
        svg = self.material.drawing
        source = self.cell("picture", PictureView(literal(svg)))
        fallback = "<IPython.core.display.SVG object>"
        shown = {"image/svg+xml": svg, "text/plain": fallback}
        return Cell("picture", format_source(source).rstrip(), True, _FOLDED, shown)

    # -- data

    def data(self) -> Iterator[Cell]:
        if self.own:
            yield from self.own_data(self.own)
            return
        yield _text("data", prose.LOAD, self.about_data())
        yield _code("data", *self.functions(_DATA))
        yield self.shown("load")
        look = choose_look(self.task)
        labels = ", with their classes" if self.has_labels() else ""
        yield _text("samples", prose.LOOKS[look].format(labels=labels))
        yield self.shown(look, self.labelled())

    def own_data(self, own: OwnMaterial) -> Iterator[Cell]:
        path = escaped(own.own.path)
        yield _text("data", prose.LOAD, prose.READ_DATA.format(path=path))
        yield _code("data", *self.functions(OWN_DEFINITIONS))
        yield self.shown_own("own_load")
        yield _text("samples", prose.LOOKS[own.look()])
        yield self.shown_own(own.look())
        if own.is_uneven():
            yield _text("balance", prose.BALANCE)
            yield self.shown_own("own_balance")

    def about_data(self) -> str:
        request = self.task.request
        if request is None:
            return prose.OWN_DATA
        title = escaped(request.dataset.title)
        if request.dataset.kind is Kind.SHAPES:
            return prose.MADE_DATA.format(title=title)
        return prose.KNOWN_DATA.format(title=title, preparation=prose.DOWNLOAD)

    def has_labels(self) -> bool:
        return self.task.goals[self.labelled()].classes > 0

    def labelled(self) -> int:
        """Returns the place of the first output that has classes, else of the first."""
        goals = enumerate(self.task.goals)
        return next((index for index, goal in goals if goal.classes), 0)

    # -- training

    def learning(self) -> Iterator[Cell]:
        yield _text("compile", prose.COMPILE, self.taught(_COMPILE))
        yield _code("compile", *self.functions(_COMPILE), "compile_model(model)")
        yield _text("train", prose.TRAIN, self.taught(_TRAIN))
        yield _code("train", *self.functions(_TRAIN))
        yield _text("start", prose.START)
        yield _code("start", _START_OWN if self.own else _START)
        is_validated = self.training.fit.is_validated
        yield _text("history", prose.HISTORY if is_validated else prose.HISTORY_ALONE)
        yield _code("history", *self.functions(_HISTORY), "plot_history(RUN_DIR)")
        yield _text("test", prose.EVALUATE)
        call = 'evaluate(model, test_data, RUN_DIR / "model.keras")'
        yield _code("test", *self.functions(_EVALUATE), call)

    # -- results

    def results(self) -> Iterator[Cell]:
        yield _text("results", prose.RESULTS, prose.PREDICT)
        if self.own:
            macro = self.own.result(choose_result(self.task.goals[0]))
            yield self.shown_own("own_predict")
            yield _text("result", prose.SHOWN[macro])
            is_own = macro.startswith("own_")
            yield self.shown_own(macro) if is_own else self.shown(macro)
            return
        yield self.shown("predict")
        said: set[str] = set()
        for index, goal in enumerate(self.task.goals):
            macro = choose_result(goal)
            text = "" if macro in said else prose.SHOWN[macro]
            said.add(macro)
            yield _text("result", self.result_heading(index), text)
            yield self.shown(macro, index)
            if has_scores(goal) and shows_images(self.task):
                yield _text("unsure", prose.UNSURE)
                yield self.shown("unsure", index)

    def result_heading(self, index: int) -> str:
        """Returns which output it is, "" where there is but one."""
        goals = self.task.goals
        if len(goals) == 1:
            return ""
        return f"### {escaped(goals[index].output.key) or f'Output {index}'}"

    def ending(self) -> Iterator[Cell]:
        has_classes = any("\nclass " in f"\n{text}" for text in self.model_code())
        note = prose.RELOAD_CLASSES if has_classes else ""
        own = self.training.data.own
        learnt = prose.RELOAD_LEARNT if own and own.keeps else ""
        yield _text("reload", prose.RELOAD, learnt, note)
        yield self.shown_own("own_reload") if self.own else self.shown("reload")
        run_dir = self.task.run_dir
        steps = (step.format(run_dir=run_dir) for step in prose.NEXT_STEPS)
        yield _text("next", prose.NEXT, "\n".join(f"- {step}" for step in steps))

    # -- what sections share

    def model_code(self) -> list[str]:
        definitions = self.parts.definitions.items()
        return [text for name, text in definitions if name not in self.not_model]

    def functions(self, names: Iterable[str]) -> list[str]:
        found = self.parts.definitions
        return [found[name] for name in names if name in found]

    def taught(self, names: Iterable[str]) -> str:
        return listed(lesson for name in names for lesson in self.lessons.get(name, []))

    def shown(self, macro: str, output: int = 0) -> Cell:
        """Returns a cell that shows something, with the function for it if that is new."""
        own = self.own
        view = own.shown() if own else view_shown(self.task, output)
        macros = [macro]
        helper = HELPERS.get(macro, "")
        if helper and helper not in self.helpers:
            self.helpers.add(helper)
            macros.insert(0, helper)
        return _code(macro, *(self.cell(name, view) for name in macros))

    def shown_own(self, macro: str) -> Cell:
        """Returns a cell that loads or shows data of the user's own."""
        assert self.own is not None
        view = self.own.view()
        macros = [OWN_HELPERS[macro], macro] if macro in OWN_HELPERS else [macro]
        key = macro.removeprefix("own_")
        return _code(key, *(self.cell(name, view) for name in macros))


def _annotated_parts(material: Material) -> Parts:
    """Returns the parts of the module with its short comments: shapes and counts."""
    source, found = material.source, material.source_map
    tree = ast.parse(source)
    notes = [
        *note_constants(tree, found),
        *note_layers(source, found, with_lessons=False),
    ]
    documents = document(source, tree, material.style, found.elements)
    return split_module(add_notes(source, notes, documents))


def _lessons_by_definition(material: Material) -> dict[str, list[Lesson]]:
    """Returns what is said on kinds of things by the class or function that has them."""
    source = material.source
    found = [
        *layer_lessons(source, material.source_map),
        *training_lessons(source, ast.parse(source)),
    ]
    return {
        name: [lesson for lesson in found if lesson.line in lines]
        for name, lines in definition_lines(source).items()
    }


def _text(key: str, *parts: str) -> Cell:
    return Cell(f"{key}-text", paragraphs(*parts))


def _code(key: str, *parts: str) -> Cell:
    source = "\n\n\n".join(part.strip("\n") for part in parts)
    return Cell(key.replace("_", "-"), format_source(source).rstrip("\n"), True)
