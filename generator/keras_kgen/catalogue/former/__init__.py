"""What Keras once had, as source for generated modules.

There is a file for each: a class or function as a module shows it, to be inserted as it is. Its
signature says what the constructor takes.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras_kgen.records import record

# The module that a spec names for them under `imports`; there is none of that name.
MODULE = "keras.former"
_FOLDER = Path(__file__).parent
_ENDING = ".py.txt"
# What a file uses, and the import that the module needs for it.
_IMPORTS = {
    "keras": ("keras", ""),
    "layers": ("keras", "layers"),
    "ops": ("keras", "ops"),
    "random": ("random", ""),
}


@record
class FormerSource:
    """Something that Keras once had.

    Attributes:
        name: What Keras called it.
        text: The source of a class or function of that name, without decorators.
        defaults: The parameters of the constructor that have a default, and the default.
        required: The parameters that have none.
        takes_training: Whether a call depends on training.
        imports: Modules, and names in them, that the source uses.
    """

    name: str
    text: str
    defaults: Mapping[str, Any]
    required: tuple[str, ...]
    takes_training: bool
    imports: tuple[tuple[str, str], ...]

    @property
    def is_layer(self) -> bool:
        """Whether it is a layer, and no function."""
        return self.text.startswith("class ")

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters of the constructor."""
        return (*self.required, *self.defaults)

    def renamed(self, name: str) -> str:
        """Returns the source with another name for the class or function."""
        return re.sub(rf"\A(class|def) {self.name}\b", rf"\1 {name}", self.text)


@functools.cache
def names() -> tuple[str, ...]:
    """Returns the names of all."""
    found = (path.name.removesuffix(_ENDING) for path in _FOLDER.glob(f"*{_ENDING}"))
    return tuple(sorted(found))


@functools.cache
def find(name: str) -> FormerSource | None:
    """Returns what Keras once had by that name, None where kgen has no source for it."""
    if name not in names():
        return None
    text = (_FOLDER / f"{name}{_ENDING}").read_text("utf-8")
    (node,) = ast.parse(text).body
    methods = {
        item.name: item for item in ast.walk(node) if isinstance(item, ast.FunctionDef)
    }
    defaults, required = _signature(methods.get("__init__"))
    call = methods.get("call")
    takes_training = call is not None and "training" in {a.arg for a in call.args.args}
    used = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
    imports = tuple(value for key, value in _IMPORTS.items() if key in used)
    return FormerSource(name, text, defaults, required, takes_training, imports)


def _signature(init: ast.FunctionDef | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Returns the parameters with a default, and the names of the others."""
    if init is None:
        return {}, ()
    parameters = [argument.arg for argument in init.args.args[1:]]
    count = len(parameters) - len(init.args.defaults)
    defaults = map(ast.literal_eval, init.args.defaults)
    return dict(zip(parameters[count:], defaults, strict=True)), tuple(
        parameters[:count]
    )
