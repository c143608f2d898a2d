"""A module is taken apart at its imports, constants and definitions."""

from __future__ import annotations

from keras_kgen.notebook.split import definition_lines, needed_imports, split_module

SOURCE = '''\
"""What it is."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
from keras import layers

SIZE = 3  # the size
# Several values.
UNITS = (
    1,
    2,
)


@register
class Block(layers.Layer):
    pass


# Above a function.
def build_model():
    return Block()


if __name__ == "__main__":
    main()
'''


def test_constants_keep_their_comments() -> None:
    constants = "SIZE = 3  # the size\n# Several values.\nUNITS = (\n    1,\n    2,\n)"
    assert split_module(SOURCE).constants == constants


def test_definitions_have_their_decorators_and_comments() -> None:
    definitions = split_module(SOURCE).definitions
    assert definitions == {
        "Block": "@register\nclass Block(layers.Layer):\n    pass",
        "build_model": "# Above a function.\ndef build_model():\n    return Block()",
    }


def test_imports_that_nothing_needs_are_left_out() -> None:
    parts = split_module(SOURCE)
    texts = ["importlib.util.find_spec('x')", "np.zeros(layers)"]
    assert needed_imports(parts, texts) == (
        "import importlib.util\n\nimport numpy as np\nfrom keras import layers"
    )


def test_lines_begin_at_the_decorators() -> None:
    assert definition_lines(SOURCE)["Block"] == range(18, 21)
