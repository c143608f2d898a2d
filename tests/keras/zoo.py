"""Models as people write them in tutorials and papers, small, none of keras.applications.

Each comes with names that a person gave by a pattern, with names that Keras makes up, or
both: `ZOO` has them all.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

# What a person calls a layer, or None where Keras is to make up a name.
Names = Callable[[str], str | None]
Builder = Callable[[Names], Any]

ZOO: dict[str, Callable[[], Any]] = {}
# Names are given to all layers, to none, or the builder comes both ways.
_VARIANTS: dict[str, Names] = {"named": str, "auto": lambda name: None}


def register(*variants: str) -> Callable[[Builder], Builder]:
    """Puts a builder into the zoo once for each variant."""

    def put(builder: Builder) -> Builder:
        for variant in variants or tuple(_VARIANTS):
            names = _VARIANTS[variant]
            key = f"{builder.__name__}_{variant}"
            ZOO[key] = lambda names=names: builder(names)
        return builder

    return put


# -- transformers


def positions_of(tokens: Any) -> Any:
    """Returns 0, 1, 2 ... along the second axis."""
    return ops.cumsum(ops.ones_like(tokens), axis=1) - 1


def feed_forward(x: Any, units: int, dim: int, name: Names, prefix: str) -> Any:
    x = layers.Dense(units, activation="gelu", name=name(f"{prefix}_dense1"))(x)
    x = layers.Dropout(0.1, name=name(f"{prefix}_dropout"))(x)
    return layers.Dense(dim, name=name(f"{prefix}_dense2"))(x)


def vit_encoder(x: Any, depth: int, heads: int, dim: int, name: Names) -> Any:
    for i in range(depth):
        prefix = f"encoder_{i}"
        y = layers.LayerNormalization(epsilon=1e-6, name=name(f"{prefix}_norm1"))(x)
        y = layers.MultiHeadAttention(
            heads, dim // heads, dropout=0.1, name=name(f"{prefix}_attention")
        )(y, y)
        x = layers.Add(name=name(f"{prefix}_add1"))([y, x])
        y = layers.LayerNormalization(epsilon=1e-6, name=name(f"{prefix}_norm2"))(x)
        y = feed_forward(y, dim * 2, dim, name, f"{prefix}_mlp")
        x = layers.Add(name=name(f"{prefix}_add2"))([y, x])
    return layers.LayerNormalization(epsilon=1e-6, name=name("encoder_norm"))(x)


def image_patches(inputs: Any, size: int, dim: int, name: Names) -> Any:
    x = layers.Conv2D(dim, size, strides=size, name=name("patch_embedding"))(inputs)
    return layers.Reshape((-1, dim), name=name("patches"))(x)


@register()
def vit_mean_pool(name: Names) -> Any:
    """A vision transformer that takes the mean of all patches."""
    inputs = keras.Input((32, 32, 3))
    x = image_patches(inputs, 8, 32, name)
    positions = layers.Embedding(16, 32, name=name("position_embedding"))
    x = x + positions(positions_of(x[:, :, 0]))
    x = vit_encoder(x, 4, 4, 32, name)
    x = layers.GlobalAveragePooling1D(name=name("pool"))(x)
    outputs = layers.Dense(10, activation="softmax", name=name("predictions"))(x)
    return keras.Model(inputs, outputs, name="vit")


@register()
def vit_class_token(name: Names) -> Any:
    """A vision transformer that reads the answer from a token of its own."""
    inputs = keras.Input((32, 32, 3))
    x = image_patches(inputs, 8, 32, name)
    token = layers.Embedding(1, 32, name=name("class_token"))(
        ops.zeros_like(x[:, :1, 0], dtype="int32")
    )
    x = layers.Concatenate(axis=1, name=name("tokens"))([token, x])
    positions = ops.cumsum(ops.ones_like(x[:, :, 0], dtype="int32"), axis=1) - 1
    x = layers.Add(name=name("embedded"))(
        [x, layers.Embedding(17, 32, name=name("position_embedding"))(positions)]
    )
    x = vit_encoder(x, 3, 4, 32, name)
    outputs = layers.Dense(10, name=name("head"))(x[:, 0])
    return keras.Model(inputs, outputs, name="vit_token")


@register()
def bert(name: Names) -> Any:
    """An encoder with the normalisation behind each sum."""
    tokens = keras.Input((24,), dtype="int32", name="token_ids")
    segments = keras.Input((24,), dtype="int32", name="segment_ids")
    x = layers.Embedding(100, 32, name=name("token_embedding"))(tokens)
    y = layers.Embedding(24, 32, name=name("position_embedding"))(positions_of(tokens))
    z = layers.Embedding(2, 32, name=name("segment_embedding"))(segments)
    x = layers.Add(name=name("embeddings"))([x, y, z])
    x = layers.LayerNormalization(epsilon=1e-12, name=name("embeddings_norm"))(x)
    x = layers.Dropout(0.1, name=name("embeddings_dropout"))(x)
    for i in range(4):
        x = bert_layer(x, name, f"encoder_{i}")
    pooled = layers.Dense(32, activation="tanh", name=name("pooler"))(x[:, 0])
    return keras.Model([tokens, segments], [x, pooled], name="bert")


def bert_layer(x: Any, name: Names, prefix: str) -> Any:
    y = layers.MultiHeadAttention(4, 8, name=name(f"{prefix}_attention"))(x, x)
    y = layers.Dropout(0.1, name=name(f"{prefix}_attention_dropout"))(y)
    x = layers.Add(name=name(f"{prefix}_attention_add"))([x, y])
    x = layers.LayerNormalization(name=name(f"{prefix}_attention_norm"))(x)
    y = feed_forward(x, 64, 32, name, f"{prefix}_output")
    x = layers.Add(name=name(f"{prefix}_output_add"))([x, y])
    return layers.LayerNormalization(name=name(f"{prefix}_output_norm"))(x)


@register()
def gpt(name: Names) -> Any:
    """A decoder that sees what came before only, with the normalisation before each part."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(100, 32, name=name("token_embedding"))(tokens)
    x = x + layers.Embedding(64, 32, name=name("position_embedding"))(
        positions_of(tokens)
    )
    for i in range(4):
        y = layers.LayerNormalization(name=name(f"decoder_{i}_norm1"))(x)
        attention = layers.MultiHeadAttention(4, 8, name=name(f"decoder_{i}_attention"))
        x = x + attention(y, y, use_causal_mask=True)
        y = layers.LayerNormalization(name=name(f"decoder_{i}_norm2"))(x)
        x = x + feed_forward(y, 128, 32, name, f"decoder_{i}_mlp")
    x = layers.LayerNormalization(name=name("norm"))(x)
    outputs = layers.Dense(100, use_bias=False, name=name("logits"))(x)
    return keras.Model(tokens, outputs, name="gpt")


@register()
def mlp_mixer(name: Names) -> Any:
    """Two MLPs in turn, one across patches and one across channels."""
    inputs = keras.Input((32, 32, 3))
    x = image_patches(inputs, 8, 24, name)
    for i in range(4):
        y = layers.LayerNormalization(name=name(f"mixer_{i}_token_norm"))(x)
        y = layers.Permute((2, 1), name=name(f"mixer_{i}_transpose"))(y)
        y = feed_forward(y, 32, 16, name, f"mixer_{i}_token")
        y = layers.Permute((2, 1), name=name(f"mixer_{i}_back"))(y)
        x = layers.Add(name=name(f"mixer_{i}_token_add"))([x, y])
        y = layers.LayerNormalization(name=name(f"mixer_{i}_channel_norm"))(x)
        y = feed_forward(y, 48, 24, name, f"mixer_{i}_channel")
        x = layers.Add(name=name(f"mixer_{i}_channel_add"))([x, y])
    x = layers.LayerNormalization(name=name("norm"))(x)
    x = layers.GlobalAveragePooling1D(name=name("pool"))(x)
    return keras.Model(inputs, layers.Dense(10, name=name("head"))(x), name="mixer")


# -- images in, images out


def double_conv(x: Any, filters: int, name: Names, prefix: str) -> Any:
    for i in (1, 2):
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, name=name(f"{prefix}_conv{i}")
        )(x)
        x = layers.BatchNormalization(name=name(f"{prefix}_bn{i}"))(x)
        x = layers.Activation("relu", name=name(f"{prefix}_relu{i}"))(x)
    return x


@register()
def unet(name: Names) -> Any:
    """Four levels down and up, with what each level down gave handed across."""
    inputs = keras.Input((64, 64, 3))
    x, skips = inputs, []
    for level, filters in enumerate((8, 16, 32, 64), 1):
        x = double_conv(x, filters, name, f"down{level}")
        skips.append(x)
        x = layers.MaxPooling2D(2, name=name(f"down{level}_pool"))(x)
    x = double_conv(x, 128, name, "bridge")
    for level, filters in zip((4, 3, 2, 1), (64, 32, 16, 8), strict=True):
        x = layers.Conv2DTranspose(
            filters, 2, strides=2, padding="same", name=name(f"up{level}_transpose")
        )(x)
        x = layers.Concatenate(name=name(f"up{level}_concat"))([x, skips.pop()])
        x = double_conv(x, filters, name, f"up{level}")
    outputs = layers.Conv2D(1, 1, activation="sigmoid", name=name("mask"))(x)
    return keras.Model(inputs, outputs, name="unet")


@register("auto")
def unet_upsampling(name: Names) -> Any:
    """The U-Net of the paper as Kaggle writes it: line by line."""
    inputs = layers.Input((32, 32, 1))
    skips = []
    x = inputs
    for filters in (8, 16, 32, 64):
        x = layers.Conv2D(filters, 3, activation="relu", padding="same")(x)
        x = layers.Dropout(0.1)(x)
        x = layers.Conv2D(filters, 3, activation="relu", padding="same")(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(128, 3, activation="relu", padding="same")(x)
    for filters, skip in zip((64, 32, 16, 8), reversed(skips), strict=True):
        x = layers.UpSampling2D()(x)
        x = layers.Conv2D(filters, 2, activation="relu", padding="same")(x)
        x = layers.concatenate([skip, x], axis=3)
        x = layers.Conv2D(filters, 3, activation="relu", padding="same")(x)
        x = layers.Conv2D(filters, 3, activation="relu", padding="same")(x)
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x))


@register()
def attention_unet(name: Names) -> Any:
    """A U-Net that weighs what it hands across by a gate."""
    inputs = keras.Input((32, 32, 1))
    x, skips = inputs, []
    for level, filters in enumerate((8, 16, 32), 1):
        x = double_conv(x, filters, name, f"encoder{level}")
        skips.append(x)
        x = layers.MaxPooling2D(name=name(f"encoder{level}_pool"))(x)
    x = double_conv(x, 64, name, "bottleneck")
    for level, filters in ((3, 32), (2, 16), (1, 8)):
        prefix = f"decoder{level}"
        skip = attention_gate(x, skips.pop(), filters, name, f"{prefix}_gate")
        x = layers.UpSampling2D(interpolation="bilinear", name=name(f"{prefix}_up"))(x)
        x = layers.Concatenate(name=name(f"{prefix}_concat"))([x, skip])
        x = double_conv(x, filters, name, prefix)
    outputs = layers.Conv2D(1, 1, activation="sigmoid", name=name("mask"))(x)
    return keras.Model(inputs, outputs, name="attention_unet")


def attention_gate(gate: Any, skip: Any, filters: int, name: Names, prefix: str) -> Any:
    theta = layers.Conv2D(filters, 2, strides=2, name=name(f"{prefix}_theta"))(skip)
    phi = layers.Conv2D(filters, 1, name=name(f"{prefix}_phi"))(gate)
    x = layers.Add(name=name(f"{prefix}_add"))([theta, phi])
    x = layers.Activation("relu", name=name(f"{prefix}_relu"))(x)
    x = layers.Conv2D(1, 1, activation="sigmoid", name=name(f"{prefix}_psi"))(x)
    x = layers.UpSampling2D(name=name(f"{prefix}_up"))(x)
    return layers.Multiply(name=name(f"{prefix}_out"))([skip, x])


@register()
def autoencoder(name: Names) -> Any:
    """Convolutions down to a code and back up."""
    inputs = keras.Input((32, 32, 3))
    x = inputs
    for i, filters in enumerate((32, 16, 8)):
        x = layers.Conv2D(
            filters, 3, activation="relu", padding="same", name=name(f"encode_{i}_conv")
        )(x)
        x = layers.MaxPooling2D(2, padding="same", name=name(f"encode_{i}_pool"))(x)
    for i, filters in enumerate((8, 16, 32)):
        x = layers.Conv2D(
            filters, 3, activation="relu", padding="same", name=name(f"decode_{i}_conv")
        )(x)
        x = layers.UpSampling2D(2, name=name(f"decode_{i}_up"))(x)
    outputs = layers.Conv2D(
        3, 3, activation="sigmoid", padding="same", name=name("decoded")
    )(x)
    return keras.Model(inputs, outputs, name="autoencoder")


@register()
def dcgan_generator(name: Names) -> Any:
    """Noise in, an image out."""
    inputs = keras.Input((100,))
    x = layers.Dense(4 * 4 * 64, use_bias=False, name=name("project"))(inputs)
    x = layers.Reshape((4, 4, 64), name=name("reshape"))(x)
    x = layers.BatchNormalization(name=name("project_bn"))(x)
    x = layers.LeakyReLU(0.2, name=name("project_relu"))(x)
    for i, filters in enumerate((32, 16, 8), 1):
        x = layers.Conv2DTranspose(
            filters,
            5,
            strides=2,
            padding="same",
            use_bias=False,
            name=name(f"up{i}_conv"),
        )(x)
        x = layers.BatchNormalization(name=name(f"up{i}_bn"))(x)
        x = layers.LeakyReLU(0.2, name=name(f"up{i}_relu"))(x)
    outputs = layers.Conv2DTranspose(
        3, 5, padding="same", activation="tanh", name=name("image")
    )(x)
    return keras.Model(inputs, outputs, name="generator")


# -- models in models, and layers that are shared


@register()
def siamese_model(name: Names) -> Any:
    """Two images, one encoder, which is a model of its own."""
    encoder_inputs = keras.Input((28, 28, 1))
    x = encoder_inputs
    for i, filters in enumerate((16, 32, 64)):
        x = layers.Conv2D(filters, 3, activation="relu", name=name(f"conv{i}"))(x)
        x = layers.MaxPooling2D(name=name(f"pool{i}"))(x)
    x = layers.Flatten(name=name("flatten"))(x)
    x = layers.Dense(32, name=name("embedding"))(x)
    encoder = keras.Model(encoder_inputs, x, name="encoder")
    left = keras.Input((28, 28, 1), name="left")
    right = keras.Input((28, 28, 1), name="right")
    difference = ops.abs(encoder(left) - encoder(right))
    outputs = layers.Dense(1, activation="sigmoid", name=name("same"))(difference)
    return keras.Model([left, right], outputs, name="siamese")


@register()
def siamese_layers(name: Names) -> Any:
    """Two questions and the layers that both go through."""
    left = keras.Input((20,), name="question1")
    right = keras.Input((20,), name="question2")
    embedding = layers.Embedding(100, 16, name=name("embedding"))
    lstm = layers.LSTM(16, name=name("lstm"))
    dense = layers.Dense(16, activation="relu", name=name("dense"))
    encoded = [dense(lstm(embedding(given))) for given in (left, right)]
    x = layers.Concatenate(name=name("concatenate"))(encoded)
    for i in (1, 2):
        x = layers.Dense(32, activation="relu", name=name(f"fc{i}"))(x)
        x = layers.Dropout(0.2, name=name(f"fc{i}_dropout"))(x)
    outputs = layers.Dense(1, activation="sigmoid", name=name("duplicate"))(x)
    return keras.Model([left, right], outputs, name="duplicates")


@register()
def frozen_backbone(name: Names) -> Any:
    """A new head on a model that is not trained any more."""
    backbone_inputs = keras.Input((32, 32, 3))
    x = layers.Rescaling(1 / 255, name=name("scale"))(backbone_inputs)
    for i, filters in enumerate((16, 32, 64)):
        x = double_conv(x, filters, name, f"stage{i}")
        x = layers.MaxPooling2D(name=name(f"stage{i}_pool"))(x)
    backbone = keras.Model(backbone_inputs, x, name="backbone")
    backbone.trainable = False
    inputs = keras.Input((32, 32, 3))
    x = backbone(inputs, training=False)
    x = layers.GlobalAveragePooling2D(name=name("pool"))(x)
    x = layers.Dropout(0.2, name=name("dropout"))(x)
    return keras.Model(inputs, layers.Dense(5, name=name("head"))(x), name="transfer")


# -- sequences


@register()
def sequence_to_sequence(name: Names) -> Any:
    """The states of an encoder begin a decoder."""
    encoder_inputs = keras.Input((None, 40), name="source")
    _, h, c = layers.LSTM(32, return_state=True, name=name("encoder"))(encoder_inputs)
    decoder_inputs = keras.Input((None, 50), name="target")
    x, _, _ = layers.LSTM(
        32, return_sequences=True, return_state=True, name=name("decoder")
    )(decoder_inputs, initial_state=[h, c])
    outputs = layers.Dense(50, activation="softmax", name=name("words"))(x)
    return keras.Model([encoder_inputs, decoder_inputs], outputs, name="seq2seq")


@register()
def deep_sequence_to_sequence(name: Names) -> Any:
    """Three LSTMs on each side, each begun by its counterpart."""
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    x = layers.Embedding(50, 16, name=name("source_embedding"))(source)
    states = []
    for i in range(3):
        x, h, c = layers.LSTM(
            16, return_sequences=True, return_state=True, name=name(f"encoder_{i}")
        )(x)
        states.append([h, c])
    y = layers.Embedding(60, 16, name=name("target_embedding"))(target)
    for i in range(3):
        y = layers.LSTM(16, return_sequences=True, name=name(f"decoder_{i}"))(
            y, initial_state=states[i]
        )
    y = layers.AdditiveAttention(name=name("attention"))([y, x])
    outputs = layers.Dense(60, activation="softmax", name=name("words"))(y)
    return keras.Model([source, target], outputs, name="deep_seq2seq")


@register()
def wavenet(name: Names) -> Any:
    """Stacks of dilated causal convolutions, gated, with what each gives summed."""
    inputs = keras.Input((128, 1))
    x = layers.Conv1D(16, 2, padding="causal", name=name("stem"))(inputs)
    skips = []
    for stack in range(2):
        for i in range(5):
            x, skip = wavenet_block(x, 2**i, name, f"stack{stack}_block{i}")
            skips.append(skip)
    x = layers.Add(name=name("skips"))(skips)
    x = layers.Activation("relu", name=name("relu"))(x)
    x = layers.Conv1D(16, 1, activation="relu", name=name("post"))(x)
    outputs = layers.Conv1D(32, 1, activation="softmax", name=name("samples"))(x)
    return keras.Model(inputs, outputs, name="wavenet")


def wavenet_block(x: Any, dilation: int, name: Names, prefix: str) -> tuple[Any, Any]:
    gates = [
        layers.Conv1D(
            16,
            2,
            padding="causal",
            dilation_rate=dilation,
            activation=activation,
            name=name(f"{prefix}_{activation}"),
        )(x)
        for activation in ("tanh", "sigmoid")
    ]
    z = layers.Multiply(name=name(f"{prefix}_gate"))(gates)
    skip = layers.Conv1D(16, 1, name=name(f"{prefix}_skip"))(z)
    residual = layers.Conv1D(16, 1, name=name(f"{prefix}_residual"))(z)
    return layers.Add(name=name(f"{prefix}_add"))([x, residual]), skip


@register()
def tcn(name: Names) -> Any:
    """A temporal convolutional network: residual blocks of growing dilation."""
    inputs = keras.Input((100, 8))
    x = inputs
    for i in range(5):
        prefix, shortcut = f"block{i}", x
        for j in (1, 2):
            x = layers.Conv1D(
                24,
                3,
                padding="causal",
                dilation_rate=2**i,
                activation="relu",
                name=name(f"{prefix}_conv{j}"),
            )(x)
            x = layers.SpatialDropout1D(0.1, name=name(f"{prefix}_dropout{j}"))(x)
        if i == 0:
            shortcut = layers.Conv1D(24, 1, name=name(f"{prefix}_shortcut"))(shortcut)
        x = layers.Add(name=name(f"{prefix}_add"))([x, shortcut])
        x = layers.Activation("relu", name=name(f"{prefix}_relu"))(x)
    outputs = layers.Dense(1, name=name("forecast"))(x[:, -1])
    return keras.Model(inputs, outputs, name="tcn")


@register()
def character_cnn(name: Names) -> Any:
    """Convolutions of several widths over the same characters."""
    inputs = keras.Input((120,), dtype="int32")
    x = layers.Embedding(70, 16, name=name("characters"))(inputs)
    towers = []
    for size in (2, 3, 4, 5):
        y = layers.Conv1D(32, size, activation="relu", name=name(f"conv_{size}"))(x)
        towers.append(layers.GlobalMaxPooling1D(name=name(f"pool_{size}"))(y))
    x = layers.Concatenate(name=name("features"))(towers)
    x = layers.Dropout(0.5, name=name("dropout"))(x)
    outputs = layers.Dense(4, activation="softmax", name=name("topic"))(x)
    return keras.Model(inputs, outputs, name="character_cnn")


# -- images in, answers out


@register("auto")
def resnet_cifar(name: Names) -> Any:
    """ResNet20 for CIFAR: identity and projection shortcuts, no names at all."""
    inputs = keras.Input((32, 32, 3))
    x = conv_bn(inputs, 16)
    for stage, filters in enumerate((16, 32, 64)):
        for block in range(3):
            strides = 2 if stage > 0 and block == 0 else 1
            y = conv_bn(x, filters, strides)
            y = conv_bn(y, filters, activation=None)
            if strides > 1:
                x = layers.Conv2D(
                    filters,
                    1,
                    strides=strides,
                    padding="same",
                    kernel_initializer="he_normal",
                    kernel_regularizer=keras.regularizers.L2(1e-4),
                )(x)
            x = layers.add([x, y])
            x = layers.Activation("relu")(x)
    x = layers.AveragePooling2D(8)(x)
    x = layers.Flatten()(x)
    outputs = layers.Dense(
        10, activation="softmax", kernel_initializer="he_normal", name=name("out")
    )(x)
    return keras.Model(inputs, outputs)


def conv_bn(
    x: Any, filters: int, strides: int = 1, activation: str | None = "relu"
) -> Any:
    x = layers.Conv2D(
        filters,
        3,
        strides=strides,
        padding="same",
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(1e-4),
    )(x)
    x = layers.BatchNormalization()(x)
    return x if activation is None else layers.Activation(activation)(x)


@register()
def se_resnext(name: Names) -> Any:
    """Grouped convolutions whose channels are weighed by what is in the image."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(32, 3, padding="same", use_bias=False, name=name("stem_conv"))(
        inputs
    )
    x = layers.BatchNormalization(name=name("stem_bn"))(x)
    x = layers.ReLU(name=name("stem_relu"))(x)
    for stage, (filters, blocks) in enumerate(((32, 2), (64, 3), (128, 2)), 1):
        for block in range(1, blocks + 1):
            strides = 2 if stage > 1 and block == 1 else 1
            prefix = f"stage{stage}_block{block}"
            x = se_resnext_block(x, filters, strides, block == 1, name, prefix)
    x = layers.GlobalAveragePooling2D(name=name("pool"))(x)
    outputs = layers.Dense(10, activation="softmax", name=name("predictions"))(x)
    return keras.Model(inputs, outputs, name="se_resnext")


def se_resnext_block(
    x: Any, filters: int, strides: int, project: bool, name: Names, prefix: str
) -> Any:
    shortcut = x
    if project:
        shortcut = layers.Conv2D(
            filters, 1, strides=strides, use_bias=False, name=name(f"{prefix}_0_conv")
        )(x)
        shortcut = layers.BatchNormalization(name=name(f"{prefix}_0_bn"))(shortcut)
    x = layers.Conv2D(filters, 1, use_bias=False, name=name(f"{prefix}_1_conv"))(x)
    x = layers.BatchNormalization(name=name(f"{prefix}_1_bn"))(x)
    x = layers.ReLU(name=name(f"{prefix}_1_relu"))(x)
    x = layers.Conv2D(
        filters,
        3,
        strides=strides,
        padding="same",
        groups=8,
        use_bias=False,
        name=name(f"{prefix}_2_conv"),
    )(x)
    x = layers.BatchNormalization(name=name(f"{prefix}_2_bn"))(x)
    x = layers.ReLU(name=name(f"{prefix}_2_relu"))(x)
    x = squeeze_excite(x, filters, name, f"{prefix}_se")
    x = layers.Add(name=name(f"{prefix}_add"))([x, shortcut])
    return layers.ReLU(name=name(f"{prefix}_out"))(x)


def squeeze_excite(x: Any, filters: int, name: Names, prefix: str) -> Any:
    y = layers.GlobalAveragePooling2D(keepdims=True, name=name(f"{prefix}_pool"))(x)
    y = layers.Dense(filters // 4, activation="relu", name=name(f"{prefix}_fc1"))(y)
    y = layers.Dense(filters, activation="sigmoid", name=name(f"{prefix}_fc2"))(y)
    return layers.Multiply(name=name(f"{prefix}_scale"))([x, y])


@register()
def densenet_3d(name: Names) -> Any:
    """Dense blocks over volumes."""
    inputs = keras.Input((16, 16, 16, 1))
    x = layers.Conv3D(16, 3, padding="same", use_bias=False, name=name("stem"))(inputs)
    channels = 16
    for stage, blocks in enumerate((3, 4, 3), 1):
        for block in range(1, blocks + 1):
            prefix = f"dense{stage}_{block}"
            y = bn_relu_conv_3d(x, 32, 1, name, f"{prefix}_a")
            y = bn_relu_conv_3d(y, 8, 3, name, f"{prefix}_b")
            x = layers.Concatenate(name=name(f"{prefix}_concat"))([x, y])
            channels += 8
        if stage < 3:
            channels //= 2
            x = bn_relu_conv_3d(x, channels, 1, name, f"transition{stage}")
            x = layers.AveragePooling3D(2, name=name(f"transition{stage}_pool"))(x)
    x = layers.BatchNormalization(name=name("bn"))(x)
    x = layers.ReLU(name=name("relu"))(x)
    x = layers.GlobalAveragePooling3D(name=name("pool"))(x)
    outputs = layers.Dense(2, activation="softmax", name=name("diagnosis"))(x)
    return keras.Model(inputs, outputs, name="densenet_3d")


def bn_relu_conv_3d(x: Any, filters: int, size: int, name: Names, prefix: str) -> Any:
    x = layers.BatchNormalization(name=name(f"{prefix}_bn"))(x)
    x = layers.ReLU(name=name(f"{prefix}_relu"))(x)
    return layers.Conv3D(
        filters, size, padding="same", use_bias=False, name=name(f"{prefix}_conv")
    )(x)


@register()
def inception_towers(name: Names) -> Any:
    """GoogLeNet's towers, side by side and joined."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name=name("stem"))(
        inputs
    )
    tables = (
        (8, 12, 16, 2, 4, 4),
        (16, 16, 24, 4, 12, 8),
        (24, 12, 26, 2, 6, 8),
        (20, 14, 28, 3, 8, 8),
    )
    for i, filters in enumerate(tables):
        x = inception(x, filters, name, f"inception_{i}")
        if i % 2:
            x = layers.MaxPooling2D(3, 2, padding="same", name=name(f"pool_{i}"))(x)
    x = layers.GlobalAveragePooling2D(name=name("average"))(x)
    x = layers.Dropout(0.4, name=name("dropout"))(x)
    outputs = layers.Dense(10, activation="softmax", name=name("predictions"))(x)
    return keras.Model(inputs, outputs, name="inception")


def inception(x: Any, filters: Sequence[int], name: Names, prefix: str) -> Any:
    def conv(y: Any, count: int, size: int, part: str) -> Any:
        label = name(f"{prefix}_{part}")
        return layers.Conv2D(
            count, size, padding="same", activation="relu", name=label
        )(y)

    one = conv(x, filters[0], 1, "1x1")
    three = conv(conv(x, filters[1], 1, "3x3_reduce"), filters[2], 3, "3x3")
    five = conv(conv(x, filters[3], 1, "5x5_reduce"), filters[4], 5, "5x5")
    pool = layers.MaxPooling2D(3, 1, padding="same", name=name(f"{prefix}_pool"))(x)
    pool = conv(pool, filters[5], 1, "pool_proj")
    return layers.Concatenate(name=name(f"{prefix}_out"))([one, three, five, pool])


# -- several outputs


@register()
def yolo(name: Names) -> Any:
    """Three outputs at three scales, each made of what is below it and what is deeper."""
    inputs = keras.Input((64, 64, 3))
    x = conv_leaky(inputs, 8, 3, 1, name, "stem")
    scales = []
    for stage, (filters, blocks) in enumerate(((16, 1), (32, 2), (64, 2)), 1):
        x = conv_leaky(x, filters, 3, 2, name, f"stage{stage}_down")
        for block in range(blocks):
            prefix = f"stage{stage}_block{block}"
            y = conv_leaky(x, filters // 2, 1, 1, name, f"{prefix}_1")
            y = conv_leaky(y, filters, 3, 1, name, f"{prefix}_2")
            x = layers.Add(name=name(f"{prefix}_add"))([x, y])
        scales.append(x)
    outputs, x = [], scales.pop()
    for i, filters in enumerate((32, 16, 8)):
        if i:
            x = conv_leaky(x, filters, 1, 1, name, f"head{i}_reduce")
            x = layers.UpSampling2D(name=name(f"head{i}_up"))(x)
            x = layers.Concatenate(name=name(f"head{i}_concat"))([x, scales.pop()])
        for j in range(3):
            size = 3 if j == 1 else 1
            x = conv_leaky(x, filters * size, size, 1, name, f"head{i}_{j}")
        y = conv_leaky(x, filters * 2, 3, 1, name, f"head{i}_out")
        outputs.append(layers.Conv2D(21, 1, name=name(f"boxes_{i}"))(y))
    return keras.Model(inputs, outputs, name="yolo")


def conv_leaky(
    x: Any, filters: int, size: int, strides: int, name: Names, prefix: str
) -> Any:
    x = layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        use_bias=False,
        name=name(f"{prefix}_conv"),
    )(x)
    x = layers.BatchNormalization(name=name(f"{prefix}_bn"))(x)
    return layers.LeakyReLU(0.1, name=name(f"{prefix}_leaky"))(x)


@register()
def multi_task(name: Names) -> Any:
    """One trunk, and a head for each task; the outputs are a dictionary."""
    inputs = keras.Input((48, 48, 1), name="face")
    x = inputs
    for i, filters in enumerate((16, 32, 64)):
        x = layers.Conv2D(filters, 3, activation="relu", name=name(f"conv{i}"))(x)
        x = layers.BatchNormalization(name=name(f"bn{i}"))(x)
        x = layers.MaxPooling2D(name=name(f"pool{i}"))(x)
    x = layers.GlobalAveragePooling2D(name=name("features"))(x)
    outputs = {}
    for task, units, activation in (
        ("age", 1, "relu"),
        ("gender", 1, "sigmoid"),
        ("emotion", 7, "softmax"),
    ):
        y = layers.Dense(32, activation="relu", name=name(f"{task}_hidden"))(x)
        y = layers.Dropout(0.3, name=name(f"{task}_dropout"))(y)
        outputs[task] = layers.Dense(units, activation=activation, name=task)(y)
    return keras.Model(inputs, outputs, name="multi_task")


@register()
def wide_and_deep(name: Names) -> Any:
    """A linear model and a deep one over columns of a table."""
    numbers = keras.Input((6,), name="numbers")
    categories = [keras.Input((1,), dtype="int32", name=f"category_{i}") for i in "abc"]
    embedded = [numbers]
    for i, given in enumerate(categories):
        x = layers.Embedding(20, 4, name=name(f"embedding_{i}"))(given)
        embedded.append(layers.Flatten(name=name(f"flatten_{i}"))(x))
    deep = layers.Concatenate(name=name("deep_inputs"))(embedded)
    for i, units in enumerate((64, 32, 16)):
        deep = layers.Dense(units, activation="relu", name=name(f"deep_{i}"))(deep)
    wide = layers.BatchNormalization(name=name("wide"))(numbers)
    x = layers.Concatenate(name=name("wide_and_deep"))([wide, deep])
    outputs = layers.Dense(1, activation="sigmoid", name=name("income"))(x)
    return keras.Model([numbers, *categories], outputs, name="wide_and_deep")


# -- extremes


@register("auto")
def long_chain(name: Names) -> Any:
    """A chain of a thousand layers, for which Keras needs a higher limit of recursion."""
    inputs = x = keras.Input((4,))
    for _ in range(1000):
        x = layers.Dense(4)(x)
    return keras.Model(inputs, x, name="long_chain")


@register("auto")
def random_dag(name: Names) -> Any:
    """Layers at random, in which there is nothing to find."""
    rng = random.Random(7)
    inputs = keras.Input((8, 8, 4))
    tensors, unread = [inputs], [inputs]
    for _ in range(60):
        layer = random_layer(rng)
        read = [rng.choice(tensors[-6:])]
        if layer is None:
            read.append(rng.choice(tensors))
            layer = rng.choice((layers.Add, layers.Multiply, layers.Average))()
        tensors.append(layer(read if len(read) > 1 else read[0]))
        unread = [t for t in unread if all(t is not r for r in read)] + tensors[-1:]
    x = layers.Concatenate()(unread)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x), name="random_dag")


def random_layer(rng: random.Random) -> Any:
    """Returns a layer of one input, or None for one of two."""
    kind = rng.randrange(5)
    if kind == 0:
        return layers.Conv2D(4, rng.choice((1, 3, 5)), padding="same")
    if kind == 1:
        return layers.BatchNormalization(momentum=round(rng.random(), 3))
    if kind == 2:
        return layers.Dropout(round(0.5 * rng.random(), 3))
    if kind == 3:
        return layers.Activation(rng.choice(("relu", "tanh", "gelu", "elu")))
    return None


# The models of tests/golden.
GOLDEN = (
    *("autoencoder_auto", "bert_auto", "deep_sequence_to_sequence_named"),
    *("densenet_3d_named", "frozen_backbone_named", "gpt_named"),
    *("inception_towers_named", "mlp_mixer_named", "multi_task_auto"),
    *("resnet_cifar_auto", "siamese_model_named", "tcn_named", "unet_named"),
    *("vit_mean_pool_named", "wavenet_auto", "wide_and_deep_named", "yolo_named"),
)


def write_golden(folder: Path) -> None:
    """Writes the models of tests/golden, each as if it were the first of its process."""
    for key in GOLDEN:
        keras.backend.clear_session()
        case = folder / key.rsplit("_", 1)[0]
        case.mkdir(parents=True, exist_ok=True)
        model = json.loads(ZOO[key]().to_json())
        (case / "model.json").write_text(json.dumps(model, indent=1) + "\n")


if __name__ == "__main__":
    write_golden(Path(__file__).parent.parent / "golden")
