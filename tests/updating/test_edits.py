"""Edits at random in any file of a project, and a spec that changes: nothing is lost."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from support import load_preset

from keras_kgen.frontends.detect import read_spec
from keras_kgen.frontends.documents import read_yaml
from keras_kgen.passes.find_problems import find_problems
from keras_kgen.updating.merge import merge
from keras_kgen.updating.record import SPEC, Settings
from keras_kgen.updating.regenerate import generate_as
from keras_kgen.updating.text import Text

SETTINGS = Settings("fashion_resnet")
NOWHERE = Path("fashion_resnet")
# Where a line is, what is done to it, and how the lines are told apart.
EDITS = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from(["insert", "replace", "delete"])),
    min_size=1,
    max_size=8,
    unique_by=lambda edit: edit[0],
)


@functools.cache
def versions() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Returns the files of a project as they were, and as a changed spec gives them."""
    before = generate_as(load_preset("fashion_resnet"), SETTINGS, NOWHERE).files
    spec = before[SPEC]
    for old, new in (
        ("residual_block(64", "residual_block(96"),
        ("GlobalAveragePooling2D()", "GlobalAveragePooling2D()\n  - Dropout(0.5)"),
        ("epochs: ", "epochs: 1"),
        ("optimizer: adam", "optimizer: RMSprop(5e-4)"),
    ):
        assert old in spec, spec
        spec = spec.replace(old, new)
    program = read_spec(read_yaml(spec, SPEC), "model", find_problems)
    return before, generate_as(program, SETTINGS, NOWHERE).files


def names() -> list[str]:
    return sorted(set(versions()[0]) - {SPEC})


def edit(lines: tuple[str, ...], edits: list[tuple[int, str]]) -> list[str]:
    """Returns lines after edits at places among them; what is put in is new."""
    result = list(lines)
    for place, kind in sorted(edits, reverse=True):
        mine = [] if kind == "delete" else [f"# mine {place}"]
        result[place : place + (kind != "insert")] = mine
    return result


def as_text(lines: list[str] | tuple[str, ...]) -> Text:
    return Text.of("".join(f"{line}\n" for line in lines))


def test_the_spec_changes_several_files() -> None:
    before, after = versions()
    assert sum(before[name] != after[name] for name in names()) >= 4


@settings(max_examples=150)
@given(st.data())
def test_no_line_of_the_user_is_lost(data: st.DataObject) -> None:
    before, after = versions()
    name = data.draw(st.sampled_from(names()))
    base, theirs = Text.of(before[name]), Text.of(after[name])
    edits = [(place % len(base.lines), kind) for place, kind in data.draw(EDITS)]
    ours = edit(base.lines, list(dict(edits).items()))
    merged = merge(base, as_text(ours), theirs, "kgen").text.lines
    mine = [line for line in ours if line.startswith("# mine")]
    assert [line for line in merged if line.startswith("# mine")] == mine
    if base == theirs:
        assert list(merged) == ours


@settings(max_examples=150)
@given(st.data())
def test_edits_of_what_the_spec_does_not_change_are_made_in_the_new_text(
    data: st.DataObject,
) -> None:
    before, after = versions()
    name = data.draw(st.sampled_from([name for name in names() if unchanged(name)]))
    base, theirs = Text.of(before[name]), Text.of(after[name])
    free = unchanged(name)
    edits = {free[place % len(free)]: kind for place, kind in data.draw(EDITS)}
    ours = edit(base.lines, [(here, kind) for (here, _), kind in edits.items()])
    expected = edit(theirs.lines, [(there, kind) for (_, there), kind in edits.items()])
    mine = {f"# mine {there}": f"# mine {here}" for here, there in edits}
    merged = merge(base, as_text(ours), theirs, "kgen")
    assert not merged.conflicts
    assert list(merged.text.lines) == [mine.get(line, line) for line in expected]


@functools.cache
def unchanged(name: str) -> list[tuple[int, int]]:
    """Returns lines that stand in both texts, with two such around, and once in either.

    Of two equal lines next to each other, nobody can say which one was taken out.
    """
    base, theirs = (Text.of(files[name]).lines for files in versions())
    blocks = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    pairs = [
        (block.a + i, block.b + i) for block in blocks for i in range(2, block.size - 2)
    ]
    return [
        (i, j) for i, j in pairs if base.count(base[i]) == theirs.count(base[i]) == 1
    ]
