"""Rules of the layers that turn categories and words into numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keras_kgen.catalogue.rules.rule import (
    LayerCall,
    Rule,
    Shapes,
    is_integer,
    is_integers,
    shown,
)
from keras_kgen.ir.tensors import Dim, Shape

_ENCODINGS = ("one_hot", "multi_hot", "count")
_WORDS = ("int", *_ENCODINGS, "tf_idf")
_SYNONYMS = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def _mode(call: LayerCall, allowed: tuple[str, ...]) -> str:
    """Returns the `output_mode`; a sparse output needs another one than "int"."""
    mode = call.choice("output_mode", allowed)
    if mode == "int" and call.flag("sparse"):
        raise call.error("another output_mode than 'int' with sparse=True", "'int'")
    return _SYNONYMS.get(mode, mode)


def _encoded(shape: Shape, mode: str, depth: Dim) -> Shape:
    """Returns the shape of encoded categories: "one_hot" keeps an axis larger than 1."""
    if mode == "one_hot" and (len(shape) < 2 or shape[-1] != 1):
        return (*shape, depth)
    return (*shape[:-1], depth)


def _category_encoding(call: LayerCall) -> Shapes:
    """Follows `CategoryEncoding`."""
    depth = call.integer("num_tokens")
    return (_encoded(call.shape(), _mode(call, (*_ENCODINGS, "binary")), depth),)


def _discretization(call: LayerCall) -> Shapes:
    """Follows `Discretization`, which drops the second axis where it counts."""
    mode, bins = _mode(call, ("int", *_ENCODINGS)), _bins(call)
    shape = call.shape()
    if mode == "int":
        return (shape,)
    if mode == "one_hot":
        return (_encoded(shape, mode, bins),)
    return ((shape[0], *shape[2:], bins) if len(shape) > 1 else (bins,),)


def _bins(call: LayerCall) -> int:
    boundaries, number = call.config.get("bin_boundaries"), call.config.get("num_bins")
    if (boundaries is None) == (number is None):
        raise call.error(
            "either 'bin_boundaries' or 'num_bins'",
            f"bin_boundaries={boundaries!r}, num_bins={number!r}",
        )
    if boundaries is None:
        return call.integer("num_bins")
    if not isinstance(boundaries, list | tuple):
        raise call.error("a list as 'bin_boundaries'", f"bin_boundaries={boundaries!r}")
    return len(boundaries) + 1


def _discretization_dtypes(call: LayerCall) -> tuple[str, ...]:
    return ("int32" if call.config["output_mode"] == "int" else call.compute_dtype,)


def _hashing(call: LayerCall) -> Shapes:
    """Follows `Hashing.compute_output_spec`, where "one_hot" never adds an axis."""
    _check_hashing(call)
    if call.config["output_mode"] != "int":
        return ((*call.shape()[:-1], call.integer("num_bins")),)
    return (call.shape(),)


def _check_hashing(call: LayerCall) -> None:
    mode = _mode(call, ("int", *_ENCODINGS))
    _check_salt(call)
    dtype = call.config.get("dtype")
    if mode == "int" and dtype not in (None, "int32", "int64"):
        raise call.error(
            "dtype 'int32' or 'int64' with output_mode='int'", f"dtype={shown(dtype)}"
        )


def _hashing_dtypes(call: LayerCall) -> tuple[str, ...]:
    counts = call.config["output_mode"] == "int" and call.config.get("dtype") is None
    return ("int64" if counts else call.variable_dtype,)


def _check_salt(call: LayerCall) -> None:
    salt = call.config.get("salt")
    is_pair = isinstance(salt, list | tuple) and len(salt) == 2
    if salt is not None and not is_pair and not is_integer(salt):
        raise call.error("one integer or two as 'salt'", f"salt={salt!r}")


def _crossing(call: LayerCall) -> Shapes:
    """Follows `HashedCrossing.compute_output_shape`."""
    shapes, bins = call.shapes(), call.integer("num_bins")
    call.choice("output_mode", ("int", "one_hot"))
    if len(shapes) != 2 or () in shapes or shapes[0][-1] != shapes[1][-1]:
        listed = ", ".join(map(str, shapes))
        raise call.error("a list of 2 tensors of one shape", f"shapes {listed}")
    if call.config["output_mode"] == "int":
        return (shapes[0],)
    if shapes[0][-1] == 1:
        return ((*shapes[0][:-1], bins),)
    return ((*shapes[0], bins),)


def _crossing_dtypes(call: LayerCall) -> tuple[str, ...]:
    counts = call.config["output_mode"] == "int" and call.config.get("dtype") is None
    return ("int64" if counts else call.compute_dtype,)


def _lookup(call: LayerCall) -> Shapes:
    """Follows `IndexLookup`, the base of `IntegerLookup` and `StringLookup`."""
    mode, depth = _lookup_mode(call), _lookup_depth(call)
    if mode == "int":
        return (call.shape(),)
    return (_encoded(call.shape(), mode, depth),)


def _integer_lookup(call: LayerCall) -> Shapes:
    _check_integer_lookup(call)
    return _lookup(call)


def _check_integer_lookup(call: LayerCall) -> None:
    call.choice("vocabulary_dtype", ("int64",))
    method = call.choice("oov_method", ("floormod", "farmhash"))
    if call.config.get("salt") is not None and method != "farmhash":
        raise call.error("oov_method='farmhash' with 'salt'", f"oov_method={method!r}")
    _check_lookup(call)


def _lookup_mode(call: LayerCall) -> str:
    mode = _mode(call, (*_WORDS, *_SYNONYMS))
    if mode != "int" and call.flag("invert"):
        raise call.error("output_mode='int' with invert=True", f"{mode!r}")
    given = call.config.get("idf_weights") is not None
    if given and mode != "tf_idf":
        raise call.error("output_mode='tf_idf' with 'idf_weights'", f"{mode!r}")
    _check_salt(call)
    return mode


def _lookup_depth(call: LayerCall) -> Dim:
    """Returns the size of the vocabulary; None before `adapt`, or where a file has it."""
    most = call.config.get("max_tokens")
    if most is not None and call.integer("max_tokens") == 1:
        raise call.error("a max_tokens greater than 1", "max_tokens=1")
    padded = call.flag("pad_to_max_tokens")
    if padded and most is None:
        raise call.error("'max_tokens' with pad_to_max_tokens=True", "max_tokens=None")
    size = _vocabulary_size(call)
    if size is not None and most is not None and size > most:
        raise call.error(f"a vocabulary of max_tokens={most} or less", f"{size} tokens")
    return most if padded else size


def _vocabulary_size(call: LayerCall) -> Dim:
    """Follows `IndexLookup.set_vocabulary`, which adds the special tokens that are missing."""
    special, vocabulary = _special_tokens(call), call.config.get("vocabulary")
    _check_weights(call, vocabulary)
    if vocabulary is None:
        size = call.config.get("vocabulary_size")
        return size if is_integer(size) else None
    if isinstance(vocabulary, str):
        return None
    if not isinstance(vocabulary, list | tuple) or not all(
        isinstance(token, str | int | float) for token in vocabulary or (None,)
    ):
        raise call.error("tokens as 'vocabulary'", f"vocabulary={vocabulary!r}")
    tokens = list(vocabulary)
    if tokens[: len(special)] == special:
        tokens = tokens[len(special) :]
    _check_tokens(call, tokens)
    return len(special) + len(tokens)


def _special_tokens(call: LayerCall) -> list[Any]:
    (unknown,) = call.integers("num_oov_indices", 1, least=0)
    mask = call.config.get("mask_token")
    is_masked = mask is not None and call.config["output_mode"] == "int"
    return [mask] * is_masked + [call.config.get("oov_token")] * unknown


def _check_tokens(call: LayerCall, tokens: list[Any]) -> None:
    if not tokens:
        raise call.error("tokens besides the special ones in 'vocabulary'", "none")
    if len(set(tokens)) != len(tokens):
        twice = next(token for token in tokens if tokens.count(token) > 1)
        raise call.error("each token of 'vocabulary' once", f"{twice!r} again")
    reserved = ["mask_token", "oov_token"] if call.flag("invert") else ["mask_token"]
    for name in reserved:
        token = call.config.get(name)
        if token is not None and token in tokens:
            raise call.error(
                f"a vocabulary with its {name} at the start or not at all", f"{token!r}"
            )


def _check_weights(call: LayerCall, vocabulary: Any) -> None:
    """Checks that "tf_idf" has a weight for each token."""
    if call.config["output_mode"] not in ("tf_idf", "tf-idf") or vocabulary is None:
        return
    weights = call.config.get("idf_weights")
    if not isinstance(weights, list | tuple) or len(weights) != len(vocabulary):
        count = len(weights) if isinstance(weights, list | tuple) else "none"
        raise call.error("'idf_weights' with one for each token", f"{count}")


def _vectorization(call: LayerCall) -> Shapes:
    """Follows `TextVectorization`, which hands its tokens on to a `StringLookup`."""
    _check_text(call)
    call = _as_lookup(call)
    mode, depth = _lookup_mode(call), _lookup_depth(call)
    shape = call.shape()
    if mode == "int":
        if not shape:
            raise call.error("an input of rank 1 or more", f"shape {shape}")
        return ((shape[0], call.config["output_sequence_length"]),)
    if call.config.get("split") is not None:
        return (_encoded((*shape, None), mode, depth),)
    return (_encoded(shape if len(shape) > 1 else (*shape, 1), mode, depth),)


def _as_lookup(call: LayerCall) -> LayerCall:
    lookup = {"mask_token": "", "oov_token": "[UNK]", "num_oov_indices": 1}
    return replace(call, config={**call.config, **lookup})


def _check_text(call: LayerCall) -> None:
    """Checks the arguments of `TextVectorization` that its lookup does not have."""
    cases = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
    for name, allowed in (
        ("standardize", cases),
        ("split", ("whitespace", "character")),
    ):
        if isinstance(call.config.get(name), str):
            call.choice(name, allowed)
    ngrams = call.config.get("ngrams")
    is_tuple = isinstance(ngrams, tuple) and is_integers(ngrams)
    if ngrams is not None and not is_integer(ngrams) and not is_tuple:
        raise call.error(
            "an integer or a tuple of integers as 'ngrams'", f"ngrams={ngrams!r}"
        )
    if call.config.get("output_sequence_length") is not None:
        call.integer("output_sequence_length")
    if call.config.get("output_mode") == "int":
        return
    for name in ("output_sequence_length", "ragged"):
        if call.config.get(name):
            raise call.error(
                f"output_mode='int' with {name!r}",
                f"output_mode={call.config['output_mode']!r}",
            )


def _lookup_dtypes(call: LayerCall) -> tuple[str, ...]:
    return ("int64" if call.config["output_mode"] == "int" else "float32",)


def _check_discretization(call: LayerCall) -> None:
    _mode(call, ("int", *_ENCODINGS))
    _bins(call)


def _check_lookup(call: LayerCall) -> None:
    _lookup_mode(call)
    _lookup_depth(call)


def _check_vectorization(call: LayerCall) -> None:
    _check_text(call)
    _check_lookup(_as_lookup(call))


RULES = {
    "CategoryEncoding": Rule(_category_encoding),
    "Discretization": Rule(
        _discretization, dtypes=_discretization_dtypes, check=_check_discretization
    ),
    "HashedCrossing": Rule(_crossing, dtypes=_crossing_dtypes),
    "Hashing": Rule(_hashing, dtypes=_hashing_dtypes, check=_check_hashing),
    "IntegerLookup": Rule(
        _integer_lookup, dtypes=_lookup_dtypes, check=_check_integer_lookup
    ),
    "StringLookup": Rule(_lookup, dtypes=_lookup_dtypes, check=_check_lookup),
    "TextVectorization": Rule(
        _vectorization, dtypes=_lookup_dtypes, check=_check_vectorization
    ),
}
