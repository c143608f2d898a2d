"""Runs projects as their users would, all in this one process: libraries load once.

    python run_projects.py FOLDER PACKAGE INPUTS [FOLDER PACKAGE INPUTS ...]

It runs the tests of all, then in each folder it trains, resumes, evaluates, and predicts from
INPUTS, unless they are empty. A file data.npz in a folder takes the place of its data.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import pytest


def run(name: str, *arguments: str) -> None:
    """Runs `python -m NAME ARGUMENTS` in this process."""
    sys.argv = [name, *arguments]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def pass_tests(folders: list[str]) -> None:
    """Runs the tests of all projects in one go; their folders lie beside each other."""
    sys.path[:0] = folders
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    root = f"--rootdir={Path(folders[0]).parent}"
    code = pytest.main([*options, root, *folders])
    if code:
        raise SystemExit(f"pytest: {code}")


def use(folder: str, package: str, inputs: str) -> None:
    os.chdir(folder)
    data = ("--data", "data.npz") if Path("data.npz").exists() else ()
    run(f"{package}.train", *data, "--epochs", "1")
    run(f"{package}.train", *data, "--epochs", "2", "--resume")
    run(f"{package}.evaluate", *data)
    if inputs:
        run(f"{package}.predict", inputs)


def main() -> None:
    given = sys.argv[1:]
    pass_tests(given[::3])
    for folder, package, inputs in zip(
        given[::3], given[1::3], given[2::3], strict=True
    ):
        use(folder, package, inputs)


if __name__ == "__main__":
    main()
