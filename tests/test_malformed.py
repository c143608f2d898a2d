"""Every wrong spec gives the message that stands beside it, and nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from kgen_runner import Kgen

CASES = Path(__file__).parent / "malformed"
SPECS = sorted(path.name for path in CASES.iterdir() if path.suffix != ".txt")
STYLES = {"sequential_refused.yaml": ("--style", "sequential")}


@pytest.mark.parametrize("name", SPECS)
def test_messages_of_a_wrong_spec(
    name: str, folder: Path, kgen: Kgen, request: pytest.FixtureRequest
) -> None:
    shutil.copy(CASES / name, folder / name)
    expected = (CASES / name).with_suffix(".txt")
    result = kgen("new", name, *STYLES.get(name, ()))
    assert "Traceback" not in result.output
    if request.config.getoption("--update-malformed"):
        expected.write_bytes(result.stderr.encode())
    assert result.stderr == expected.read_bytes().decode()
    assert result.exit_code == (2 if name in STYLES else 1)
    assert result.stdout == ""
    assert [path.name for path in folder.iterdir()] == [name]


def test_every_expectation_has_its_spec() -> None:
    stems = {Path(name).stem for name in SPECS}
    assert {path.stem for path in CASES.glob("*.txt")} == stems
    assert len(stems) == len(SPECS)
    assert len(stems) >= 60


@pytest.mark.parametrize("name", SPECS)
def test_problems_come_in_order_and_once(name: str) -> None:
    lines = (CASES / name).with_suffix(".txt").read_text("utf-8").splitlines()
    assert len(lines) == len(set(lines))
    places = [re.match(r"[^:]+:(\d+):(\d+): ", line) for line in lines]
    found = [tuple(map(int, place.groups())) for place in places if place]
    assert found == sorted(found)
