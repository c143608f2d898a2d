"""Run as a child process: how tf_keras converts the arrays of older layers.

    python legacy_layouts.py FOLDER

FOLDER has a `cases.json`, and for each case an .npz file of arrays, which is replaced.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import tf_keras
from tf_keras.src.saving.legacy import hdf5_format


def main() -> None:
    folder = Path(sys.argv[1])
    for name, case in json.loads((folder / "cases.json").read_text()).items():
        layer = tf_keras.layers.deserialize(case["layer"])
        layer.build(tuple(case["shape"]))
        with np.load(folder / f"{name}.npz") as file:
            arrays = [file[key] for key in file.files]
        found = hdf5_format.preprocess_weights_for_loading(
            layer, arrays, case["version"], "tensorflow"
        )
        np.savez(folder / f"{name}.npz", *found)


if __name__ == "__main__":
    main()
