"""The style of docs/styles.md, and one of classes, are installed, and proved to be right."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from documents import ROOT, write_files

pytestmark = pytest.mark.keras
ENTRY = 'add = "kgen_add:write"\n'
# Layers as attributes, in a class that has its weights in the order in which it makes them.
CLASSES = '''

def write_class(network):
    """Returns the source of a class, and of build_model()."""
    made = [f"self.{layer.name} = {layer.source}" for layer in network.layers]
    done = [f"{network.takes} = inputs"]
    for step in network.steps:
        source = f"self.{step.layer.name}({step.arguments})" if step.layer else step.source
        done.append(f"{', '.join(step.results)} = {source}")
    inputs = "; ".join(f"{given.name} = {given.source}" for given in network.inputs)
    return f"""
from keras import ops


class Network(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        {"; ".join(made)}

    def call(self, inputs):
        {"; ".join(done)}
        return {network.gives}


def build_model():
    model = Network(name={network.name})
    {inputs}
    model({network.takes})
    return model
"""
'''


def run(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "200"}
    before = os.environ.get("PYTHONPATH", "")
    environment["PYTHONPATH"] = os.pathsep.join([str(path), before])
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_installed_styles_are_the_same_model(folder: Path) -> None:
    text = (ROOT / "docs" / "styles.md").read_text(encoding="utf-8")
    write_files(text, folder)
    project = folder / "pyproject.toml"
    points = f'{ENTRY}classes = "kgen_add:write_class"\n'
    project.write_text(project.read_text().replace(ENTRY, points))
    with open("kgen_add.py", "a") as file:
        file.write(CLASSES)
    site = folder / "site"
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
    result = run("pip", "install", *options, "--target", str(site), ".", path=site)
    assert result.returncode == 0, result.stderr

    kgen = ("keras_kgen", "verify", "--style", "add", "--style", "classes")
    chain = run(*kgen, "imdb_lstm", path=site)
    assert chain.returncode == 0, chain.stderr
    assert [line.split("│")[1].strip() for line in chain.stdout.splitlines()[3:-1]] == [
        *("sequential", "functional", "subclass", "add", "classes")
    ]
    assert chain.stdout.count(" same ") == 5
    branches = run(*kgen, "fashion_resnet", path=site)
    assert branches.returncode == 0, branches.stderr
    assert branches.stdout.count(" same ") == 4
    assert (
        "note: no add style: model.add() takes what the layer above" in branches.stderr
    )
