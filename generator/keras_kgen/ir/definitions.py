"""What a module defines by itself, for Keras 3 has no such layer or function."""

from __future__ import annotations

from dataclasses import field

from keras_kgen.errors import Location
from keras_kgen.ir.expressions import Argument, Expression
from keras_kgen.ir.tensors import Shape
from keras_kgen.records import record


@record
class Former:
    """A layer or function that Keras once had, and whose code kgen knows.

    Attributes:
        name: What it is called in the module.
        former: What Keras called it.
    """

    name: str
    former: str
    location: Location | None = field(default=None, compare=False)


@record
class Stub:
    """A function of the author's whose code is not known: it says so when it is called.

    Attributes:
        name: What it is called in the module.
        original: What the file calls it; "" where it has no name.
        user: What calls it, for messages: `Lambda layer 'lambda_1'`.
        parameters: The names of what it takes.
    """

    name: str
    original: str
    user: str
    parameters: tuple[str, ...]
    location: Location | None = field(default=None, compare=False)


@record
class OwnWeight:
    """A weight of a class of the author's: sizes are numbers, or names of parameters."""

    name: str
    shape: tuple[Expression, ...]


@record
class Tail:
    """The end of a shape: what stands before it is the batch, or the axes of the input."""

    sizes: Shape
    keeps_front: bool

    def applied(self, shape: Shape) -> Shape:
        """Returns the shape that a layer gives for the shape of its input."""
        front = shape[: -len(self.sizes)] if self.keeps_front else shape[:1]
        return (*front, *self.sizes)


@record
class Skeleton:
    """A class of the author's whose code is not known: what is known is written.

    Attributes:
        name: What it is called in the module.
        original: What the file calls it.
        family: The catalogue's family of its base class: `layers`, `constraints`.
        parameters: The constructor's parameters with their defaults.
        weights: What `build` adds; None where the weights are not known.
        keywords: What `call` takes besides the inputs.
        takes_list: Whether the inputs are a list of tensors.
        tail: The end of the shape that it gives; None where it is taken to be the input's.
    """

    name: str
    original: str
    family: str = "layers"
    parameters: tuple[Argument, ...] = ()
    weights: tuple[OwnWeight, ...] | None = None
    keywords: tuple[str, ...] = ()
    takes_list: bool = False
    tail: Tail | None = None
    location: Location | None = field(default=None, compare=False)


Definition = Former | Stub | Skeleton
