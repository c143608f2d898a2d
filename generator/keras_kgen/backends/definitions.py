"""What a module defines by itself, because Keras 3 has no such class or function."""

from __future__ import annotations

from collections.abc import Callable

from keras_kgen.backends.context import Context
from keras_kgen.backends.view import Function, LayerClass, OwnDefinition
from keras_kgen.catalogue import former
from keras_kgen.catalogue.reserved import RESERVED_ATTRIBUTES
from keras_kgen.ir.definitions import Definition, Former, OwnWeight, Skeleton, Stub
from keras_kgen.ir.expressions import Expression, Name, replace_names
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import comment, docstring, expression, literal
from keras_kgen.pysource.names import Namespace
from keras_kgen.records import record

_INDENT = 4
# A name of the file is not shown further than this.
_LONGEST = 60


def lower_definitions(context: Context) -> tuple[OwnDefinition, ...]:
    """Returns the classes and functions that the module defines by itself."""
    package = literal(context.module_name)
    if context.program.definitions:
        context.imports.add("keras")
    return tuple(
        _lower(definition, package, context.imports)
        for definition in context.program.definitions
    )


def _lower(definition: Definition, package: str, imports: Imports) -> OwnDefinition:
    match definition:
        case Former():
            return _former(definition, package, imports)
        case Stub():
            return OwnDefinition(package, function=_stub(definition))
        case Skeleton():
            written = _SkeletonWriter(definition, package, imports).write()
            return OwnDefinition(package, layer_class=written)


def _former(definition: Former, package: str, imports: Imports) -> OwnDefinition:
    source = former.find(definition.former)
    assert source is not None, definition
    for module, name in source.imports:
        imports.add(module, name)
    lines = source.renamed(definition.name).splitlines()
    return OwnDefinition(package, lines=tuple(lines))


def _stub(definition: Stub) -> Function:
    called = f" {_shortened(definition.original)}" if definition.original else ""
    text = (
        f"Stands for the function{called} of {definition.user}.\n\n"
        "The saved file does not hold it in a form that can be read: write it here."
    )
    error = f"write {definition.name}(), the function{called} of {definition.user}"
    return Function(
        f"{definition.name}({', '.join(definition.parameters)})",
        docstring(text, _INDENT),
        (f"raise NotImplementedError({literal(error)})",),
    )


@record
class _Base:
    """A class of Keras that the author's class is derived from.

    Attributes:
        path: The class as source.
        method: What the author has to write, with its parameters.
        takes_keywords: Whether the base's constructor takes arguments.
    """

    path: str
    method: str
    takes_keywords: bool = True


_BASES = {
    "layers": _Base("layers.Layer", "call(self, inputs)"),
    "constraints": _Base("keras.constraints.Constraint", "__call__(self, w)", False),
    "regularizers": _Base("keras.regularizers.Regularizer", "__call__(self, x)", False),
    "losses": _Base("keras.losses.Loss", "call(self, y_true, y_pred)"),
}
# Objects that Keras makes from a string or a config, by the end of the argument's name.
_MODULES = {
    "activation": "keras.activations",
    "constraint": "keras.constraints",
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
}


class _SkeletonWriter:
    """Writes a class of the author's as far as it is known."""

    def __init__(self, definition: Skeleton, package: str, imports: Imports) -> None:
        self.definition = definition
        self.package = package
        self.imports = imports
        self.base = _BASES[definition.family]
        namespace = Namespace(reserved=RESERVED_ATTRIBUTES)
        names = [a.name or "" for a in definition.parameters]
        self.attributes = {name: namespace.take(name) for name in names}
        weights = definition.weights or ()
        self.weights = [(namespace.take(weight.name), weight) for weight in weights]

    def write(self) -> LayerClass:
        """Returns the class."""
        definition = self.definition
        module = self.base.path.partition(".")[0]
        self.imports.add(*(("keras", "layers") if module == "layers" else ("keras",)))
        writers: tuple[Callable[[], Function | None], ...] = (
            self.init,
            self.build,
            self.call,
            self.output_shape,
            self.get_config,
        )
        methods = tuple(m for m in (writer() for writer in writers) if m is not None)
        return LayerClass(
            self.package,
            definition.name,
            self.base.path,
            docstring(self.text(), _INDENT),
            methods,
        )

    def text(self) -> str:
        method = self.base.method.partition("(")[0]
        return (
            f"Stands for the class {_shortened(self.definition.original)} of the saved "
            "model.\n\n"
            f"The file holds its settings, not its code: write `{method}`."
        )

    def init(self) -> Function | None:
        if not self.definition.parameters:
            return None
        rest = ["**kwargs"] if self.base.takes_keywords else []
        given = [
            f"{a.name}={expression(a.value, self.imports)}"
            for a in self.definition.parameters
        ]
        lines = ["super().__init__(**kwargs)"] if rest else []
        for name, attribute in self.attributes.items():
            module = _module_of(name)
            value = f"{module}.get({name})" if module else name
            lines.append(f"self.{attribute} = {value}")
        signature = ", ".join(["self", *given, *rest])
        return Function(f"__init__({signature})", "", tuple(lines))

    def build(self) -> Function | None:
        if not self.weights:
            return None
        lines = [self.weight(attribute, weight) for attribute, weight in self.weights]
        return Function("build(self, input_shape)", "", tuple(lines))

    def weight(self, attribute: str, weight: OwnWeight) -> str:
        own: dict[str, Expression] = {
            name: Name(f"self.{value}") for name, value in self.attributes.items()
        }
        sizes = [expression(replace_names(size, own)) for size in weight.shape]
        shape = f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"
        return f"self.{attribute} = self.add_weight(shape={shape}, name={literal(weight.name)})"

    def call(self) -> Function:
        definition = self.definition
        keywords = "".join(f", {name}=None" for name in definition.keywords)
        signature = f"{self.base.method[:-1]}{keywords})"
        method = self.base.method.partition("(")[0]
        called = _shortened(definition.original)
        error = f"write {definition.name}.{method}(): the saved file has no code for {called}"
        return Function(
            signature, "", (f"raise NotImplementedError({literal(error)})",)
        )

    def output_shape(self) -> Function | None:
        if self.definition.family != "layers":
            return None
        takes_list, tail = self.definition.takes_list, self.definition.tail
        shape = "input_shape[0]" if takes_list else "input_shape"
        if tail is not None:
            # The layers behind it show what it gives.
            front = (
                f"*{shape}[:-{len(tail.sizes)}]" if tail.keeps_front else f"{shape}[0]"
            )
            sizes = [front, *map(literal, tail.sizes)]
            lines: tuple[str, ...] = (
                comment("Follows from the layers that read it."),
                f"return ({', '.join(sizes)})",
            )
        else:
            which = "the first input" if takes_list else "the input"
            lines = (
                comment(f"The file does not say; this is the shape of {which}."),
                f"return {shape}",
            )
        return Function("compute_output_shape(self, input_shape)", "", lines)

    def get_config(self) -> Function | None:
        if not self.definition.parameters:
            return None
        pairs = []
        for name, attribute in self.attributes.items():
            module = _module_of(name)
            value = f"self.{attribute}"
            value = f"{module}.serialize({value})" if module else value
            pairs.append(f"{literal(name)}: {value}")
        inherited = ["**super().get_config()"] if self.base.takes_keywords else []
        return Function(
            "get_config(self)", "", (f"return {{{', '.join([*inherited, *pairs])}}}",)
        )


def _shortened(name: str) -> str:
    """Returns a name of the file for a docstring."""
    return repr(name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..")


def _module_of(argument: str) -> str | None:
    """Returns the module that makes an object for an argument from a string or a config."""
    return next((m for end, m in _MODULES.items() if argument.endswith(end)), None)
