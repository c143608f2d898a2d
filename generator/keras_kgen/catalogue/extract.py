"""Writes the catalogue's data files from the installed Keras.

Run `python -m keras_kgen.catalogue.extract`; `--check` compares instead of writing.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import functools
import importlib
import inspect
import itertools
import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

DATA_FOLDER = Path(__file__).parent / "data"

# family -> (namespace below `keras`, the method that makes a class usable: one that leaves it
# to others is abstract; without a method only the root of the family is, with None no class is)
FAMILIES: dict[str, tuple[str, str | None]] = {
    "layers": ("layers", "call"),
    "losses": ("losses", "call"),
    "metrics": ("metrics", "update_state"),
    "optimizers": ("optimizers", ""),
    "schedules": ("optimizers.schedules", "__call__"),
    "activations": ("activations", "__call__"),
    "initializers": ("initializers", "__call__"),
    "regularizers": ("regularizers", "__call__"),
    "constraints": ("constraints", "__call__"),
    "callbacks": ("callbacks", ""),
    "ops": ("ops", ""),
    "dtype_policies": ("dtype_policies", None),
}
# The namespaces' own machinery: nothing that a model is made of.
MACHINERY = {"get", "serialize", "deserialize"}
# The names that `compile` takes beyond `get`: candidates for each family that has such names.
COMPILE_NAMES = {"losses": ("ce", "crossentropy"), "metrics": ("acc", "accuracy")}
# Shapes of targets and predictions that make `compile` choose differently.
COMPILE_SHAPES = (((8, 1), (8, 1)), ((8, 1), (8, 3)), ((8, 3), (8, 3)))
# The types that a quantized layer can compute in.
FLOAT_DTYPES = ("bfloat16", "float16", "float32", "float64")
MODEL_METHODS = ("compile", "fit", "evaluate", "predict")
POSITIONAL_ONLY = inspect.Parameter.POSITIONAL_ONLY
KEYWORD_ONLY = inspect.Parameter.KEYWORD_ONLY
VAR_POSITIONAL = inspect.Parameter.VAR_POSITIONAL
VAR_KEYWORD = inspect.Parameter.VAR_KEYWORD

Record = dict[str, Any]


def extract(family: str) -> Record:
    """Returns the catalogue data of one family, as it is stored."""
    namespace, method = FAMILIES[family]
    keras = importlib.import_module("keras")
    module = importlib.import_module(f"keras.{namespace}")
    objects = collect_objects(module, recursive=family == "ops")
    root = None if method is None else find_root(objects)
    data: Record = {
        "keras_version": keras.__version__,
        "family": family,
        "namespace": f"keras.{namespace}",
    }
    if family == "layers":
        data["base_parameters"] = describe_base_parameters()
    entries = {
        name: describe(name, names, obj, family, root, method or "")
        for name, (obj, names) in objects.items()
    }
    if family == "dtype_policies":
        data["identifiers"] = collect_policy_names(module)
    elif hasattr(module, "get"):
        data["identifiers"] = collect_identifiers(module, objects, entries)
    if family in COMPILE_NAMES:
        data["compile_identifiers"] = collect_compile_identifiers(family)
    data["entries"] = dict(sorted(entries.items()))
    return data


def extract_model() -> Record:
    """Returns the signatures of the methods of `keras.Model` that a spec configures."""
    keras = importlib.import_module("keras")
    methods: Record = {}
    for name in MODEL_METHODS:
        method = getattr(keras.Model, name)
        methods[name] = {"parameters": describe_signature(method)}
    return {"keras_version": keras.__version__, "methods": methods}


def collect_objects(
    module: ModuleType, recursive: bool
) -> dict[str, tuple[Any, list[str]]]:
    """Returns the public objects of a namespace: canonical name -> (object, all names)."""
    names_by_id: dict[int, list[str]] = {}
    objects: dict[int, Any] = {}
    for name, obj in walk(module, recursive):
        objects[id(obj)] = obj
        names_by_id.setdefault(id(obj), []).append(name)
    return {
        choose_name(objects[key], names): (objects[key], sorted(names))
        for key, names in names_by_id.items()
    }


def walk(module: ModuleType, recursive: bool) -> Iterator[tuple[str, Any]]:
    """Yields name and object of each public class and function."""
    for name, obj in sorted(vars(module).items()):
        if name.startswith("_") or name in MACHINERY:
            continue
        if not inspect.ismodule(obj):
            yield name, obj
        elif recursive:
            for inner, inner_obj in walk(obj, recursive):
                yield f"{name}.{inner}", inner_obj


def choose_name(obj: Any, names: list[str]) -> str:
    """Returns the shortest path; among those the object's own name, else the first."""
    depth = min(name.count(".") for name in names)
    shortest = [name for name in names if name.count(".") == depth]
    own = [name for name in shortest if name.split(".")[-1] == obj.__name__]
    return min(own or shortest)


def find_root(objects: dict[str, tuple[Any, list[str]]]) -> type | None:
    """Returns the class that most of the others derive from."""
    classes = [obj for obj, _ in objects.values() if inspect.isclass(obj)]
    return max(
        classes,
        key=lambda cls: sum(issubclass(other, cls) for other in classes),
        default=None,
    )


def describe(
    name: str,
    names: list[str],
    obj: Any,
    family: str,
    root: type | None,
    method: str,
) -> Record:
    """Returns the record of one class or function."""
    namespace = f"keras.{FAMILIES[family][0]}"
    path = f"{namespace}.{name}"
    is_class = inspect.isclass(obj)
    dotted = [other for other in names if "." in other and other != name]
    others = [f"{namespace}.{other}" for other in dotted]
    top_level = vars(importlib.import_module("keras"))
    others += [f"keras.{key}" for key, value in top_level.items() if value is obj]
    record: Record = {"path": path, "kind": "class" if is_class else "function"}
    if is_class and obj.__name__ != name:
        record["class_name"] = obj.__name__
    aliases = [other for other in names if "." not in other and other != name]
    if aliases:
        record["aliases"] = aliases
    if others:
        record["other_paths"] = sorted(others)
    if family == "layers":
        record["group"] = find_group(obj)
    if is_class and is_abstract(obj, root, method):
        record["abstract"] = True
    record["summary"] = summarize(obj)
    record["parameters"] = describe_signature(find_init(obj) if is_class else obj)
    if is_class:
        record.update(describe_keywords(obj))
    if family == "layers" and is_class and hasattr(obj, "call"):
        record["call_parameters"] = describe_signature(obj.call)
    if family == "ops":
        record.update(find_operation(obj))
    return record


def find_group(layer: Any) -> str:
    """Returns the part of Keras that defines a layer, `convolutional` for instance."""
    parts: list[str] = layer.__module__.split(".")
    return parts[3] if parts[:3] == ["keras", "src", "layers"] else parts[2]


def is_abstract(cls: type, root: type | None, method: str) -> bool:
    """Whether a class is the root of its family or leaves the family's method to others."""
    if cls is root:
        return True
    if root is None or not method or not issubclass(cls, root):
        return False
    return getattr(cls, method) is getattr(root, method)


def summarize(obj: Any) -> str:
    """Returns the first sentence of an object's own docstring."""
    return first_sentence(inspect.cleandoc(obj.__doc__ or "").partition("\n\n")[0])


def first_sentence(paragraph: str) -> str:
    """Returns a text up to the first full stop, on one line."""
    text = " ".join(paragraph.split())
    # A full stop after `e.g` or `..` ends no sentence.
    ends = re.finditer(r"(?<!\.[a-z])(?<!\.)\.(?=\s|$)", text)
    return next((text[: end.end()] for end in ends), text)


def find_init(cls: type) -> Callable[..., Any]:
    """Returns a class's `__init__`; `__new__` says nothing in Keras, it only wraps."""
    init: Callable[..., Any] = inspect.getattr_static(cls, "__init__")
    return init


def describe_signature(function: Callable[..., Any]) -> list[Record]:
    """Returns the parameters of a function or method, `self` left out."""
    parameters = inspect.signature(function).parameters.values()
    return [describe_parameter(p) for p in parameters if p.name != "self"]


def describe_parameter(parameter: inspect.Parameter) -> Record:
    """Returns the record of one parameter."""
    record: Record = {"name": parameter.name}
    if parameter.default is not inspect.Parameter.empty:
        record.update(describe_default(repr(parameter.default)))
    flags = {
        POSITIONAL_ONLY: "positional_only",
        KEYWORD_ONLY: "keyword_only",
        VAR_POSITIONAL: "var_positional",
        VAR_KEYWORD: "var_keyword",
    }
    if parameter.kind in flags:
        record[flags[parameter.kind]] = True
    return record


def describe_default(source: str) -> Record:
    """Returns a default as source text, marked where it is not a literal."""
    try:
        ast.literal_eval(source)
    except (SyntaxError, ValueError):
        return {"default": source, "not_literal": True}
    return {"default": source}


def describe_base_parameters() -> list[Record]:
    """Returns the parameters of `keras.layers.Layer` itself."""
    layer = importlib.import_module("keras.layers").Layer
    parameters = describe_signature(find_init(layer))
    return [parameter for parameter in parameters if "var_keyword" not in parameter]


def describe_keywords(cls: type) -> Record:
    """Follows `**kwargs` up the base classes: what do they take beside the written signature?"""
    layer = importlib.import_module("keras.layers").Layer
    own = inspect.signature(find_init(cls)).parameters
    inherited: dict[str, Record] = {}
    taken = set(own)
    for base, following in hand_overs(cls):
        if base is layer:
            break
        for record in popped_keywords(base):
            if record["name"] not in taken:
                inherited[record["name"]] = {**record, "from": base.__name__}
        passed = passed_keywords(base, following)
        if passed is None:
            return keyword_record(inherited, None)
        taken |= passed
        if following is layer:
            break
        for record in describe_signature(find_init(following)):
            hidden = record.keys() & {"var_positional", "var_keyword"}
            name = record["name"]
            if hidden or name in taken or is_refused(cls, name):
                continue
            inherited[name] = {
                **record,
                "keyword_only": True,
                "from": following.__name__,
            }
            taken.add(name)
    if cls is layer or not issubclass(cls, layer):
        return keyword_record(inherited, None)
    fixed = taken - set(own) - set(inherited)
    beyond = {key: value for key, value in inherited.items() if key not in base_names()}
    return keyword_record(beyond, fixed)


def keyword_record(inherited: dict[str, Record], blocked: set[str] | None) -> Record:
    """Returns what `describe_keywords` found; `blocked` is None where Layer is not reached."""
    record: Record = {}
    if inherited:
        record["inherited_parameters"] = list(inherited.values())
    if blocked is not None:
        record["accepts_base_arguments"] = True
        fixed = sorted(blocked & base_names())
        if fixed:
            record["fixed_base_arguments"] = fixed
    return record


@functools.cache
def base_names() -> frozenset[str]:
    """Returns the names of the parameters of `keras.layers.Layer`."""
    return frozenset(record["name"] for record in describe_base_parameters())


def is_refused(cls: type, name: str) -> bool:
    """Whether a class raises for an argument that its base class takes.

    Image augmentation layers share a base with a `factor`, and most of them switch it off.
    """
    return name == "factor" and not getattr(cls, "_USE_BASE_FACTOR", True)


def hand_overs(cls: type) -> Iterator[tuple[type, type]]:
    """Yields each class with an `__init__` and the next one that `super()` finds."""
    chain = [base for base in cls.__mro__ if "__init__" in vars(base)]
    yield from itertools.pairwise(chain)


@functools.cache
def parse_init(cls: type) -> ast.FunctionDef | None:
    """Returns the syntax tree of a class's own `__init__`, None where it has no source."""
    try:
        source = inspect.getsource(vars(cls)["__init__"])
    except (OSError, TypeError):
        return None
    (function,) = ast.parse(textwrap.dedent(source)).body
    return function if isinstance(function, ast.FunctionDef) else None


def passed_keywords(cls: type, following: type) -> set[str] | None:
    """Returns the arguments that `cls` gives to the next `__init__` beside `**kwargs`.

    None where it does not hand `**kwargs` on.
    """
    function = parse_init(cls)
    if function is None or function.args.kwarg is None:
        return None
    for call in calls_of(function, "__init__"):
        names = [keyword.arg for keyword in call.keywords]
        if None in names:
            signature = inspect.signature(find_init(following))
            positional = [name for name in signature.parameters if name != "self"]
            given = [arg for arg in call.args if ast.unparse(arg) != "self"]
            return {name for name in names if name} | set(positional[: len(given)])
    return None


def popped_keywords(cls: type) -> list[Record]:
    """Returns what an `__init__` takes out of its `**kwargs` by name."""
    function = parse_init(cls)
    if function is None or function.args.kwarg is None:
        return []
    kwargs = function.args.kwarg.arg
    warned = " ".join(
        node.value
        for call in calls_of(function, "warn")
        for node in ast.walk(call)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    records = []
    for call in calls_of(function, "pop"):
        if ast.unparse(call.func) != f"{kwargs}.pop" or not call.args:
            continue
        name, *default = call.args
        if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
            continue
        source = ast.unparse(default[0]) if default else "None"
        record = {"name": name.value, **describe_default(source), "keyword_only": True}
        if f"`{name.value}" in warned:
            record["deprecated"] = True
        records.append(record)
    return records


def calls_of(function: ast.FunctionDef, method: str) -> Iterator[ast.Call]:
    """Yields the calls `something.method(...)` in a function, in order."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == method:
            yield call


def find_operation(function: Any) -> Record:
    """Returns the class that stands for an op in a saved model: `X(..).symbolic_call(..)`."""
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, SyntaxError):
        return {}
    if not isinstance(tree, ast.FunctionDef):
        return {}
    for call in calls_of(tree, "symbolic_call"):
        target = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(target, ast.Call) and isinstance(target.func, ast.Name):
            operation = inspect.unwrap(function).__globals__.get(target.func.id)
            if inspect.isclass(operation):
                return {
                    "operation": operation.__name__,
                    "operation_module": operation.__module__,
                }
    return {}


def collect_identifiers(
    module: ModuleType,
    objects: dict[str, tuple[Any, list[str]]],
    entries: dict[str, Record],
) -> dict[str, str]:
    """Returns the strings that the namespace's `get` accepts, and the entry of each."""
    get = vars(module)["get"]
    known = vars(importlib.import_module(get.__module__))["ALL_OBJECTS_DICT"]
    names = {id(obj): name for name, (obj, _) in objects.items()}
    candidates = {text: names.get(id(obj)) for text, obj in known.items()}
    # `get` ignores the case of some families' names: offer the canonical spelling too.
    for name in names.values():
        candidates.setdefault(name, names.get(id(known.get(name.lower()))))
    return {
        text: name
        for text, name in sorted(candidates.items())
        if name and is_usable(entries[name]) and is_accepted(get, text)
    }


def is_usable(record: Record) -> bool:
    """Whether a string can stand for an entry: an activation is called with one tensor."""
    parameters = record["parameters"]
    is_activation = record["path"].startswith("keras.activations.")
    required = [p for p in parameters if "default" not in p] if is_activation else []
    return "abstract" not in record and len(required) < 2


def collect_policy_names(module: ModuleType) -> dict[str, str]:
    """Returns the strings that a layer's `dtype` takes, and the class that each stands for.

    Modes with numbers in them, `gptq/4/128` for instance, are without end and left out.
    """
    dtypes = importlib.import_module("keras.src.backend.common.dtypes").ALLOWED_DTYPES
    policies = importlib.import_module("keras.src.dtype_policies.dtype_policy")
    mixed = [f"mixed_{dtype}" for dtype in ("bfloat16", "float16")]
    floats = [dtype for dtype in dtypes if dtype in FLOAT_DTYPES]
    quantized = [
        f"{mode}_from_{source}"
        for mode in policies.QUANTIZATION_MODES
        for source in (*floats, *mixed)
    ]
    get = vars(module)["get"]
    return {
        text: type(get(text)).__name__
        for text in sorted((*dtypes, *mixed, *quantized))
        if is_accepted(get, text)
    }


def is_accepted(get: Callable[[str], object], identifier: str) -> bool:
    """Whether `get` makes something of an identifier."""
    try:
        return get(identifier) is not None
    except (KeyError, TypeError, ValueError):  # unknown, or arguments are missing
        return False


def collect_compile_identifiers(family: str) -> dict[str, list[str]]:
    """Returns the names that `compile` resolves by shape, and the entries it chooses from."""
    keras = importlib.import_module("keras")
    compile_utils = importlib.import_module("keras.src.trainers.compile_utils")
    resolve = {"losses": compile_utils.get_loss, "metrics": compile_utils.get_metric}
    return {
        name: [
            compiled_name(resolve[family](name, *map(keras.KerasTensor, shapes)))
            for shapes in COMPILE_SHAPES
        ]
        for name in COMPILE_NAMES[family]
    }


def compiled_name(obj: Any) -> str:
    """Returns the entry of a resolved object: a metric class, or a wrapped loss function."""
    is_wrapper = type(obj).__name__ == "LossFunctionWrapper"
    name: str = obj.fn.__name__ if is_wrapper else type(obj).__name__
    return name


def dump(data: Record) -> str:
    """Returns data as JSON, one parameter or short field to a line."""
    return _dump_value(data, 0) + "\n"


def _dump_value(value: Any, depth: int) -> str:
    if not value or not isinstance(value, dict | list) or _is_flat(value, depth):
        return json.dumps(value, ensure_ascii=False)
    indent = " " * (depth + 1)
    if isinstance(value, dict):
        lines = [
            f"{indent}{json.dumps(key)}: {_dump_value(item, depth + 1)}"
            for key, item in value.items()
        ]
        opening, closing = "{}"
    else:
        lines = [indent + _dump_value(item, depth + 1) for item in value]
        opening, closing = "[]"
    return opening + "\n" + ",\n".join(lines) + "\n" + " " * depth + closing


def _is_flat(value: dict[str, Any] | list[Any], depth: int) -> bool:
    """Whether a value goes on one line: parameters and lists of names do."""
    items = value.values() if isinstance(value, dict) else value
    return depth > 1 and not any(isinstance(item, dict | list) for item in items)


def compare(family: str, text: str) -> str:
    """Returns how the stored file of a family differs from `text`, "" where it does not."""
    path = DATA_FOLDER / f"{family}.json"
    stored = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = difflib.unified_diff(
        stored.splitlines(keepends=True),
        text.splitlines(keepends=True),
        fromfile=f"{path.name} (stored)",
        tofile=f"{path.name} (installed Keras)",
        n=2,
    )
    return "".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Writes the data files, or compares them with the installed Keras."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args(arguments).check
    texts = {family: dump(extract(family)) for family in FAMILIES}
    texts["model"] = dump(extract_model())
    if check:
        differences = [compare(family, text) for family, text in texts.items()]
        sys.stdout.write("".join(differences))
        return int(any(differences))
    DATA_FOLDER.mkdir(exist_ok=True)
    for family, text in texts.items():
        (DATA_FOLDER / f"{family}.json").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
