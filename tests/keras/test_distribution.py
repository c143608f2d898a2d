"""Several devices and processes train as one does, and layout maps say what Keras splits."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from support import Arrays, load_preset, load_program_of

from keras_kgen.frontends.overrides import override
from keras_kgen.ir.program import Program
from keras_kgen.options import Options, Style
from keras_kgen.passes.validate import validate
from keras_kgen.pipeline import generate

pytest.importorskip("keras")
pytest.importorskip("matplotlib")
HERE = Path(__file__).parent
# Without shuffling, for processes shuffle their own shares; without BatchNormalization and
# Dropout, which work on shares where there are processes.
CONVNET = """
name: convnet
inputs: [28, 28, 1]
layers:
  - Conv2D(16, 5, strides=3, activation="relu")
  - Flatten()
  - Dense(32, activation="relu")
  - Dense(10, activation="softmax")
data: mnist
fit: {shuffle: false, validation_split: 0.2}
"""
ARGUMENTS = ("--data", "data.npz", "--batch-size", "64", "--epochs", "3", "--resume")
LIMIT = 400


def needs(*libraries: str) -> pytest.MarkDecorator:
    missing = [name for name in libraries if not importlib.util.find_spec(name)]
    return pytest.mark.skipif(bool(missing), reason=f"needs {missing}")


@pytest.fixture
def convnet(folder: Path) -> Program:
    (folder / "convnet.yaml").write_text(CONVNET, encoding="utf-8")
    return load_program_of(folder / "convnet.yaml")


@pytest.fixture
def data(folder: Path, mnist: tuple[Arrays, bool]) -> None:
    """1280 digits to train with, 1024 and 256 once some are held back, and 192 to test with."""
    digits = mnist[0]
    np.savez(
        "data.npz",
        x_train=digits["x_train"][:1280],
        y_train=digits["y_train"][:1280],
        x_test=digits["x_test"][:192],
        y_test=digits["y_test"][:192],
    )


def write(program: Program, name: str, distribute: str = "", style: str = "") -> str:
    """Writes a module into the current folder, and returns its name."""
    if distribute:
        program = override(program, validate, distribute=distribute)
    source = generate(program, Options(Style(style) if style else None)).source
    Path(f"{name}.py").write_text(source, encoding="utf-8")
    return f"{name}.py"


def environment(backend: str, **more: str) -> dict[str, str]:
    """Returns the environment for a child, without what this machine sets for children."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_PROXY")}
    flags = f"--xla_force_host_platform_device_count={more.pop('devices', '1')}"
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}
    return {**kept, **quiet, "KERAS_BACKEND": backend, "XLA_FLAGS": flags, **more}


def run(*arguments: str, env: dict[str, str]) -> str:
    return run_together([arguments], [env])[0]


def run_together(
    commands: list[tuple[str, ...]], environments: list[dict[str, str]]
) -> list[str]:
    """Runs commands of Python at the same time; returns what each has printed."""
    with contextlib.ExitStack() as stack:
        children, errors = [], []
        for command, env in zip(commands, environments, strict=True):
            # A pipe that nobody reads while another child runs could fill up.
            errors.append(stack.enter_context(tempfile.TemporaryFile("w+")))
            child = subprocess.Popen(
                [sys.executable, *command],
                env=env,
                text=True,
                stdout=subprocess.PIPE,
                stderr=errors[-1],
            )
            stack.callback(end, child)
            children.append(child)
        printed = [child.communicate(timeout=LIMIT)[0] for child in children]
        for child, error in zip(children, errors, strict=True):
            error.seek(0)
            assert child.returncode == 0, error.read()[-3000:]
    return printed


def end(child: subprocess.Popen[str]) -> None:
    """Ends a child that is still there; torchrun ends those that it has started."""
    child.terminate()
    try:
        child.wait(timeout=60)
    except subprocess.TimeoutExpired:
        child.kill()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def losses(run_dir: str) -> list[float]:
    """Returns the losses in training and validation after the start."""
    with open(Path(run_dir) / "history.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[1:]
    assert len(rows) == 2
    return [float(row[key]) for row in rows for key in ("loss", "val_loss")]


def check(run_dir: str, printed: str) -> None:
    """The run has the losses of one device, and its model scores as it does reloaded."""
    np.testing.assert_allclose(losses(run_dir), losses("one"), atol=1e-3)
    assert "test loss: " in printed
    files = {path.name for path in Path(run_dir).iterdir()}
    assert files == {"history.csv", "history.png", "logs", "model.keras"}


@needs("jax")
def test_jax_trains_on_four_devices_and_in_two_processes(
    convnet: Program, data: None
) -> None:
    plain = write(convnet, "plain")
    parallel = write(convnet, "parallel", "DataParallel")
    model_parallel = write(convnet, "model_parallel", "ModelParallel")
    runs = (f"{plain}=one", f"{parallel}=four", f"{model_parallel}=groups")
    script = str(HERE / "run_several.py")
    env = environment("jax", devices="4")
    printed = run(script, " ".join(ARGUMENTS), *runs, env=env)
    assert "Devices that share each batch: 4\n" in printed
    assert "Groups of 2 devices that share each batch: 2\n" in printed
    check("four", printed)
    check("groups", printed)

    shutil.copytree("start", "two")
    shared = {
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{free_port()}",
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    }
    first, second = run_together(
        [(parallel, *ARGUMENTS, "--run-dir", "two")] * 2,
        [
            environment("jax", **shared, KERAS_DISTRIBUTION_PROCESS_ID=str(number))
            for number in range(2)
        ],
    )
    check("two", first)
    assert "loss" not in second


@needs("torch")
def test_torch_trains_in_two_processes(convnet: Program, data: None) -> None:
    plain = write(convnet, "plain")
    parallel = write(convnet, "parallel", "DistributedDataParallel")
    script = str(HERE / "run_several.py")
    run(script, " ".join(ARGUMENTS), f"{plain}=one", env=environment("torch"))
    shutil.copytree("start", "two")
    launch = ("-m", "torch.distributed.run", "--nproc-per-node", "2")
    port = ("--master-port", str(free_port()))
    command = (*launch, *port, parallel, *ARGUMENTS, "--run-dir", "two")
    printed = run(*command, env=environment("torch"))
    assert printed.count("Processes that share each batch: 2\n") == 1
    assert printed.count("test loss: ") == 1
    check("two", printed)


@needs("tensorflow")
def test_tensorflow_trains_on_four_devices(convnet: Program, data: None) -> None:
    plain = write(convnet, "plain")
    mirrored = write(convnet, "mirrored", "MirroredStrategy")
    script = str(HERE / "run_several.py")
    runs = (f"{plain}=one", f"{mirrored}=four")
    printed = run(script, " ".join(ARGUMENTS), *runs, env=environment("tensorflow"))
    assert "Devices that share each batch: 4\n" in printed
    check("four", printed)


@needs("jax")
@pytest.mark.parametrize(
    "names",
    [
        ("mnist_mlp", "convnet"),
        pytest.param(
            ("imdb_transformer", "fashion_resnet", "unet_small", "cifar_vgg"),
            marks=pytest.mark.long,
        ),
    ],
)
def test_model_parallel_splits_what_its_layout_map_says(
    names: tuple[str, ...], convnet: Program
) -> None:
    modules = [
        write(
            convnet if name == "convnet" else load_preset(name),
            f"{name}_{style.value}",
            "ModelParallel",
            style.value,
        )
        for name in names
        for style in Style
        if not (name == "unet_small" and style is Style.SEQUENTIAL)
    ]
    script = str(HERE / "check_layouts.py")
    run(script, *modules, env=environment("jax", devices="4"))
