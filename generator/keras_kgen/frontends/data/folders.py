"""Looks at a folder that has a folder of files for each class."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.data.problems import DataProblem, listed
from keras_kgen.frontends.data.progress import Progress
from keras_kgen.frontends.data.request import OwnRequest
from keras_kgen.ir.data import FolderFacts, Labels, OwnData

_File = TypeVar("_File")
IMAGE_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
TEXT_ENDINGS = (".txt",)
AUDIO_ENDINGS = (".wav",)
_TRAIN, _TEST = ("train", "training"), ("test", "testing")
MAX_FILES = 5_000_000
_MIN_FILES = 10


@dataclass(frozen=True, slots=True)
class ClassFolder:
    """The files of each class.

    Attributes:
        files: The files that train a model, by class; those for testing are not among them.
    """

    facts: FolderFacts
    labels: Labels
    files: dict[str, list[Path]]

    @property
    def count(self) -> int:
        """How many files there are."""
        return sum(map(len, self.files.values()))

    def __iter__(self) -> Iterator[Path]:
        for paths in self.files.values():
            yield from paths


Look = Callable[[OwnRequest, ClassFolder, Diagnostics], OwnData]


def inspect_folder(request: OwnRequest, notes: Diagnostics) -> OwnData:
    """Returns what a folder of images, texts or recordings holds.

    Raises:
        DataProblem: the folder cannot be used.
    """
    root = Path(request.path)
    subfolders = _subfolders(root)
    facts = FolderFacts(_named(subfolders, _TRAIN), _named(subfolders, _TEST))
    if not facts.train or not facts.test:
        facts = FolderFacts()
    base = root / facts.train if facts.train else root
    endings, look = _kind(base)
    folder = _read(base, facts, endings)
    if facts.test:
        _check_test(root / facts.test, folder, endings)
    counted = listed(
        [f"{name} ({count})" for name, count in _counts(folder.labels)], limit=12
    )
    message = f"{request.path}: {folder.count} files in the classes {counted}"
    notes.note(message, request.place(request.source))
    return look(request, folder, notes)


def _counts(labels: Labels) -> list[tuple[str, int]]:
    return [(str(n), c) for n, c in zip(labels.classes, labels.counts, strict=True)]


def _subfolders(path: Path) -> list[str]:
    """Returns the folders that Keras takes for classes, in its order."""
    with os.scandir(path) as entries:
        found = [entry.name for entry in entries if entry.is_dir()]
    return sorted(name for name in found if not name.startswith("."))


def _named(subfolders: list[str], names: tuple[str, ...]) -> str:
    return next((name for name in subfolders if name.lower() in names), "")


def _kind(base: Path) -> tuple[tuple[str, ...], Look]:
    """Returns what most of the files are, and who looks at them.

    Raises:
        DataProblem: they are none of what Keras reads.
    """
    counts = Counter(path.suffix.lower() for path in _walk(base))
    images, texts, audio = (
        sum(counts[ending] for ending in endings)
        for endings in (IMAGE_ENDINGS, TEXT_ENDINGS, AUDIO_ENDINGS)
    )
    most = max(images, texts, audio)
    if not most:
        known = ", ".join((*IMAGE_ENDINGS, *TEXT_ENDINGS, *AUDIO_ENDINGS))
        raise DataProblem(f"there are no files that Keras reads from folders: {known}")
    if most == images:
        from keras_kgen.frontends.data.images import inspect_images

        return IMAGE_ENDINGS, inspect_images
    if most == texts:
        from keras_kgen.frontends.data.texts import inspect_texts

        return TEXT_ENDINGS, inspect_texts
    from keras_kgen.frontends.data.audio import inspect_audio

    return AUDIO_ENDINGS, inspect_audio


def _walk(folder: Path) -> Iterator[Path]:
    """Yields files as Keras finds them: links to folders are not followed."""
    count = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            count += 1
            if count > MAX_FILES:
                raise DataProblem(f"there are more than {MAX_FILES} files")
            yield Path(parent, name)


def _read(base: Path, facts: FolderFacts, endings: tuple[str, ...]) -> ClassFolder:
    names = _subfolders(base)
    files = {
        name: sorted(p for p in _walk(base / name) if _is_kind(p, endings))
        for name in names
    }
    empty = [name for name in names if not files[name]]
    if empty:
        message = f"no {'/'.join(endings)} in the folder {listed(empty)}: every folder is a class"
        raise DataProblem(message)
    if len(names) < 2:
        raise DataProblem(
            "a folder for each class is needed, two at least. Found: "
            + (listed(names) or "none")
        )
    counts = tuple(len(files[name]) for name in names)
    if sum(counts) < _MIN_FILES:
        raise DataProblem(f"there are {sum(counts)} files; {_MIN_FILES} is the least")
    return ClassFolder(facts, Labels("", tuple(names), counts), files)


def _is_kind(path: Path, endings: tuple[str, ...]) -> bool:
    """Whether a file has one of the endings, and can be read without waiting for it."""
    return path.suffix.lower() in endings and not path.is_fifo()


def _check_test(base: Path, folder: ClassFolder, endings: tuple[str, ...]) -> None:
    names, known = _subfolders(base), list(folder.labels.classes)
    if names != known:
        raise DataProblem(
            f"{base.name} has the classes {listed(names)}, but training has "
            f"{listed(list(folder.files))}"
        )
    if not any(path.suffix.lower() in endings for path in _walk(base)):
        raise DataProblem(f"{base.name} has no {'/'.join(endings)}")


def read_files(
    request: OwnRequest,
    folder: ClassFolder,
    read: Callable[[Path], _File | None],
    complaint: str,
) -> list[_File]:
    """Returns what is read of each file.

    Args:
        request: What the data are asked for with.
        folder: The files.
        read: Reads one, and gives None where that cannot be done.
        complaint: What such a file is not, and what to do, behind "file is".

    Raises:
        DataProblem: some files cannot be read.
    """
    progress = Progress(f"reading {request.path}", folder.count)
    found: list[_File] = []
    broken: list[str] = []
    for index, path in enumerate(folder):
        item = read(path)
        if item is None:
            broken.append(str(path.relative_to(request.path)))
        else:
            found.append(item)
        progress.add(index)
    if broken:
        verb = "file is" if len(broken) == 1 else "files are"
        raise DataProblem(f"{len(broken)} {verb} {complaint} {listed(broken)}")
    return found
