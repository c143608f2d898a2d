"""Every shape and every number of parameters that `--explain` writes is Keras' own."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

pytest.importorskip("keras")
sys.path.insert(0, str(Path(__file__).parent))
import keras
from support import load_preset, load_program_of, run_source
from test_source_map import Watch, is_leaf, zeros
from zoo import ZOO

from keras_kgen.errors import UsageError
from keras_kgen.frontends import presets
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

SAVED = ("attention_unet_auto", "gpt_auto", "se_resnext_auto", "yolo_auto")
_SHAPE = re.compile(r"# (\((?:None|\d)[^#]*)$")
_COUNT = re.compile(r"Parameters: ([^.;]*)")
_FIRST = " the first time"


class Module:
    """The source of a module with its statements."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines()
        nodes = (node for node in ast.walk(ast.parse(source)) if is_simple(node))
        self.statements: list[Any] = sorted(nodes, key=lambda node: node.lineno)

    def at(self, line: int) -> Any | None:
        """Returns the statement that a line is in."""
        found = (s for s in self.statements if s.lineno <= line <= s.end_lineno)
        return next(found, None)

    def comments(self, statement: Any) -> str:
        """Returns what stands above a statement, and behind it."""
        number = statement.lineno - 1
        above: list[str] = []
        while self.lines[number - 1].lstrip().startswith("# "):
            above.insert(0, self.lines[number - 1].lstrip()[2:])
            number -= 1
        return " ".join(above)

    def shape(self, statement: Any) -> str:
        lines = (self.lines[statement.end_lineno - 1], self.lines[statement.lineno - 2])
        found = (_SHAPE.search(line) for line in lines)
        return next((match[1] for match in found if match), "")


def is_simple(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign | ast.Return)


class Shapes:
    """Sees what each statement gives while a module runs."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.found: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        self.pending: dict[int, Any] = {}

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != "generated.py":
            return None
        now = self.module.at(frame.f_lineno)
        before = self.pending.get(id(frame))
        if event == "return" and isinstance(now, ast.Return):
            self.keep(now, argument)
        elif before is not None and now is not before:
            (target,) = getattr(before, "targets", (None,))
            if isinstance(target, ast.Name):
                self.keep(before, frame.f_locals.get(target.id))
        self.pending[id(frame)] = None if event == "return" else now
        return self.trace

    def keep(self, statement: Any, value: Any) -> None:
        if hasattr(value, "shape"):
            self.found[statement.lineno].append(tuple(value.shape))


def check_numbers(program: Program, style: Style) -> None:
    try:
        source = generate(program, Options(style, explain=True)).source
    except UsageError as error:
        pytest.skip(str(error))
    functional = generate(program, Options(Style.FUNCTIONAL)).source
    inputs = run_source(functional).build_model().input
    keras.utils.clear_session()
    keras.saving.get_custom_objects().clear()
    batch = keras.tree.map_structure(zeros, inputs)
    module, watch = Module(source), Watch()
    shapes = Shapes(module)
    generated = run_source(source)
    with watch.running():
        if style is Style.FUNCTIONAL:
            sys.settrace(shapes.trace)
        try:
            model = generated.build_model()
            sys.settrace(shapes.trace)
            model(batch)
        finally:
            sys.settrace(None)
    assert check_shapes(module, shapes) or style is Style.SEQUENTIAL
    assert (
        check_counts(module, watch) or not model.weights or style is not Style.SUBCLASS
    )


def check_shapes(module: Module, shapes: Shapes) -> int:
    checked = 0
    for line, found in shapes.found.items():
        text = module.shape(module.at(line))
        if not text:
            continue
        wanted = [ast.literal_eval(item) for item in in_turn(text)]
        found = [shape for shape, _ in groupby(found)]
        found = found[:1] if text.endswith(_FIRST) else found
        assert len(found) == len(wanted), (line, found, text)
        for real, said in zip(found, wanted, strict=True):
            assert len(real) == len(said)
            assert all(b in (a, None) for a, b in zip(real, said, strict=True)), line
        checked += 1
    return checked


def check_counts(module: Module, watch: Watch) -> int:
    checked = 0
    made: dict[int, list[Any]] = defaultdict(list)
    for line, layers in watch.made.items():
        statement = module.at(line)
        if statement is not None:
            known = made[statement.lineno]
            known += [x for x in layers if is_leaf(x) and x.built and x not in known]
    for line, layers in made.items():
        text = _COUNT.search(module.comments(module.at(line)))
        if text is None:
            continue
        first, *others = in_turn(text[1].removesuffix(" each"))
        sums, _, total = first.rpartition(" = ")
        assert not sums or eval(sums) == number(total)
        counts = [count for count, _ in groupby(x.count_params() for x in layers)]
        counts = counts[:1] if text[1].endswith(_FIRST) else counts
        assert counts == [number(total), *map(number, others)], (line, text[1])
        checked += 1
    return checked


def in_turn(text: str) -> Sequence[str]:
    return text.removesuffix(_FIRST).split(", then ")


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", presets.names())
def test_presets(name: str, style: Style) -> None:
    check_numbers(load_preset(name), style)


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("name", SAVED)
def test_saved_models(name: str, style: Style, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.json"
    path.write_text(ZOO[name]().to_json())
    keras.utils.clear_session()
    check_numbers(load_program_of(path), style)
