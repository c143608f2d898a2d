"""Boxes do not overlap, lines run around them, and the trunk is straight."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from drawing.drawings import (
    PRESETS,
    SAVED,
    chain,
    collisions,
    overlap,
    preset,
    random_graph,
    saved,
)

from keras_kgen.backends.module import Model
from keras_kgen.drawing.fold import Folding
from keras_kgen.drawing.layout.page import place_drawing
from keras_kgen.drawing.plan import plan_drawing
from keras_kgen.drawing.svg import write_svg


def check(model: Model, folding: Folding, expanded: bool = False) -> None:
    page = place_drawing(plan_drawing(model, folding, expanded))
    for _, placed, x, y in page.figures:
        assert collisions(placed) == []
        assert x + placed.width <= page.width + 0.01
        assert y + placed.height <= page.height + 0.01
        for _, area in (*placed.boxes, *placed.frames):
            assert area.x >= -0.01 and area.y >= -0.01
            assert area.x + area.width <= placed.width + 0.01
            assert area.y + area.height <= placed.height + 0.01


@pytest.mark.parametrize("folding", Folding)
@pytest.mark.parametrize("name", SAVED)
def test_saved_models(name: str, folding: Folding) -> None:
    check(saved(name), folding, expanded=folding is Folding.NONE)


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name: str) -> None:
    check(preset(name), Folding.NONE, expanded=True)


@pytest.mark.parametrize("seed", range(8))
def test_random_graphs(seed: int) -> None:
    check(random_graph(60, seed), Folding.NONE)


def test_figures_lie_beside_each_other() -> None:
    page = place_drawing(plan_drawing(saved("densenet_3d"), Folding.ALL))
    areas = [
        placed.frames[0][1].moved(x, y) if placed.frames else area.moved(x, y)
        for _, placed, x, y in page.figures
        for _, area in placed.boxes
    ]
    assert len(page.figures) > 1
    assert not any(
        overlap(one, other) for n, one in enumerate(areas) for other in areas[:n]
    )


@pytest.mark.parametrize("name", ["fashion_resnet", "unet_small"])
def test_the_trunk_is_straight(name: str) -> None:
    """From the input to the output, the middle of the boxes on the main way is one line."""
    ((_, placed, _, _),) = place_drawing(
        plan_drawing(preset(name), Folding.NONE)
    ).figures
    first, last = placed.boxes[0][1], placed.boxes[-1][1]
    assert first.x == pytest.approx(last.x)
    same = [area for _, area in placed.boxes if abs(area.x - first.x) < 0.01]
    assert len(same) > 0.7 * len(placed.boxes)


def test_a_chain_is_one_straight_line() -> None:
    ((_, placed, _, _),) = place_drawing(
        plan_drawing(chain(["Dense(3)", "ReLU()", "Dropout(0.5)", "Dense(2)"]))
    ).figures
    assert {station.x for c in placed.curves for station in c.stations} == {
        placed.width / 2
    }


def test_a_large_tangle_is_drawn_in_bounded_time() -> None:
    model = random_graph(500, seed=3)
    started = time.process_time()
    write_svg(plan_drawing(model, Folding.NONE))
    assert time.process_time() - started < 20


def test_a_long_chain_goes_on_in_columns() -> None:
    units = [f"Dense({number})" for number in range(10, 160)]
    drawing = plan_drawing(chain(units), Folding.NONE)
    page = place_drawing(drawing)
    assert len(page.figures) > 2
    assert 0.5 < page.height / page.width < 2.5
    keys = [box.key for _, placed, _, _ in page.figures for box, _ in placed.boxes]
    assert [key for key in keys if "-" not in key] == [f"n{n}" for n in range(152)]
    pieces = [[box.title for box, _ in p.boxes] for _, p, _, _ in page.figures]
    for number, (above, below) in enumerate(pairwise(pieces), start=1):
        assert (above[-1], below[0]) == (f"to {number}", f"from {number}")
    lines = [line for figure, *_ in page.figures for line in figure.lines]
    assert len(lines) == len(drawing.figures[0].lines) + len(pieces) - 1


def test_a_model_is_not_broken_where_many_lines_go_on() -> None:
    lines = [f"d{n} = Dense(64)(d{n - 1})" for n in range(1, 80)]
    read = ", ".join(f"d{n}" for n in range(80))
    model = chain(["d0 = Dense(64)", *lines, f"Add()([{read}])"])
    page = place_drawing(plan_drawing(model, Folding.NONE))
    assert len(page.figures) == 1
