"""Rules of the ops on signals: Fourier transforms, sequences, complex numbers."""

from __future__ import annotations

from keras_kgen.catalogue.rules.ops.call import OpCall, OpRule, Rules, Specs
from keras_kgen.catalogue.rules.rule import known
from keras_kgen.ir.tensors import Dim, Shape, TensorSpec


def _complex(call: OpCall, rank: int) -> Specs:
    """Returns the real and the imaginary part that `x` must be."""
    parts = call.several("x")
    if len(parts) != 2 or parts[0].shape != parts[1].shape:
        raise call.refusal("a real and an imaginary part of one shape as 'x'", "x")
    if len(known(parts[0])) < rank:
        raise call.refusal(f"tensors of rank {rank} or more", "x")
    return parts


def _fourier(rank: int) -> OpRule:
    """Follows `FFT` and `FFT2`, which must know the sizes of their axes."""

    def outputs(call: OpCall) -> Specs:
        parts = _complex(call, rank)
        if None in known(parts[0])[-rank:]:
            raise call.refusal("known sizes at the axes that it transforms", "x")
        return parts

    return OpRule(outputs, count=lambda values: 2)


def _real_fourier(call: OpCall) -> Specs:
    *lead, size = _signal(call)
    if call.has("fft_length"):
        size = call.scalar("fft_length", 1)
    bins = None if size is None else size // 2 + 1
    return (TensorSpec((*lead, bins), call.tensor().dtype),) * 2


def _inverse_real_fourier(call: OpCall) -> Specs:
    real, _ = _complex(call, 1)
    *lead, bins = known(real)
    size: Dim = None if bins is None else 2 * (bins - 1)
    if call.has("fft_length"):
        size = call.scalar("fft_length", 0)
    if size is not None and size < 0:
        raise call.refusal("one frequency or more", "x")
    return (TensorSpec((*lead, size), real.dtype),)


def _signal(call: OpCall) -> Shape:
    shape = call.shape()
    if not shape:
        raise call.error("a tensor of rank 1 or more", f"shape {shape}")
    return shape


def _places(call: OpCall, size: Dim, window: int) -> Dim:
    """Returns how many windows of a signal there are."""
    stride = call.scalar("sequence_stride", 1)
    if size is None:
        return None
    count = 1 + (size - window) // stride
    if count < 0:
        raise call.error(f"a signal of {window} steps or more", f"shape {call.shape()}")
    return count


def _sequences(call: OpCall) -> Specs:
    *lead, size = _signal(call)
    length = call.scalar("sequence_length", 1)
    shape = (*lead, _places(call, size, length), length)
    return (TensorSpec(shape, call.tensor().dtype),)


def _short_time(call: OpCall) -> Specs:
    """Follows `STFT`, which pads where the windows are centered."""
    *lead, size = _signal(call)
    length = call.scalar("fft_length", 1)
    padding = length // 2 * 2 if call.flag("center") else 0
    padded = None if size is None else size + padding
    shape = (*lead, _places(call, padded, length), length // 2 + 1)
    return (TensorSpec(shape, call.tensor().dtype),) * 2


def _inverse_short_time(call: OpCall) -> Specs:
    real, _ = _complex(call, 2)
    *lead, frames, _ = known(real)
    stride, window = call.scalar("sequence_stride", 1), call.scalar("fft_length", 1)
    size: Dim = None
    if call.has("length"):
        size = call.scalar("length", 0)
    elif frames is not None:
        size = (frames - 1) * stride + window
        size -= window // 2 * 2 if call.flag("center") else 0
    if size is not None and size < 0:
        raise call.refusal("one frame or more", "x")
    return (TensorSpec((*lead, size), real.dtype),)


def _as_complex(call: OpCall) -> Specs:
    shape = _signal(call)
    if shape[-1] not in (2, None):
        raise call.error("a real and an imaginary part at axis -1", f"shape {shape}")
    return (TensorSpec(shape[:-1], "complex64"),)


def _as_real(call: OpCall) -> Specs:
    return (TensorSpec((*call.shape(), 2)),)


RULES: Rules = {
    "extract_sequences": OpRule(_sequences),
    "fft": _fourier(1),
    "fft2": _fourier(2),
    "ifft2": _fourier(2),
    "irfft": OpRule(_inverse_real_fourier),
    "istft": OpRule(_inverse_short_time),
    "rfft": OpRule(_real_fourier, count=lambda values: 2),
    "stft": OpRule(_short_time, count=lambda values: 2),
    "view_as_complex": OpRule(_as_complex),
    "view_as_real": OpRule(_as_real),
}
