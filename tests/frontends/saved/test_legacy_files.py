"""Models from public repositories are read: layers, parameters and weights."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from keras_kgen.frontends.saved.containers import is_saved_model, open_model
from keras_kgen.frontends.saved.model import Container, Kind, layers_in

FOLDER = Path(os.environ.get("KGEN_TEST_DATA", "")) / "legacy"
INDEX = FOLDER / "index.json"
RECORDS: list[dict[str, Any]] = (
    json.loads(INDEX.read_text("utf-8")) if INDEX.is_file() else []
)
# The classes that are their authors'.
CUSTOM = {"fabrik__AlexNet.json": {"LRN"}}

pytestmark = pytest.mark.skipif(not RECORDS, reason="KGEN_TEST_DATA has no legacy/")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["file"])
def test_reads(record: dict[str, Any]) -> None:
    path = FOLDER / record["file"]
    assert is_saved_model(path)
    model = open_model(path)
    assert model.keras_version == record["keras_version"]
    assert not model.notes
    if record["weights_only"]:
        assert model.container is Container.HDF5_WEIGHTS
        assert model.network is None
    else:
        assert model.network is not None
        custom = {
            x.class_name for x in layers_in(model.network) if x.kind is Kind.CUSTOM
        }
        assert custom == CUSTOM.get(record["file"], set())
        if "layers" in record:
            # Keras does not count the input of a Sequential model.
            inputs = 1 if model.network.is_sequential else 0
            assert len(model.network.layers) - inputs == record["layers"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["file"])
def test_weights_are_there(record: dict[str, Any]) -> None:
    model = open_model(FOLDER / record["file"])
    if model.weights is None:
        return
    assert record["file"].endswith((".h5", ".keras"))
    if "params" in record:
        assert model.weights.size == record["params"]
    for layer in model.weights.layers:
        for weight in layer.weights:
            assert len(weight.read()) == 4 * weight.size


def test_weights_only_files_fit_the_json_beside_them() -> None:
    partners = {"pv_model": "wp_model"}
    for record in RECORDS:
        if not record["weights_only"]:
            continue
        stem = Path(record["file"]).stem
        for old, new in partners.items():
            stem = stem.replace(old, new) if stem.endswith(old) else stem
        partner = next(r for r in RECORDS if r["file"] == f"{stem}.json")
        weights = open_model(FOLDER / record["file"]).weights
        assert weights is not None and weights.size == partner["params"]
