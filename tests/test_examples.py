"""`examples/` holds what kgen writes now; `pytest --update-examples` rewrites it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import load_preset, preset_styles

from keras_kgen.frontends import presets
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

EXAMPLES = Path(__file__).parent.parent / "examples"
PRESETS = Path(presets.__file__).parent.parent / "presets"


@pytest.mark.parametrize(("preset", "style"), preset_styles())
def test_example_is_what_kgen_writes(
    preset: str, style: Style, pytestconfig: pytest.Config
) -> None:
    path = EXAMPLES / preset / f"{preset}_{style.value}.py"
    origin = f"{preset}.yaml"
    source = generate(load_preset(preset), Options(style), origin, path.name).source
    if pytestconfig.getoption("--update-examples"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == source


@pytest.mark.parametrize("preset", presets.names())
def test_example_spec_is_the_preset(preset: str, pytestconfig: pytest.Config) -> None:
    path = EXAMPLES / preset / f"{preset}.yaml"
    text = (PRESETS / f"{preset}.yaml").read_text(encoding="utf-8")
    if pytestconfig.getoption("--update-examples"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_no_other_files() -> None:
    """Nothing is left of presets that were renamed, or of styles that no longer apply."""
    expected = {f"{preset}_{style.value}.py" for preset, style in preset_styles()}
    expected |= {f"{preset}.yaml" for preset in presets.names()}
    found = {path.name for path in EXAMPLES.rglob("*") if path.is_file()}
    assert found - {"README.md"} == expected
