"""Folders of images, texts and recordings: what is in them, and what should not be."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from own_data import make_audio, make_images, make_texts, write_png
from own_data_request import look

from keras_kgen.errors import SourceError
from keras_kgen.frontends.data.image_headers import ImageHeader, read_header
from keras_kgen.ir.data import AudioFacts, FolderFacts, ImageFacts, TextFacts


def test_images(folder: Path) -> None:
    make_images(folder)
    data, notes = look(folder="photos")
    assert data.facts == ImageFacts(FolderFacts(), (16, 16), 3, True)
    assert data.labels.classes == ("disc's", "wide bars")
    assert data.labels.counts == (40, 40)
    assert notes[0] == "photos: 80 files in the classes disc's (40), wide bars (40)"


def test_images_of_several_sizes_are_read_at_one(folder: Path) -> None:
    for name, side in (("a", 100), ("b", 300)):
        (folder / "photos" / name).mkdir(parents=True)
        for number in range(8):
            pixels = np.zeros((side + number, 2 * side), "uint8")
            write_png(folder / "photos" / name / f"{number}.png", pixels)
    data, notes = look(folder="photos")
    assert data.facts == ImageFacts(FolderFacts(), (80, 160), 1, True)
    assert "images are from 100 by 200 to 307 by 600, grey" in notes[1]


def test_folders_for_training_and_testing_are_found(folder: Path) -> None:
    make_texts(folder, 10, ("train", "test"))
    data, _ = look(folder="reviews")
    assert isinstance(data.facts, TextFacts)
    assert data.facts.folder == FolderFacts("train", "test")
    assert data.samples == 20


def test_texts(folder: Path) -> None:
    make_texts(folder, 30)
    data, _ = look(folder="reviews")
    # Eight words, two more, and one for each text.
    assert data.facts == TextFacts(FolderFacts(), 10 + 60, 13)
    assert data.shapes == (("", (13,), "int32"),)


def test_recordings(folder: Path) -> None:
    make_audio(folder, 6)
    data, _ = look(folder="sounds")
    assert data.facts == AudioFacts(FolderFacts(), 8000, 2000, True)


def test_files_that_are_no_images_are_named(folder: Path) -> None:
    make_images(folder, 8)
    (folder / "photos" / "disc's" / "broken.jpg").write_bytes(b"JFIF?")
    with pytest.raises(SourceError, match="1 file is no image that Keras reads"):
        look(folder="photos")


def test_texts_that_are_not_utf_8_are_named(folder: Path) -> None:
    make_texts(folder, 8)
    (folder / "reviews" / "bad" / "x.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(SourceError, match=r"not UTF-8; convert bad/x\.txt"):
        look(folder="reviews")


def test_recordings_of_another_kind_are_named(folder: Path) -> None:
    make_audio(folder, 6)
    (folder / "sounds" / "low" / "x.wav").write_bytes(b"RIFF1234WAVE")
    with pytest.raises(SourceError, match="not WAV with 16 bits a sample"):
        look(folder="sounds")


def test_rates_must_be_alike(folder: Path) -> None:
    make_audio(folder, 6)
    make_audio(folder / "more", 6, 16_000)
    source = folder / "more" / "sounds" / "low" / "0.wav"
    source.replace(folder / "sounds" / "low" / "other.wav")
    with pytest.raises(SourceError, match=r"several rates: 8000 Hz \(12\), 16000 Hz"):
        look(folder="sounds")


def test_every_folder_is_a_class(folder: Path) -> None:
    make_images(folder, 8)
    (folder / "photos" / "empty").mkdir()
    (folder / "photos" / ".hidden").mkdir()
    with pytest.raises(SourceError, match="in the folder empty: every folder"):
        look(folder="photos")


def test_one_class_is_too_few(folder: Path) -> None:
    make_images(folder / "x", 8)
    photos = folder / "x" / "photos" / "disc's"
    (folder / "photos").mkdir()
    photos.rename(folder / "photos" / "only")
    with pytest.raises(SourceError, match=r"two at least\. Found: only"):
        look(folder="photos")


def test_an_empty_folder_has_nothing_to_read(folder: Path) -> None:
    (folder / "photos").mkdir()
    with pytest.raises(SourceError, match="no files that Keras reads"):
        look(folder="photos")


def test_links_in_a_circle_end(folder: Path) -> None:
    make_images(folder, 8)
    link = folder / "photos" / "disc's" / "again"
    link.symlink_to(folder / "photos", target_is_directory=True)
    (folder / "photos" / "disc's" / "gone.png").symlink_to(folder / "nowhere.png")
    with pytest.raises(SourceError, match="1 file is no image"):
        look(folder="photos")


def jpeg(height: int, width: int, channels: int) -> bytes:
    table = b"\xff\xc4" + struct.pack(">H", 6) + b"\0" * 4
    frame = b"\xff\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, channels)
    return b"\xff\xd8" + table + frame


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (jpeg(30, 40, 3), ImageHeader(30, 40, 3)),
        (jpeg(30, 40, 1), ImageHeader(30, 40, 1)),
        (b"GIF89a" + struct.pack("<HH", 7, 5), ImageHeader(5, 7, 3)),
        (b"BM" + b"\0" * 16 + struct.pack("<ii", 7, -5), ImageHeader(5, 7, 3)),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\xff\xd8\xff", None),
        (b"\xff\xd8" + b"\0" * 90, None),
        (jpeg(0, 40, 3), None),
        (b"", None),
        (b"II*\0", None),
    ],
)
def test_headers_say_how_large_an_image_is(
    data: bytes, expected: ImageHeader | None
) -> None:
    assert read_header(BytesIO(data)) == expected
