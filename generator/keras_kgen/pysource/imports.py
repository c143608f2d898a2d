"""Collects the imports that a module needs, from what is written in it."""

from __future__ import annotations

import sys


class Imports:
    """The imports of one module.

    `add("numpy", alias="np")` stands for `import numpy as np`, `add("keras", "layers")`
    for `from keras import layers`.
    """

    def __init__(self) -> None:
        self._modules: set[tuple[str, str]] = set()
        self._names: dict[str, set[str]] = {}
        self._texts: list[tuple[str, bool, str]] = []

    def add(self, module: str, name: str = "", *, alias: str = "") -> None:
        """Records that a module, or a name from it, is used; "" is the module itself."""
        if not module:
            return
        if name:
            self._names.setdefault(module, set()).add(name)
        else:
            self._modules.add((module, alias))

    def add_text(self, module: str, is_from: bool, text: str) -> None:
        """Records an import statement that stays as somebody has written it."""
        self._texts.append((module, is_from, text))

    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Returns the import lines: the standard library's, then everybody else's."""
        lines: dict[bool, list[tuple[bool, str, str]]] = {True: [], False: []}
        for module, alias in self._modules:
            text = f"import {module} as {alias}" if alias else f"import {module}"
            lines[_is_standard(module)].append((False, module, text))
        for module, names in self._names.items():
            text = f"from {module} import {', '.join(sorted(names))}"
            lines[_is_standard(module)].append((True, module, text))
        for module, is_from, text in self._texts:
            lines[_is_standard(module)].append((is_from, module, text))
        ordered = (sorted(lines[True]), sorted(lines[False]))
        return tuple(tuple(text for _, _, text in group) for group in ordered if group)


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names
