"""Where a class cannot have the weights in order, the module says where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends import programs

from keras_kgen.options import Options, Style
from keras_kgen.pipeline import Module, generate

CLASS_STYLES = [Style.SUBCLASS, Style.SEQUENTIAL]


def towers(style: Style, weights: str = "") -> Module:
    return generate(programs.towers(), Options(style, weights=weights))


def names_of(module: Module) -> dict[str, Any]:
    keras = pytest.importorskip("keras")
    keras.utils.clear_session()
    names: dict[str, Any] = {"__name__": "generated", "__file__": "generated.py"}
    exec(compile(module.source, "generated.py", "exec"), names)
    return names


@pytest.mark.parametrize("style", CLASS_STYLES)
def test_blocks_stay_together_and_the_user_is_told(style: Style) -> None:
    module = towers(style)
    assert "class ConvNorm(layers.Layer):" in module.source
    assert "WEIGHT_ORDER" not in module.source
    assert [note.message for note in module.notes if "weights" in note.message] == [
        f"in the {style.value} style, each block keeps its weights together, so that "
        "get_weights() has them in another order than in the functional style"
    ]
    assert sorted(module.weight_order) == list(range(len(module.weight_order)))


@pytest.mark.parametrize("style", CLASS_STYLES)
def test_the_module_puts_the_weights_of_a_file_in_order(
    style: Style, tmp_path: Path
) -> None:
    keras = pytest.importorskip("keras")
    wanted = names_of(towers(Style.FUNCTIONAL))["build_model"]()
    rng = np.random.default_rng(0)
    wanted.set_weights([rng.uniform(0.1, 0.5, size=w.shape) for w in wanted.weights])
    file = tmp_path / "towers.npz"
    np.savez(file, *wanted.get_weights())
    names = names_of(towers(style, "towers.npz"))
    model = names["build_model"]()
    names["load_weights"](model, file)
    x = rng.normal(size=(2, 8, 8, 3)).astype("float32")
    found, given = (keras.ops.convert_to_numpy(m(x)) for m in (model, wanted))
    np.testing.assert_allclose(found, given, rtol=1e-3, atol=1e-4)
    assert tuple(names["weight_order"]()) == towers(style).weight_order


def test_the_order_is_written_as_spans() -> None:
    source = towers(Style.SUBCLASS, "towers.npz").source
    assert 'WEIGHT_ORDER = """\n18-19 24-27 6-7 ' in source
