"""Tables: what columns are taken for, and files that are not what they seem."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from own_data import make_houses, make_table, write_csv
from own_data_request import look

from keras_kgen.errors import SourceError
from keras_kgen.ir.data import Column, Role, TableFacts


def test_columns_are_told_apart(folder: Path) -> None:
    make_table(folder)
    data, notes = look(file="people.csv", target="income")
    assert isinstance(data.facts, TableFacts)
    assert data.facts.columns == (
        Column("age", Role.NUMBER, 15),
        Column("hours", Role.NUMBER),
        Column("city", Role.CATEGORY, 0, 3),
        Column("joined", Role.DATE, 0, 0, ("year", "month", "weekday"), "%Y-%m-%d"),
    )
    assert data.shapes == (("", (9,), "float32"),)
    assert data.labels.classes == ("<=50K", ">50K")
    assert sum(data.labels.counts) == data.samples == 300
    assert notes == [
        "people.csv: 300 rows; numbers age (15 missing), hours; categories city; "
        "dates joined (%Y-%m-%d)",
        "columns left out: 'id' numbers the rows; 'name' has texts that hardly repeat",
    ]


def test_a_table_as_germans_write_it(folder: Path) -> None:
    make_houses(folder)
    data, _ = look(file="houses.csv", target="price")
    assert isinstance(data.facts, TableFacts)
    assert data.facts.layout.delimiter == ";"
    assert data.facts.layout.has_commas
    assert {column.role for column in data.facts.columns} == {Role.NUMBER}
    assert data.labels.classes == ()
    assert data.labels.mean == pytest.approx(380_000, rel=0.1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(encoding: str, delimiter: str, folder: Path) -> None:
    rows = [["Größe", "kind, in words", "y"]]
    rows += [[str(n % 9), "a;b,c|d" if n % 2 else "é", str(n % 3)] for n in range(60)]
    write_csv(folder / "t.csv", rows, delimiter, encoding)
    data, _ = look(file="t.csv", target="y")
    assert isinstance(data.facts, TableFacts)
    assert [c.name for c in data.facts.columns] == ["Größe", "kind, in words"]
    assert data.labels.classes == ("0", "1", "2")
    with open(folder / "t.csv", encoding=data.facts.layout.encoding) as file:
        assert file.read(5) == "Größe"


@pytest.mark.parametrize(
    ("dates", "form"),
    [
        (["2020-01-31", "2021-02-01"], "%Y-%m-%d"),
        (["31.01.2020", "01.02.2021"], "%d.%m.%Y"),
        (["01/02/2020", "31/01/2021"], "%d/%m/%Y"),
        (["01/31/2020", "02/01/2021"], "%m/%d/%Y"),
        (["2020-01-31T10:20:30", "2021-02-01T11:20:30"], "%Y-%m-%dT%H:%M:%S"),
    ],
)
def test_dates_have_a_format(dates: list[str], form: str, folder: Path) -> None:
    rows = [["when", "y"], *([dates[n % 2], str(n % 2)] for n in range(40))]
    write_csv(folder / "t.csv", rows)
    data, _ = look(file="t.csv", target="y")
    assert isinstance(data.facts, TableFacts)
    assert data.facts.columns[0].date_format == form
    assert "year" in data.facts.columns[0].parts


def test_rare_values_are_one_category(folder: Path) -> None:
    rows = [["kind", "y"], *(["often", str(n % 2)] for n in range(60))]
    rows += [["seldom", "0"], *(["", "1"] for n in range(12)), ["NA", "1"]]
    write_csv(folder / "t.csv", rows)
    data, _ = look(file="t.csv", target="y")
    assert isinstance(data.facts, TableFacts)
    # One for `often`, one for what is missing, one for all others.
    assert data.facts.columns[0].width == 3
    assert data.facts.columns[0].missing == 13


def test_rows_without_a_target_do_not_count(folder: Path) -> None:
    rows = [
        ["a", "y"],
        *([str(n % 7), "?" if n == 5 else str(n % 2)] for n in range(50)),
    ]
    write_csv(folder / "t.csv", rows)
    data, notes = look(file="t.csv", target="y")
    assert data.samples == 49
    assert "1 rows without 'y' are left out" in notes


@pytest.mark.parametrize(
    ("task", "classes"), [("class", ("1", "2", "3")), ("value", ())]
)
def test_the_task_may_be_given(
    task: str, classes: tuple[str, ...], folder: Path
) -> None:
    rows = [["a", "y"], *([str(n % 7), str(n % 3 + 1)] for n in range(60))]
    write_csv(folder / "t.csv", rows)
    data, _ = look(file="t.csv", target="y", task=task)
    assert data.labels.classes == classes


def test_thousands_of_columns_are_read(folder: Path) -> None:
    names = [f"c{n}" for n in range(3000)]
    rows = [[*names, "y"]]
    rows += [[*(str(n * k % 11) for k in range(3000)), str(n % 2)] for n in range(20)]
    write_csv(folder / "t.csv", rows)
    data, notes = look(file="t.csv", target="y")
    assert isinstance(data.facts, TableFacts)
    assert (
        data.facts.width == 3000 - 273
    )  # every eleventh has the same value everywhere
    assert all(len(note) < 500 for note in notes)


@pytest.mark.parametrize(
    ("content", "settings", "message"),
    [
        (b"", {}, "the file is empty"),
        (b"\n\n", {}, "the file is empty"),
        (b"a,y\n", {}, "there are no rows below the names of the columns"),
        (b"a,y\n1,2\n3\n", {}, "row '3' has 1 values, but there are 2 columns"),
        (b"a,a,y\n1,2,3\n", {}, "2 columns are called 'a'; rename them"),
        (
            b"1,2,3\n4,5,6\n",
            {},
            "the first row holds numbers, but must name the columns",
        ),
        (b"a,y\n\0\1\2", {}, "the file is binary, not CSV"),
        ("a,y\n1,2\n".encode("utf-16"), {}, "the file is UTF-16; save it as UTF-8"),
        (b"a,y\n" + b"1,x\n" * 40, {}, "'y' has one value only, 'x': nothing can be"),
        (b"a,y\n1,0\n2,1\n", {}, "there are 2 rows; 10 is the least"),
        (b"a,y\n" + b"1,\n" * 40, {}, "the column 'y' has no values"),
        (b"a,y\n" + b"1,0\n1,1\n" * 20, {}, "nothing is left to predict 'y' from"),
        (
            b"y,z\n" + b"".join(b"n%d,1\n" % n for n in range(40)),
            {},
            "is no class to be",
        ),
        (
            b"a,y\n" + b"1,x\n2,z\n" * 20,
            {"task": "value"},
            "task: value, but 'y' does not hold numbers only",
        ),
        (
            b'a,y\n"1' + b"x" * 200_000,
            {},
            "line 2: field larger than field limit",
        ),
    ],
)
def test_broken_files_are_explained(
    content: bytes, settings: dict[str, Any], message: str, folder: Path
) -> None:
    (folder / "t.csv").write_bytes(content)
    with pytest.raises(SourceError) as caught:
        look(file="t.csv", target="y", **settings)
    assert f"t.csv: {message}" in str(caught.value) or message in str(caught.value)
    assert str(caught.value).startswith("model.yaml:3:7: error: t.csv: ")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"file": "folder"}, "folder: this is a folder: data: {folder: ..}"),
        ({"folder": "t.csv"}, "t.csv: this is a file: data: {file: ..}"),
        ({"folder": "none"}, "none: there is no such folder; paths are relative"),
        ({"file": ""}, "file needs a path"),
        ({"file": ["t.csv"]}, "file takes one text"),
        (
            {"file": "t.csv", "folder": "f"},
            "data has file and folder: give one of them",
        ),
        (
            {"file": "t.csv", "task": "guess"},
            "task is class or value. Received: 'guess'",
        ),
        ({"file": "t.csv", "window": 0}, "window takes a whole number of rows"),
        ({"file": "t.csv", "horizon": 2}, "horizon goes with window"),
    ],
)
def test_wrong_settings_are_explained(
    settings: dict[str, Any], message: str, folder: Path
) -> None:
    (folder / "folder").mkdir()
    (folder / "t.csv").write_text("a,y\n1,2\n")
    with pytest.raises(SourceError) as caught:
        look(**settings)
    assert message in str(caught.value)
