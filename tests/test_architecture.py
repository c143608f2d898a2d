"""Who may import whom, where each library is at home, and what nobody may call."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import keras_kgen

PACKAGE = Path(keras_kgen.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
# A part may import those of the rows above it, and nothing else of its own row.
LAYERS = (
    ("records",),
    ("collector", "errors", "options"),
    ("ir",),
    ("catalogue",),
    ("pysource",),
    ("frontends", "passes", "backends"),
    ("rendering", "drawing", "tracing"),
    ("explaining",),
    ("notebook",),
    ("pipeline", "styles", "writer"),
    ("comparing", "projects"),
    ("updating",),
    ("api", "cli", "proof"),
    ("__init__", "__main__"),
)
RANKS = {part: rank for rank, row in enumerate(LAYERS) for part in row}
# Parts that may import less than their row would let them.
STRICTER = {
    "writer": {"errors"},
    "ir": {"errors", "records"},
    "catalogue": {"errors", "ir", "records"},
    "passes": {"errors", "ir", "catalogue", "pysource", "records"},
    "drawing": {"ir", "catalogue", "pysource", "passes", "backends"},
}
# A file, or a folder that ends in a slash.
HOMES = {
    "black": ("rendering/formatting.py",),
    "click": ("cli/",),
    # Pages are escaped, code is not: each has an environment of its own.
    "jinja2": ("rendering/", "comparing/page.py"),
    "keras": ("catalogue/extract.py", "proof.py"),
    "numpy": (
        "proof.py",
        "frontends/data/arrays.py",
        "frontends/saved/weight_files.py",
        "frontends/saved/weight_layouts.py",
        "frontends/saved/weight_mapping.py",
    ),
    "markupsafe": (
        "comparing/highlighting.py",
        "comparing/page.py",
        "comparing/page_view.py",
    ),
    "pygments": ("comparing/highlighting.py",),
    "rich": ("cli/", "comparing/terminal.py"),
}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
SAFE_YAML = {
    "CSafeLoader",
    "SafeLoader",
    "CSafeDumper",
    "SafeDumper",
    "compose",
    "dump",
    "safe_dump",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "MappingNode",
    "YAMLError",
    "MarkedYAMLError",
}


def tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def part_of(module: str) -> str:
    return module.partition("/")[0].removesuffix(".py")


def imported(module: str) -> Iterator[str]:
    """Gives the dotted name of everything that a module imports, in functions too."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_parts(module: str) -> set[str]:
    """Returns the parts of kgen that a module imports, without its own."""
    names = [name.split(".")[1:] for name in imported(module) if is_ours(name)]
    found = {name[0] if name else "__init__" for name in names}
    return found - {part_of(module), "__version__"}


def is_ours(name: str) -> bool:
    return name.partition(".")[0] == "keras_kgen"


def libraries(module: str) -> set[str]:
    names = {name.partition(".")[0] for name in imported(module)}
    return names - set(sys.stdlib_module_names) - {"keras_kgen"}


def test_every_part_has_a_layer() -> None:
    assert {part_of(module) for module in MODULES} == set(RANKS)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    part = part_of(module)
    allowed = {other for other, rank in RANKS.items() if rank < RANKS[part]}
    assert own_parts(module) <= STRICTER.get(part, allowed)


@pytest.mark.parametrize("module", MODULES)
def test_each_library_stays_at_home(module: str) -> None:
    for library in libraries(module) - {"yaml"}:
        homes = HOMES.get(library, ())
        at_home = any(
            module.startswith(home) if home.endswith("/") else module == home
            for home in homes
        )
        assert at_home, f"{library} is at home in {homes or 'no module'}"


def test_yaml_has_one_reader_and_at_most_one_writer() -> None:
    homes = {module for module in MODULES if "yaml" in libraries(module)}
    assert "frontends/documents.py" in homes
    assert len(homes) <= 2


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_executed_or_unpickled(module: str) -> None:
    names = {name.partition(".")[0] for name in imported(module)}
    assert not names & FORBIDDEN_MODULES
    called = {
        node.func.id
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & FORBIDDEN_CALLS


@pytest.mark.parametrize("module", MODULES)
def test_yaml_is_read_without_objects(module: str) -> None:
    used = {
        node.attr
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "yaml"
    }
    assert used <= SAFE_YAML


def test_modules_are_imported_by_name_in_four_places_only() -> None:
    """The user's own code is one of them, and only where the user names it."""
    homes = {module for module in MODULES if "import_module" in names_in(module)}
    assert homes <= {
        "__init__.py",
        "cli/__init__.py",
        "catalogue/extract.py",
        "frontends/live.py",
    }


def names_in(module: str) -> set[str]:
    nodes = list(ast.walk(tree(module)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
