"""Training on each backend that is installed; each has a process to itself."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

BACKENDS = ("tensorflow", "jax", "torch")
_STEP = Path(__file__).with_name("training_step.py")


def main(quick: bool = False) -> None:
    """Prints a table for each backend."""
    for backend in filter(importlib.util.find_spec, BACKENDS):
        subprocess.run(
            [sys.executable, str(_STEP), *(["--quick"] if quick else [])],
            env={**os.environ, "KERAS_BACKEND": backend},
            check=True,
        )
