"""Which type an op gives for the types of its operands.

The types are those of Keras on TensorFlow; JAX and PyTorch have 32 bits where they say 64.
"""

from __future__ import annotations

import functools

# What a Python number counts as: it takes the type of the tensor that it meets.
WEAK_INTEGER, WEAK_FLOAT = "int", "float"
FLOATX = "float32"
INTEGERS = (
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
)
DTYPES = (
    *INTEGERS,
    "bool",
    "float16",
    "float32",
    "float64",
    "bfloat16",
    "string",
    "float8_e4m3fn",
    "float8_e5m2",
    "complex64",
    "complex128",
)
_NARROW = ("bool", "int8", "int16", "int32", "uint8", "uint16", "uint32")

# The next wider types of each, as in `keras/src/backend/common/dtypes.py`.
_WIDER = {
    "bool": ("int",),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float",),
    "int": ("uint8", "int8", "complex64"),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex64": ("complex128",),
    "complex128": (),
}
_RESOLVED = {WEAK_INTEGER: "int32", WEAK_FLOAT: FLOATX}
_NATIVE = {WEAK_INTEGER: "int64", WEAK_FLOAT: FLOATX}
_NARROWED = {"uint64": "uint32", "complex128": "complex64"}


class PromotionError(ValueError):
    """Keras has no type for operands of these types."""


@functools.cache
def result_type(*dtypes: str) -> str:
    """Returns the narrowest type that holds all of these.

    Follows `result_type` of `keras/src/backend/common/dtypes.py`.

    Raises:
        PromotionError: There is none.
    """
    if any(dtype.startswith("float8") for dtype in dtypes):
        raise PromotionError(", ".join(dtypes))
    kinds = set(dtypes)
    if kinds <= {WEAK_INTEGER, WEAK_FLOAT}:
        kinds = {WEAK_FLOAT} if WEAK_FLOAT in kinds else {WEAK_INTEGER}
    found = kinds.pop() if len(kinds) == 1 else _least_upper_bound(frozenset(kinds))
    found = _RESOLVED.get(found, found)
    return _NARROWED.get(found, found)


def _least_upper_bound(kinds: frozenset[str]) -> str:
    if not kinds <= _WIDER.keys():
        raise PromotionError(", ".join(sorted(kinds)))
    common = frozenset.intersection(*map(_wider, kinds))
    for kind in common:
        if common <= _wider(kind):
            return kind
    raise PromotionError(", ".join(sorted(kinds)))


@functools.cache
def _wider(kind: str) -> frozenset[str]:
    """Returns a type and all that are wider."""
    return frozenset((kind,)).union(*map(_wider, _WIDER[kind]))


def native(dtype: str) -> str:
    """Returns the type that a Python number has where Keras does not take it as weak."""
    return _NATIVE.get(dtype, dtype)


def is_integral(dtype: str) -> bool:
    """Whether a type holds integers or booleans."""
    return "int" in dtype or dtype == "bool"


def same(dtype: str) -> str:
    """Returns the type itself."""
    return dtype


def boolean(*dtypes: str) -> str:
    """Returns the type of a comparison."""
    return "bool"


def standard(*dtypes: str) -> str:
    """Returns the type that Keras gives a tensor without one."""
    return FLOATX


def floating(dtype: str) -> str:
    """Returns the type of `sin`: promoted to a float, but 64 bits of integer are not kept."""
    return FLOATX if dtype == "int64" else result_type(dtype, WEAK_FLOAT)


def promoted_float(*dtypes: str) -> str:
    """Returns the type of a division."""
    return result_type(*dtypes, WEAK_FLOAT)


def float_of_integers(dtype: str) -> str:
    """Returns the type of `exp`: integers become floats, all others stay."""
    return FLOATX if is_integral(dtype) else dtype


def wide_float_of_integers(dtype: str) -> str:
    """Returns the type of `cbrt`, which keeps 64 bits."""
    if dtype == "int64":
        return "float64"
    return FLOATX if dtype in _NARROW else dtype


def angular(dtype: str) -> str:
    """Returns the type of `deg2rad`."""
    if dtype in ("int64", "float64"):
        return "float64"
    return dtype if dtype in ("bfloat16", "float16") else FLOATX


def integer_of_boolean(*dtypes: str) -> str:
    """Returns the promoted type, of integers where all are booleans."""
    found = result_type(*dtypes) if len(dtypes) > 1 else dtypes[0]
    return "int32" if found == "bool" else found


def summed(dtype: str) -> str:
    """Returns the type of a product of elements, in 32 bits at least."""
    if dtype in ("bool", "int8", "int16"):
        return "int32"
    return "uint32" if dtype in ("uint8", "uint16") else dtype


def products(*dtypes: str) -> str:
    """Returns the type of `matmul`, which sums 8 bits in 32."""
    given = tuple(map(native, dtypes))
    return "int32" if set(given) == {"int8"} else result_type(*given)


def promoted_native(*dtypes: str) -> str:
    """Returns the promoted type where Python numbers are not weak."""
    return result_type(*map(native, dtypes))
