"""Makes small data of a user's own, of every kind, without the libraries that read them."""

from __future__ import annotations

import csv
import math
import random
import struct
import wave
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

Row = Sequence[object]


def write_csv(
    path: Path, rows: Sequence[Row], delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    """Writes rows, the names of the columns first."""
    with open(path, "w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def make_table(folder: Path, rows: int = 300) -> Path:
    """Writes people.csv: `income` follows from age, hours and city; ages are missing."""
    rng = random.Random(0)
    table: list[Row] = [["id", "age", "hours", "city", "joined", "name", "income"]]
    for number in range(rows):
        age, hours = rng.randint(18, 70), rng.choice([20, 30, 40, 45])
        city = rng.choice(["Berlin", "Paris", "Rome"])
        score = age / 2 + hours + (15 if city == "Rome" else 0)
        date = f"20{15 + number % 5}-{1 + number % 12:02}-{1 + number % 28:02}"
        age_text = "" if number % 20 == 3 else str(age)
        income = ">50K" if score > 68 else "<=50K"
        table.append(
            [number, age_text, hours, city, date, f"person {number * 7919}", income]
        )
    return write_csv(folder / "people.csv", table)


def make_houses(folder: Path, rows: int = 300) -> Path:
    """Writes houses.csv in the German way: `price` follows from area and rooms."""
    rng = random.Random(0)
    table: list[Row] = [["area", "rooms", "price"]]
    for _ in range(rows):
        area, count = rng.uniform(30, 200), rng.randint(1, 6)
        text = f"{area:.2f}".replace(".", ",")
        table.append([text, count, round(3000 * area + 10_000 * count)])
    return write_csv(folder / "houses.csv", table, ";")


def make_series(folder: Path, rows: int = 600) -> Path:
    """Writes weather.csv: the temperature swings over 24 rows; a wind is missing."""
    rng = random.Random(0)
    table: list[Row] = [["time", "temperature", "wind", "step", "station"]]
    for hour in range(rows):
        day, rest = divmod(hour, 24)
        time = f"2020-{1 + day // 28:02}-{1 + day % 28:02} {rest:02}:00"
        temperature = 15 + 8 * math.sin(hour / 24 * 2 * math.pi)
        wind = "" if hour == 7 else round(rng.uniform(0, 9), 1)
        table.append([time, round(temperature, 2), wind, 3 * hour, "north"])
    return write_csv(folder / "weather.csv", table)


def write_png(path: Path, pixels: np.ndarray) -> None:
    """Writes bytes of the shape (height, width) or (height, width, 3) as a PNG."""
    height, width = pixels.shape[:2]
    color = 2 if pixels.ndim == 3 else 0
    lines = b"".join(b"\0" + row.tobytes() for row in pixels.astype("uint8"))
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")
    data = b"\x89PNG\r\n\x1a\n"
    for name, content in chunks:
        check = zlib.crc32(name + content)
        data += struct.pack(">I", len(content)) + name + content
        data += struct.pack(">I", check)
    path.write_bytes(data)


def make_images(folder: Path, count: int = 40, side: int = 16) -> Path:
    """Makes photos/: discs and bars on noise, 16 by 16, in color."""
    rng = np.random.default_rng(0)
    rows, columns = np.indices((side, side))
    disc = (rows - side / 2) ** 2 + (columns - side / 2) ** 2 < (side / 3) ** 2
    for name, shape in (("disc's", disc), ("wide bars", rows < side // 3)):
        (folder / "photos" / name).mkdir(parents=True)
        for number in range(count):
            noise = rng.integers(0, 90, (side, side, 3))
            pixels = noise + 150 * shape[:, :, None]
            write_png(folder / "photos" / name / f"{number}.png", pixels)
    return folder / "photos"


def make_texts(folder: Path, count: int = 60, parts: Sequence[str] = ("",)) -> Path:
    """Makes reviews/: each text has words of its class, and a word of its own."""
    rng = random.Random(0)
    words = {"bad": "awful poor nasty dull", "good": "great nice lovely fine"}
    for part in parts:
        for name, some in words.items():
            place = folder / "reviews" / part / name
            place.mkdir(parents=True)
            for number in range(count):
                chosen = rng.choices([*some.split(), "film", "was"], k=12)
                text = " ".join([*chosen, f"own{part}{name}{number}"])
                (place / f"{number}.txt").write_text(text, encoding="utf-8")
    return folder / "reviews"


def make_audio(folder: Path, count: int = 30, rate: int = 8000) -> Path:
    """Makes sounds/: low and high tones of a quarter of a second."""
    rng = random.Random(0)
    for name, pitch in (("high", 1800), ("low", 300)):
        (folder / "sounds" / name).mkdir(parents=True)
        for number in range(count):
            tone = 2 * math.pi * (pitch + rng.randint(-50, 50)) / rate
            samples = [
                int(12_000 * math.sin(tone * t) + rng.gauss(0, 900))
                for t in range(rate // 4)
            ]
            path = folder / "sounds" / name / f"{number}.wav"
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(rate)
                file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return folder / "sounds"


def make_arrays(folder: Path, count: int = 300) -> Path:
    """Writes points.npz with x and y: whether the first of four numbers is large."""
    rng = np.random.default_rng(0)
    x = (5 * rng.normal(size=(count, 4)) + 3).astype("float32")
    np.savez(folder / "points.npz", x=x, y=(x[:, 0] > 3).astype("int64"))
    return folder / "points.npz"


def make_pixels(folder: Path, count: int = 240) -> Path:
    """Writes pixels.npz with x_train and so on: the row of an image that is bright."""
    rng = np.random.default_rng(0)
    y = rng.integers(1, 4, count)
    x = rng.integers(0, 90, (count, 12, 12)).astype("uint8")
    x[np.arange(count), 3 * y] += 150
    cut = count - count // 5
    np.savez(
        folder / "pixels.npz",
        x_train=x[:cut],
        y_train=y[:cut],
        x_test=x[cut:],
        y_test=y[cut:],
    )
    return folder / "pixels.npz"


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC = _crc_table()


def _masked_crc(data: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return struct.pack("<I", (rotated + 0xA282EAD8) & 0xFFFFFFFF)


def _varint(value: int) -> bytes:
    data = b""
    while value > 0x7F:
        data += bytes([value & 0x7F | 0x80])
        value >>= 7
    return data + bytes([value])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def example(features: dict[str, bytes | list[float] | list[int]]) -> bytes:
    """Returns a serialized `tf.train.Example`."""
    entries = b""
    for name, value in features.items():
        if isinstance(value, bytes):
            feature = _field(1, _field(1, value))
        elif isinstance(value[0], float):
            packed = struct.pack(f"<{len(value)}f", *value)
            feature = _field(2, _field(1, packed))
        else:
            feature = _field(3, _field(1, b"".join(_varint(int(v)) for v in value)))
        entries += _field(1, _field(1, name.encode()) + _field(2, feature))
    return _field(1, entries)


def write_records(path: Path, records: Sequence[bytes]) -> Path:
    """Writes a TFRecord file."""
    data = b""
    for record in records:
        length = struct.pack("<Q", len(record))
        data += length + _masked_crc(length) + record + _masked_crc(record)
    path.write_bytes(data)
    return path


def make_records(folder: Path, count: int = 240) -> str:
    """Writes digits-0.tfrecord and two more: the third of an image that is bright."""
    rng = np.random.default_rng(0)
    records = []
    for number in range(count):
        label = number * 3 // count
        pixels = rng.integers(0, 90, (12, 12)).astype("uint8")
        pixels[4 * label : 4 * label + 4] += 150
        records.append(example({"image": pixels.tobytes(), "label": [label]}))
    third = count // 3
    for part in range(3):
        path = folder / f"digits-{part}.tfrecord"
        write_records(path, records[part * third : (part + 1) * third])
    return "digits-*.tfrecord"


RECORDS_SPEC = """\
data:
  tfrecords: "digits-*.tfrecord"
  features: {image: {shape: [12, 12], dtype: uint8}, label: {dtype: int64}}
  target: label
"""
# The arguments of `kgen new` for each kind, and what makes its data.
KINDS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "people": (make_table, ("--data", "people.csv", "--target", "income")),
    "houses": (make_houses, ("--data", "houses.csv", "--target", "price")),
    "photos": (make_images, ("--data", "photos")),
    "reviews": (make_texts, ("--data", "reviews")),
    "weather": (
        make_series,
        ("--data", "weather.csv", "--target", "temperature", "--window", "24"),
    ),
    "points": (make_arrays, ("--data", "points.npz")),
    "pixels": (make_pixels, ("--data", "pixels.npz")),
    "sounds": (make_audio, ("--data", "sounds")),
    "records": (make_records, ("records.yaml",)),
}


def make(kind: str, folder: Path) -> tuple[str, ...]:
    """Makes the data of a kind; returns the arguments of `kgen new` for it."""
    maker, arguments = KINDS[kind]
    maker(folder)
    if kind == "records":
        (folder / "records.yaml").write_text(RECORDS_SPEC)
    return arguments
