"""The file as a tree of groups and data sets."""

from __future__ import annotations

from collections.abc import Iterator

from keras_kgen.frontends.saved.hdf5 import SIGNATURE
from keras_kgen.frontends.saved.hdf5.attributes import Attribute, AttributeReader
from keras_kgen.frontends.saved.hdf5.cursor import Cursor
from keras_kgen.frontends.saved.hdf5.data import DataSet, read_dataset
from keras_kgen.frontends.saved.hdf5.links import read_links
from keras_kgen.frontends.saved.hdf5.objects import Message, read_messages
from keras_kgen.frontends.saved.sources import BrokenFile, ByteSource

MAX_OBJECTS = 200_000
_MAX_DEPTH = 64


class Hdf5File:
    """An HDF5 file, opened for reading.

    Raises:
        BrokenFile: it is none, or is damaged. So do all methods.
    """

    def __init__(self, source: ByteSource) -> None:
        self.source = source
        self.attributes = AttributeReader(source)
        self._left = MAX_OBJECTS
        self._read: dict[int, Group | DataSet] = {}
        self.root = self._group(_root_address(source))

    def object(self, address: int) -> Group | DataSet:
        """Returns the object at an address."""
        self._left -= 1
        if self._left < 0:
            raise BrokenFile("it holds too many objects")
        if address not in self._read:
            self._read[address] = self._object(address)
        return self._read[address]

    def _object(self, address: int) -> Group | DataSet:
        messages = read_messages(self.source, address)
        links = read_links(self.source, messages)
        if links is None:
            return read_dataset(self.source, messages)
        return Group(self, links, messages)

    def _group(self, address: int) -> Group:
        found = self.object(address)
        if not isinstance(found, Group):
            raise BrokenFile("it is damaged: its root is no group")
        return found


class Group:
    """A group: members by name, and attributes."""

    def __init__(
        self, file: Hdf5File, links: dict[str, int], messages: tuple[Message, ...]
    ) -> None:
        self._file = file
        self._links = links
        self._messages = messages
        self._attributes: dict[str, Attribute] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members, in the order of the file."""
        return tuple(self._links)

    @property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes."""
        if self._attributes is None:
            self._attributes = self._file.attributes.read(self._messages)
        return self._attributes

    def get(self, path: str) -> Group | DataSet | None:
        """Returns a member, or a member's member: `dense/kernel:0`; None where there is none."""
        found: Group | DataSet = self
        for part in path.split("/"):
            if not part:
                continue
            if not isinstance(found, Group) or part not in found._links:
                return None
            found = self._file.object(found._links[part])
        return found

    def group(self, path: str) -> Group | None:
        """Returns a member that is a group."""
        found = self.get(path)
        return found if isinstance(found, Group) else None

    def datasets(
        self, prefix: str = "", depth: int = _MAX_DEPTH
    ) -> Iterator[tuple[str, DataSet]]:
        """Yields every data set inside with its path."""
        if depth <= 0:
            raise BrokenFile("it is nested too deeply")
        for name in self.names:
            path = f"{prefix}{name}"
            member = self._file.object(self._links[name])
            if isinstance(member, Group):
                yield from member.datasets(f"{path}/", depth - 1)
            else:
                yield path, member


def _root_address(source: ByteSource) -> int:
    cursor = Cursor(source.read(0, min(source.size, 128)))
    cursor.expect(SIGNATURE)
    version = cursor.u8()
    if version in (0, 1):
        cursor.skip(4)
        sizes = (cursor.u8(), cursor.u8())
        cursor.skip(9 + (4 if version == 1 else 0))
        cursor.skip(32 + 8)
    elif version in (2, 3):
        sizes = (cursor.u8(), cursor.u8())
        cursor.skip(1 + 24)
    else:
        raise BrokenFile(f"version {version} of HDF5 files is not read")
    if sizes != (8, 8):
        raise BrokenFile("its addresses are not of 8 bytes, which kgen does not read")
    return cursor.u64()
