"""Imports are gathered at the head of a module."""

from __future__ import annotations

from collections.abc import Iterable

from keras_kgen.pysource import gathering
from keras_kgen.rendering.formatting import format_whole

GIVEN = ("import csv", "from pathlib import Path", "import keras", "import numpy as np")


def gather_imports(source: str, given: Iterable[str] = (), package: str = "") -> str:
    """Returns the result as it is written to a file."""
    return format_whole(gathering.gather_imports(source, given, package))


def test_imports_between_functions_go_to_the_head() -> None:
    source = '''"""A module."""

import csv
from pathlib import Path

import keras

SIZE = 1
import json


def f():
    return csv, Path, keras, json, wandb


import wandb
from keras import ops
from keras import layers, ops


def g():
    import late

    return layers, ops, late
'''
    assert gather_imports(source, GIVEN) == '''"""A module."""

import csv
import json
from pathlib import Path

import keras
import wandb
from keras import layers, ops

SIZE = 1


def f():
    return csv, Path, keras, json, wandb


def g():
    import late

    return layers, ops, late
'''


def test_only_what_was_given_is_left_out_where_nothing_reads_it() -> None:
    source = "import csv\nimport registry\nimport numpy as np\n\nA = np.pi\n"
    expected = "import numpy as np\nimport registry\n\nA = np.pi\n"
    assert gather_imports(source, GIVEN) == expected


def test_a_statement_at_the_head_keeps_its_place() -> None:
    source = """import os

os.environ["KERAS_BACKEND"] = "jax"
import os
import keras


def f():
    return keras


import abc
"""
    expected = """import os

os.environ["KERAS_BACKEND"] = "jax"

import abc

import keras


def f():
    return keras
"""
    assert gather_imports(source) == expected


def test_comments_and_aliases_stay() -> None:
    source = """import keras


def f():
    return b


# Registers the layers of our group.
import our_layers  # noqa: F401
from a import b as c
from . import near
import x; y = 1
"""
    expected = """import keras

# Registers the layers of our group.
import our_layers  # noqa: F401
from a import b as c

from . import near


def f():
    return b


import x

y = 1
"""
    assert gather_imports(source) == expected


def test_imports_of_the_package_come_last() -> None:
    source = "from net.model import build_model\nimport keras\nimport csv\n"
    expected = "import csv\n\nimport keras\n\nfrom net.model import build_model\n"
    assert gather_imports(source, package="net") == expected


def test_a_module_without_imports_gets_them_behind_its_docstring() -> None:
    source = '"""A module."""\n\n\ndef f():\n    return csv\n\n\nimport csv\n'
    expected = '"""A module."""\n\nimport csv\n\n\ndef f():\n    return csv\n'
    assert gather_imports(source) == expected
    assert not gather_imports("").strip()


def test_letters_that_only_python_takes_for_line_ends_do_no_harm() -> None:
    source = 'A = "\u2028"\n\n\ndef f():\n    return csv\n\n\nimport csv\n'
    expected = 'import csv\n\nA = "\u2028"\n\n\ndef f():\n    return csv\n'
    assert gather_imports(source, GIVEN) == expected
