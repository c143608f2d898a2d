"""Writes weights as an .npz file: a zip archive of plain arrays, which no pickle is in."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from typing import IO

import numpy as np

from keras_kgen.frontends.saved.weight_layouts import Array


def write_npz(file: IO[bytes], arrays: Iterable[tuple[str, Array]]) -> None:
    """Writes arrays under their names as `numpy.savez` does, but always the same bytes.

    Args:
        file: Where they go.
        arrays: Names and arrays; one after the other is read and written.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, array in arrays:
            entry = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(entry, "w", force_zip64=True) as stream:
                np.lib.format.write_array(
                    stream, np.asarray(array, order="C"), allow_pickle=False
                )
