"""Builds generated modules with Keras and compares them; runs in a process of its own.

    python -m keras_kgen.proof REQUEST.json

prints what it has found as JSON. `kgen verify` starts it.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

# Outputs that differ by more than this, or by this share, are not the same.
TOLERANCE = 1e-4
# Sizes that a model leaves open; small numbers of words are in every vocabulary.
_BATCH, _OPEN_SIZE, _WORDS = 2, 8, 3


def main(path: str) -> None:
    """Reads a request and prints the findings: a list with an entry for each model."""
    request = json.loads(Path(path).read_text("utf-8"))
    batch = max((item["shape"][0] or 0 for item in request["inputs"]), default=0)
    samples = [_sample(item, batch or _BATCH) for item in request["inputs"]]
    inputs = _nested(request["takes"], samples)
    models = [(style, _build(file)) for style, file in request["modules"].items()]
    # Where the functional style has each weight, for the styles that have another order.
    orders = request.get("orders", {})
    original, refusal = _original(request["original"])
    findings = []
    if original is not None:
        models.append(("original", original))
    # The first that has the order of the functional style gives the weights.
    ordered = [model for name, model in models if not orders.get(name)]
    first = ordered[-1] if original is not None else (ordered or [models[0][1]])[0]
    weights = _weights(first, original is not None)
    reference = _outputs(first, weights, inputs)
    for name, model in models:
        order = orders.get(name) if model is not first else None
        given = [weights[index] for index in order] if order else weights
        findings.append(_finding(name, model, first, given, inputs, reference))
    if refusal:
        findings.append({"name": "original", "refusal": refusal})
    print(json.dumps(findings))


def _build(file: str) -> Any:
    name = Path(file).stem
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    keras.utils.clear_session()
    spec.loader.exec_module(module)
    return module.build_model()


def _original(path: str) -> tuple[Any, str]:
    """Returns the saved model itself, or why the installed Keras does not open it."""
    if not path:
        return None, ""
    keras.utils.clear_session()
    try:
        if path.endswith(".json"):
            return keras.models.model_from_json(Path(path).read_text("utf-8")), ""
        return keras.models.load_model(path, compile=False), ""
    except Exception as error:
        return None, f"Keras {keras.__version__} does not open it: {_brief(error)}"


def _sample(given: dict[str, Any], batch: int) -> np.ndarray:
    """Returns random numbers for an input; its shape has the batch in front."""
    rng = np.random.default_rng(0)
    shape = (batch, *(size or _OPEN_SIZE for size in given["shape"][1:]))
    dtype = given["dtype"]
    if dtype.startswith(("int", "uint")):
        return rng.integers(_WORDS, size=shape).astype(dtype)
    if dtype == "bool":
        return rng.integers(2, size=shape).astype(bool)
    return rng.normal(size=shape).astype(dtype if dtype != "bfloat16" else "float32")


def _nested(structure: Any, leaves: list[Any]) -> Any:
    if isinstance(structure, int):
        return leaves[structure]
    if isinstance(structure, list):
        return [_nested(item, leaves) for item in structure]
    return {key: _nested(item, leaves) for key, item in structure.items()}


def _weights(model: Any, keeps: bool) -> list[np.ndarray]:
    """Returns the weights of a model, or random ones; all positive, for variances are."""
    if keeps:
        return list(model.get_weights())
    rng = np.random.default_rng(1)
    return [rng.uniform(0.05, 0.5, size=w.shape) for w in model.get_weights()]


def _outputs(model: Any, weights: list[np.ndarray], inputs: Any) -> Any:
    """Returns the outputs as arrays, or why there are none."""
    try:
        model.set_weights(weights)
        flat = keras.tree.flatten(model(inputs, training=False))
        return [keras.ops.convert_to_numpy(item).astype("float64") for item in flat]
    except Exception as error:
        return _brief(error)


def _finding(
    name: str,
    model: Any,
    first: Any,
    weights: list[np.ndarray],
    inputs: Any,
    reference: Any,
) -> dict[str, Any]:
    shapes = [tuple(w.shape) for w in model.weights]
    wanted = [tuple(array.shape) for array in weights]
    finding: dict[str, Any] = {
        "name": name,
        "parameters": int(model.count_params()),
        "weights": len(shapes),
        "same_weights": shapes == wanted,
    }
    if shapes != wanted:
        return finding
    found = reference if model is first else _outputs(model, weights, inputs)
    if isinstance(found, str) or isinstance(reference, str):
        return {**finding, "failure": found if isinstance(found, str) else reference}
    finding["shapes"] = [list(array.shape) for array in found]
    same_shapes = [a.shape for a in found] == [a.shape for a in reference]
    finding["same_shapes"] = same_shapes
    if same_shapes:
        pairs = list(zip(found, reference, strict=True))
        finding["difference"] = max(
            float(np.abs(a - b).max(initial=0)) for a, b in pairs
        )
        finding["same_outputs"] = all(
            np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE) for a, b in pairs
        )
    return finding


def _brief(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:200]


if __name__ == "__main__":
    main(sys.argv[1])
