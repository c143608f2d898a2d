"""Recovery: the lines and the time that `keras.applications` take, Keras left alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from table import print_table

import keras_kgen
from keras_kgen.ir.order import to_snake_case
from keras_kgen.options import Options, Style
from keras_kgen.rendering import formatting

# Lines of the code that builds the model in keras/src/applications, without docstrings and
# what loads weights; a file that builds several models counts for each.
HAND = {
    **{f"ConvNeXt{size}": 169 for size in ("Base", "Large", "Small", "Tiny", "XLarge")},
    **{f"DenseNet{depth}": 77 for depth in (121, 169, 201)},
    **{f"EfficientNetB{number}": 267 for number in range(8)},
    **{f"EfficientNetV2{size}": 402 for size in ("B0", "B1", "B2", "B3")},
    **{f"EfficientNetV2{size}": 402 for size in "LMS"},
    "InceptionResNetV2": 155,
    "InceptionV3": 197,
    "MobileNet": 111,
    "MobileNetV2": 170,
    "MobileNetV3Large": 214,
    "MobileNetV3Small": 216,
    "NASNetLarge": 362,
    "NASNetMobile": 362,
    **{f"ResNet{depth}": 82 for depth in (101, 152, 50)},
    **{f"ResNet{depth}V2": 89 for depth in (101, 152, 50)},
    "VGG16": 68,
    "VGG19": 77,
    "Xception": 169,
}
GOAL_FUNCTIONAL, GOAL_SUBCLASS, GOAL_TOTAL = 1.0, 1.5, 3_500
GOAL_MEDIAN, GOAL_MAX, GOAL_EXTREME = 0.15, 1.0, 10.0
REPETITIONS = 3
LAYERS = 10_000
_QUICK = ("MobileNet", "ResNet50", "VGG16")
_SAVE = """
import sys
from pathlib import Path
import keras
for name in sys.argv[2:]:
    keras.backend.clear_session()
    model = getattr(keras.applications, name)(weights=None)
    Path(sys.argv[1], f"{name}.json").write_text(model.to_json())
"""
_IMPORT = """
import time
start = time.process_time()
import keras
print(time.process_time() - start)
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What kgen makes of a model: lines in each style, seconds from file to module."""

    name: str
    layers: int
    flat: int
    functional: int
    subclass: int
    seconds: float

    @property
    def hand(self) -> int:
        """The lines that people needed."""
        return HAND[self.name]


def main(quick: bool = False) -> None:
    """Measures lines and processor time, and prints both tables."""
    names = _QUICK if quick else tuple(HAND)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", _SAVE, folder, *names], check=True)
        seconds_of(Path(folder, f"{names[0]}.json"), 1)  # Reads what every run shares.
        results = [measure(Path(folder, f"{name}.json")) for name in names]
        sizes = 1_000 if quick else LAYERS
        extremes = {
            f"a chain of {sizes:,} layers": chain(sizes),
            f"a residual net of {sizes:,} layers": residual_net(sizes),
        }
        extreme_seconds = {}
        for name, text in extremes.items():
            path = Path(folder, "extreme.json")
            path.write_text(text, "utf-8")
            extreme_seconds[name] = seconds_of(path, 1)
    assert "keras" not in sys.modules
    _print_lines(results)
    _print_seconds(results, extreme_seconds)


def measure(path: Path) -> Result:
    """Returns what kgen makes of a saved model."""
    styles = (
        (Style.FUNCTIONAL, True),
        (Style.FUNCTIONAL, False),
        (Style.SUBCLASS, False),
    )
    flat, functional, subclass = (
        model_lines(write(path, Options(style, is_flat))) for style, is_flat in styles
    )
    layers = len(json.loads(path.read_text("utf-8"))["config"]["layers"])
    seconds = seconds_of(path, REPETITIONS)
    return Result(path.stem, layers, flat, functional, subclass, seconds)


def write(path: Path, options: Options) -> str:
    """Returns the module for a saved model."""
    return keras_kgen.generate(path, style=options.style, flat=options.flat)


def seconds_of(path: Path, repetitions: int) -> float:
    """Returns the processor seconds from a file to its module in the functional style."""
    runs = []
    for _ in range(repetitions):
        # Parts of modules that were formatted before come back for free.
        formatting._format_once.cache_clear()
        start = time.process_time()
        write(path, Options(Style.FUNCTIONAL))
        runs.append(time.process_time() - start)
    return median(runs)


# -- lines


def model_lines(source: str) -> int:
    """Returns the lines of a module that its model takes.

    These are the lines of `build_model`, and of all that it needs by name, directly or not:
    blocks, classes, constants and imports. Blank lines, comments and docstrings are left out,
    and so is the other half of the module, which trains.
    """
    tree = ast.parse(source)
    owners = {name: item for item in tree.body for name in _bound(item)}
    needed: dict[ast.stmt, None] = {}
    pending = [owners["build_model"]]
    while pending:
        item = pending.pop()
        if item not in needed:
            needed[item] = None
            read = (n.id for n in ast.walk(item) if isinstance(n, ast.Name))
            pending += [owners[name] for name in read if name in owners]
    left_out = {line for item in needed for line in _docstring_lines(item)}
    lines = source.splitlines()
    numbers = {number for item in needed for number in _line_numbers(item)} - left_out
    texts = (lines[number - 1].strip() for number in numbers)
    return sum(bool(text) and not text.startswith("#") for text in texts)


def _bound(item: ast.stmt) -> Iterator[str]:
    """Yields the names that a statement at the top of a module gives."""
    if isinstance(item, ast.Import | ast.ImportFrom):
        for alias in item.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(item, ast.FunctionDef | ast.ClassDef):
        yield item.name
    elif isinstance(item, ast.Assign | ast.AnnAssign):
        targets = item.targets if isinstance(item, ast.Assign) else [item.target]
        for target in targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


def _line_numbers(item: ast.stmt) -> range:
    decorators = getattr(item, "decorator_list", [])
    first = min((d.lineno for d in decorators), default=item.lineno)
    return range(first, (item.end_lineno or item.lineno) + 1)


def _docstring_lines(item: ast.stmt) -> Iterator[int]:
    for node in ast.walk(item):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            yield from _line_numbers(node.body[0])


# -- extremes: what Keras would write, but for layers that it does not have the depth for


def chain(size: int) -> str:
    """Returns the JSON of equal layers one behind the other."""
    model = _Model()
    while len(model.layers) < size:
        model.add("Dense", [model.last], **_DENSE)
    return model.text()


def residual_net(size: int) -> str:
    """Returns the JSON of residual blocks of four layers."""
    model = _Model()
    while len(model.layers) < size:
        shortcut = model.last
        model.add("BatchNormalization", [model.last])
        model.add("ReLU", [model.last])
        model.add("Dense", [model.last], **_DENSE)
        model.add("Add", [shortcut, model.last])
    return model.text()


_DENSE = {"units": 64, "activation": "relu"}
_SHAPE = [None, 64]


class _Model:
    """A model that grows by a layer at a time, under the names that Keras makes up."""

    def __init__(self) -> None:
        self.counter: Counter[str] = Counter()
        self.layers: list[dict[str, Any]] = []
        config = {"batch_shape": _SHAPE, "dtype": "float32"}
        self.append("InputLayer", config, [])

    @property
    def last(self) -> str:
        name: str = self.layers[-1]["name"]
        return name

    def add(self, class_name: str, sources: list[str], **config: Any) -> None:
        tensors = [
            {
                "class_name": "__keras_tensor__",
                "config": {"shape": _SHAPE, "keras_history": [source, 0, 0]},
            }
            for source in sources
        ]
        given = tensors if len(tensors) == 1 else [tensors]
        self.append(class_name, config, [{"args": given, "kwargs": {}}])

    def append(
        self, class_name: str, config: dict[str, Any], nodes: list[dict[str, Any]]
    ) -> None:
        base = to_snake_case(class_name)
        name = f"{base}_{self.counter[base]}" if self.counter[base] else base
        self.counter[base] += 1
        self.layers.append(
            {
                "module": "keras.layers",
                "class_name": class_name,
                "config": {"name": name, **config},
                "registered_name": None,
                "name": name,
                "inbound_nodes": nodes,
            }
        )

    def text(self) -> str:
        config = {
            "name": "extreme",
            "layers": self.layers,
            "input_layers": [self.layers[0]["name"], 0, 0],
            "output_layers": [self.last, 0, 0],
        }
        model = {"module": "keras", "class_name": "Functional", "config": config}
        return json.dumps(model)


# -- tables


def _print_lines(results: list[Result]) -> None:
    rows = [_row(result) for result in results]
    totals = [
        sum(getattr(result, key) for result in results)
        for key in ("layers", "flat", "functional", "hand", "subclass")
    ]
    print_table(
        f"Recovery: lines (goals: functional / hand <= {GOAL_FUNCTIONAL}, "
        f"subclass / hand <= {GOAL_SUBCLASS}, functional in all <= {GOAL_TOTAL:,})",
        (
            *("model", "layers", "flat", "functional", "by hand", "functional / hand"),
            *("subclass", "subclass / hand", "CPU"),
        ),
        [*rows, _cells("all", *totals, sum(result.seconds for result in results))],
    )


def _row(result: Result) -> tuple[str, ...]:
    return _cells(
        result.name,
        result.layers,
        result.flat,
        result.functional,
        result.hand,
        result.subclass,
        result.seconds,
    )


def _cells(
    name: str,
    layers: int,
    flat: int,
    functional: int,
    hand: int,
    subclass: int,
    seconds: float,
) -> tuple[str, ...]:
    return (
        name,
        f"{layers:,}",
        f"{flat:,}",
        f"{functional:,}",
        f"{hand:,}",
        f"{functional / hand:.2f}",
        f"{subclass:,}",
        f"{subclass / hand:.2f}",
        f"{seconds * 1000:.0f} ms",
    )


def _print_seconds(results: list[Result], extremes: dict[str, float]) -> None:
    output = subprocess.run(
        [sys.executable, "-c", _IMPORT], check=True, capture_output=True, text=True
    ).stdout
    keras = float(output.split()[-1])
    times = [result.seconds for result in results]
    rows = [
        (f"median of {len(times)} models", median(times), GOAL_MEDIAN),
        (f"slowest of {len(times)} models", max(times), GOAL_MAX),
        *((name, seconds, GOAL_EXTREME) for name, seconds in extremes.items()),
    ]
    print_table(
        "Recovery: processor time from file to module, Black included",
        ("what", "CPU", "goal", "this / `import keras`"),
        [
            *(
                (name, f"{seconds:.3f} s", f"<= {goal} s", f"{seconds / keras:.2f}")
                for name, seconds, goal in rows
            ),
            ("`import keras` in a child process", f"{keras:.3f} s", "", "1.00"),
        ],
    )
