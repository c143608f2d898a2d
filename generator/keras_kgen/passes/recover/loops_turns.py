"""Two numbers in a label that one counter gives: `stack0_block4` is followed by `stack1_block0`."""

from __future__ import annotations

from collections.abc import Sequence

from keras_kgen.records import record

# A turn of one is no turn.
_SHORTEST = 2


@record
class Turns:
    """How a counter goes round and round.

    Attributes:
        length: How many times make a turn.
        turn: The first number of a turn.
        place: The first number of a place in a turn.
    """

    length: int
    turn: int
    place: int


def find_turns(turns: Sequence[int], places: Sequence[int]) -> Turns | None:
    """Returns how one counter gives both numbers of each time, None where none does.

    The last turn may be shorter than the others.
    """
    if not turns or len(turns) != len(places):
        return None
    length = next((t for t, turn in enumerate(turns) if turn != turns[0]), 0)
    if length < _SHORTEST:
        return None
    found = Turns(length, turns[0], places[0])
    is_so = all(
        (turn, place) == (found.turn + time // length, found.place + time % length)
        for time, (turn, place) in enumerate(zip(turns, places, strict=True))
    )
    return found if is_so else None
