"""Text as Markdown says what the text says."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_kgen.explaining.lessons import Lesson
from keras_kgen.notebook.markdown import escaped, listed, paragraphs, with_code
from keras_kgen.pysource.literals import printable


@given(st.text())
def test_escaped_text_reads_as_the_text(text: str) -> None:
    shown = html.unescape(escaped(text))
    assert shown == " ".join(printable(text).split())


@given(st.text())
def test_nothing_in_escaped_text_is_markup(text: str) -> None:
    assert not set(escaped(text)) & set("<>`*[]\\|~$!{}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mnist_convnet, 3 (or 4)", "mnist_convnet, 3 (or 4)"),
        ("_a_ __b__", "&#95;a&#95; &#95;&#95;b&#95;&#95;"),
        ("3 * 3", "3 &#42; 3"),
        ("https://a.b", "https&#58;//a.b"),
        ("www.a.b", "www&#46;a.b"),
    ],
)
def test_only_what_means_something_is_escaped(text: str, expected: str) -> None:
    assert escaped(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("strides=2 halves it.", "`strides=2` halves it."),
        ("padding='same' keeps it", "`padding='same'` keeps it"),
        ("in build(), __init__ and call", "in `build()`, `__init__` and call"),
        ("keras.Model takes all", "`keras.Model` takes all"),
        ("Try 0.5. Then stop.", "Try 0.5. Then stop."),
    ],
)
def test_code_in_explanations_is_set_as_code(text: str, expected: str) -> None:
    assert with_code(text) == expected


def test_lessons_are_items_of_a_list() -> None:
    lessons = [Lesson(1, "Dense", "Mixes.", "More units."), Lesson(2, "a_b", "Adds.")]
    assert listed(lessons) == (
        "- **Dense**: Mixes. *To try:* More units.\n- **a_b**: Adds."
    )


def test_empty_paragraphs_are_left_out() -> None:
    assert paragraphs("a", "", "b") == "a\n\nb"
