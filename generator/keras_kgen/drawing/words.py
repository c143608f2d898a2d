"""The words on boxes and frames, for all formats alike."""

from __future__ import annotations

from keras_kgen.drawing.figures import Box, Drawing, Frame

_TIMES = "\N{MULTIPLICATION SIGN}"


def title_of(item: Box | Frame) -> str:
    """Returns the first words of a box or a frame, with how often it follows itself."""
    times = f"{_TIMES} {item.times}" if item.times > 1 else ""
    return " ".join(filter(None, (item.title, times)))


def label_of(box: Box) -> list[str]:
    """Returns the lines of a box: what it is and its name, then shape and parameters."""
    first = " ".join(filter(None, (title_of(box), f"({box.name})" if box.name else "")))
    parameters = f"{box.parameters} parameters" if box.parameters else ""
    second = ", ".join(filter(None, (box.shape, parameters)))
    return [line for line in (first, second) if line]


def description_of(drawing: Drawing) -> str:
    """Returns what a drawing shows, in a sentence."""
    return drawing.description or f"The layers of {drawing.title}."
