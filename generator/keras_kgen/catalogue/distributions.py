"""The ways to train on several devices or processes that Keras 3 has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Distribution:
    """A way to train on more than one device.

    Attributes:
        name: The class behind it, which is what `distribute:` says.
        backend: The backend that has it, as `keras.backend.backend()` calls it.
        library: The same for people.
        meaning: What it does, in a few words.
    """

    name: str
    backend: str
    library: str
    meaning: str


DISTRIBUTIONS = {
    item.name: item
    for item in (
        Distribution(
            "DataParallel",
            "jax",
            "JAX",
            "the devices of one or more processes share each batch",
        ),
        Distribution(
            "ModelParallel",
            "jax",
            "JAX",
            "the devices of a machine share wide weights and each batch",
        ),
        Distribution(
            "MirroredStrategy",
            "tensorflow",
            "TensorFlow",
            "the GPUs of a machine share each batch",
        ),
        Distribution(
            "DistributedDataParallel",
            "torch",
            "PyTorch",
            "the processes that torchrun starts share each batch",
        ),
    )
}
_SEVERAL_MACHINES = (
    "over several machines, DataParallel (JAX) and DistributedDataParallel (PyTorch) work; "
    "on the GPUs of one machine, MirroredStrategy does"
)
# Names that people look for in vain, and why.
REFUSED = {
    "MultiWorkerMirroredStrategy": (
        "fit of Keras 3 does not work with MultiWorkerMirroredStrategy "
        f"(keras-team/keras#20585): {_SEVERAL_MACHINES}"
    ),
    "ParameterServerStrategy": (
        f"Keras 3 has no support for ParameterServerStrategy: {_SEVERAL_MACHINES}"
    ),
    "TPUStrategy": (
        "Keras 3 has no support for TPUStrategy: on TPUs, DataParallel and ModelParallel "
        "(JAX) work"
    ),
}
