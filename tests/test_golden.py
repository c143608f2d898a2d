"""`tests/golden/` holds saved models and what kgen writes of them.

`pytest tests/test_golden.py --update-golden` rewrites the code, `python tests/keras/zoo.py`
the models. Only the model is kept, not the half that trains it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from kgen_runner import Kgen

from keras_kgen.errors import UsageError
from keras_kgen.frontends.detect import load_program
from keras_kgen.options import Options, Style
from keras_kgen.passes.find_problems import find_problems
from keras_kgen.pipeline import generate

GOLDEN = Path(__file__).parent / "golden"
_CASES = sorted(path.parent.name for path in GOLDEN.glob("*/model.json"))
_HEADER = ", in the functional style."
_END = "\n\n\ndef load_data("


@pytest.mark.parametrize("style", list(Style), ids=lambda style: style.value)
@pytest.mark.parametrize("case", _CASES)
def test_code_is_what_was_read_and_found_good(
    case: str, style: Style, pytestconfig: pytest.Config
) -> None:
    path = GOLDEN / case / f"{style.value}.py"
    try:
        source = model_code(case, style)
    except UsageError as error:
        source = f'"""{error}"""\n'
    if pytestconfig.getoption("--update-golden"):
        path.write_text(source, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == source


@pytest.mark.parametrize("case", _CASES)
def test_spec_gives_the_same_code(case: str, kgen: Kgen, folder: Path) -> None:
    """`kgen spec` of a model is as good a source as the model."""
    given = str(GOLDEN / case / "model.json")
    spec = kgen("spec", given)
    assert spec.exit_code == 0, spec.stderr
    (folder / f"{case}.yaml").write_text(spec.stdout, encoding="utf-8")
    codes = []
    for source in (given, f"{case}.yaml"):
        result = kgen("new", source, "--style", "functional", "-o", "-")
        codes.append(result.stdout.split(_HEADER, 1)[1])
    assert codes[0] == codes[1]


def test_there_are_cases() -> None:
    assert len(_CASES) >= 12


def model_code(case: str, style: Style) -> str:
    """Returns the code of a model up to where its data are loaded."""
    path = GOLDEN / case / "model.json"
    program = load_program(str(path), lambda: "", find_problems)
    options = Options(style, version="0.0.0")
    source = generate(program, options, f"{case}.json", f"{case}.py").source
    return source[: source.index(_END)] + "\n"
