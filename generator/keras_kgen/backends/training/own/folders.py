"""Folders of images, texts and recordings by class."""

from __future__ import annotations

from keras_kgen.backends.training.facts import ModelFacts, sample_of
from keras_kgen.backends.training.objectives import Goal
from keras_kgen.backends.training.own.views import FolderView, OwnView
from keras_kgen.backends.view import Constant
from keras_kgen.ir.data import AudioFacts, FolderFacts, ImageFacts, OwnData, TextFacts
from keras_kgen.pysource.imports import Imports
from keras_kgen.pysource.literals import literal

_METAVAR = literal("FOLDER")
_COLOR_MODES = {1: "grayscale", 3: "rgb", 4: "rgba"}
_SCALED = "lambda images, labels: (images / 255, labels), tf.data.AUTOTUNE"
_MONO = "lambda audio, labels: (tf.reduce_mean(audio, axis=-1), labels)"
_VECTORIZED = "lambda texts, labels: (vectorize(texts), labels)"


def lower_images(
    own: OwnData, goal: Goal, facts: ModelFacts, imports: Imports
) -> tuple[tuple[Constant, ...], OwnView]:
    """Decides at which size and in which colors images are read."""
    images = own.facts
    assert isinstance(images, ImageFacts)
    view = _folder(
        own,
        goal,
        images.folder,
        noun="images",
        loader="image_dataset_from_directory",
        options=image_options(images, facts),
        cache=images.is_small,
        mapping="" if facts.scales_input else _SCALED,
    )
    return _classes(own), OwnView(_METAVAR, adapts=facts.learns_scale, folder=view)


def image_options(images: ImageFacts, facts: ModelFacts) -> tuple[str, ...]:
    """Returns the arguments with which a loader reads images as the model takes them."""
    sample = sample_of(facts.inputs[0]) or (None, None, images.channels)
    size = (sample[0] or images.size[0], sample[1] or images.size[1])
    mode = _COLOR_MODES[sample[2] or images.channels]
    colors = () if mode == "rgb" else (f"color_mode={literal(mode)}",)
    return (f"image_size={size}", *colors)


def lower_texts(
    own: OwnData, goal: Goal, facts: ModelFacts, imports: Imports
) -> tuple[tuple[Constant, ...], OwnView]:
    """Decides how texts become rows of word numbers, or of zeros and ones."""
    texts = own.facts
    assert isinstance(texts, TextFacts)
    size = (sample_of(facts.inputs[0]) or (None,))[0]
    has_tokens = facts.vocabulary_size is not None
    vocabulary = facts.vocabulary_size if has_tokens else size or texts.words
    constants = [Constant("VOCABULARY_SIZE", literal(vocabulary))]
    if has_tokens:
        constants.append(Constant("SEQUENCE_LENGTH", literal(size or texts.length)))
    view = _folder(
        own,
        goal,
        texts.folder,
        noun="texts",
        loader="text_dataset_from_directory",
        options=(),
        cache=True,
        mapping=f"{_VECTORIZED}, tf.data.AUTOTUNE",
        texts=True,
        words=not has_tokens,
    )
    return (*constants, *_classes(own)), OwnView(_METAVAR, keeps=True, folder=view)


def lower_audio(
    own: OwnData, goal: Goal, facts: ModelFacts, imports: Imports
) -> tuple[tuple[Constant, ...], OwnView]:
    """Decides how long recordings are; longer ones are cut, shorter ones padded."""
    audio = own.facts
    assert isinstance(audio, AudioFacts)
    view = _folder(
        own,
        goal,
        audio.folder,
        noun="recordings",
        loader="audio_dataset_from_directory",
        options=(f"output_sequence_length={audio_length(audio, facts)}",),
        cache=audio.is_small,
        mapping=f"{_MONO}, tf.data.AUTOTUNE",
    )
    return _classes(own), OwnView(_METAVAR, adapts=facts.learns_scale, folder=view)


def audio_length(audio: AudioFacts, facts: ModelFacts) -> int:
    """Returns how many samples of a recording the model takes."""
    return (sample_of(facts.inputs[0]) or (None,))[0] or audio.length


def _classes(own: OwnData) -> tuple[Constant, ...]:
    return (Constant("CLASSES", literal(list(own.labels.classes))),)


def _folder(
    own: OwnData,
    goal: Goal,
    folder: FolderFacts,
    *,
    noun: str,
    loader: str,
    options: tuple[str, ...],
    cache: bool,
    mapping: str,
    texts: bool = False,
    words: bool = False,
) -> FolderView:
    # Class numbers are what the loaders give; vectors have to be asked for.
    form = () if goal.is_sparse else ('label_mode="categorical"',)
    return FolderView(
        noun=noun,
        loader=loader,
        options=("class_names=CLASSES", *form, "batch_size=None", *options),
        train=literal(folder.train) if folder.train else "",
        test=literal(folder.test) if folder.test else "",
        cache=cache,
        mapping=mapping,
        texts=texts,
        words=words,
    )
