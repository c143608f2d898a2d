"""TFRecord files with a schema."""

from __future__ import annotations

from keras_kgen.backends.training.facts import ModelFacts
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.own.views import OwnView, RecordsView
from keras_kgen.backends.training.text import packed
from keras_kgen.backends.view import Constant
from keras_kgen.ir.data import Feature, OwnData, RecordFacts
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal


def lower_records(
    own: OwnData, goal: Goal, facts: ModelFacts, imports: Imports
) -> tuple[tuple[Constant, ...], OwnView]:
    """Decides how serialized examples become tensors."""
    records = own.facts
    assert isinstance(records, RecordFacts)
    features = {feature.name: feature for feature in records.features}
    names = [given.name for given in facts.inputs]
    if len(features) == 1:
        names = list(features)
    target = f"examples[{literal(records.target.name)}]"
    if goal.classes and not goal.is_sparse:
        target = f"tf.one_hot({target}, {goal.classes})"
    x = [f"examples[{literal(name)}]" for name in names]
    view = RecordsView(
        schema=tuple(_schema(f) for f in (*records.features, records.target)),
        decoded=tuple(_decoded(f) for f in records.features if f.dtype == "uint8"),
        x=packed(x, facts.takes),
        y=target,
    )
    imports.add("glob", "glob")
    adapts = facts.learns_scale and len(names) == 1
    own_view = OwnView(literal("PATTERN"), adapts=adapts, split=True, records=view)
    return (), own_view


def _schema(feature: Feature) -> str:
    is_bytes = feature.dtype == "uint8"
    shape, dtype = ((), "string") if is_bytes else (feature.shape, feature.dtype)
    name = literal(feature.name)
    return f"{name}: tf.io.FixedLenFeature({shape}, tf.{dtype})"


def _decoded(feature: Feature) -> str:
    name, shape = literal(feature.name), (-1, *feature.shape)
    pixels = f"tf.io.decode_raw(examples[{name}], tf.uint8)"
    return f"examples[{name}] = tf.reshape({pixels}, {shape})"
