"""Every layer and every connection is in the drawing, folded or not."""

from __future__ import annotations

from collections import Counter

import pytest
from drawing.drawings import PRESETS, SAVED, chain, preset, saved, spec

from keras_kgen.backends.module import Model
from keras_kgen.drawing.families import Family
from keras_kgen.drawing.figures import Box, Drawing, Frame, boxes
from keras_kgen.drawing.fold import MAX_BOXES, Folding
from keras_kgen.drawing.plan import plan_drawing
from keras_kgen.ir.graph import LayerGraph
from keras_kgen.ir.order import functional_order

RESIDUAL = """
name: deep
inputs: [32, 32, 3]
blocks:
  residual(filters, strides=1):
    - Conv2D(filters, 3, strides=strides, padding="same")(input)
    - BatchNormalization()
    - ReLU()
    - Conv2D(filters, 3, padding="same")
    - x = BatchNormalization()
    - shortcut = Conv2D(filters, 1, strides=strides)(input)
    - Add()([x, shortcut])
layers:
  - Conv2D(16, 3, padding="same")
"""


def names(drawing: Drawing, figure: int = 0) -> list[str]:
    return [
        f"{box.title} x{box.times}" if box.times > 1 else box.title
        for box in boxes(drawing.figures[figure].items)
    ]


def deep(counts: tuple[int, ...]) -> Model:
    lines = [RESIDUAL.rstrip("\n")]
    for stage, count in enumerate(counts):
        for _ in range(count):
            lines.append(f"  - residual({16 * 2**stage})")
    return spec("\n".join([*lines, "  - GlobalAveragePooling2D()", "  - Dense(10)"]))


def layers_of(drawing: Drawing) -> Counter[str]:
    return Counter(key for b in boxes(drawing.figures[0].items) for key in b.layers)


def leaf_keys(graph: LayerGraph, prefix: str = "") -> set[str]:
    """Returns the keys of the layers that are no models."""
    found: set[str] = set()
    for place, index in enumerate(functional_order(graph)):
        inner = graph.layers[index].graph
        key = f"{prefix}{place}"
        found |= {key} if inner is None else leaf_keys(inner, f"{key}/")
    return found


@pytest.mark.parametrize("name", SAVED)
def test_every_layer_is_there_once(name: str) -> None:
    model = saved(name)
    drawing = plan_drawing(model, Folding.NONE, expanded=True)
    found = layers_of(drawing)
    assert {key for key in found if "put" not in key} == leaf_keys(model.graph)
    calls = Counter(node.layer for node in model.graph.nodes if node.layer is not None)
    if all(layer.graph is None for layer in model.graph.layers):
        assert sorted(calls.values()) == sorted(
            count for key, count in found.items() if "put" not in key
        )
    assert sum(name.startswith("input") for name in found) == len(model.graph.inputs)
    assert sum(name.startswith("output") for name in found) == len(model.graph.outputs)


@pytest.mark.parametrize("folding", [Folding.AUTO, Folding.ALL])
@pytest.mark.parametrize("name", SAVED)
def test_a_folded_drawing_covers_every_layer(name: str, folding: Folding) -> None:
    model = saved(name)
    folded = layers_of(plan_drawing(model, folding))
    assert folded.keys() == layers_of(plan_drawing(model, Folding.NONE)).keys()


@pytest.mark.parametrize("name", [*SAVED])
def test_every_connection_is_there(name: str) -> None:
    """Unfolded, the lines are what the graph says, node by node."""
    graph = saved(name).graph
    drawing = plan_drawing(saved(name), Folding.NONE)
    (figure,) = drawing.figures
    assert len(figure.lines) == sum(
        len({tensor.node for tensor in node.tensors()}) for node in graph.nodes
    ) + len(graph.outputs)
    keys = [box.key for box in boxes(figure.items)]
    places = {key: place for place, key in enumerate(keys)}
    assert len(set(keys)) == len(keys)
    assert all(places[start] < places[end] for start, end in figure.lines)


@pytest.mark.parametrize("folding", Folding)
@pytest.mark.parametrize("name", SAVED)
def test_lines_go_forward_and_leave_no_box_alone(name: str, folding: Folding) -> None:
    for figure in plan_drawing(saved(name), folding).figures:
        order = {box.key: place for place, box in enumerate(boxes(figure.items))}
        assert all(order[start] < order[end] for start, end in figure.lines)
        assert order.keys() == {key for line in figure.lines for key in line}


def test_times_that_look_the_same_become_one_box() -> None:
    drawing = plan_drawing(chain(["Dense(64)"] * 1000))
    assert names(drawing) == ["Input", "Dense x999", "Dense", "Output"]
    (figure,) = drawing.figures
    assert figure.lines == (("n0", "n1"), ("n1", "n2"), ("n2", "n3"))


def test_a_deep_model_fits_a_page() -> None:
    drawing = plan_drawing(deep((3, 8, 36, 3)))
    assert len(list(boxes(drawing.figures[0].items))) <= MAX_BOXES
    assert [figure.title for figure in drawing.figures] == ["", "residual"]
    assert names(drawing)[0:4] == ["Input", "Conv2D", "residual x3", "residual"]
    assert names(drawing, 1) == [
        *("Input", "Conv2D", "BatchNormalization", "ReLU", "Conv2D"),
        *("BatchNormalization", "Conv2D", "Add", "Output"),
    ]
    panel = drawing.figures[1]
    assert len(panel.lines) == 9
    conv, *_ = [b for b in boxes(panel.items) if b.title == "Conv2D"]
    assert len(conv.layers) == 50


def test_a_small_model_is_drawn_as_it_is() -> None:
    drawing = plan_drawing(preset("unet_small"))
    assert len(drawing.figures) == 1
    frames = [item for item in drawing.figures[0].items if isinstance(item, Frame)]
    assert {frame.title for frame in frames} == {"double_conv", "up_block"}
    assert all(frame.times == 1 for frame in frames)


def test_nothing_is_folded_without_being_asked() -> None:
    drawing = plan_drawing(deep((3, 8, 36, 3)), Folding.NONE)
    assert len(list(boxes(drawing.figures[0].items))) == 50 * 7 + 5


def test_a_model_within_the_model_is_one_box_or_open() -> None:
    closed = plan_drawing(preset("mnist_siamese"))
    models = [b for b in boxes(closed.figures[0].items) if b.family is Family.MODEL]
    assert [(b.title, b.name) for b in models] == [("Functional", "encoder")] * 2
    assert models[0].layers == ("0", *(f"0/{place}" for place in range(6)))
    opened = plan_drawing(preset("mnist_siamese"), expanded=True)
    frames = [i for i in opened.figures[0].items if isinstance(i, Frame)]
    assert [frame.title for frame in frames] == ["encoder", "encoder"]
    assert ("n0", frames[0].items[0].key) in opened.figures[0].lines


def test_boxes_say_shapes_and_parameters() -> None:
    (figure,) = plan_drawing(chain(["Dense(1000)", "Dense(3)"])).figures
    shown = [box for box in figure.items if isinstance(box, Box)]
    assert [(b.shape, b.parameters) for b in shown] == [
        ("64", ""),
        ("1000", "65,000"),
        ("3", "3,003"),
        ("3", ""),
    ]


def test_folded_boxes_say_from_what_to_what() -> None:
    drawing = plan_drawing(deep((1, 1, 1)), Folding.ALL)
    conv, *_ = [box for box in boxes(drawing.figures[1].items) if box.title == "Conv2D"]
    assert (
        conv.shape
        == "32 \N{MULTIPLICATION SIGN} 32 \N{MULTIPLICATION SIGN} 16\N{HORIZONTAL ELLIPSIS}64"
    )
    assert conv.parameters == "2.3k\N{HORIZONTAL ELLIPSIS}18k"


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_known_families(name: str) -> None:
    drawn = boxes(plan_drawing(preset(name)).figures[0].items)
    assert Family.OTHER not in {box.family for box in drawn}
