"""What several tests need: the command in process, and the options of the test run."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings
from kgen_runner import Kgen

from keras_kgen.cli import main


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-malformed",
        action="store_true",
        help="rewrite the expected messages of tests/malformed",
    )
    parser.addoption(
        "--update-documents",
        action="store_true",
        help="rewrite the output that README.md and docs/ show",
    )
    parser.addoption("--update-examples", action="store_true", help="rewrite examples/")
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the code in tests/golden"
    )
    parser.addoption(
        "--long", action="store_true", help="run the tests that take many minutes too"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Lets Hypothesis try the same examples each time; --long looks for new ones."""
    is_long = config.getoption("--long")
    settings.register_profile("kgen", derandomize=not is_long, deadline=None)
    settings.load_profile("kgen")


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if config.getoption("--long"):
        return
    skip = pytest.mark.skip(reason="takes many minutes: --long")
    for item in items:
        if "long" in item.keywords:
            item.add_marker(skip)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def kgen() -> Kgen:
    """Runs the command in this process; an exception that it does not handle is raised."""

    def run(*arguments: str, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(
            main, list(arguments), input=input, catch_exceptions=False
        )

    return run
