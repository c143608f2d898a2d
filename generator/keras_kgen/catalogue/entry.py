"""One thing that Keras offers, and its parameters."""

from __future__ import annotations

import ast
from copy import copy
from dataclasses import field
from functools import cache
from typing import Literal, get_args

from keras_kgen.records import record

Family = Literal[
    "layers",
    "losses",
    "metrics",
    "optimizers",
    "schedules",
    "activations",
    "initializers",
    "regularizers",
    "constraints",
    "callbacks",
    "ops",
    "dtype_policies",
]
FAMILIES: tuple[Family, ...] = get_args(Family)


@cache
def _literal(source: str) -> object:
    """Returns the value of a literal; a large model asks for the same ones thousands of times."""
    value: object = ast.literal_eval(source)
    return value


@record
class Parameter:
    """A parameter of a constructor, of a function or of a layer's `call`.

    Attributes:
        name: The name, without the stars of a variadic parameter.
        default_source: The default as Python source, None where there is none.
        is_literal: Whether `default_source` is a literal, so that `default` can read it.
        inherited_from: The base class that takes the parameter where the class itself hands it
            on in `**kwargs`, else "".
        is_deprecated: Keras takes the argument and warns.
    """

    name: str
    default_source: str | None = None
    is_literal: bool = True
    positional_only: bool = False
    keyword_only: bool = False
    var_positional: bool = False
    var_keyword: bool = False
    inherited_from: str = ""
    is_deprecated: bool = False

    def __hash__(self) -> int:
        # Much is remembered by parameter, and the name tells nearly all of them apart.
        return hash((self.name, self.default_source))

    @property
    def is_variadic(self) -> bool:
        """Whether it is `*args` or `**kwargs`."""
        return self.var_positional or self.var_keyword

    @property
    def required(self) -> bool:
        """Whether a call must give a value."""
        return self.default_source is None and not self.is_variadic

    @property
    def default(self) -> object:
        """The default value.

        Raises:
            ValueError: There is no default, or it is not a literal.
        """
        if self.default_source is None or not self.is_literal:
            raise ValueError(
                f"{self.name} has no literal default. Received: {self.default_source}"
            )
        value = _literal(self.default_source)
        # A list is the caller's own.
        return copy(value) if isinstance(value, list | dict) else value

    def __str__(self) -> str:
        if self.var_positional:
            return f"*{self.name}"
        if self.var_keyword:
            return f"**{self.name}"
        if self.default_source is None:
            return self.name
        return f"{self.name}={self.default_source}"


@record
class Entry:
    """A public class or function of Keras.

    Attributes:
        family: The catalogue family, `layers` for instance.
        name: The canonical name, `Conv2D`; relative to `keras.ops` for an op (`image.resize`).
        path: The public import path, `keras.layers.Conv2D`.
        kind: "class" or "function".
        summary: The first sentence of the docstring.
        aliases: Other public names in the same namespace, `Convolution2D`.
        other_paths: Public import paths outside the namespace, `keras.Input`.
        class_name: The class's own name, which saved models use; it differs from `name` for
            `GroupQueryAttention` only. Empty for a function.
        group: The part of Keras that defines a layer: `convolutional`, `rnn`, ...
        is_abstract: A base class that users derive from and do not instantiate.
        parameters: The written signature, in order, `*args` and `**kwargs` included.
        inherited_parameters: What `**kwargs` hands on to base classes, without `base_parameters`.
        base_parameters: What `**kwargs` hands on to `keras.layers.Layer`.
        call_parameters: The parameters of a layer's `call`, in order.
        operation: The class of a saved op, `Add` for `keras.ops.add`, else "".
        operation_module: The module that defines `operation`.
    """

    family: Family
    name: str
    path: str
    kind: Literal["class", "function"]
    summary: str = ""
    aliases: tuple[str, ...] = ()
    other_paths: tuple[str, ...] = ()
    class_name: str = ""
    group: str = ""
    is_abstract: bool = False
    parameters: tuple[Parameter, ...] = ()
    inherited_parameters: tuple[Parameter, ...] = ()
    base_parameters: tuple[Parameter, ...] = ()
    call_parameters: tuple[Parameter, ...] = ()
    operation: str = ""
    operation_module: str = ""
    # What is asked for over and over, worked out once.
    _by_name: dict[str, Parameter] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())
    _positional: tuple[Parameter, ...] = field(
        init=False, repr=False, compare=False, default=()
    )
    _takes_any: bool = field(init=False, repr=False, compare=False, default=False)

    @property
    def is_layer(self) -> bool:
        """Whether it is a layer to use in a model: no base class, helper or function."""
        return bool(self.call_parameters) and not self.is_abstract

    @property
    def takes_any_positional(self) -> bool:
        """Whether it takes any number of arguments by position."""
        return self._takes_any

    @property
    def accepts_base_arguments(self) -> bool:
        """Whether `**kwargs` reaches `Layer.__init__`."""
        return bool(self.base_parameters)

    def __post_init__(self) -> None:
        own = tuple(p for p in self.parameters if not p.is_variadic)
        known = {p.name: p for p in own + self.inherited_parameters}
        for parameter in self.base_parameters:
            known.setdefault(parameter.name, parameter)
        positional = tuple(p for p in own if not p.keyword_only)
        object.__setattr__(self, "_by_name", known)
        object.__setattr__(self, "_names", tuple(known))
        object.__setattr__(self, "_positional", positional)
        takes_any = any(p.var_positional for p in self.parameters)
        object.__setattr__(self, "_takes_any", takes_any)

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        """Every parameter that a caller can name, own ones first, then those of base classes."""
        return tuple(self._by_name.values())

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The names of `all_parameters`."""
        return self._names

    @property
    def required_parameters(self) -> tuple[Parameter, ...]:
        """The parameters that a call must give."""
        return tuple(p for p in self.parameters if p.required)

    @property
    def positional_parameters(self) -> tuple[Parameter, ...]:
        """The parameters that a call can give by position."""
        return self._positional

    def parameter(self, name: str) -> Parameter | None:
        """Returns the parameter of that name, None where the entry takes no such argument."""
        return self._by_name.get(name)

    def accepts(self, name: str) -> bool:
        """Whether `name` can be given as a keyword."""
        parameter = self._by_name.get(name)
        return parameter is not None and not parameter.positional_only
