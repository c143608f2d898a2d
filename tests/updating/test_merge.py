"""Three-way merges of lines."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from keras_kgen.updating.matching import common_runs
from keras_kgen.updating.merge import Merged, find_conflict, merge
from keras_kgen.updating.text import Text

# Few different lines, so that much repeats itself.
TEXTS = st.lists(st.sampled_from("abcdef"), max_size=14).map("".join)
BASE = [f"line {number}" for number in range(12)]


def text(letters: str) -> Text:
    return Text.of("".join(f"{letter}\n" for letter in letters))


def merged(base: str, ours: str, theirs: str) -> Merged:
    return merge(Text.of(base), Text.of(ours), Text.of(theirs), "new")


def conflict(ours: str, theirs: str) -> str:
    return f"<<<<<<< your edits\n{ours}=======\n{theirs}>>>>>>> new\n"


def letters(base: str, ours: str, theirs: str) -> str:
    result = merge(text(base), text(ours), text(theirs), "new")
    assert not result.conflicts
    return "".join(result.text.lines)


def test_changes_of_both_sides_are_kept() -> None:
    assert letters("abcdef", "aXbcdef", "abcdeYf") == "aXbcdeYf"
    assert letters("abcdef", "bcdef", "abcde") == "bcde"
    assert letters("abcdef", "aXcdef", "abcdYf") == "aXcdYf"


def test_the_same_change_is_made_once() -> None:
    assert letters("abc", "aXc", "aXc") == "aXc"
    assert letters("abc", "aXYc", "aXYc") == "aXYc"
    assert letters("abcde", "aXcYe", "aXcde") == "aXcYe"


def test_different_changes_of_a_line_are_a_conflict() -> None:
    result = merged("a\nb\nc\n", "a\nX\nc\n", "a\nY\nc\n")
    assert str(result.text) == "a\n" + conflict("X\n", "Y\n") + "c\n"
    assert result.conflicts == (2,)
    assert find_conflict(result.text) == 2


def test_a_change_of_what_the_other_side_takes_out_is_a_conflict() -> None:
    result = merged("a\nb\nc\n", "a\nc\n", "a\nY\nc\n")
    assert str(result.text) == "a\n" + conflict("", "Y\n") + "c\n"


def test_a_conflict_has_only_what_differs() -> None:
    result = merged("a\nb\nz\n", "a\n1\n2\n3\nz\n", "a\n1\n5\n3\nz\n")
    assert str(result.text) == "a\n1\n" + conflict("2\n", "5\n") + "3\nz\n"
    assert result.conflicts == (3,)


def test_two_new_files_of_one_name() -> None:
    result = merged("", "same\nmine\n", "same\nyours\n")
    assert str(result.text) == "same\n" + conflict("mine\n", "yours\n")


def test_line_ends_are_those_of_the_user() -> None:
    result = merged("a\nb\nc\n", "a\r\nb\r\nc\r\nmine\r\n", "a\nB\nc\n")
    assert str(result.text) == "a\r\nB\r\nc\r\nmine\r\n"
    assert not result.conflicts


def test_mixed_line_ends_stay_mixed() -> None:
    result = merged("a\nb\nc\nd\n", "a\r\nb\nc\nd\n", "a\nb\nc\nD\n")
    assert str(result.text) == "a\r\nb\nc\nD\n"


def test_a_last_line_without_end_stays_so() -> None:
    assert str(merged("a\nb\nc\n", "a\nb\nc", "A\nb\nc\n").text) == "A\nb\nc"
    assert str(merged("a\nb\n", "a\nb\nmine", "A\nb\n").text) == "A\nb\nmine"
    assert str(merged("a\nb\n", "a\nmine", "a\nyours\n").text).endswith(">>> new\n")


def test_a_line_that_was_last_gets_an_end() -> None:
    assert str(merged("a\nb\n", "a\nb", "a\nb\nc\n").text) == "a\nb\nc"


def test_a_byte_order_mark_stays() -> None:
    assert str(merged("a\nb\n", "\ufeffa\nb\n", "a\nB\n").text) == "\ufeffa\nB\n"


def test_only_line_feeds_end_lines() -> None:
    odd = "x = '\u2028\x0b\x1c\x85\r'\n"
    assert Text.of(odd).lines == (odd[:-1],)
    assert str(merged("a\nb\nc\n", f"a\nb\nc\n{odd}", "A\nb\nc\n").text).endswith(odd)


def test_empty_texts() -> None:
    assert str(merged("a\n", "", "a\n").text) == ""
    assert str(merged("", "", "a\n").text) == "a\n"
    assert str(merged("a\n", "a\n", "").text) == ""


def test_code_that_repeats_itself_lines_up_by_what_is_unlike() -> None:
    """Functions with the same body are told apart by their names."""

    def function(name: str, *body: str) -> str:
        lines = "".join(f"    {line}\n" for line in body)
        return f"def {name}():\n{lines}    return x\n\n\n"

    body = ("x = 1", "x += 1", "x += 1", "x += 1")
    base = "".join(function(name, *body) for name in "abcd")
    ours = base.replace(function("b", *body), function("b", *body, "mine"))
    theirs = base.replace(function("a", *body), "").replace(
        function("d", *body), function("d", "yours", *body)
    )
    expected = (
        function("b", *body, "mine")
        + function("c", *body)
        + function("d", "yours", *body)
    )
    assert str(merged(base, ours, theirs).text) == expected


def test_separators_of_documents_are_no_conflict() -> None:
    assert not find_conflict(Text.of("Title\n=======\n"))
    assert not find_conflict(Text.of("<<<<<<< \n"))
    assert not find_conflict(Text.of(">>>>>>> a\n<<<<<<< b\n=======\n"))


@given(TEXTS, TEXTS)
def test_runs_are_common_and_in_order(left: str, right: str) -> None:
    runs = common_runs(left, right)
    for run in runs:
        assert run.size > 0
        there = right[run.right : run.right + run.size]
        assert left[run.left : run.left + run.size] == there
    for run, following in pairwise(runs):
        assert run.left + run.size <= following.left
        assert run.right + run.size <= following.right


@given(TEXTS, TEXTS)
def test_a_side_that_has_not_changed_gives_way(base: str, other: str) -> None:
    assert letters(base, base, other) == other
    assert letters(base, other, base) == other
    assert letters(base, other, other) == other


@given(TEXTS, TEXTS, TEXTS)
def test_a_text_comes_back_from_what_a_conflict_shows(
    base: str, ours: str, theirs: str
) -> None:
    """Each side has all of its new lines in the result, in their order."""
    result = merge(text(base), text(ours.upper()), text(theirs), "new").text.lines
    assert [line for line in result if line.isupper()] == list(ours.upper())


@given(st.data())
def test_edits_apart_from_each_other_never_clash(data: st.DataObject) -> None:
    """Where a line that nobody touches is between them, both are made to the letter."""
    who = data.draw(
        st.lists(st.sampled_from(["", "ours", "theirs"]), min_size=12, max_size=12)
    )
    for place in range(1, 12):
        if who[place - 1] and who[place]:
            who[place] = ""
    sides = {
        side: [
            _edited(line, data, side) if owner == side else line
            for line, owner in zip(BASE, who, strict=True)
        ]
        for side in ("ours", "theirs")
    }
    both = [
        ours if owner == "ours" else theirs
        for ours, theirs, owner in zip(sides["ours"], sides["theirs"], who, strict=True)
    ]
    result = merged(*map(_joined, (BASE, sides["ours"], sides["theirs"])))
    assert str(result.text) == _joined(both)
    assert not result.conflicts


def _edited(line: str, data: st.DataObject, side: str) -> str:
    return data.draw(
        st.sampled_from(["", f"{side} {line}", f"{line}\n{side}", f"{side}\n{line}"])
    )


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines if line)


def test_long_texts_of_the_same_few_lines() -> None:
    """To line these up one by one would take minutes."""
    base = ["layer(", "    3,", ")"] * 1500
    ours = [*base[:2000], "mine", *base[2000:]]
    theirs = ["call(", "    3,", ")"] * 1500
    result = merged(_joined(base), _joined(ours), _joined(theirs)).text.lines
    assert "mine" in result
    assert result.count("call(") == 1500
