"""kgen's reader of HDF5 gives what the HDF5 library gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keras_kgen.frontends.saved.hdf5.file import Group, Hdf5File
from keras_kgen.frontends.saved.sources import BrokenFile, FileSource

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")

RNG = np.random.default_rng(0)
ARRAYS = {
    "float32": RNG.normal(size=(3, 4, 5)).astype("<f4"),
    "float64": RNG.normal(size=(7,)),
    "float16": RNG.normal(size=(2, 2)).astype("<f2"),
    "int64": np.arange(12).reshape(3, 4),
    "uint8": np.arange(9, dtype="u1"),
    "big": np.arange(6, dtype=">f4").reshape(2, 3),
    "scalar": np.float32(1.5),
    "bool": np.array([True, False]),
    "empty": np.zeros((0, 3), "f4"),
}


def read(path: Path) -> Group:
    return Hdf5File(FileSource.whole(path)).root


def plain(value: Any) -> Any:
    """Returns an attribute of h5py as kgen gives it."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, np.ndarray):
        return tuple(plain(item) for item in value.tolist())
    return value.item() if isinstance(value, np.generic) else value


def compare(path: Path) -> None:
    root = read(path)
    found = dict(root.datasets())
    with h5py.File(path) as file:
        assert root.attributes == {k: plain(v) for k, v in file.attrs.items()}

        def visit(name: str, item: Any) -> None:
            if isinstance(item, h5py.Group):
                group = root.group(name)
                assert group is not None
                assert group.attributes == {k: plain(v) for k, v in item.attrs.items()}
                return
            data = found.pop(name)
            array = np.frombuffer(data.read(), data.datatype.code).reshape(data.shape)
            assert np.array_equal(array, item[()])

        file.visititems(visit)
    assert not found


@pytest.mark.parametrize("libver", ["earliest", "latest", ("earliest", "v110")])
def test_kinds_of_values(tmp_path: Path, libver: Any) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver=libver) as file:
        for index, (name, array) in enumerate(ARRAYS.items()):
            # Of more than eight members, new versions make another kind of group.
            file[f"group{index % 2}/{name}"] = array
        file.attrs["text"] = "déjà vu"
        file.attrs["long"] = "x" * 100_000
        file.attrs["bytes"] = np.bytes_("abc")
        file.attrs["number"] = 3
        file["group0"].attrs["names"] = ["a", "bcd"]
        file["group0"].attrs["fixed"] = np.array([b"a", b"bcd"])
        file["group0"].attrs["none"] = np.array([])
    compare(path)


@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}, {"shuffle": True}])
def test_chunks(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for shape, chunks in (
            ((7, 5), (2, 3)),
            ((1000,), (64,)),
            ((4, 4, 4), (3, 3, 3)),
        ):
            data = RNG.normal(size=shape)
            name = f"a{len(shape)}"
            file.create_dataset(
                name, data=data, chunks=chunks, fletcher32=True, **options
            )
    compare(path)


@pytest.mark.parametrize("order", [False, True])
def test_many_members(tmp_path: Path, order: bool) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", track_order=order) as file:
        for index in range(1000 if not order else 8):
            file.create_group(f"layer_{index}")["w"] = np.float32(index)
    compare(path)


def test_links_out_of_the_file_are_not_followed(tmp_path: Path) -> None:
    path, other = tmp_path / "a.h5", tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["secret"] = np.arange(3)
    with h5py.File(path, "w") as file:
        file["data"] = np.arange(3)
        file["external"] = h5py.ExternalLink("other.h5", "secret")
        file["soft"] = h5py.SoftLink("/data")
    assert set(dict(read(path).datasets())) == {"data"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda file: file.create_dataset("a", (4,), h5py.string_dtype()),
            "text or objects",
        ),
        (
            lambda file: file.create_dataset("a", (4,), h5py.vlen_dtype("f4")),
            "lists of any length",
        ),
        (lambda file: file.create_dataset("a", (1 << 40,), "f4"), "never written"),
        (
            lambda file: file.create_dataset(
                "a", (4,), "f4", external=[("/etc/passwd", 0, 16)]
            ),
            "other files",
        ),
        (lambda file: file.create_dataset("a", (4,), "f4,i4"), "records"),
    ],
)
def test_refuses(tmp_path: Path, make: Any, message: str) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        make(file)
    with pytest.raises(BrokenFile, match=message):
        for _, data in read(path).datasets():
            data.read()


def test_what_new_versions_write_has_a_message(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver="latest") as file:
        for index in range(100):
            file.create_group(f"layer_{index}")
    with pytest.raises(BrokenFile, match="h5repack"):
        read(path)
