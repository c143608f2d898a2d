"""A training step of the module's own, in place of that of `fit`."""

from __future__ import annotations

from dataclasses import dataclass

from keras_kgen.catalogue.modes import BACKENDS
from keras_kgen.ir.program import Training
from keras_kgen.options import OwnStyle, Style
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal
from keras_kgen.pysource.names import Namespace

_CLASS_NAME = "CustomModel"
# What the class extends: in the functional style, it is called with inputs and outputs.
_BASES: dict[Style | OwnStyle, str] = {Style.SEQUENTIAL: "keras.Sequential"}
# The imports of a step, with their usual names.
_ALIASES = {"tensorflow": "tf", "jax": "", "torch": ""}
_TITLES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


@dataclass(frozen=True, slots=True)
class LoopView:
    """A class with a training step, as source text.

    Attributes:
        package: What the class is registered under, as a literal.
        base: The class of Keras that it extends.
        has_tensorflow: Whether it has a step for TensorFlow.
        has_jax: Likewise, for JAX.
        has_torch: Likewise, for PyTorch.
        only: The one backend that there is a step for, "" for all.
        title: What people call that backend.
        imports_tensorflow: Whether the step for TensorFlow imports it by itself.
    """

    package: str
    name: str
    base: str
    has_tensorflow: bool
    has_jax: bool
    has_torch: bool
    only: str
    title: str
    imports_tensorflow: bool


def lower_loop(
    training: Training,
    style: Style | OwnStyle,
    package: str,
    namespace: Namespace,
    imports: Imports,
) -> LoopView | None:
    """Returns the class with a training step, None where `fit` has its own.

    Args:
        training: What the source says.
        style: How the model is written.
        package: What the class is registered under.
        namespace: The names of the module.
        imports: Where the imports of the step are recorded.
    """
    if training.loop == "fit":
        return None
    only = training.loop if training.loop in BACKENDS else ""
    if only:
        imports.add(only, alias=_ALIASES[only])
        namespace.reserve([_ALIASES[only] or only])
    found = {f"has_{name}": only in ("", name) for name in BACKENDS}
    return LoopView(
        package=literal(package),
        name=namespace.take(_CLASS_NAME),
        base=_BASES.get(style, "keras.Model"),
        only=only,
        title=_TITLES.get(only, ""),
        # The loaders of the user's own data need it at the top.
        imports_tensorflow=not only and training.own is None,
        **found,
    )
