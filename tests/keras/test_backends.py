"""One module on each backend of Keras that is installed: the same outputs, falling loss."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from support import Arrays, load_preset, load_program_of, run_module, small_data

from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.pipeline import generate

pytest.importorskip("keras")
HERE = Path(__file__).parent
BACKENDS = [
    name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name)
]
# What is trained, in which style, for how many epochs, and on how many samples.
MODELS = {
    "mnist_mlp": (Style.SUBCLASS, 2, 512),
    "mnist_convnet": (Style.SEQUENTIAL, 3, 256),
    "imdb_lstm": (Style.SUBCLASS, 2, 64),
    "imdb_transformer": (Style.FUNCTIONAL, 3, 64),
    "housing_wide_deep": (Style.FUNCTIONAL, 4, 512),
    "mnist_siamese": (Style.SUBCLASS, 3, 256),
    "mnist_multitask": (Style.FUNCTIONAL, 3, 256),
    "mnist_autoencoder": (Style.SEQUENTIAL, 3, 128),
    "unet_small": (Style.FUNCTIONAL, 3, 32),
    "cifar_resnet": (Style.SUBCLASS, 2, 128),
}


@pytest.mark.parametrize("name", MODELS)
def test_backends_agree(
    name: str,
    mnist: tuple[Arrays, bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same weights give the same outputs, and training makes the loss fall."""
    pytest.importorskip("matplotlib")
    style, epochs, count = MODELS[name]
    source = generate(program(name), Options(style)).source
    (tmp_path / "model.py").write_text(source, encoding="utf-8")
    arrays = {k: v[:count] for k, v in small_data(name, mnist[0]).items()}
    np.savez(tmp_path / "data.npz", **arrays)
    results = {}
    for backend in BACKENDS:
        monkeypatch.setenv("KERAS_BACKEND", backend)
        script = str(HERE / "run_on_backend.py")
        given = ("model.py", "data.npz", str(epochs), f"{backend}.npz")
        run = run_module(tmp_path, script, *given)
        assert run.returncode == 0, run.stderr
        with np.load(tmp_path / f"{backend}.npz") as file:
            results[backend] = dict(file)
    for backend, found in results.items():
        losses = found["losses"]
        assert losses[-1] < losses[0], (backend, losses)
        for key in found.keys() - {"losses"}:
            np.testing.assert_allclose(
                found[key],
                results[BACKENDS[0]][key],
                rtol=1e-4,
                atol=1e-4,
                err_msg=f"{backend} {key}",
            )


def program(name: str) -> Program:
    """Returns a preset, or a model whose blocks kgen finds in a saved file."""
    if name != "cifar_resnet":
        return load_preset(name)
    return load_program_of(HERE.parent / "golden" / "resnet_cifar" / "model.json")
