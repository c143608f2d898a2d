"""What `kgen compare` says of the styles is what Keras does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import load_preset, preset_styles, run_source

from keras_kgen.comparing.build import compare
from keras_kgen.comparing.comparison import Cell, Comparison
from keras_kgen.options import Style

keras = pytest.importorskip("keras")


def cell(comparison: Comparison, topic: str, style: Style) -> Cell:
    """Returns what is said of a style under the topic that begins so."""
    parts = (*comparison.differences, *comparison.abilities)
    (found,) = (part for part in parts if part.topic.startswith(topic))
    return found.cells[style]


def models(name: str) -> Iterator[tuple[Style, Any, Comparison]]:
    comparison = compare(load_preset(name))
    for style, listing in comparison.listings.items():
        yield style, run_source(listing.source).build_model(), comparison


@pytest.mark.parametrize("name", sorted({name for name, _ in preset_styles()}))
def test_model_layers_has_as_many_layers(name: str) -> None:
    for style, model, comparison in models(name):
        text = cell(comparison, "What `model.layers` has", style).text
        assert text.startswith(f"{len(model.layers)} layer"), (style, text)


@pytest.mark.parametrize("name", ["mnist_convnet", "fashion_resnet", "mnist_siamese"])
def test_models_load_without_their_code_where_it_says_so(
    name: str, tmp_path: Path
) -> None:
    for style, model, comparison in models(name):
        path = tmp_path / f"{style.value}.keras"
        model.save(path)
        keras.saving.get_custom_objects().clear()
        if cell(comparison, "Load it without", style).verdict == "yes":
            assert keras.saving.load_model(path).count_params() == model.count_params()
        else:
            with pytest.raises(TypeError, match="registered"):
                keras.saving.load_model(path)


@pytest.mark.parametrize("name", ["mnist_convnet", "fashion_resnet"])
def test_layers_inside_give_outputs_where_it_says_so(name: str) -> None:
    for style, model, comparison in models(name):
        verdict = cell(comparison, "Take the output of a layer", style).verdict
        layer = model.layers[-2]
        if verdict == "no":
            with pytest.raises((AttributeError, ValueError)):
                keras.Model(model.inputs, layer.output)
        else:
            part = keras.Model(model.inputs, model.get_layer(layer.name).output)
            assert part.output_shape == layer.output.shape


@pytest.mark.parametrize("name", sorted({name for name, _ in preset_styles()}))
def test_the_lines_that_are_shown_are_a_program(name: str) -> None:
    """Nothing that the lines of the model read is missing from them."""
    for listing in compare(load_preset(name)).listings.values():
        keras.saving.get_custom_objects().clear()
        source = "\n".join(line.text for line in listing.model)
        assert run_source(source).build_model().built
