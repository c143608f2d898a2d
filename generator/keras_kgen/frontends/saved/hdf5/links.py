"""Groups: the names of what is inside, and where it stands. Soft and external links are left out."""

from __future__ import annotations

from collections.abc import Iterator

from keras_kgen.frontends.saved.hdf5 import objects
from keras_kgen.frontends.saved.hdf5.cursor import UNDEFINED, Cursor
from keras_kgen.frontends.saved.hdf5.objects import Message
from keras_kgen.frontends.saved.sources import BrokenFile, ByteSource

MAX_LINKS = 100_000
_MAX_LEVELS = 32
_SOFT_LINK = 2


def read_links(
    source: ByteSource, messages: tuple[Message, ...]
) -> dict[str, int] | None:
    """Returns the address of each member of a group, None where the object is no group.

    Raises:
        BrokenFile: the group is damaged, or is stored in a way that kgen does not read.
    """
    found: dict[str, int] | None = None
    for message in messages:
        if message.kind == objects.SYMBOL_TABLE:
            cursor = Cursor(message.data)
            tree, heap = cursor.u64(), cursor.u64()
            found = dict(_SymbolTable(source, heap).entries(tree))
        elif message.kind == objects.LINK_INFO:
            _check_compact(Cursor(message.data))
            found = found or {}
        elif message.kind == objects.LINK:
            found = found or {}
            found.update(_hard_link(Cursor(message.data)))
    return found


def _check_compact(cursor: Cursor) -> None:
    _, flags = cursor.u8(), cursor.u8()
    cursor.skip(8 if flags & 1 else 0)
    if cursor.u64() != UNDEFINED:
        raise BrokenFile(
            "a group in it is stored as new versions of HDF5 do; "
            "rewrite the file with `h5repack -j 0 -k 0`"
        )


def _hard_link(cursor: Cursor) -> Iterator[tuple[str, int]]:
    _, flags = cursor.u8(), cursor.u8()
    kind = cursor.u8() if flags & 8 else 0
    cursor.skip((8 if flags & 4 else 0) + (1 if flags & 0x10 else 0))
    name = _text(cursor.take(cursor.number(1 << (flags & 3))))
    if kind == 0:
        yield name, cursor.u64()


class _SymbolTable:
    def __init__(self, source: ByteSource, heap: int) -> None:
        self.source = source
        self.names = _read_heap(source, heap)
        self.seen: set[int] = set()

    def entries(
        self, address: int, level: int = _MAX_LEVELS
    ) -> Iterator[tuple[str, int]]:
        if address in self.seen or len(self.seen) > MAX_LINKS or level <= 0:
            raise BrokenFile("it is damaged: a group in it goes round in circles")
        self.seen.add(address)
        if self.source.read(address, 4) == b"SNOD":
            yield from self._symbols(address)
            return
        cursor = Cursor(self.source.read(address, 24))
        cursor.expect(b"TREE")
        if cursor.u8() != 0:
            raise BrokenFile("it is damaged: a group in it is none")
        cursor.skip(1)
        count = cursor.u16()
        pairs = Cursor(self.source.read(address + 24, 16 * count))
        for _ in range(count):
            pairs.skip(8)
            yield from self.entries(pairs.u64(), level - 1)

    def _symbols(self, address: int) -> Iterator[tuple[str, int]]:
        count = Cursor(self.source.read(address + 6, 2)).u16()
        cursor = Cursor(self.source.read(address + 8, 40 * count))
        for _ in range(count):
            name, place, cache = cursor.u64(), cursor.u64(), cursor.u32()
            cursor.skip(20)
            if cache != _SOFT_LINK:
                yield self._name(name), place

    def _name(self, offset: int) -> str:
        end = self.names.find(b"\0", offset)
        if offset > len(self.names) or end < 0:
            raise BrokenFile("it is damaged: a name in it has no end")
        return _text(self.names[offset:end])


def _read_heap(source: ByteSource, address: int) -> bytes:
    cursor = Cursor(source.read(address, 32))
    cursor.expect(b"HEAP")
    cursor.skip(4)
    size = cursor.u64()
    cursor.skip(8)
    if size > objects.MAX_HEADER:
        raise BrokenFile("it is damaged: the names in a group are too long")
    return source.read(cursor.u64(), size)


def _text(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenFile("it is damaged: a name in it is not UTF-8") from error
