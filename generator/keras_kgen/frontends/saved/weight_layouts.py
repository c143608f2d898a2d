"""The arrays of a layer as Keras 3 has them, from what older generations saved.

Follows `preprocess_weights_for_loading` of `tf_keras/src/saving/legacy/hdf5_format.py`, which
Keras 3 has no longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_kgen.frontends.saved.model import SavedLayer
from keras_kgen.ir.expressions import Expression, Literal, to_value

Array = NDArray[Any]
# Layers whose kernels were also saved as that of one Dense layer, with its zeros or without.
CONNECTED = {"LocallyConnected1D": 1, "LocallyConnected2D": 2}
_CUDNN_GATES = {"LSTM": 4, "GRU": 3}
# Keras 1 saved kernel, recurrent kernel and bias of each gate, LSTMs as i, c, f, o. The gates
# of Keras 2 and 3 are i, f, c, o and, for GRUs, z, r, h, in one array each.
_GATE_ORDERS = {"LSTM": (0, 2, 1, 3), "GRU": (0, 1, 2), "ConvLSTM2D": (0, 2, 1, 3)}
# Which arrays of a layer are kernels that slide along an image.
SLIDING = {
    "Conv1D": 1,
    "Conv1DTranspose": 1,
    "Conv2D": 1,
    "Conv2DTranspose": 1,
    "Conv3D": 1,
    "Conv3DTranspose": 1,
    "ConvLSTM1D": 2,
    "ConvLSTM2D": 2,
    "ConvLSTM3D": 2,
    "DepthwiseConv1D": 1,
    "DepthwiseConv2D": 1,
    "SeparableConv1D": 1,
    "SeparableConv2D": 1,
}


@dataclass(frozen=True, slots=True)
class Era:
    """Which Keras saved the arrays."""

    generation: int
    backend: str = ""


def convert(layer: SavedLayer, arrays: Sequence[Array], era: Era) -> list[Array]:
    """Returns the arrays of a layer as Keras 3 has them, in the same order."""
    inner = dict(layer.inner)
    if layer.class_name == "Bidirectional" and "layer" in inner:
        half = len(arrays) // 2
        backward = inner.get("backward_layer", inner["layer"])
        return [
            *convert(inner["layer"], arrays[:half], era),
            *convert(backward, arrays[half:], era),
        ]
    if layer.class_name == "TimeDistributed" and "layer" in inner:
        return convert(inner["layer"], arrays, era)
    found = list(arrays)
    if era.generation == 1 and found:
        found = _JOINED.get(layer.class_name, _unchanged)(layer, found)
        found = _KERAS_1.get(layer.class_name, _unchanged)(layer, found)
    if era.backend == "theano":
        found = _turn_around(found, SLIDING.get(layer.class_name, 0))
    if layer.class_name in _CUDNN_GATES:
        found = _from_cudnn(found, _CUDNN_GATES[layer.class_name])
    if layer.class_name in CONNECTED and era.generation < 3:
        found = _bias_of_places(layer, _connected_kernel(layer, found))
    return found


def _unchanged(layer: SavedLayer, arrays: list[Array]) -> list[Array]:
    del layer
    return arrays


# -- Keras 1


def _join_gates(layer: SavedLayer, arrays: list[Array]) -> list[Array]:
    order = _GATE_ORDERS[layer.class_name]
    if len(arrays) != 3 * len(order):
        return arrays  # `consume_less="gpu"` had one array of each kind
    is_image = arrays[0].ndim > 2
    axis = 0 if is_image and _is_channels_first(layer) else -1
    kinds = (arrays[kind::3] for kind in range(3))
    return [
        np.concatenate([kind[i] for i in order], axis=axis if kind[0].ndim > 1 else 0)
        for kind in kinds
    ]


def _is_channels_first(layer: SavedLayer) -> bool:
    return layer.argument("data_format") == Literal("channels_first")


def _sliding_kernels(layer: SavedLayer, arrays: list[Array]) -> list[Array]:
    """With `dim_ordering="th"` kernels were (out, in, *size); they are (*size, in, out)."""
    if not _is_channels_first(layer):
        return arrays
    return [np.moveaxis(a, (1, 0), (-2, -1)) if a.ndim > 2 else a for a in arrays]


def _sequence_kernel(layer: SavedLayer, arrays: list[Array]) -> list[Array]:
    """Kernels were those of images of width 1: (size, 1, in, out), or (out, in, size, 1)."""
    kernel, *rest = arrays
    if kernel.ndim != 4:
        return arrays
    size = _first_integer(layer.argument("kernel_size"))
    if kernel.shape[1] != 1 or kernel.shape[0] != size:
        kernel = np.transpose(kernel, (2, 3, 1, 0))
    return [kernel[:, 0], *rest]


def _first_integer(value: object) -> int | None:
    items = getattr(value, "items", None)
    first = items[0] if items else value
    found = first.value if isinstance(first, Literal) else None
    return found if isinstance(found, int) else None


def _transposed_kernel(layer: SavedLayer, arrays: list[Array]) -> list[Array]:
    """Kernels were (*size, in, out), or (out, in, *size); they are (*size, out, in)."""
    kernel, *rest = arrays
    if _is_channels_first(layer):
        return [np.moveaxis(kernel, (0, 1), (-2, -1)), *rest]
    return [np.swapaxes(kernel, -1, -2), *rest]


_Change = Callable[[SavedLayer, list[Array]], list[Array]]
_JOINED: dict[str, _Change] = dict.fromkeys(_GATE_ORDERS, _join_gates)
_KERAS_1: dict[str, _Change] = {
    "Conv1D": _sequence_kernel,
    "Conv2D": _sliding_kernels,
    "Conv2DTranspose": _transposed_kernel,
    "Conv3D": _sliding_kernels,
    "ConvLSTM2D": _sliding_kernels,
    "SeparableConv2D": _sliding_kernels,
}


# -- back ends


def _turn_around(arrays: list[Array], count: int) -> list[Array]:
    """Theano convolves, where all others correlate: `convert_kernel` of Keras 2."""
    return [
        np.flip(array, tuple(range(array.ndim - 2))) if index < count else array
        for index, array in enumerate(arrays)
    ]


def _from_cudnn(arrays: list[Array], gates: int) -> list[Array]:
    """Returns the arrays of a layer of CuDNN, told by their two biases, as of one without.

    Those of any other layer come back as they are. Follows `_convert_rnn_weights`.
    """
    if len(arrays) != 3:
        return arrays
    kernel, recurrent, bias = arrays
    if recurrent.ndim != 2 or bias.shape != (2 * gates * recurrent.shape[0],):
        return arrays
    kernels = [k.T.reshape(k.shape, order="F") for k in np.hsplit(kernel, gates)]
    recurrents = [k.T for k in np.hsplit(recurrent, gates)]
    both = bias.reshape(2, -1)
    # An LSTM adds them up; a GRU with reset_after has both.
    joined = both.sum(axis=0) if gates == _CUDNN_GATES["LSTM"] else both
    return [np.hstack(kernels), np.hstack(recurrents), joined]


# -- layers with a kernel of their own at each place


def _connected_kernel(layer: SavedLayer, arrays: list[Array]) -> list[Array]:
    """Returns (places, what a place sees, filters), as `implementation=1` has the kernel."""
    rank = CONNECTED[layer.class_name]
    if not arrays or arrays[0].ndim not in (1, 2 * rank + 2):
        return arrays
    kernel, *rest = arrays
    windows = _integers(layer.argument("kernel_size"), rank)
    is_first = _is_channels_first(layer)
    if kernel.ndim == 1:
        # `implementation=3`: what is not zero. Only the bias tells how many places there are.
        *places, filters = rest[0].shape
        count, area = int(np.prod(places)), int(np.prod(windows))
        if is_first:
            blocks = kernel.reshape(filters, count, -1, area).transpose(1, 2, 3, 0)
        else:
            blocks = kernel.reshape(count, filters, area, -1).transpose(0, 2, 3, 1)
        return [blocks.reshape(count, -1, filters), *rest]
    # `implementation=2`: (*what goes in, *what comes out)
    if is_first:
        kernel = np.moveaxis(kernel, (0, rank + 1), (rank, 2 * rank + 1))
    strides = _integers(layer.argument("strides"), rank)
    blocks = np.stack(
        [
            kernel[(*_window(place, windows, strides), slice(None), *place)]
            for place in np.ndindex(kernel.shape[rank + 1 : -1])
        ]
    )
    if is_first:
        blocks = np.moveaxis(blocks, -2, 1)
    return [blocks.reshape(len(blocks), -1, kernel.shape[-1]), *rest]


def _bias_of_places(layer: SavedLayer, arrays: list[Array]) -> list[Array]:
    """Keras reshaped the bias to (filters, *places) where it would have had to transpose it."""
    if len(arrays) != 2 or not _is_channels_first(layer):
        return arrays
    kernel, bias = arrays
    moved = bias.reshape(bias.shape[-1], *bias.shape[:-1])
    return [kernel, np.moveaxis(moved, 0, -1)]


def _window(
    place: Sequence[int], windows: Sequence[int], strides: Sequence[int]
) -> Iterator[slice]:
    for index, window, stride in zip(place, windows, strides, strict=True):
        yield slice(index * stride, index * stride + window)


def _integers(value: Expression | None, count: int) -> tuple[int, ...]:
    """Returns sizes, one for each axis; 1 where an argument is not given."""
    found = 1 if value is None else to_value(value)
    sizes = tuple(found) if isinstance(found, list | tuple) else (found,) * count
    if len(sizes) != count or not all(isinstance(size, int) for size in sizes):
        raise ValueError(sizes)
    return sizes
