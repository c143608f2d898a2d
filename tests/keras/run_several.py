"""Runs generated modules one after the other in one process, for test_distribution.py.

python run_several.py ARGUMENTS MODULE.py=RUN_DIR...

ARGUMENTS are those of each module, one text with spaces. All continue the run that this makes
first, of one epoch that was none: the first module's model with its first weights.
"""

from __future__ import annotations

import os
import runpy
import shutil
import sys
from pathlib import Path

import keras

START = Path("start")
DEVICES = 4


def main(arguments: str, *modules: str) -> None:
    """Runs the modules."""
    if os.environ["KERAS_BACKEND"] == "tensorflow":
        _split_processor()
    runs = [item.split("=") for item in modules]
    if not START.exists():
        _write_start(runs[0][0])
    for module, run_dir in runs:
        keras.backend.clear_session()
        keras.distribution.set_distribution(None)
        shutil.copytree(START, run_dir)
        sys.argv = [module, "--run-dir", run_dir, *arguments.split()]
        runpy.run_path(module, run_name="__main__")


def _split_processor() -> None:
    import tensorflow as tf

    (processor,) = tf.config.list_physical_devices("CPU")
    parts = [tf.config.LogicalDeviceConfiguration()] * DEVICES
    tf.config.set_logical_device_configuration(processor, parts)


def _write_start(path: str) -> None:
    keras.utils.set_random_seed(7)
    module = runpy.run_path(path)
    model = module["build_model"]()
    module["compile_model"](model)
    START.mkdir()
    model.save(START / "model.keras")
    names = "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.0,9.0,0.0,9.0\n"
    (START / "history.csv").write_text(names, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
