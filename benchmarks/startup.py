"""Start-up: `kgen new` as a whole process, against its libraries, Keras and cookiecutter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from table import print_table

REPETITIONS = 15
KGEN = "kgen new --style subclass -o -"
NOTHING = 'python -c "pass"'
LIBRARIES = 'python -c "import click, jinja2, black, yaml"'
COOKIECUTTER = "cookiecutter TEMPLATE --no-input"
KERAS = 'python -c "import keras"'
GOALS = {KERAS: 0.1, LIBRARIES: 1.3, COOKIECUTTER: 1.0}

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_TEMPLATE = '''"""{{ cookiecutter.description }}"""

import keras
from keras import layers


def build_model():
    """Returns the uncompiled model."""
    inputs = keras.Input(shape=({{ cookiecutter.features }},))
    x = layers.Dense({{ cookiecutter.units }}, activation="relu")(inputs)
    outputs = layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="{{ cookiecutter.name }}")
'''
_ANSWERS = {
    "name": "mnist_mlp",
    "description": "Handwritten digits.",
    "features": "784",
    "units": "128",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a process: seconds by the clock, seconds of the processor, peak bytes."""

    wall: float
    cpu: float
    peak: int


def main(quick: bool = False) -> None:
    """Measures every command in turn, round after round, and prints the table."""
    repetitions = 3 if quick else REPETITIONS
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(Path(folder))
        environment = environment_in(folder)
        # The first round fills the caches and does not count.
        for command in commands.values():
            run_once(command, environment)
        samples: dict[str, list[Sample]] = {name: [] for name in commands}
        for _ in range(repetitions):
            for name, command in commands.items():
                samples[name].append(run_once(command, environment))
    print_table(
        f"Start-up ({repetitions} interleaved runs)",
        ("process", "wall", "least wall", "CPU", "peak", "kgen / this", "CPU", "goal"),
        (_row(name, samples[name], samples[KGEN]) for name in samples),
    )


def run_once(command: Sequence[str], environment: Mapping[str, str]) -> Sample:
    """Runs a command to its end; its output is thrown away."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return Sample(wall, cpu, usage.ru_maxrss * _RSS_UNIT)


def environment_in(folder: str) -> dict[str, str]:
    """Returns an environment in which every process finds its bytecode compiled.

    An editable install may lack it where its libraries have it. And cookiecutter writes to
    the home directory.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE"
    }
    home = {"HOME": folder, "USERPROFILE": folder}
    return {**kept, **home, "PYTHONPYCACHEPREFIX": str(Path(folder, "bytecode"))}


def _commands(folder: Path) -> dict[str, list[str]]:
    template = _write_template(folder)
    output = str(folder / "output")
    return {
        NOTHING: [sys.executable, "-c", "pass"],
        KGEN: [script("kgen"), "new", "--style", "subclass", "-o", "-"],
        LIBRARIES: [sys.executable, "-c", "import click, jinja2, black, yaml"],
        COOKIECUTTER: [
            script("cookiecutter"),
            *(template, "--no-input", "--overwrite-if-exists", "--output-dir", output),
        ],
        KERAS: [sys.executable, "-c", "import keras"],
    }


def script(name: str) -> str:
    """Returns a command of the environment that runs the benchmark."""
    path = Path(sys.executable).with_name(name)
    if not path.is_file():
        raise SystemExit(f"{name} is not installed: pip install -e '.[dev]'")
    return str(path)


def _write_template(folder: Path) -> str:
    root = folder / "template"
    project = root / "{{ cookiecutter.name }}"
    project.mkdir(parents=True)
    (root / "cookiecutter.json").write_text(json.dumps(_ANSWERS), "utf-8")
    (project / "model.py").write_text(_TEMPLATE, "utf-8")
    return str(root)


def _row(name: str, samples: list[Sample], kgen: list[Sample]) -> tuple[str, ...]:
    walls = [sample.wall for sample in samples]
    cpu = median(sample.cpu for sample in samples)
    # The ratio of each round, for what disturbs a round disturbs all that run in it.
    rounds = zip(kgen, samples, strict=True)
    ratios = [
        (ours.wall / theirs.wall, ours.cpu / theirs.cpu) for ours, theirs in rounds
    ]
    return (
        f"`{name}`",
        f"{median(walls) * 1000:.0f} ms",
        f"{min(walls) * 1000:.0f} ms",
        f"{cpu * 1000:.0f} ms",
        f"{median(sample.peak for sample in samples) / 2**20:.0f} MiB",
        f"{median(wall for wall, _ in ratios):.2f}",
        f"{median(cpu for _, cpu in ratios):.2f}",
        f"<= {GOALS[name]}" if name in GOALS else "",
    )
