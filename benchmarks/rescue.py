"""Rescue: `kgen new resnet152.json` as a whole process, against Keras loading the same text."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from startup import environment_in, run_once, script
from table import print_table

REPETITIONS = 9
MODEL = "ResNet152"
GOAL = 0.1
_SAVE = """
import sys
import keras
model = keras.applications.{model}(weights=None)
open(sys.argv[1], "w").write(model.to_json())
"""
_LOAD = """
import sys
import keras
keras.models.model_from_json(open(sys.argv[1]).read())
"""


def main(quick: bool = False) -> None:
    """Measures both commands in turn, round after round, and prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, f"{MODEL.lower()}.json"))
        save = _SAVE.format(model=MODEL)
        subprocess.run([sys.executable, "-c", save, path], check=True)
        commands = {
            f"`kgen new {MODEL.lower()}.json -o -`": [
                script("kgen"),
                *("new", path, "-o", "-"),
            ],
            "`keras.models.model_from_json(...)`": [sys.executable, "-c", _LOAD, path],
        }
        environment = environment_in(folder)
        for command in commands.values():
            run_once(command, environment)
        rounds = [
            [run_once(command, environment) for command in commands.values()]
            for _ in range(2 if quick else REPETITIONS)
        ]
    ratios = [ours.cpu / theirs.cpu for ours, theirs in rounds]
    print_table(
        f"Rescue of {MODEL} ({len(rounds)} interleaved runs)",
        ("process", "CPU", "peak", "kgen / this", "goal"),
        (
            (
                name,
                f"{median(samples[index].cpu for samples in rounds) * 1000:.0f} ms",
                f"{median(samples[index].peak for samples in rounds) / 2**20:.0f} MiB",
                f"{median(ratios):.3f}" if index else "1.00",
                f"<= {GOAL}" if index else "",
            )
            for index, name in enumerate(commands)
        ),
    )
