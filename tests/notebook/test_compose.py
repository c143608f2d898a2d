"""A notebook is a valid one, and its code is that of the module."""

from __future__ import annotations

import ast
import functools
import html
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import black
import pytest
from support import load_preset, load_program_of, preset_styles

sys.path.insert(0, str(Path(__file__).parent))
from notebooks import Notebook, cell_of, notebook_of, sources

from keras_kgen.frontends import presets
from keras_kgen.frontends.documents import read_yaml
from keras_kgen.frontends.spec import read_spec
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate, generate_notebook

GOLDEN = Path(__file__).parent.parent / "golden"
LEFT_OUT = {"load_run", "parse_args", "main"}
EVERYWHERE = ("imports", "settings", "build", "picture", "data", "load", "compile")
AT_THE_END = ("train", "start", "history", "test", "predict", "reload")
HOSTILE = (
    '<img src=x onerror="alert(1)">',
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "![x](https://example.com/x.png)",
    "*a* _b_ `c` ~~d~~ $e$ \\(f\\) | g | # h",
    "two\n\n# lines\n\n```python\nimport os\n```",
    "&lt;b&gt; \\<b>",
    "a __b__ c_d www.example.com",
)
_SAFE = re.compile(r"# (?:[\w .,;:()/?'\"%+=-]|&#\d+;)*")


@functools.cache
def preset_notebook(name: str, style: Style) -> Notebook:
    return notebook_of(load_preset(name), style)


def definitions(source: str) -> dict[str, str]:
    """Returns the code of each class and function, without comments and docstrings."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.ClassDef | ast.FunctionDef):
                    is_documented = ast.get_docstring(inner) is not None
                    inner.body = inner.body[is_documented:]
            found[node.name] = ast.dump(node)
    return found


@pytest.mark.parametrize(("name", "style"), preset_styles())
def test_it_is_a_valid_notebook(name: str, style: Style) -> None:
    nbformat = pytest.importorskip("nbformat")
    notebook = preset_notebook(name, style)
    nbformat.validate(nbformat.from_dict(notebook))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)


@pytest.mark.parametrize(("name", "style"), preset_styles())
def test_its_code_is_that_of_the_module(name: str, style: Style) -> None:
    cells = "\n".join(sources(preset_notebook(name, style), "code"))
    module = definitions(generate(load_preset(name), Options(style)).source)
    notebook = definitions(cells)
    assert module.keys() - notebook.keys() == LEFT_OUT
    for key in module.keys() - LEFT_OUT:
        assert notebook[key] == module[key]


@pytest.mark.parametrize(("name", "style"), preset_styles())
def test_its_sections_are_there_once(name: str, style: Style) -> None:
    ids = [cell["id"] for cell in preset_notebook(name, style)["cells"]]
    assert len(set(ids)) == len(ids)
    assert set(EVERYWHERE) | set(AT_THE_END) <= set(ids)


@pytest.mark.parametrize(("name", "style"), preset_styles())
def test_black_leaves_its_cells_as_they_are(name: str, style: Style) -> None:
    for source in sources(preset_notebook(name, style), "code"):
        assert black.format_str(source, mode=black.Mode()) == source + "\n"


@pytest.mark.parametrize("style", Style)
def test_ruff_has_nothing_to_say(style: Style, tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    for name, each in preset_styles():
        if each is style:
            text = json.dumps(preset_notebook(name, style))
            (tmp_path / f"{name}.ipynb").write_text(text)
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in GOLDEN.glob("*/model.json"))
)
def test_saved_models_become_notebooks_too(name: str, style: Style) -> None:
    from keras_kgen.errors import UsageError

    try:
        notebook = notebook_of(load_program_of(GOLDEN / name / "model.json"), style)
    except UsageError as error:
        pytest.skip(str(error))
    compile("\n".join(sources(notebook, "code")), name, "exec")


@pytest.mark.parametrize("name", presets.names())
def test_the_same_model_gives_the_same_bytes(name: str) -> None:
    texts = {generate_notebook(load_preset(name)).source for _ in range(2)}
    assert len(texts) == 1


def test_each_kind_of_layer_is_explained_once_where_it_comes_first() -> None:
    text = "\n".join(
        sources(preset_notebook("fashion_resnet", Style.SUBCLASS), "markdown")
    )
    for kind in ("Conv2D", "BatchNormalization", "Dense", "GlobalAveragePooling2D"):
        assert text.count(f"- **{kind}**: ") == 1
    assert "The subclass style is a class: `__init__` creates" in text


def test_comments_in_the_code_are_shapes_and_counts() -> None:
    code = cell_of(preset_notebook("mnist_convnet", Style.FUNCTIONAL), "model")
    assert "# (None, 26, 26, 32)" in code
    assert "# Parameters: 3 * 3 * 1 * 32 + 32 = 320." in code
    assert "To try" not in code


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("mnist_convnet", {"look-images", "classes", "unsure"}),
        ("mnist_multitask", {"look-images", "classes", "classes-2", "unsure"}),
        ("mnist_siamese", {"look-pairs", "classes"}),
        ("mnist_autoencoder", {"look-images", "rebuilt"}),
        ("unet_small", {"look-masks", "masks"}),
        ("convlstm_frames", {"look-frames", "frames"}),
        ("imdb_lstm", {"look-texts", "classes"}),
        ("housing_wide_deep", {"look-features", "values"}),
    ],
)
def test_it_shows_what_there_is_to_see(name: str, wanted: set[str]) -> None:
    notebook = preset_notebook(name, Style.FUNCTIONAL)
    assert wanted <= {cell["id"] for cell in notebook["cells"]}


def test_the_picture_is_there_before_a_cell_has_run() -> None:
    notebook = preset_notebook("mnist_mlp", Style.SEQUENTIAL)
    (picture,) = (cell for cell in notebook["cells"] if cell["id"] == "picture")
    (output,) = picture["outputs"]
    assert "".join(output["data"]["image/svg+xml"]).startswith("<svg ")
    assert picture["metadata"]["jupyter"] == {"source_hidden": True}


def test_own_data_are_read_from_the_file_among_the_settings() -> None:
    spec = "inputs: [3]\nlayers: [Dense(1)]\n"
    notebook = notebook_of(read_spec(read_yaml(spec, "model.yaml"), "model"))
    assert 'DATA = "data.npz"' in cell_of(notebook, "settings")
    assert cell_of(notebook, "load").startswith(
        "train_data, test_data = load_data(DATA)"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_stranger_stays_text(text: str) -> None:
    program = replace(load_preset("mnist_mlp"), description=text)
    title = cell_of(notebook_of(program), "title-text").split("\n\n")[0]
    assert _SAFE.fullmatch(title)
    assert html.unescape(title) == "# " + " ".join(text.split()).removesuffix(".")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_origin_stays_text(text: str) -> None:
    made = generate_notebook(load_preset("mnist_mlp"), None, text)
    cell = cell_of(json.loads(made.source), "title-text").split("\n\n")[1]
    assert _SAFE.fullmatch(f"# {cell}")
