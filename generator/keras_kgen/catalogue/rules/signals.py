"""Rules of the spectrograms."""

from __future__ import annotations

from keras_kgen.catalogue.rules.convolutional import slide, split
from keras_kgen.catalogue.rules.rule import LayerCall, Rule, Shapes, WeightSpec

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


def _mel_shapes(call: LayerCall) -> Shapes:
    """Follows `MelSpectrogram.compute_output_shape`: bins before frames."""
    shape = call.shape()
    if len(shape) not in (1, 2):
        raise call.error("an input of rank 1 or 2 (batch, samples)", f"shape {shape}")
    stride, length = call.integer("sequence_stride"), call.integer("fft_length")
    window = call.integer(
        "sequence_length" if call.flag("sequence_length") else "fft_length"
    )
    if window > length:
        raise call.error(
            f"a sequence_length of fft_length={length} or less",
            f"sequence_length={window}",
        )
    samples = shape[-1]
    frames = None if samples is None else (samples + stride + 1) // stride
    return ((*shape[:-1], call.integer("num_mel_bins"), frames),)


def _stft_shapes(call: LayerCall) -> Shapes:
    """Follows `STFTSpectrogram.compute_output_shape`."""
    spatial, channels = split(call, 1)
    frame, step, bins = _frames(call)
    if channels is None:
        raise call.error("a defined number of channels", f"shape {call.shape()}")
    if call.choice("mode", _MODES) == "stft":
        bins *= 2
    padding = call.choice("padding", ("valid", "same"))
    (steps,) = slide(call, spatial, (frame,), (step,), padding)
    batch = call.shape()[0]
    if call.flag("expand_dims"):
        last = (
            (channels, steps, bins) if call.channels_first else (steps, bins, channels)
        )
        return ((batch, *last),)
    if call.channels_first:
        return ((batch, bins * channels, steps),)
    return ((batch, steps, bins * channels),)


def _stft_weights(call: LayerCall) -> tuple[WeightSpec, ...]:
    """Follows `STFTSpectrogram.build`: the real and the imaginary part of the transform."""
    frame, _, bins = _frames(call)
    omitted = {"imag": "real_kernel", "real": "imag_kernel"}.get(call.config["mode"])
    names = (name for name in ("real_kernel", "imag_kernel") if name != omitted)
    return tuple(WeightSpec(name, (frame, 1, bins)) for name in names)


def _frames(call: LayerCall) -> tuple[int, int, int]:
    """Returns the length of a frame, the step between two and the number of frequencies."""
    frame = call.integer("frame_length")
    given = call.config.get("frame_step")
    step = frame // 2 if given is None else call.integer("frame_step")
    if not 1 <= step <= frame:
        raise call.error(
            f"a frame_step from 1 to frame_length={frame}", f"frame_step={given}"
        )
    length = 1 << (frame - 1).bit_length()
    if call.config.get("fft_length") is not None:
        length = call.integer("fft_length")
    if length < frame:
        raise call.error(
            f"an fft_length of frame_length={frame} or more", f"fft_length={length}"
        )
    window = call.config.get("window")
    if isinstance(window, list | tuple) and len(window) != frame:
        raise call.error(f"a window of frame_length={frame} numbers", f"{len(window)}")
    if call.config.get("scaling") is not None:
        call.choice("scaling", ("density", "spectrum"))
    return frame, step, length // 2 + 1


RULES = {
    "MelSpectrogram": Rule(_mel_shapes),
    "STFTSpectrogram": Rule(_stft_shapes, _stft_weights, check=_frames),
}
