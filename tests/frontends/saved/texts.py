"""Small models as Keras 1 and Keras 2 wrote them, typed."""

from __future__ import annotations

import json
from typing import Any

Config = dict[str, Any]


def layer(class_name: str, **config: Any) -> Config:
    """Returns a layer."""
    return {"class_name": class_name, "config": config}


def sequential(*layers: Config, version: str = "2.2.4", as_list: bool = True) -> str:
    """Returns a Sequential model as text, its layers in a list or in a mapping."""
    config: Any = list(layers)
    if not as_list:
        config = {"name": "sequential_1", "layers": config}
    model = {"class_name": "Sequential", "config": config, "keras_version": version}
    return json.dumps(model)


def functional(
    layers: list[Config], inputs: Any, outputs: Any, version: str = "2.2.4", **more: Any
) -> str:
    """Returns a functional model as text."""
    config = {
        "name": "model_1",
        "layers": layers,
        "input_layers": inputs,
        "output_layers": outputs,
    }
    model = {"class_name": "Model", "config": config, "keras_version": version, **more}
    return json.dumps(model)


def called(item: Config, *nodes: Any) -> Config:
    """Returns a layer of a functional model with its calls."""
    return {**item, "name": item["config"]["name"], "inbound_nodes": list(nodes)}


def given(name: str, *shape: int) -> Config:
    """Returns an input of Keras 2."""
    config = {
        "batch_input_shape": [None, *shape],
        "dtype": "float32",
        "sparse": False,
        "name": name,
    }
    return called({"class_name": "InputLayer", "config": config})


KERAS_1 = sequential(
    layer(
        "Convolution2D",
        name="convolution2d_1",
        trainable=True,
        batch_input_shape=[None, 1, 28, 28],
        input_dtype="float32",
        nb_filter=32,
        nb_row=3,
        nb_col=5,
        init="glorot_uniform",
        activation="relu",
        border_mode="valid",
        subsample=[1, 2],
        dim_ordering="th",
        W_regularizer={
            "name": "WeightRegularizer",
            "l1": 0.0,
            "l2": 0.009999999776482582,
        },
        b_regularizer=None,
        activity_regularizer=None,
        W_constraint={"name": "MaxNorm", "m": 2, "axis": 0},
        b_constraint=None,
        bias=True,
    ),
    layer("ZeroPadding2D", name="pad", padding=[1, 1, 2, 2], dim_ordering="th"),
    layer("BatchNormalization", name="norm", mode=0, axis=1, epsilon=0.001),
    layer("Dropout", name="dropout_1", p=0.25),
    layer("Flatten", name="flatten_1"),
    layer("MaxoutDense", name="maxout", output_dim=10, nb_feature=4, input_dim=None),
    layer("Dense", name="dense_1", output_dim=10, init="uniform", input_dim=800),
    version="1.2.2",
)
KERAS_1_TEXT = sequential(
    layer(
        "Embedding",
        name="words",
        batch_input_shape=[None, 100],
        input_dtype="int32",
        input_dim=5000,
        output_dim=32,
        input_length=100,
        init="uniform",
        dropout=0.2,
    ),
    layer(
        "Convolution1D", name="conv", nb_filter=64, filter_length=5, subsample_length=2
    ),
    layer("MaxPooling1D", name="pool", stride=2, pool_length=3, border_mode="same"),
    layer(
        "Bidirectional",
        name="both",
        merge_mode="concat",
        layer=layer(
            "LSTM",
            name="lstm",
            output_dim=7,
            inner_init="orthogonal",
            forget_bias_init="one",
            inner_activation="hard_sigmoid",
            dropout_W=0.1,
            dropout_U=0.2,
            consume_less="cpu",
        ),
    ),
    layer("TimeDistributedDense", name="each", output_dim=3, input_dim=None),
    layer("GRU", name="gru", output_dim=7, inner_activation="sigmoid"),
    version="1.1.0",
)


def merge_of_branches() -> str:
    """Returns a Sequential model of Keras 1 that begins with two others."""
    branches = [
        {
            "class_name": "Sequential",
            "config": [
                layer("Dense", name=name, batch_input_shape=[None, 4], output_dim=3)
            ],
        }
        for name in ("left", "right")
    ]
    merge = layer(
        "Merge", name="merge_1", layers=branches, mode="concat", concat_axis=-1
    )
    dense = layer("Dense", name="out", output_dim=1)
    return sequential(merge, dense, version="1.0.8")
