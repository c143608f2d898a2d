"""What the tests of drawings share: models to draw, and where everything lies."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from pathlib import Path

from support import load_preset, load_program_of

from keras_kgen.backends.module import Model
from keras_kgen.drawing.layout.place import Area, Curve, Placed
from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.detect import load_program
from keras_kgen.ir.program import Program
from keras_kgen.pipeline import structure

GOLDEN = Path(__file__).parent.parent / "golden"
SAVED = sorted(path.name for path in GOLDEN.iterdir() if (path / "model.json").exists())
PRESETS = ("fashion_resnet", "housing_wide_deep", "mnist_siamese", "unet_small")
STEPS = 12


def model_of(program: Program) -> Model:
    """Returns a program, analysed."""
    return structure(program, Diagnostics())


@functools.cache
def preset(name: str) -> Model:
    """Returns a preset, analysed."""
    return model_of(load_preset(name))


@functools.cache
def saved(name: str) -> Model:
    """Returns a saved model of the golden files, analysed."""
    return model_of(load_program_of(GOLDEN / name / "model.json"))


def spec(text: str) -> Model:
    """Returns a spec, analysed."""
    return model_of(load_program("-", lambda: text))


def chain(lines: list[str]) -> Model:
    """Returns a model of these lines, analysed."""
    return spec("\n".join(["inputs: [64]", "layers:", *(f"  - {s}" for s in lines)]))


def random_graph(count: int, seed: int) -> Model:
    """Returns a model of layers that read others at random, analysed."""
    generator = random.Random(seed)
    names, lines, read = ["input"], [], set()
    for number in range(count):
        wanted = min(len(names), generator.choice([1, 1, 1, 2, 3]))
        sources = generator.sample(names[-40:], min(wanted, len(names[-40:])))
        read.update(sources)
        units = generator.choice(["relu", "tanh", "linear"])
        call = f"[{', '.join(sources)}]" if len(sources) > 1 else sources[0]
        made = "Add()" if len(sources) > 1 else f'Dense(64, activation="{units}")'
        names.append(f"n{number}")
        lines.append(f"n{number} = {made}({call})")
    unread = [name for name in names[1:] if name not in read]
    return chain([*lines, f"Add()([{', '.join([*unread, 'input'])}])"])


def points(curve: Curve) -> Iterator[tuple[float, float]]:
    """Yields points on a curve."""
    for station in curve.stations:
        yield station.x, station.top
        yield station.x, station.bottom
    for above, below in zip(curve.stations, curve.stations[1:], strict=False):
        middle = (above.bottom + below.top) / 2
        for step in range(1, STEPS):
            t = step / STEPS
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            x = (a + b) * above.x + (c + d) * below.x
            yield x, a * above.bottom + (b + c) * middle + d * below.top


def holds(area: Area, point: tuple[float, float], margin: float = 0.5) -> bool:
    """Whether a point is inside an area, not only on its edge."""
    x, y = point
    is_between = area.x + margin < x < area.x + area.width - margin
    return is_between and area.y + margin < y < area.y + area.height - margin


def overlap(one: Area, other: Area) -> bool:
    """Whether two areas have more in common than an edge."""
    is_beside = (
        one.x + one.width <= other.x + 0.01 or other.x + other.width <= one.x + 0.01
    )
    is_apart = (
        one.y + one.height <= other.y + 0.01 or other.y + other.height <= one.y + 0.01
    )
    return not is_beside and not is_apart


def collisions(placed: Placed) -> list[str]:
    """Returns the boxes that overlap, and the lines that run through boxes."""
    found = []
    for number, (box, area) in enumerate(placed.boxes):
        found += [
            f"{box.key} overlaps {other.key}"
            for other, place in placed.boxes[:number]
            if overlap(area, place)
        ]
    for curve in placed.curves:
        own = {curve.start, *curve.ends}
        on_it = list(points(curve))
        found += [
            f"a line from {curve.start} runs through {box.key}"
            for box, area in placed.boxes
            if box.key not in own and any(holds(area, point) for point in on_it)
        ]
    return found
