"""The colours of families of layers, for light and dark."""

from __future__ import annotations

from dataclasses import dataclass

from keras_kgen.drawing.families import Family


@dataclass(frozen=True, slots=True)
class Colours:
    """Fill and outline of a box on a light and on a dark page."""

    fill: str
    line: str
    dark_fill: str
    dark_line: str


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of everything else."""

    page: str
    ink: str
    faint: str
    line: str
    frame: str
    header: str


LIGHT = Theme("#ffffff", "#1b1f24", "#57606a", "#6e7781", "#f6f8fa", "#e4e8ed")
DARK = Theme("#0d1117", "#eef2f6", "#a9b4c0", "#8b949e", "#161b22", "#262d36")
_NEUTRAL = Colours("#eceff2", "#8c959f", "#2d333b", "#768390")
COLOURS = {
    Family.END: Colours("#ffffff", "#6e7781", "#0d1117", "#8b949e"),
    Family.CONVOLUTION: Colours("#dbe9fb", "#3b76c4", "#16304f", "#5b9bea"),
    Family.DENSE: Colours("#e8defa", "#7c52c4", "#33234f", "#a888e8"),
    Family.EMBEDDING: Colours("#f1dcf6", "#a344bd", "#43204d", "#cf83e3"),
    Family.RECURRENT: Colours("#d7f1ee", "#1e857a", "#113c38", "#4cc0b2"),
    Family.ATTENTION: Colours("#fbdcea", "#c43b78", "#4e1d34", "#ec7bab"),
    Family.NORMALIZATION: Colours("#e3f2d6", "#558b2f", "#263c17", "#8cc265"),
    Family.ACTIVATION: Colours("#fdf0c8", "#a87b00", "#403205", "#dcb13c"),
    Family.POOLING: Colours("#fde0dc", "#c4493a", "#4c201a", "#f0897c"),
    Family.MERGING: Colours("#fde6cf", "#bd6716", "#47290d", "#eda15a"),
    Family.RESHAPING: Colours("#dfe6ea", "#546e7a", "#243139", "#8aa5b3"),
    Family.REGULARIZATION: Colours("#f0e6de", "#8d6248", "#3a2b22", "#c49a7f"),
    Family.PREPROCESSING: Colours("#d9effa", "#2182ad", "#10384a", "#56b7e2"),
    Family.BLOCK: Colours("#e6e8fb", "#4a55c8", "#22264f", "#8b94f0"),
    Family.MODEL: Colours("#e6e8fb", "#4a55c8", "#22264f", "#8b94f0"),
    Family.OTHER: _NEUTRAL,
}
