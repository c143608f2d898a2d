"""Looks at folders of recordings: how long they are, and at which rate."""

from __future__ import annotations

import wave
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from keras_kgen.errors import Diagnostics
from keras_kgen.frontends.data.folders import ClassFolder, read_files
from keras_kgen.frontends.data.problems import DataProblem
from keras_kgen.frontends.data.request import OwnRequest
from keras_kgen.ir.data import AudioFacts, OwnData

_COMPLAINT = "not WAV with 16 bits a sample; convert"
MAX_SECONDS = 10
# Shorter recordings are padded to the eighth part of a second.
_SHORTEST = 8
# Samples as float32 that may stay in memory, in bytes.
_MEMORY = 1 << 30


@dataclass(frozen=True, slots=True)
class _Recording:
    rate: int
    length: int


def inspect_audio(
    request: OwnRequest, folder: ClassFolder, notes: Diagnostics
) -> OwnData:
    """Returns what a folder of recordings holds.

    Raises:
        DataProblem: there are files that Keras does not read, or several rates.
    """
    recordings = read_files(request, folder, _recording, _COMPLAINT)
    rates = Counter(recording.rate for recording in recordings)
    if len(rates) > 1:
        found = ", ".join(f"{rate} Hz ({count})" for rate, count in rates.most_common())
        raise DataProblem(f"the recordings have several rates: {found}; convert them")
    (rate,) = rates
    lengths = sorted(recording.length for recording in recordings)
    most = lengths[9 * (len(lengths) - 1) // 10]
    length = max(min(most, MAX_SECONDS * rate), rate // _SHORTEST)
    is_small = 4 * length * folder.count <= _MEMORY
    place = request.place(request.source)
    first, last = (f"{lengths[index] / rate:.2f}" for index in (0, -1))
    lasting = first if first == last else f"{first} to {last}"
    notes.note(
        f"recordings of {lasting} seconds at {rate} Hz: the module reads the first "
        f"{length / rate:.2f} seconds",
        place,
    )
    facts = AudioFacts(folder.facts, rate, length, is_small)
    shapes = (("", (length,), "float32"),)
    return OwnData(request.path, folder.count, folder.labels, shapes, facts, place)


def _recording(path: Path) -> _Recording | None:
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2 or not file.getnframes():
                return None
            return _Recording(file.getframerate(), file.getnframes())
    except (OSError, EOFError, wave.Error):
        return None
