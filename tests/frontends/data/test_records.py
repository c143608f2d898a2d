"""TFRecord files: their examples are compared with the schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from own_data import example, make_records, write_records
from own_data_request import look

from keras_kgen.errors import SourceError
from keras_kgen.frontends.data.examples import Values, read_example
from keras_kgen.ir.data import Feature, RecordFacts

IMAGE = {"shape": [12, 12], "dtype": "uint8"}
LABEL = {"dtype": "int64"}


def test_records(folder: Path) -> None:
    pattern = make_records(folder)
    features = {"image": IMAGE, "label": LABEL}
    data, notes = look(tfrecords=pattern, features=features, target="label")
    label = Feature("label", (), "int64")
    image = Feature("image", (12, 12), "uint8")
    assert data.facts == RecordFacts((image,), label, 3)
    assert data.samples == 240
    assert data.labels.classes == (0, 1, 2)
    assert data.labels.counts == (80, 80, 80)
    assert notes == ["digits-*.tfrecord: 240 examples in 3 files"]


def test_an_example_is_read_without_its_library() -> None:
    data = example({"a": b"xyz", "b": [1.5, 2.5], "c": [300]})
    assert read_example(data) == {
        "a": Values("bytes", 3),
        "b": Values("floats", 2),
        "c": Values("whole numbers", 1, (300,)),
    }


@pytest.mark.parametrize("data", [b"\xff", b"\x0a\x7f", b"\x0a\x02\x0a", b"\x0b"])
def test_bytes_that_are_no_example(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"it ends|no field|a number"):
        read_example(data)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "say what the records hold, for instance features:"),
        ({"features": {"image": IMAGE}}, "say which feature is to be predicted"),
        ({"features": {"label": LABEL}, "target": "label"}, "no features beside the"),
        (
            {"features": {"image": IMAGE, "label": {"dtype": "string"}}},
            "the dtype of 'label' is one of float32, int64, uint8. Received: 'string'",
        ),
        (
            {"features": {"picture": IMAGE, "label": LABEL}, "target": "label"},
            "there is no feature 'picture'; there are image, label",
        ),
        (
            {
                "features": {"image": {**IMAGE, "shape": [12, 13]}, "label": LABEL},
                "target": "label",
            },
            "'image' has 144 values, but its shape has 156",
        ),
        (
            {
                "features": {"image": {"shape": [144]}, "label": LABEL},
                "target": "label",
            },
            "'image' holds bytes, which are not float32",
        ),
    ],
)
def test_wrong_schemas_are_explained(
    settings: dict[str, Any], message: str, folder: Path
) -> None:
    pattern = make_records(folder, 30)
    with pytest.raises(SourceError) as caught:
        look(tfrecords=pattern, **settings)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"hello world, this is text", b"\x01", b"\x1f\x8b" + b"\0" * 40]
)
def test_other_files_are_no_records(content: bytes, folder: Path) -> None:
    (folder / "a.tfrecord").write_bytes(content)
    features = {"image": IMAGE, "label": LABEL}
    with pytest.raises(
        SourceError, match=r"is no TFRecord|ends within|tf\.train\.Example"
    ):
        look(tfrecords="a.tfrecord", features=features, target="label")


def test_a_record_that_is_no_example(folder: Path) -> None:
    write_records(folder / "a.tfrecord", [b"\xff\xff\xff"] * 20)
    features = {"image": IMAGE, "label": LABEL}
    with pytest.raises(SourceError, match=r"does not hold tf\.train\.Example"):
        look(tfrecords="a.tfrecord", features=features, target="label")


def test_files_are_missing(folder: Path) -> None:
    features = {"image": IMAGE, "label": LABEL}
    with pytest.raises(SourceError, match="there are no such files"):
        look(tfrecords="x-*.tfrecord", features=features, target="label")
