"""What a module has so that several devices train its model."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import black
import pytest
from kgen_runner import Kgen
from support import load_preset, preset_styles

from keras_kgen.catalogue.distributions import DISTRIBUTIONS
from keras_kgen.errors import SourceError
from keras_kgen.frontends.overrides import override
from keras_kgen.ir.order import keras_names
from keras_kgen.options import Options, Style
from keras_kgen.passes.validate import validate
from keras_kgen.pipeline import generate

ENTRY = re.compile(r'layout_map\["(.*)"\] = (\(.*\))')


def written(preset: str, name: str, style: Style) -> str:
    program = override(load_preset(preset), validate, distribute=name)
    return generate(program, Options(style)).source


def entries(source: str) -> dict[str, tuple[str | None, ...]]:
    return {pattern: ast.literal_eval(axes) for pattern, axes in ENTRY.findall(source)}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_every_way_is_clean_code(name: str, tmp_path: Path) -> None:
    for preset in ("mnist_convnet", "mnist_multitask"):
        source = written(preset, name, Style.FUNCTIONAL)
        assert black.format_str(source, mode=black.Mode()) == source
        (tmp_path / f"{preset}.py").write_text(source, encoding="utf-8")
    ruff = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E4,E7,F,I",
    ]
    result = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_no_way_has_the_lines_of_another(name: str) -> None:
    source = written("mnist_mlp", name, Style.SUBCLASS)
    others = {
        "DataParallel": "keras.distribution.initialize()",
        "ModelParallel": "keras.distribution.LayoutMap(",
        "MirroredStrategy": "tf.distribute.MirroredStrategy()",
        "DistributedDataParallel": "dist.init_process_group()",
    }
    assert [key for key, line in others.items() if line in source] == [name]
    assert ("write_graph" in source) == (name == "MirroredStrategy")


def test_layouts_tell_the_wide_layers_of_a_class_from_the_narrow_ones() -> None:
    """The last of three Dense layers has ten units, which eight devices cannot share."""
    for style in Style:
        assert entries(written("mnist_mlp", "ModelParallel", style)) == {
            "(.*/)?dense(_1)?/kernel": (None, "model"),
            "(.*/)?dense(_1)?/bias": ("model",),
        }


def test_layouts_have_each_kind_of_weight() -> None:
    found = entries(written("imdb_transformer", "ModelParallel", Style.FUNCTIONAL))
    assert found["(.*/)?embedding(_[0-9]+)?/embeddings"] == (None, "model")
    assert found["(.*/)?dense(_1|_2|_3)?/kernel"] == (None, "model")
    found = entries(written("fashion_resnet", "ModelParallel", Style.SEQUENTIAL))
    assert found["(.*/)?conv2d(_[0-9]+)?/kernel"] == (None, None, None, "model")


def test_patterns_match_one_entry_at_most() -> None:
    from keras_kgen.errors import Diagnostics
    from keras_kgen.pipeline import analyse, check

    for preset, style in preset_styles():
        try:
            found = entries(written(preset, "ModelParallel", style))
        except SourceError as error:
            assert "no weight of this model" in str(error)
            continue
        program = check(load_preset(preset), Diagnostics())
        for layer in keras_names(analyse(program, Diagnostics()).graph):
            for weight in ("kernel", "bias", "embeddings", "pointwise_kernel"):
                path = f"model/{layer}/{weight}"
                matches = [p for p in found if re.fullmatch(p, path)]
                assert len(matches) <= 1, (preset, style, path, matches)


def test_labels_with_numbers_share_an_entry(folder: Path, kgen: Kgen) -> None:
    lines = [
        'Dense(64, name="stage1_wide")',
        'Dense(32, name="stage2_wide")',
        'Dense(16, name="tail")',
        'Dense(10, name="stage3")',
    ]
    given = [part for line in lines for part in ("-l", line)]
    options = ("--data", "file", "--distribute", "ModelParallel", "-o", "-")
    result = kgen("new", "--input", "8", *given, *options)
    assert list(entries(result.stdout)) == [
        "(.*/)?stage[0-9]+_wide/kernel",
        "(.*/)?tail/kernel",
        "(.*/)?stage[0-9]+_wide/bias",
        "(.*/)?tail/bias",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ("mnist_mlp", "--distribute", "MultiWorkerMirroredStrategy"),
            1,
            "keras-team/keras#20585",
        ),
        (("mnist_mlp", "--distribute", "TPUStrategy"), 1, "on TPUs, DataParallel"),
        (
            ("mnist_mlp", "--distribute", "MiroredStrategy"),
            1,
            "did you mean 'MirroredStrategy'?",
        ),
        (
            ("mnist_mlp", "--distribute", "DataParallel", "--notebook", "a.ipynb"),
            2,
            "a notebook trains in one process",
        ),
        (
            (
                *("mnist_mlp", "--distribute", "DataParallel"),
                *("--callback", 'ModelCheckpoint("best.keras")'),
            ),
            1,
            "every process of DataParallel would run ModelCheckpoint",
        ),
        (
            ("--input", "4", "-l", "Dense(3)", "--distribute", "ModelParallel"),
            1,
            "no weight of this model is as wide as a multiple of 8",
        ),
    ],
)
def test_what_does_not_work_is_refused(
    arguments: tuple[str, ...], code: int, message: str, folder: Path, kgen: Kgen
) -> None:
    result = kgen("new", *arguments)
    assert result.exit_code == code
    assert message in result.stderr
    assert list(folder.iterdir()) == []


def test_own_data_go_with_one_process_only(folder: Path, kgen: Kgen) -> None:
    rows = "".join(f"{n},{n * 3 % 7},{'yes' if n % 2 else 'no'}\n" for n in range(60))
    Path("rows.csv").write_text(f"a,b,answer\n{rows}", encoding="utf-8")
    arguments = ("new", "--data", "rows.csv", "--target", "answer", "-o", "-")
    result = kgen(*arguments, "--distribute", "DataParallel")
    assert result.exit_code == 1
    assert "DataParallel needs equal shares of arrays" in result.stderr
    result = kgen(*arguments, "--distribute", "MirroredStrategy")
    assert "with distribute().scope():" in result.stdout


def test_notes_say_whose_statistics_batch_normalization_has(kgen: Kgen) -> None:
    shared = ("--distribute", "MirroredStrategy", "-o", "-")
    assert "synchronized=True" in kgen("new", "mnist_mlp", *shared).stderr
    assert "synchronized" not in kgen("new", "mnist_convnet", *shared).stderr


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_specs_and_projects_keep_it(name: str, folder: Path, kgen: Kgen) -> None:
    result = kgen("new", "mnist_mlp", "--distribute", name, "--project", "digits")
    assert result.exit_code == 0
    assert f"\ndistribute: {name}\n" in Path("digits/model.yaml").read_text("utf-8")
    readme = Path("digits/README.md").read_text("utf-8")
    assert f"trains with [{name}]" in readme
    again = kgen("spec", "digits/model.yaml").stdout
    assert f"\ndistribute: {name}\n" in again
