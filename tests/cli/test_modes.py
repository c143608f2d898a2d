"""`--precision`, `--jit`, `--seed` and `--loop`, and the keys of a spec behind them."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from kgen_runner import Kgen

SPEC = """\
name: tiny
inputs: [4]
layers:
  - Dense(8, activation="relu")
  - Dense(1)
precision: mixed_bfloat16
compile: {jit_compile: true}
seed: 3
loop: custom
"""
STEPS = ("tensorflow_step", "jax_step", "torch_step")


@pytest.fixture
def spec(folder: Path) -> str:
    (folder / "model.yaml").write_text(SPEC)
    return "model.yaml"


def code(kgen: Kgen, *arguments: str) -> str:
    result = kgen("new", *arguments, "-o", "-")
    assert result.exit_code == 0, result.stderr
    return result.stdout


def functions(source: str) -> set[str]:
    nodes = ast.walk(ast.parse(source))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def test_spec_says_all_four(spec: str, kgen: Kgen) -> None:
    source = code(kgen, spec)
    assert 'keras.config.set_dtype_policy("mixed_bfloat16")\n' in source
    assert 'layers.Dense(1, dtype="float32")' in source
    assert "jit_compile=True," in source
    assert "SEED = 3\n" in source
    assert source.count("SEED") == 2
    assert functions(source).issuperset(STEPS)
    assert "return CustomModel(" in source


def test_options_take_their_place(spec: str, kgen: Kgen) -> None:
    usual = ("--precision", "float32", "--jit", "auto", "--loop", "fit")
    source = code(kgen, spec, *usual, "--seed", "0")
    for word in ("dtype", "jit_compile", "CustomModel", "Custom"):
        assert word not in source
    assert "SEED = 0\n" in source
    assert "jit_compile=False," in code(kgen, spec, "--jit", "off")


def test_usual_options_change_nothing(folder: Path, kgen: Kgen) -> None:
    usual = ("--precision", "float32", "--jit", "auto", "--loop", "fit")
    assert code(kgen, "mnist_mlp", *usual) == code(kgen, "mnist_mlp")


def test_spec_comes_back(spec: str, folder: Path, kgen: Kgen) -> None:
    again = kgen("spec", spec).stdout
    for line in SPEC.splitlines()[-2:]:
        assert line in again.splitlines()
    (folder / "again.yaml").write_text(again)
    assert kgen("spec", "again.yaml").stdout == again
    first, second = (code(kgen, name) for name in (spec, "again.yaml"))
    assert first.replace(spec, "again.yaml") == second


@pytest.mark.parametrize("style", ["sequential", "functional", "subclass"])
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_step_for_one_backend(backend: str, style: str, kgen: Kgen) -> None:
    source = code(kgen, "mnist_mlp", "--loop", backend, "--style", style)
    tree = ast.parse(source)
    imported = [n.names[0].name for n in tree.body if isinstance(n, ast.Import)]
    libraries = {"tensorflow", "jax", "torch"}
    assert libraries.intersection(imported) == {backend}
    assert functions(source).isdisjoint(STEPS)
    assert f'if keras.backend.backend() != "{backend}":' in source


def test_name_of_the_class_is_free(folder: Path, kgen: Kgen) -> None:
    (folder / "model.yaml").write_text(SPEC.replace("tiny", "custom_model"))
    source = code(kgen, "model.yaml", "--style", "subclass")
    assert "class CustomModel(keras.Model):" in source
    assert "class CustomModel2(CustomModel):" in source or (
        "class CustomModel_2(CustomModel):" in source
    )


def test_own_data(folder: Path, kgen: Kgen) -> None:
    """Their loaders import TensorFlow, so that a step need not."""
    rows = "\n".join(f"{n * 7 % 10 / 2},{n % 5}.5" for n in range(40))
    (folder / "points.csv").write_text(f"x,y\n{rows}\n")
    options = ("--precision", "mixed_bfloat16", "--seed", "1", "--loop", "custom")
    source = code(kgen, "--data", "points.csv", "--target", "y", *options)
    assert source.count("import tensorflow as tf") == 1
    assert "keras.utils.set_random_seed(SEED)" in source


def test_project(folder: Path, kgen: Kgen) -> None:
    options = ("--precision", "mixed_float16", "--seed", "1", "--loop", "jax")
    result = kgen("new", "mnist_mlp", *options, "--jit", "on", "--project", "here")
    assert result.exit_code == 0
    assert '".[jax,test]"' in result.stderr
    package = folder / "here" / "mnist_mlp"
    model, train = ((package / f"{name}.py").read_text() for name in ("model", "train"))
    assert 'keras.config.set_dtype_policy("mixed_float16")' in model
    assert "class CustomModel(keras.Sequential):" in model
    assert "SEED" not in model
    assert "SEED = 1" in train and "jit_compile=True" in train
    texts = ("README.md", "pyproject.toml", ".github/workflows/test.yml")
    for text in ((folder / "here" / name).read_text() for name in texts):
        assert "jax" in text and "tensorflow" not in text.replace("tensorflow.org", "")


def test_notebook(folder: Path, kgen: Kgen) -> None:
    options = ("--precision", "mixed_float16", "--seed", "7", "--loop", "custom")
    cells = json.loads(kgen("new", *options, "--notebook", "-").stdout)["cells"]
    texts = {cell["id"]: "".join(cell["source"]) for cell in cells}
    assert 'keras.config.set_dtype_policy("mixed_float16")' in texts["settings"]
    assert "SEED = 7" in texts["settings"]
    assert "set_random_seed(SEED)" in texts["build"]
    assert any("**tf.GradientTape**" in text for text in texts.values())


def test_explained(kgen: Kgen) -> None:
    source = code(kgen, "--loop", "custom", "--jit", "on", "--explain")
    assert "# TensorFlow notes the operations inside" in source
    assert "torch.compile" in source
    ast.parse(source)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--precision", "int8"), ("--jit", "yes"), ("--seed", "-1"), ("--loop", "mxnet")],
)
def test_wrong_values_are_usage_errors(option: str, value: str, kgen: Kgen) -> None:
    result = kgen("new", option, value, "-o", "-")
    assert result.exit_code == 2
    assert option in result.stderr
    assert result.stdout == ""
