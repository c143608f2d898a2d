"""Why an expert would choose one style for a model."""

from __future__ import annotations

from keras_kgen.comparing.findings import (
    FUNCTIONAL,
    SEQUENTIAL,
    Findings,
    class_names,
)

_WHY_LIST = (
    "Every layer takes what the layer above gives, and nothing else. A list says all of that. "
    "The functional style would name a tensor on each line that only the next line reads, and "
    "a model class would add `build()`, `call()` and `get_config()` that say nothing new."
)
_WHY_NO_CLASS = (
    "In the functional style the ways of the data stand in the code as they are, every layer "
    "can be seen, plotted and reused, and the model is saved as data. A subclass has to be "
    "written where the model does in Python what no graph of layers can say; this one does "
    "not."
)


def explain_choice(findings: Findings) -> str:
    """Returns why an expert would choose the style that kgen chooses by itself."""
    if findings.is_chain:
        return f"{_WHY_LIST}{_shorter_with_functions(findings)}"
    return f"{_why_no_list(findings)} {_WHY_NO_CLASS}"


def _shorter_with_functions(findings: Findings) -> str:
    """Returns what speaks for the functional style where a list needs classes for blocks."""
    hidden = findings.wrapped(SEQUENTIAL)
    lengths = {style: code.length for style, code in findings.codes.items()}
    if not hidden or lengths[FUNCTIONAL] >= lengths[SEQUENTIAL]:
        return ""
    return (
        f" What repeats itself has to be a class in a list, here {class_names(hidden)}. "
        f"Where a function will do, the functional style is shorter: {lengths[FUNCTIONAL]} lines in "
        f"place of {lengths[SEQUENTIAL]}."
    )


def _why_no_list(findings: Findings) -> str:
    if SEQUENTIAL in findings.refusals:
        reason = findings.refusals[SEQUENTIAL]
        return f"A list cannot say what this model is: {reason}."
    joining = findings.joining
    if not joining:
        return "Not every layer takes just what the layer above gives."
    return (
        f"A list has one way through it; it needs {class_names(joining)} to hide where the data "
        "branch."
    )
