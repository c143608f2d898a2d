"""Tells what kind of data a path holds, and looks at them."""

from __future__ import annotations

import os
from collections.abc import Callable

from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.data.problems import DataProblem
from keras_kgen.frontends.data.request import OwnRequest, read_own_request
from keras_kgen.frontends.documents import Document
from keras_kgen.ir.data import OwnData

Inspector = Callable[[OwnRequest, Diagnostics], OwnData]


def inspect_data(document: Document, diagnostics: Diagnostics) -> OwnData:
    """Looks at the user's own data.

    Args:
        document: The `data:` of a spec, for which `is_own` holds.
        diagnostics: Where it is said what was found.

    Raises:
        SourceError: the setting is wrong, or the data cannot be used.
    """
    request = read_own_request(document, diagnostics)
    try:
        _check_path(request)
        return _inspector(request)(request, diagnostics)
    except DataProblem as problem:
        place = request.place(problem.key or request.source)
        diagnostics.error(f"{request.path}: {problem}", place)
    except OSError as error:
        place = request.place(request.source)
        name = error.filename or request.path
        diagnostics.error(f"{name}: {error.strerror}", place)
    diagnostics.raise_errors()
    raise AssertionError("an error was recorded")


def _check_path(request: OwnRequest) -> None:
    is_file, is_folder = os.path.isfile(request.path), os.path.isdir(request.path)
    if request.source == "file" and not is_file:
        raise DataProblem(_IS_FOLDER if is_folder else _NO_FILE)
    if request.source == "folder" and not is_folder:
        raise DataProblem(_IS_FILE if is_file else _NO_FOLDER)


_IS_FOLDER = "this is a folder: data: {folder: ..}"
_IS_FILE = "this is a file: data: {file: ..}"
_NO_FILE = "there is no such file; paths are relative to where kgen runs"
_NO_FOLDER = "there is no such folder; paths are relative to where kgen runs"


def _inspector(request: OwnRequest) -> Inspector:
    if request.source == "folder":
        from keras_kgen.frontends.data.folders import inspect_folder

        return inspect_folder
    if request.source == "tfrecords":
        from keras_kgen.frontends.data.records import inspect_records

        return inspect_records
    if request.path.lower().endswith(".npz"):
        from keras_kgen.frontends.data.arrays import inspect_arrays

        return inspect_arrays
    if request.window:
        from keras_kgen.frontends.data.series import inspect_series

        return inspect_series
    from keras_kgen.frontends.data.table import inspect_table

    return inspect_table
