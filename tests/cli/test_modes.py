"""`--precision`, `--jit`, `--seed` and `--loop`, and the keys of a spec behind them."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from kgen_runner import Kgen
from own_data import make_series, make_table

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


TUNED = """\
name: tuned
inputs: [4]
layers:
  - Dense(choice(8, 16))
  - Dense(1)
"""


def test_search_starts_from_the_seed(folder: Path, kgen: Kgen) -> None:
    (folder / "tuned.yaml").write_text(TUNED)
    source = code(kgen, "tuned.yaml", "--seed", "7")
    assert source.count("SEED") == 2
    assert source.index("set_random_seed(SEED)") < source.index("= search(")


def test_project_refuses_choices_that_come_later(folder: Path, kgen: Kgen) -> None:
    """`kgen update` writes nothing where `kgen new --project` would not have."""
    (folder / "tuned.yaml").write_text(TUNED.replace("choice(8, 16)", "8"))
    assert kgen("new", "tuned.yaml", "--project", "here").exit_code == 0
    (folder / "here" / "model.yaml").write_text(TUNED)
    before = (folder / "here/tuned/model.py").read_text()
    for command in ("check", "update"):
        result = kgen(command, "here")
        assert result.exit_code == 2
        assert "this spec leaves choices" in result.stderr
    assert (folder / "here/tuned/model.py").read_text() == before


def test_notebook_sets_the_policy_once(spec: str, kgen: Kgen) -> None:
    result = kgen("new", spec, "--loop", "jax", "--notebook", "-")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("set_dtype_policy") == 1
    assert "is written for JAX alone, so here it must be `jax`" in result.stdout
    usual = kgen("new", spec, "--loop", "fit", "--notebook", "-").stdout
    assert "alone, so here it must be" not in usual


def test_table_is_encoded_in_full_precision(folder: Path, kgen: Kgen) -> None:
    """Keras' Normalization adapts to batches, and encodes categories, in float32 alone."""
    make_table(folder)
    own = ("--data", "people.csv", "--target", "income")
    assert "full_precision" not in code(kgen, *own)
    source = code(kgen, *own, "--precision", "bfloat16")
    assert "@full_precision()\ndef learn_features(columns):" in source
    assert "    with full_precision():\n        features = keras.models.load" in source


def test_normalization_that_adapts_is_in_float32(folder: Path, kgen: Kgen) -> None:
    make_series(folder)
    own = ("--data", "weather.csv", "--target", "temperature", "--window", "4")
    assert "layers.Normalization()," in code(kgen, *own)
    source = code(kgen, *own, "--precision", "mixed_float16")
    assert 'layers.Normalization(dtype="float32"),' in source


def test_project_on_own_data_has_the_seed_where_it_is_read(
    folder: Path, kgen: Kgen
) -> None:
    make_table(folder)
    own = ("--data", "people.csv", "--target", "income")
    modes = ("--seed", "7", "--distribute", "MirroredStrategy")
    assert kgen("new", *own, *modes, "--project", "here").exit_code == 0
    assert "SEED = 7\n" in (folder / "here/people/train.py").read_text()
    assert "SEED" not in (folder / "here/people/data.py").read_text()
    # What trains on several machines does not read such data.
    readme = (folder / "here/README.md").read_text()
    assert "MirroredStrategy" in readme
    assert "several machines" not in readme


def test_half_precision_promises_no_batch_by_heart(folder: Path, kgen: Kgen) -> None:
    for precision, is_tested in (("bfloat16", False), ("mixed_bfloat16", True)):
        modes = ("--precision", precision, "--project", precision)
        assert kgen("new", "mnist_mlp", *modes).exit_code == 0
        tests = (folder / precision / "tests/test_model.py").read_text()
        assert ("def learns(" in tests) is is_tested
