"""Templates arrange and decide nothing: Jinja's own parser says so."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import StrictUndefined, UndefinedError, nodes

import keras_kgen
from keras_kgen.rendering.environment import environment, template_folder

TEMPLATES = sorted(path.name for path in template_folder().glob("*.jinja"))
ALLOWED_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Const,
    nodes.Name,
    nodes.Getattr,
    nodes.Call,
    nodes.Filter,
    nodes.For,
    nodes.If,
    nodes.Not,
    nodes.Macro,
    nodes.Block,
    nodes.Include,
    nodes.FromImport,
)
ALLOWED_FILTERS = {"in_lines", "indent", "settled"}
# What opens the templates of users, whatever they are called.
OPENING = ("rendering/own_templates.py", "rendering/template_checks.py")
LOADING = (nodes.Include, nodes.FromImport, nodes.Import, nodes.Extends)


def parse(name: str) -> nodes.Template:
    return environment().parse((template_folder() / name).read_text(encoding="utf-8"))


def loaded(name: str) -> set[str]:
    """Returns the templates that a template names."""
    found = set()
    for node in parse(name).find_all(LOADING):
        template = node.template
        assert isinstance(template, nodes.Const), f"{name}:{node.lineno}: computed name"
        found.add(str(template.value))
    return found


def rendered() -> set[str]:
    """Returns the templates that the program asks for."""
    found = set()
    package = Path(keras_kgen.__file__).parent
    for path in set(package.rglob("*.py")) - {package / name for name in OPENING}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(
                node.func, ast.Attribute
            )
            if is_call and node.func.attr == "get_template":
                (name,) = node.args
                assert isinstance(name, ast.Constant), "computed name of a template"
                found.add(name.value)
    return found


def test_there_are_templates() -> None:
    assert "module.py.jinja" in TEMPLATES


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_compares_adds_and_joins_nothing(name: str) -> None:
    forbidden = (nodes.Compare, nodes.Concat, nodes.BinExpr, nodes.CondExpr, nodes.Test)
    assert [node.lineno for node in parse(name).find_all(forbidden)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_uses_loops_presence_tests_and_macros_only(name: str) -> None:
    other = [
        (node.lineno, type(node).__name__)
        for node in parse(name).find_all(nodes.Node)
        if not isinstance(node, ALLOWED_NODES)
    ]
    assert other == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_conditions_ask_only_whether_something_is_there(name: str) -> None:
    for node in parse(name).find_all(nodes.If):
        asked = node.test.node if isinstance(node.test, nodes.Not) else node.test
        assert isinstance(asked, nodes.Name | nodes.Getattr), f"line {node.lineno}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_only_macros_are_called(name: str) -> None:
    template = parse(name)
    macros = {node.name for node in template.find_all(nodes.Macro)}
    for node in template.find_all(nodes.FromImport):
        macros |= {item if isinstance(item, str) else item[1] for item in node.names}
    for node in template.find_all(nodes.Call):
        assert isinstance(node.node, nodes.Name), f"line {node.lineno}"
        assert node.node.name in macros, f"line {node.lineno}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_filters_are_layout_only(name: str) -> None:
    assert {node.name for node in parse(name).find_all(nodes.Filter)} <= ALLOWED_FILTERS


def test_every_template_is_reachable() -> None:
    reached: set[str] = set()
    waiting = rendered()
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= loaded(name) - reached
    assert reached == set(TEMPLATES)


def test_a_field_that_is_missing_is_an_error() -> None:
    assert environment().undefined is StrictUndefined
    template = environment().from_string("{% if module.missing %}x{% endif %}")
    with pytest.raises(UndefinedError):
        template.render(module=SimpleNamespace())


def test_text_is_inserted_as_it_is() -> None:
    template = environment().from_string("{{ module.text }}")
    text = "<&'\"{{ 1 }}{% x %}"
    assert template.render(module=SimpleNamespace(text=text)) == text
