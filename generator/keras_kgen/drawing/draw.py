"""Draws a model: plans the drawing, then writes it in a format."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from keras_kgen.backends.module import Model
from keras_kgen.drawing.dot import write_dot
from keras_kgen.drawing.figures import Drawing
from keras_kgen.drawing.fold import Folding
from keras_kgen.drawing.mermaid import write_mermaid
from keras_kgen.drawing.plan import plan_drawing
from keras_kgen.drawing.svg import write_svg


class Format(Enum):
    """A format for drawings; the value is the ending of its files."""

    SVG = "svg"
    DOT = "dot"
    MERMAID = "mmd"


_WRITERS: dict[Format, Callable[[Drawing], str]] = {
    Format.SVG: write_svg,
    Format.DOT: write_dot,
    Format.MERMAID: write_mermaid,
}


def draw(
    model: Model,
    form: Format,
    folding: Folding = Folding.AUTO,
    expanded: bool = False,
) -> str:
    """Returns the drawing of a model as text.

    Args:
        model: The model, analysed.
        form: The format.
        folding: How much of what repeats itself is drawn once.
        expanded: Whether to look into the models within the model.
    """
    return _WRITERS[form](plan_drawing(model, folding, expanded))
