"""Looks things up in the catalogue; a family's file is read when it is first asked for."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from keras_kgen.catalogue.entry import FAMILIES, Entry, Family, Parameter
from keras_kgen.ir.expressions import ObjectCall

_DATA_FOLDER = Path(__file__).parent / "data"
_TENSORFLOW_PREFIXES = ("tf.", "tensorflow.")


@functools.lru_cache(maxsize=4096)
def lookup(family: Family, name: str) -> Entry | None:
    """Returns the entry of a name, None where Keras has no such thing.

    Args:
        family: The catalogue family.
        name: A canonical name, an alias or a dotted public spelling: `Conv2D`, `Convolution2D`,
            `layers.Conv2D`, `keras.layers.Conv2D`, `tf.keras.layers.Conv2D`.
    """
    for prefix in _TENSORFLOW_PREFIXES:
        if name.startswith(f"{prefix}keras."):
            name = name.removeprefix(prefix)
    canonical = _spellings(family).get(name)
    return None if canonical is None else _entry(family, canonical)


def find(name: str, families: Iterable[Family] = FAMILIES) -> tuple[Entry, ...]:
    """Returns the entries of a name in any of the families, in their order."""
    found = (lookup(family, name) for family in families)
    return tuple(entry for entry in found if entry is not None)


def entry_of(call: ObjectCall) -> Entry:
    """Returns the entry of an object that a front end has read."""
    entry = lookup(cast(Family, call.family), call.class_name)
    assert entry is not None, call
    return entry


@functools.cache
def entries(family: Family) -> tuple[Entry, ...]:
    """Returns all entries of a family, sorted by name."""
    return tuple(_entry(family, name) for name in _load(family)["entries"])


@functools.cache
def names(family: Family) -> tuple[str, ...]:
    """Returns the names that a user may mean, aliases included: candidates for `suggest`."""
    usable = {entry.name for entry in entries(family) if not entry.is_abstract}
    own = set(_load(family)["entries"])
    return tuple(
        sorted(
            spelling
            for spelling, name in _spellings(family).items()
            if name in usable and ("." not in spelling or spelling in own)
        )
    )


@functools.cache
def identifiers(family: Family) -> dict[str, str]:
    """Returns the strings that Keras accepts in place of an object, and the entry of each.

    Those that `compile` resolves by the shape of the data (`accuracy`) stand for the last
    candidate here; `compile_identifiers` has all of them. Treat the result as read-only.
    """
    direct: dict[str, str] = _load(family).get("identifiers", {})
    chosen = {key: values[-1] for key, values in compile_identifiers(family).items()}
    return dict(sorted({**direct, **chosen}.items()))


@functools.cache
def compile_identifiers(family: Family) -> dict[str, tuple[str, ...]]:
    """Returns the strings that `compile` resolves by shape, and what it chooses from.

    The candidates come in the order binary, sparse categorical, categorical.
    """
    stored: dict[str, list[str]] = _load(family).get("compile_identifiers", {})
    return {key: tuple(values) for key, values in stored.items()}


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """Returns the candidate that a wrong name most likely means, None where none is near.

    Case and underscores do not count, and the beginning of a name is enough: `batchnorm`.
    """
    import difflib

    # Of two spellings that differ in case only, the one in the case of the name wins.
    ordered = sorted(candidates, key=lambda known: known.islower() == name.islower())
    by_folded = {_fold(known): known for known in ordered}
    folded = _fold(name)
    if folded in by_folded:
        return by_folded[folded]
    begun = [key for key in by_folded if len(folded) > 3 and key.startswith(folded)]
    if begun:
        return by_folded[min(begun, key=lambda key: (len(key), key))]
    near = difflib.get_close_matches(folded, by_folded, n=1, cutoff=0.7)
    return by_folded[near[0]] if near else None


def hint(name: str, candidates: Iterable[str]) -> str:
    """Returns the end of a message on a wrong name: what may be meant, or nothing."""
    found = suggest(name, candidates)
    return f"; did you mean {found!r}?" if found else ""


@functools.cache
def base_parameters() -> tuple[Parameter, ...]:
    """Returns the parameters of `keras.layers.Layer`, which most layers take."""
    return _parameters(_load("layers")["base_parameters"])


@functools.cache
def method_parameters(method: str) -> tuple[Parameter, ...]:
    """Returns the parameters of `keras.Model`'s `compile`, `fit`, `evaluate` or `predict`."""
    return _parameters(_load("model")["methods"][method]["parameters"])


def meaning(owner: str, parameter: str) -> str:
    """Returns a sentence on a parameter in kgen's own words, "" where there is none.

    Args:
        owner: A canonical name, or `compile` or `fit` of `keras.Model`.
        parameter: The parameter.
    """
    data = _load("meanings")
    if owner in data["methods"]:
        return str(data["methods"][owner].get(parameter, ""))
    own: str = data["classes"].get(f"{owner}.{parameter}", "")
    return own or str(data["parameters"].get(parameter, ""))


def meaning_of(entry: Entry, parameter: str) -> str:
    """Returns what `meaning` gives for the parameter of an entry.

    Functions of `keras.ops` have names of other families, and meanings of their own.
    """
    if entry.family != "ops":
        return meaning(entry.name, parameter)
    data = _load("meanings")["ops"]
    own: str = data.get(f"{entry.name}.{parameter}", "")
    return own or str(data.get(parameter, ""))


def keras_version() -> str:
    """Returns the version of Keras that the catalogue describes."""
    return str(_load("regularizers")["keras_version"])


@functools.cache
def _load(family: str) -> dict[str, Any]:
    text = (_DATA_FOLDER / f"{family}.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


@functools.cache
def _spellings(family: Family) -> dict[str, str]:
    """Returns every spelling of a family's entries; canonical names win over others."""
    data = _load(family)
    spellings = {name: name for name in data["entries"]}
    for name, record in data["entries"].items():
        aliases = record.get("aliases", ())
        paths = [f"{data['namespace']}.{alias}" for alias in (name, *aliases)]
        paths += record.get("other_paths", ())
        dotted = [spelling for path in paths for spelling in _shortened(path)]
        for spelling in (*aliases, record.get("class_name", name), *dotted):
            spellings.setdefault(spelling, name)
    return spellings


def _shortened(path: str) -> list[str]:
    """Returns a path and its short forms: `keras.layers.Dense`, `layers.Dense`."""
    forms = [path, path.removeprefix("keras.")]
    if ".schedules." in path:
        forms.append(path.removeprefix("keras.optimizers."))
    return forms


@functools.cache
def _entry(family: Family, name: str) -> Entry:
    record = _load(family)["entries"][name]
    return Entry(
        family=family,
        name=name,
        path=record["path"],
        kind=record["kind"],
        summary=record["summary"],
        aliases=tuple(record.get("aliases", ())),
        other_paths=tuple(record.get("other_paths", ())),
        class_name=record.get("class_name", name if record["kind"] == "class" else ""),
        group=record.get("group", ""),
        is_abstract=record.get("abstract", False),
        parameters=_parameters(record["parameters"]),
        inherited_parameters=_parameters(record.get("inherited_parameters", ())),
        base_parameters=_reached_base_parameters(record),
        call_parameters=_parameters(record.get("call_parameters", ())),
        operation=record.get("operation", ""),
        operation_module=record.get("operation_module", ""),
    )


def _reached_base_parameters(record: dict[str, Any]) -> tuple[Parameter, ...]:
    if not record.get("accepts_base_arguments", False):
        return ()
    fixed = record.get("fixed_base_arguments", ())
    return tuple(p for p in base_parameters() if p.name not in fixed)


def _parameters(records: Iterable[dict[str, Any]]) -> tuple[Parameter, ...]:
    return tuple(_parameter(record) for record in records)


def _parameter(record: dict[str, Any]) -> Parameter:
    return Parameter(
        name=record["name"],
        default_source=record.get("default"),
        is_literal=not record.get("not_literal", False),
        positional_only=record.get("positional_only", False),
        keyword_only=record.get("keyword_only", False),
        var_positional=record.get("var_positional", False),
        var_keyword=record.get("var_keyword", False),
        inherited_from=record.get("from", ""),
        is_deprecated=record.get("deprecated", False),
    )


def _fold(name: str) -> str:
    """Returns a name without case and underscores: `batch_norm` is near `BatchNorm`."""
    return name.casefold().replace("_", "")
