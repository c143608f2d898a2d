"""The layers that have no rule, and why."""

from __future__ import annotations

NO_RULE = {
    "FlaxLayer": "its module is Flax code, which kgen does not run",
    "InputLayer": "it stands for an input, whose shape and type are written with it",
    "JaxLayer": "its functions are JAX code, which kgen does not run",
    "Lambda": "its function is Python code, which kgen does not run",
    "TFSMLayer": "its outputs and weights are in a SavedModel, which kgen does not open",
    "TorchModuleWrapper": "its module is PyTorch code, which kgen does not run",
}
