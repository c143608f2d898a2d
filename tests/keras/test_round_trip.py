"""Presets that were trained and saved come back from the file with what they have learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kgen_runner import Kgen
from support import (
    Arrays,
    flat_arrays,
    load_preset,
    preset_styles,
    run_source,
    small_data,
)

from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

keras = pytest.importorskip("keras")
STEP = 8
# The styles whose files hold a layer graph.
SAVED = [pair for pair in preset_styles() if pair[1] is not Style.SUBCLASS]


@pytest.mark.parametrize(("preset", "style"), SAVED)
def test_trained_presets_come_back(
    preset: str,
    style: Style,
    mnist: tuple[Arrays, bool],
    folder: Path,
    kgen: Kgen,
) -> None:
    """Generated, trained, saved, rescued: every style gives what the trained model gave."""
    model, given = trained(preset, style, mnist[0])
    wanted = flat_arrays(model(given, training=False))
    own = own_classes(model)
    if own:
        check_own_classes(model, own, kgen)
        return
    for container in ("keras", "h5"):
        model.save(f"saved.{container}")
        styles = "all" if container == "keras" else "functional"
        arguments = ("--weights", "--style", styles, "-o", f"{container}/")
        result = kgen("new", f"saved.{container}", *arguments)
        assert result.exit_code == 0, result.output
        paths = sorted((folder / container).glob("*.py"))
        assert len(paths) == 1 if container == "h5" else len(paths) >= 2
        for path in paths:
            outputs = flat_arrays(rescued(path)(given, training=False))
            for one, other in zip(outputs, wanted, strict=True):
                label = f"{container}, {path.stem}"
                np.testing.assert_allclose(
                    one, other, rtol=1e-5, atol=1e-6, err_msg=label
                )


@pytest.mark.parametrize("container", ["keras", "h5"])
def test_a_trained_subclassed_preset_has_no_graph(
    container: str, mnist: tuple[Arrays, bool], folder: Path, kgen: Kgen
) -> None:
    model, _ = trained("mnist_mlp", Style.SUBCLASS, mnist[0])
    path = f"saved.{container}"
    if container == "keras":
        model.save(path)
    else:
        model.save_weights("saved.weights.h5")
        path = "saved.weights.h5"
    result = kgen("new", path, "-o", "new/")
    assert (result.exit_code, result.stdout) == (1 if container == "keras" else 2, "")
    wanted = "holds no layers" if container == "keras" else "holds weights only"
    assert wanted in result.stderr
    assert not (folder / "new").exists()


def trained(preset: str, style: Style, mnist: Arrays) -> tuple[Any, Any]:
    """Returns the model of a preset after two steps, and a batch for it."""
    np.savez("data.npz", **small_data(preset, mnist))
    module = run_source(generate(load_preset(preset), Options(style)).source)
    (x, y), _ = module.load_data(Path("data.npz"))
    model = module.build_model()
    module.compile_model(model)
    before = [np.array(weight) for weight in model.get_weights()]
    for start in (0, STEP):
        batch = slice(start, start + STEP)
        model.train_on_batch(part(x, batch), part(y, batch))
    changed = zip(before, model.get_weights(), strict=True)
    assert any((old != new).any() for old, new in changed)
    return model, part(x, slice(3))


def part(data: Any, batch: slice) -> Any:
    return keras.tree.map_structure(lambda array: array[batch], data)


def own_classes(model: Any) -> set[str]:
    """Returns the names of the layer classes that the module of a model defines."""
    classes = map(type, model.layers)
    return {c.__name__ for c in classes if not c.__module__.startswith("keras.")}


def check_own_classes(model: Any, own: set[str], kgen: Kgen) -> None:
    """No file holds the code of a module's classes; kgen names each one."""
    model.save("saved.keras")
    result = kgen("new", "saved.keras", "-o", "new/")
    assert result.exit_code == 0, result.output
    for name in own:
        assert f"{name} is imported from generated" in result.stderr


def rescued(path: Path) -> Any:
    """Returns the model of a module with the weights that lie beside it."""
    keras.utils.clear_session()
    keras.saving.get_custom_objects().clear()
    (weights,) = path.parent.glob("*.weights.npz")
    module = run_source(path.read_text(), path.stem)
    model = module.build_model()
    module.load_weights(model, weights)
    return model
