"""What others may put in the place of: the templates, their blocks and their macros."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import nodes

from keras_kgen.rendering.environment import (
    environment,
    template_folder,
    template_names,
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A template.

    Attributes:
        blocks: The names of its blocks, in order.
        macros: The names of its macros, in order.
        text: All of it.
    """

    name: str
    blocks: tuple[str, ...]
    macros: tuple[str, ...]
    text: str


def list_templates() -> tuple[Listed, ...]:
    """Returns the templates, those that hold macros for others last."""
    names = sorted(template_names(), key=lambda name: (name.startswith("_"), name))
    return tuple(map(_read, names))


def imported_macros(name: str) -> frozenset[str]:
    """Returns the macros that kgen's templates import from the one with that name."""
    trees = (environment().parse(item.text) for item in list_templates())
    return frozenset(
        macro if isinstance(macro, str) else macro[0]
        for tree in trees
        for node in tree.find_all(nodes.FromImport)
        if isinstance(node.template, nodes.Const) and node.template.value == name
        for macro in node.names
    )


def _read(name: str) -> Listed:
    text = (template_folder() / name).read_text(encoding="utf-8")
    tree = environment().parse(text)
    blocks = tuple(node.name for node in tree.find_all(nodes.Block))
    macros = tuple(node.name for node in tree.find_all(nodes.Macro))
    return Listed(name, blocks, macros, text)
