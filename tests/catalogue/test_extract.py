"""The stored catalogue is the installed Keras: nothing missing, nothing invented."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import pytest

from keras_kgen.catalogue import extract, registry
from keras_kgen.catalogue.entry import FAMILIES, Entry, Parameter
from keras_kgen.catalogue.explanations import explain
from keras_kgen.cli.spec_lines import spec_line

keras = pytest.importorskip("keras")

LAYERS = [entry for entry in registry.entries("layers") if entry.kind == "class"]


def resolve(entry: Entry) -> Any:
    obj: Any = keras
    for part in entry.path.split(".")[1:]:
        obj = getattr(obj, part)
    return obj


def written(parameters: tuple[Parameter, ...]) -> list[tuple[str, object, str]]:
    """Returns what `inspect` also knows: name, default as text, kind."""
    return [(p.name, p.default_source, kind_of(p)) for p in parameters]


def kind_of(parameter: Parameter) -> str:
    flags = ("positional_only", "keyword_only", "var_positional", "var_keyword")
    set_flags = [flag for flag in flags if getattr(parameter, flag)]
    return (set_flags or ["positional_or_keyword"])[0]


def installed(function: Any) -> list[tuple[str, object, str]]:
    return [
        (
            p.name,
            None if p.default is inspect.Parameter.empty else repr(p.default),
            p.kind.name.lower(),
        )
        for p in inspect.signature(function).parameters.values()
        if p.name != "self"
    ]


@pytest.mark.parametrize("family", FAMILIES)
def test_stored_family_equals_installed_keras(family: str) -> None:
    difference = extract.compare(family, extract.dump(extract.extract(family)))
    assert not difference, f"run the extract script again:\n{difference}"


def test_stored_model_methods_equal_installed_keras() -> None:
    difference = extract.compare("model", extract.dump(extract.extract_model()))
    assert not difference, f"run the extract script again:\n{difference}"


def test_every_parameter_has_a_meaning() -> None:
    """What editors and `kgen layers` show is there for each argument, in our own words."""
    missing = [
        f"{entry.name}.{parameter.name}"
        for family in FAMILIES
        for entry in registry.entries(family)
        if family != "ops" or explain(family, entry.name)
        for parameter in entry.all_parameters
        if not registry.meaning_of(entry, parameter.name)
    ]
    assert not missing


def test_every_meaning_is_of_a_parameter() -> None:
    entries = [e for family in FAMILIES for e in registry.entries(family)]
    known = {f"{e.name}.{p.name}" for e in entries for p in e.all_parameters}
    meanings = registry._load("meanings")
    assert {name for name in meanings["ops"] if "." in name} <= known
    assert set(meanings["classes"]) <= known
    assert set(meanings["parameters"]) <= {name.rpartition(".")[2] for name in known}
    texts = [*meanings["classes"].values(), *meanings["parameters"].values()]
    assert all(text.endswith(".") and len(text) <= 110 for text in texts)


def test_check_reports_a_difference(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(extract, "DATA_FOLDER", tmp_path)
    monkeypatch.setattr(
        extract, "FAMILIES", {"constraints": ("constraints", "__call__")}
    )
    assert extract.main(["--check"]) == 1
    assert "constraints.json (installed Keras)" in capsys.readouterr().out
    assert extract.main([]) == 0
    assert extract.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("entry", LAYERS, ids=lambda entry: entry.name)
def test_layer_signature_is_the_installed_one(entry: Entry) -> None:
    layer = resolve(entry)
    assert written(entry.parameters) == installed(layer.__init__)
    if entry.call_parameters:
        assert written(entry.call_parameters) == installed(layer.call)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_path_and_alias_leads_to_the_object(family: Any) -> None:
    for entry in registry.entries(family):
        obj = resolve(entry)
        namespace = entry.path.removesuffix(f".{entry.name}")
        others = [f"{namespace}.{alias}" for alias in entry.aliases]
        for path in (*others, *entry.other_paths):
            alias = Entry(family=family, name="", path=path, kind=entry.kind)
            assert resolve(alias) is obj, path


@pytest.mark.parametrize("family", FAMILIES)
def test_every_public_name_is_listed(family: Any) -> None:
    module: Any = keras
    for part in extract.FAMILIES[family][0].split("."):
        module = getattr(module, part)
    public = {
        name
        for name, obj in vars(module).items()
        if not name.startswith("_") and not inspect.ismodule(obj)
    }
    missing = {
        name
        for name in public - extract.MACHINERY
        if registry.lookup(family, name) is None
    }
    assert missing == set()


def test_every_layer_takes_the_arguments_that_its_config_holds() -> None:
    """A saved layer comes back through its constructor, so the catalogue must know them."""
    unknown = {}
    for entry in LAYERS:
        layer = build_example(entry)
        if layer is not None:
            config = set(layer.get_config())
            unknown[entry.name] = {key for key in config if not entry.accepts(key)}
    assert {name: keys for name, keys in unknown.items() if keys} == {}
    assert len(unknown) > 120


@pytest.mark.parametrize("entry", LAYERS, ids=lambda entry: entry.name)
def test_layer_takes_every_optional_argument(entry: Entry) -> None:
    """What `**kwargs` is said to hand on is really taken."""
    for parameter in (*entry.inherited_parameters, *entry.base_parameters):
        if not parameter.is_literal or parameter.is_deprecated:
            continue
        if parameter.name in {"vocabulary_size", "input_shape", "batch_input_shape"}:
            continue  # for reloading only, useless without a vocabulary or a shape
        build_example(entry, **{parameter.name: parameter.default})


def build_example(entry: Entry, **arguments: object) -> Any:
    """Builds a layer as its spec line says, None where it has none or needs more."""
    line = spec_line(entry).removeprefix("- ")
    if not line or entry.name == "TFSMLayer":
        return None
    tree = ast.parse(line, mode="eval").body
    assert isinstance(tree, ast.Call)
    constructor = tree if isinstance(tree.func, ast.Name) else tree.func
    assert isinstance(constructor, ast.Call)
    if ast.unparse(constructor.func) != entry.name:
        (wrapped,) = constructor.args  # a cell in an RNN
        assert isinstance(wrapped, ast.Call)
        constructor = wrapped
    given = [eval(ast.unparse(arg), vars(keras.layers)) for arg in constructor.args]
    named = {
        keyword.arg: eval(ast.unparse(keyword.value), vars(keras.layers))
        for keyword in constructor.keywords
        if keyword.arg
    }
    return resolve(entry)(*given, **{**named, **arguments})
