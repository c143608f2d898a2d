"""`kgen new --project` on the user's own data: every file of it, without Keras."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml
from kgen_runner import Kgen
from own_data import KINDS, make, make_images, make_table, write_csv
from own_forms import FORMS
from project_files import check_files, written


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_in_order_and_written_again_alike(
    kind: str, folder: Path, kgen: Kgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The spec in a project gives the project, from within it: paths still hold."""
    result = kgen("new", *make(kind, folder), "--project", "deep/here")
    assert result.exit_code == 0, result.stderr
    here = folder / "deep" / "here"
    files = written(here)
    check_files(files, kind, here)
    assert 'DATA = "../../' in files[f"{kind}/data.py"]
    monkeypatch.chdir(here)
    result = kgen("new", "model.yaml", "--name", kind, "--project", ".", "--force")
    assert result.exit_code == 0, result.stderr
    headers = ("model.py", ".kgen.json")  # where the source is named
    again = {k: v for k, v in written(here).items() if not k.endswith(headers)}
    assert again == {k: v for k, v in files.items() if not k.endswith(headers)}


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_are_in_order(form: str, folder: Path, kgen: Kgen) -> None:
    arguments = FORMS[form](folder)
    result = kgen("new", *arguments, "--name", form, "--project", "here")
    assert result.exit_code == 0, result.stderr
    check_files(written(folder / "here"), form, folder / "here")


@pytest.mark.parametrize(
    ("form", "targets"), [("own_table", "kinds"), ("vectors", "49.69 + 1018.0 * kinds")]
)
def test_targets_have_a_size_that_the_model_can_learn(
    form: str, targets: str, folder: Path, kgen: Kgen
) -> None:
    """They are like those of the data where Rescaling ends the model."""
    kgen("new", *FORMS[form](folder), "--name", form, "--project", "here")
    batch = (folder / "here" / "tests" / "conftest.py").read_text()
    assert f"    y = {targets}" in batch


def test_absolute_paths_are_kept(folder: Path, kgen: Kgen) -> None:
    make_table(folder)
    path = str(folder / "people.csv")
    kgen("new", "--data", path, "--target", "income", "--project", "here")
    files = written(folder / "here")
    assert f'"{path}"' in files["people/data.py"]  # on a line of its own if it is long
    assert yaml.safe_load(files["model.yaml"])["data"]["file"] == path


def test_data_in_the_folder_of_the_project(folder: Path, kgen: Kgen) -> None:
    make_images(folder)
    result = kgen("new", "--data", "photos", "--project", ".", "--force")
    assert result.exit_code == 0, result.stderr
    assert 'DATA = "photos"' in (folder / "photos" / "data.py").read_text()
    spec = yaml.safe_load((folder / "model.yaml").read_text())
    assert spec["data"] == {"folder": "photos"}


def test_constants_stand_where_they_are_read(folder: Path, kgen: Kgen) -> None:
    kgen("new", *make("reviews", folder), "--project", "here")
    files = written(folder / "here")
    assert "VOCABULARY_SIZE = " in files["reviews/model.py"]
    assert "BATCH_SIZE = " in files["reviews/data.py"]
    assert "EPOCHS = " in files["reviews/train.py"]
    for name in ("CLASSES", "VALIDATION_SPLIT"):
        assert (
            f"\n{name} = " not in files["reviews/model.py"] + files["reviews/train.py"]
        )


HOSTILE = (
    '"); import os; os.system("x") #',
    "{x!r}",
    '"""',
    "`a` <b>*c*",
    "two\nlines",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_data(name: str, folder: Path, kgen: Kgen) -> None:
    rows = [[name, f"{name} 2", "y"]]
    rows += [[str(n % 7), name + "x" * (n % 2), f"{name}{n % 2}"] for n in range(60)]
    write_csv(folder / "t.csv", rows)
    result = kgen("new", "--data", "t.csv", "--target", "y", "--project", "here")
    assert result.exit_code == 0, result.stderr
    files = written(folder / "here")
    check_files(files, "t", folder / "here")
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(files["t/data.py"]).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert constants["NUMBERS"] == [name]
    assert "<b>" not in files["README.md"].replace("\\<b\\>", "")
