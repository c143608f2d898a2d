"""Shapes and types of tensors."""

from __future__ import annotations

from keras_kgen.records import record

Dim = int | None
Shape = tuple[Dim, ...]


@record
class TensorSpec:
    """What is known of a tensor.

    Attributes:
        shape: The shape with the batch dimension first; None stands for any size. A
            shape that is None as a whole is not known.
        dtype: The name of the type, `float32` for instance.
    """

    shape: Shape | None
    dtype: str = "float32"

    @property
    def is_known(self) -> bool:
        """Whether the rank, at least, is known."""
        return self.shape is not None


UNKNOWN = TensorSpec(None)
