"""What HDF5 says of values: their kind, their shape and where they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

from keras_kgen.frontends.saved.hdf5.cursor import Cursor
from keras_kgen.frontends.saved.sources import BrokenFile

MAX_RANK = 32
_INTEGER, _FLOAT, _STRING, _OPAQUE, _ENUM, _VARIABLE = 0, 1, 3, 5, 8, 9
_CLASS_NAMES = {
    2: "times",
    4: "bit fields",
    5: "opaque bytes",
    6: "records",
    7: "references",
    9: "lists of any length (Python objects)",
    10: "arrays in arrays",
}


@dataclass(frozen=True, slots=True)
class DataType:
    """The kind of a value.

    Attributes:
        code: NumPy's code: `<f4`, `|S12`; `vlen` for text of any length.
        size: Bytes for each value.
    """

    code: str
    size: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a chunked data set: where its bytes lie, and the first element's index."""

    address: int
    size: int
    mask: int
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the values of a data set lie.

    Attributes:
        address: Of a contiguous data set, or of the tree of chunks; None where nothing
            was ever written.
        size: Bytes of a contiguous data set.
        compact: The bytes themselves where they stand in the header.
        chunk_shape: The shape of a chunk; empty where there are none.
    """

    address: int | None = None
    size: int = 0
    compact: bytes | None = None
    chunk_shape: tuple[int, ...] = ()


def read_datatype(cursor: Cursor) -> DataType:
    """Reads a datatype message.

    Raises:
        BrokenFile: values of this kind are not read.
    """
    kind = cursor.u8() & 0x0F
    bits = cursor.number(3)
    size = cursor.u32()
    order = ">" if bits & 1 else "<"
    if kind == _INTEGER and size in (1, 2, 4, 8):
        cursor.skip(4)
        return DataType(_code(order, "i" if bits & 8 else "u", size), size)
    if kind == _FLOAT and size in (2, 4, 8):
        cursor.skip(12)
        return DataType(_code(order, "f", size), size)
    if kind == _STRING and 0 < size < 1 << 31:
        return DataType(f"|S{size}", size)
    if kind == _OPAQUE and size == 2:
        # bfloat16, which HDF5 does not know; an attribute of the data set says so.
        return DataType("|V2", size)
    if kind == _ENUM:
        return read_datatype(cursor)  # h5py's booleans
    if kind == _VARIABLE and bits & 0x0F == 1:
        return DataType("vlen", 16)
    name = _CLASS_NAMES.get(kind, f"numbers of {size} bytes")
    raise BrokenFile(f"it holds {name}, which kgen does not read")


def _code(order: str, letter: str, size: int) -> str:
    return f"{'|' if size == 1 else order}{letter}{size}"


def read_dataspace(cursor: Cursor) -> tuple[int, ...]:
    """Reads a dataspace message: a shape."""
    version, rank, _ = cursor.u8(), cursor.u8(), cursor.u8()
    if version not in (1, 2) or rank > MAX_RANK:
        raise BrokenFile("it is damaged: a shape in it cannot be")
    if version == 1:
        cursor.skip(5)
    elif cursor.u8() == 2:
        return (0,)  # a null dataspace, which h5py writes for empty attributes
    return tuple(cursor.u64() for _ in range(rank))


def read_layout(cursor: Cursor) -> Layout:
    """Reads a data layout message."""
    version = cursor.u8()
    if version in (1, 2):
        return _old_layout(cursor)
    if version not in (3, 4):
        raise BrokenFile(f"version {version} of HDF5's layouts is not read")
    kind = cursor.u8()
    if kind == 0:
        return Layout(compact=cursor.take(cursor.u16()))
    if kind == 1:
        address = cursor.u64()
        return Layout(_defined(address), cursor.u64())
    if kind == 2 and version == 3:
        rank = cursor.u8()
        return _chunked(cursor, rank, cursor.u64())
    raise BrokenFile(
        "it has a layout of new versions of HDF5; rewrite it with `h5repack -j 0 -k 0 -l CONTI`"
    )


def _old_layout(cursor: Cursor) -> Layout:
    rank, kind = cursor.u8(), cursor.u8()
    cursor.skip(5)
    if rank > MAX_RANK + 1:
        raise BrokenFile("it is damaged: a shape in it cannot be")
    if kind == 2:
        return _chunked(cursor, rank, cursor.u64())
    address = cursor.u64() if kind == 1 else 0
    shape = [cursor.u32() for _ in range(rank)]
    if kind == 0:
        return Layout(compact=cursor.take(cursor.u32()))
    # The last dimension is the size of an element where the shape has one more.
    return Layout(_defined(address), math.prod(shape))


def _chunked(cursor: Cursor, rank: int, address: int) -> Layout:
    if not 1 <= rank <= MAX_RANK + 1:
        raise BrokenFile("it is damaged: the shape of a chunk cannot be")
    shape = tuple(cursor.u32() for _ in range(rank))[:-1]
    return Layout(_defined(address), chunk_shape=shape or (1,))


def _defined(address: int) -> int | None:
    return None if address == 0xFFFF_FFFF_FFFF_FFFF else address
