"""Opens a saved model, whatever kind of file it is: the bytes tell, not the name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from keras_kgen.errors import Location, SourceError, UsageError
from keras_kgen.frontends.saved.configs import read_config
from keras_kgen.frontends.saved.hdf5 import SIGNATURE
from keras_kgen.frontends.saved.model import Container, SavedModel
from keras_kgen.frontends.saved.sources import BrokenFile, ByteSource, FileSource
from keras_kgen.frontends.saved.tree import MAX_BYTES, Json, read_json

if TYPE_CHECKING:
    from keras_kgen.frontends.saved.hdf5.file import Group

# What is read of HDF5, archives and TensorFlow.js is imported where a file is of that kind.
_HEAD = 1024
_ZIP = b"PK\x03\x04"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Words that are in the JSON of models and in no spec; the last two are older than Keras 1.0.
_MARKS = (
    b"class_name",
    b"modelTopology",
    b"model_config",
    b"node_config",
    b"class_mode",
)
_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_SAVED_MODEL = (
    "this is a TensorFlow SavedModel, which holds operations and no layers. Load it with the "
    "Keras that saved it and save it as model.keras or model.h5, or with `to_json()`"
)
# What else has the ending of a model, by its first bytes.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\x80\x02", "this is a pickle, which kgen never reads: it could run anything"),
    (b"\x80\x03", "this is a pickle, which kgen never reads: it could run anything"),
    (b"\x80\x04", "this is a pickle, which kgen never reads: it could run anything"),
    (b"\x80\x05", "this is a pickle, which kgen never reads: it could run anything"),
    (b"\x1f\x8b", "this file is compressed with gzip; unpack it first"),
    (b"\x93NUMPY", "this is one NumPy array and no model"),
    (b"\x08\x01\x12", _SAVED_MODEL),
    (
        b"version https://git-lfs",
        "this is a pointer of Git LFS; `git lfs pull` gets the file",
    ),
)


def is_saved_model(path: Path) -> bool:
    """Whether a file or folder is a saved model and no spec, by its first bytes."""
    if path.is_dir():
        return (path / "saved_model.pb").is_file() or (path / "model.json").is_file()
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if _looks_like_json(head):
                head += file.read(MAX_BYTES)
    except OSError:
        return False
    if head.startswith((_ZIP, SIGNATURE)):
        return True
    return _looks_like_json(head) and any(word in head for word in _MARKS)


def open_model(path: Path | str, source: str | None = None) -> SavedModel:
    """Reads a saved model of any generation of Keras.

    Nothing in the file is executed, unpickled or unmarshalled.

    Args:
        path: The file, or the folder of a TensorFlow.js model.
        source: What messages call it; None means the path.

    Raises:
        SourceError: the file is no model that kgen can read, or is damaged.
        UsageError: there is no such file.
    """
    path = Path(path)
    source = source or str(path)
    if path.is_dir():
        return _open_folder(path, source)
    try:
        file = FileSource.whole(path)
        head = file.read(0, min(file.size, _HEAD))
    except OSError as error:
        raise UsageError(f"{source}: {error.strerror}") from error
    except BrokenFile as error:
        raise SourceError.of(str(error), Location(source)) from error
    reader = next((r for start, r in _READERS if head.startswith(start)), _open_text)
    try:
        return reader(path, source)
    except BrokenFile as error:
        raise SourceError.of(
            f"this file cannot be read: {error}", Location(source)
        ) from error


def read_model_text(
    text: bytes | str, source: str, folder: Path | None = None
) -> SavedModel:
    """Reads the JSON text of a model: `to_json()`, or TensorFlow.js' `model.json`.

    Args:
        text: The text.
        source: What messages call it.
        folder: Where weights beside it are.

    Raises:
        SourceError: it is no model.
    """
    json = read_json(text, source)
    table = json.table()
    if table.get("format") == "graph-model":
        json.fail(
            "this TensorFlow.js model holds operations and no layers; convert the Keras model"
        )
    topology = json.get("modelTopology")
    if topology is None:
        if "modelTopology" in table:
            json.fail("the file holds no layers (`modelTopology` is null)")
        return read_config(json, Container.JSON)
    model = read_config(topology, Container.TENSORFLOW_JS)
    manifest = json.get("weightsManifest")
    if manifest is None:
        return model
    from keras_kgen.frontends.saved.tensorflow_js import read_manifest

    return replace(model, weights=read_manifest(manifest, folder, source))


def _open_folder(path: Path, source: str) -> SavedModel:
    if (path / "model.json").is_file():
        return open_model(path / "model.json", source)
    if (path / "saved_model.pb").exists() or (path / "keras_metadata.pb").exists():
        raise SourceError.of(_SAVED_MODEL, Location(source))
    raise UsageError(f"{source}: this folder holds no model")


def _open_text(path: Path, source: str) -> SavedModel:
    file = FileSource.whole(path)
    data = file.read(0, min(file.size, MAX_BYTES + 1))
    for start, message in _OTHERS:
        if data.startswith(start):
            raise SourceError.of(message, Location(source))
    if path.name in ("saved_model.pb", "keras_metadata.pb"):
        raise SourceError.of(_SAVED_MODEL, Location(source))
    if not _looks_like_json(data):
        raise SourceError.of(
            "this is no saved model: expected a .keras archive, an HDF5 file or JSON",
            Location(source),
        )
    return read_model_text(data, source, path.parent)


def _looks_like_json(data: bytes) -> bool:
    return data.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"[", b'"')


def _open_archive(path: Path, source: str) -> SavedModel:
    from keras_kgen.frontends.saved.archives import Archive

    archive = Archive(path)
    names = archive.entries
    if _CONFIG not in names:
        raise SourceError.of(_no_config(set(names)), Location(source))
    json = read_json(archive.read(_CONFIG, MAX_BYTES), source)
    version = ""
    if _METADATA in names:
        metadata = read_json(archive.read(_METADATA, MAX_BYTES), source, _METADATA)
        found = metadata.get("keras_version")
        version = found.text() if found else ""
    model = read_config(json, Container.KERAS_ZIP, version)
    if _WEIGHTS not in names:
        return model
    from keras_kgen.frontends.saved.hdf5.file import Hdf5File
    from keras_kgen.frontends.saved.hdf5_weights import read_weights

    root = Hdf5File(archive.source(_WEIGHTS)).root
    return replace(model, weights=read_weights(root, source))


def _no_config(names: set[str]) -> str:
    if any(name.endswith("saved_model.pb") for name in names):
        return f"unpacked, {_SAVED_MODEL}"
    if any(name.endswith(".npy") for name in names):
        return "this archive holds NumPy arrays and no model"
    return f"this archive is no Keras model: it has no {_CONFIG}"


def _open_hdf5(path: Path, source: str) -> SavedModel:
    return read_hdf5(FileSource.whole(path), source)


def read_hdf5(file: ByteSource, source: str) -> SavedModel:
    """Reads a model, or weights only, from HDF5."""
    from keras_kgen.frontends.saved.hdf5.file import Hdf5File
    from keras_kgen.frontends.saved.hdf5_weights import read_weights

    root = Hdf5File(file).root
    version, backend = _text(root, "keras_version"), _text(root, "backend")
    config = _json(root, "model_config", source, "")
    group = root.group("model_weights") or root
    weights = read_weights(group, source)
    if config is None:
        if weights is None:
            raise SourceError.of(
                "this HDF5 file holds neither a model nor weights of Keras",
                Location(source),
            )
        version = version or _text(group, "keras_version")
        return SavedModel(
            source,
            Container.HDF5_WEIGHTS,
            version,
            int(version[0]) if version[:1] in ("1", "2", "3") else 3,
            backend or _text(group, "backend"),
            weights=weights,
        )
    training = _json(root, "training_config", source, "training_config")
    model = read_config(config, Container.HDF5, version, backend, training)
    return replace(model, weights=weights)


def _text(group: Group, name: str) -> str:
    value = group.attributes.get(name, b"")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _json(root: Group, name: str, source: str, path: str) -> Json | None:
    value = root.attributes.get(name)
    if value is None or value == b"":
        return None
    if not isinstance(value, bytes):
        raise BrokenFile(f"it is damaged: its {name} is no text")
    return read_json(value, source, path)


_READERS: tuple[tuple[bytes, Callable[[Path, str], SavedModel]], ...] = (
    (_ZIP, _open_archive),
    (SIGNATURE, _open_hdf5),
)
