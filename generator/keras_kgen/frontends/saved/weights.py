"""The weights of a saved model: names and shapes at once, the numbers when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from keras_kgen.errors import Location, SourceError
from keras_kgen.frontends.saved.sources import BrokenFile


class WeightFormat(Enum):
    """How a file arranges its weights."""

    LAYERS = "by layer"
    """HDF5 of Keras 1 and 2, and of `.h5` files of Keras 3: by the names of the layers."""
    PATHS = "by path"
    """`.weights.h5` of Keras 3: by the attributes that hold the layers."""
    MANIFEST = "by name"
    """TensorFlow.js: a list of names."""


@dataclass(frozen=True, slots=True)
class SavedWeight:
    """One array.

    Attributes:
        name: Its name in the file: `dense_1/kernel:0`, `dense_1_W`; in Keras 3's files its
            number among the layer's.
        shape: Its shape.
        dtype: NumPy's name for its type: `<f4`; `bfloat16`, which NumPy does not have, is
            read as `<u2`.
        source: The file.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    source: str
    _read: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return math.prod(self.shape)

    def read(self) -> bytes:
        """Returns the numbers' bytes, in the order of C.

        `numpy.frombuffer(weight.read(), weight.dtype).reshape(weight.shape)` is the array.

        Raises:
            SourceError: the file is damaged here.
        """
        try:
            return self._read()
        except BrokenFile as error:
            raise SourceError.of(
                f"this weight cannot be read: {error}",
                Location(self.source, path=self.name),
            ) from error


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """The arrays of one layer, or of a nested model, in the order of the file.

    Attributes:
        name: The layer's name; "" where the file does not say.
        path: Where it stands in the file: `layers/dense_1`.
    """

    name: str
    path: str
    weights: tuple[SavedWeight, ...]


@dataclass(frozen=True, slots=True)
class SavedWeights:
    """All weights of a file.

    Attributes:
        format: How the file arranges them.
        layers: The layers that have any, in the order of the file. That is the order of the
            layers for `LAYERS`, and of the alphabet for `PATHS`.
    """

    format: WeightFormat
    layers: tuple[LayerWeights, ...]

    @property
    def size(self) -> int:
        """How many numbers there are in all."""
        return sum(weight.size for layer in self.layers for weight in layer.weights)

    def layer(self, name: str) -> LayerWeights | None:
        """Returns the weights of a layer by its name."""
        return next((layer for layer in self.layers if layer.name == name), None)
