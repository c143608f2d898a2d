"""Every rule gives the shapes, types and weights that Keras gives, and refuses what it refuses."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from keras_kgen.catalogue.registry import lookup
from keras_kgen.catalogue.rules import (
    Result,
    ShapeError,
    apply_rule,
    full_config,
    has_rule,
    has_weights,
    preserves_shape,
    result_count,
)
from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    Literal,
    ObjectCall,
    from_value,
)
from keras_kgen.ir.tensors import UNKNOWN, TensorSpec

FLAT = (None, 6)
SEQUENCE = (None, 10, 6)
IMAGE = (None, 8, 9, 4)
VOLUME = (None, 6, 7, 8, 4)
VIDEO = (None, 5, 8, 9, 4)

# A layer, and the shapes that it is called with: one, a list of them, or a dictionary of
# keyword arguments. A shape may end in the name of a type.
ACCEPTED: list[tuple[str, Any]] = [
    ("Dense(3)", FLAT),
    ("Dense(3, use_bias=False)", SEQUENCE),
    ("Dense(3, 'relu', True)", IMAGE),
    ("Dense(3)", (None, None, 6)),
    ("Dense(3)", (None, 6, "int32")),
    ("Dense(3, trainable=False)", FLAT),
    ("Dense(3, lora_rank=2)", FLAT),
    ("Dense(3, dtype='float16')", FLAT),
    ("Dense(3, dtype='mixed_float16')", FLAT),
    ("Dense(3, dtype='mixed_bfloat16')", (None, 6, "int32")),
    ("EinsumDense('ab,bc->ac', output_shape=4)", FLAT),
    ("EinsumDense('ab,bc->ac', 4, bias_axes='c')", FLAT),
    ("EinsumDense('abc,cd->abd', output_shape=(None, 4), bias_axes='d')", SEQUENCE),
    (
        "EinsumDense('abc,cde->abde', output_shape=(None, 2, 3), bias_axes='de')",
        SEQUENCE,
    ),
    (
        "EinsumDense('abc,cde->abde', output_shape=(None, 2, 3), bias_axes='d')",
        SEQUENCE,
    ),
    ("EinsumDense('abc,bd->adc', output_shape=(5, None), bias_axes='d')", SEQUENCE),
    ("EinsumDense('...x,xy->...y', output_shape=4, bias_axes='y')", IMAGE),
    ("EinsumDense('...x,xy->...y', output_shape=4)", FLAT),
    ("EinsumDense('ab...,bc->ac...', output_shape=4, bias_axes='c')", IMAGE),
    ("EinsumDense('abc,cd->abd', (10, 4), lora_rank=2, bias_axes='d')", SEQUENCE),
    ("Embedding(100, 8)", (None, 12, "int32")),
    ("Embedding(100, 8, mask_zero=True)", (None, "int32")),
    ("Embedding(100, 8, lora_rank=3)", (None, None, "int64")),
    ("Embedding(100, 8)", (None, 3)),
    ("Flatten()", IMAGE),
    ("Flatten()", (None, 3, None)),
    ("Flatten()", (None,)),
    ("Flatten('channels_first')", (None, 3, 4, "uint8")),
    ("Reshape((3, 2))", FLAT),
    ("Reshape((-1, 3))", SEQUENCE),
    ("Reshape([2, -1])", (None, None, 6)),
    ("Reshape((60,))", (None, 10, 6, "int32")),
    ("Reshape(())", (None, 1)),
    ("Reshape((-1,))", IMAGE),
    ("Permute((2, 1))", SEQUENCE),
    ("Permute((3, 1, 2))", (None, 2, None, 4, "int8")),
    ("RepeatVector(4)", FLAT),
    ("RepeatVector(4)", (None, None)),
    ("Masking()", SEQUENCE),
    ("Masking(mask_value=-1.0)", (None, 3, "int32")),
    ("Activation('relu')", IMAGE),
    ("Activation('softmax')", (None, 3, "int32")),
    ("ReLU(max_value=6)", IMAGE),
    ("LeakyReLU(0.1)", FLAT),
    ("ELU(0.5)", SEQUENCE),
    ("Softmax()", FLAT),
    ("Softmax(axis=1)", SEQUENCE),
    ("PReLU()", SEQUENCE),
    ("PReLU(shared_axes=[1, 2])", IMAGE),
    ("PReLU(shared_axes=1)", (None, None, 6)),
    ("Dropout(0.5)", FLAT),
    ("SpatialDropout1D(0.5)", SEQUENCE),
    ("SpatialDropout2D(0.5)", IMAGE),
    ("SpatialDropout2D(0.5, data_format='channels_first')", IMAGE),
    ("SpatialDropout3D(0.5)", VOLUME),
    ("AlphaDropout(0.5)", FLAT),
    ("GaussianNoise(0.5)", IMAGE),
    ("GaussianDropout(0.5)", FLAT),
    ("ActivityRegularization(l1=0.1)", FLAT),
    ("BatchNormalization()", FLAT),
    ("BatchNormalization(axis=1)", IMAGE),
    ("BatchNormalization(center=False)", IMAGE),
    ("BatchNormalization(scale=False)", SEQUENCE),
    ("BatchNormalization(center=False, scale=False)", FLAT),
    ("BatchNormalization(renorm=True)", FLAT),
    ("BatchNormalization(trainable=False)", FLAT),
    ("BatchNormalization(dtype='mixed_float16')", FLAT),
    ("LayerNormalization()", SEQUENCE),
    ("LayerNormalization(axis=[2, 1])", SEQUENCE),
    ("LayerNormalization(axis=(1, 2, 3), center=False)", IMAGE),
    ("LayerNormalization(scale=False)", (None, None, 6)),
    ("GroupNormalization(groups=2)", IMAGE),
    ("GroupNormalization(groups=-1)", IMAGE),
    ("GroupNormalization(3, axis=1, scale=False)", (None, 9, 4)),
    ("UnitNormalization()", FLAT),
    ("UnitNormalization(axis=(1, 2))", SEQUENCE),
    ("RMSNormalization()", SEQUENCE),
    ("RMSNormalization(axis=[1, 2])", SEQUENCE),
    ("Conv1D(5, 3)", SEQUENCE),
    ("Conv1D(5, 3, padding='causal', dilation_rate=2)", SEQUENCE),
    ("Conv1D(5, 3, strides=2, padding='same')", SEQUENCE),
    ("Conv1D(5, 3)", (None, None, 6)),
    ("Conv1D(4, 3, data_format='channels_first')", SEQUENCE),
    ("Conv1D(6, 4, lora_rank=2)", SEQUENCE),
    ("Conv2D(5, 3)", IMAGE),
    ("Conv2D(5, (3, 2), (2, 3))", IMAGE),
    ("Conv2D(5, 3, padding='same', strides=2)", IMAGE),
    ("Conv2D(5, 3, padding='SAME', use_bias=False)", IMAGE),
    ("Conv2D(6, 3, groups=2)", IMAGE),
    ("Conv2D(6, 3, dilation_rate=(2, 3))", IMAGE),
    ("Conv2D(5, 3, data_format='channels_first')", IMAGE),
    ("Conv2D(5, 3, strides=2)", (None, None, None, 3)),
    ("Conv2D(5, [1, 1])", (None, 8, 8, 3, "uint8")),
    ("Conv2D(5, 3, dtype='float16')", IMAGE),
    ("Conv3D(5, 3)", VOLUME),
    ("Conv3D(5, (1, 2, 3), strides=(1, 1, 2), padding='same')", VOLUME),
    ("Conv3D(5, 2, data_format='channels_first')", VOLUME),
    ("Conv1DTranspose(5, 3)", SEQUENCE),
    ("Conv1DTranspose(5, 3, strides=4, padding='same')", SEQUENCE),
    ("Conv1DTranspose(5, 2, strides=4)", SEQUENCE),
    ("Conv2DTranspose(5, 3)", IMAGE),
    ("Conv2DTranspose(5, 3, strides=2, padding='same')", IMAGE),
    ("Conv2DTranspose(5, 3, strides=2, padding='same', output_padding=1)", IMAGE),
    ("Conv2DTranspose(5, (3, 4), strides=(2, 3), output_padding=(1, 0))", IMAGE),
    ("Conv2DTranspose(5, 3, dilation_rate=2, use_bias=False)", IMAGE),
    ("Conv2DTranspose(5, 3, strides=2, data_format='channels_first')", IMAGE),
    ("Conv2DTranspose(5, 3, strides=2)", (None, None, 9, 4)),
    ("Conv3DTranspose(5, 3, strides=2)", VOLUME),
    ("Conv3DTranspose(5, 3, padding='same')", VOLUME),
    ("SeparableConv1D(5, 3)", SEQUENCE),
    ("SeparableConv1D(5, 3, depth_multiplier=2, padding='same')", SEQUENCE),
    ("SeparableConv2D(5, 3)", IMAGE),
    ("SeparableConv2D(5, (3, 2), strides=2, use_bias=False)", IMAGE),
    ("SeparableConv2D(5, 3, data_format='channels_first')", IMAGE),
    ("DepthwiseConv1D(3)", SEQUENCE),
    ("DepthwiseConv1D(3, depth_multiplier=3, use_bias=False)", SEQUENCE),
    ("DepthwiseConv2D(3)", IMAGE),
    ("DepthwiseConv2D(3, strides=2, padding='same', depth_multiplier=2)", IMAGE),
    ("DepthwiseConv2D(3, data_format='channels_first')", IMAGE),
    ("MaxPooling1D()", SEQUENCE),
    ("MaxPooling1D(3, strides=1, padding='same')", SEQUENCE),
    ("MaxPooling1D(data_format='channels_first')", SEQUENCE),
    ("MaxPooling2D()", IMAGE),
    ("MaxPooling2D(3, 2, 'same')", IMAGE),
    ("MaxPooling2D((2, 3))", (None, None, 9, 4)),
    ("MaxPooling2D(data_format='channels_first')", IMAGE),
    ("MaxPooling3D(2)", VOLUME),
    ("AveragePooling1D(3)", SEQUENCE),
    ("AveragePooling2D((3, 2), strides=(1, 2))", IMAGE),
    ("AveragePooling2D(2)", (None, 8, 9, 4, "uint8")),
    ("AveragePooling3D((1, 2, 3), padding='same')", VOLUME),
    ("GlobalMaxPooling1D()", SEQUENCE),
    ("GlobalMaxPooling2D(keepdims=True)", IMAGE),
    ("GlobalMaxPooling3D()", VOLUME),
    ("GlobalAveragePooling1D(keepdims=True)", (None, None, 6)),
    ("GlobalAveragePooling1D(data_format='channels_first')", SEQUENCE),
    ("GlobalAveragePooling2D()", (None, None, None, 4)),
    ("GlobalAveragePooling2D('channels_first', True)", IMAGE),
    ("GlobalAveragePooling3D(keepdims=True)", VOLUME),
    ("UpSampling1D(3)", SEQUENCE),
    ("UpSampling2D()", IMAGE),
    ("UpSampling2D((2, 3), interpolation='bilinear')", (None, 8, None, 4)),
    ("UpSampling2D(data_format='channels_first')", IMAGE),
    ("UpSampling3D((1, 2, 3))", VOLUME),
    ("ZeroPadding1D()", SEQUENCE),
    ("ZeroPadding1D((0, 2))", SEQUENCE),
    ("ZeroPadding2D()", IMAGE),
    ("ZeroPadding2D(3)", IMAGE),
    ("ZeroPadding2D((1, 2))", IMAGE),
    ("ZeroPadding2D(((1, 2), (3, 4)), data_format='channels_first')", IMAGE),
    ("ZeroPadding3D(((1, 2), (3, 4), (0, 5)))", VOLUME),
    ("Cropping1D()", SEQUENCE),
    ("Cropping1D((0, 3))", (None, None, 6)),
    ("Cropping2D()", IMAGE),
    ("Cropping2D((1, 2))", IMAGE),
    ("Cropping2D(((1, 2), (3, 4)))", (None, None, 9, 4)),
    ("Cropping2D(1, data_format='channels_first')", IMAGE),
    ("Cropping3D(1)", VOLUME),
    ("Add()", [FLAT, FLAT]),
    ("Add()", [(None, 4, 6), (None, 6)]),
    ("Add()", [(None, 1, 6), (None, 4, 1), (None, 4, 6)]),
    ("Add()", [(None, None, 6), (None, 4, 6)]),
    ("Add()", [(None, 6, "int32"), FLAT]),
    ("Add()", [FLAT]),
    ("Subtract()", [SEQUENCE, SEQUENCE]),
    ("Multiply()", [IMAGE, (None, 1, 1, 4)]),
    ("Average()", [FLAT, FLAT, FLAT]),
    ("Maximum()", [FLAT, FLAT]),
    ("Minimum()", [FLAT, (None, 1)]),
    ("Concatenate()", [FLAT, (None, 3), (None, 1)]),
    ("Concatenate(axis=1)", [SEQUENCE, (None, 3, 6)]),
    ("Concatenate(axis=1)", [SEQUENCE, (None, None, 6)]),
    ("Concatenate(axis=-2)", [IMAGE, (None, 8, 2, 4)]),
    ("Concatenate()", [(None, None, 3), (None, 5, 4)]),
    ("Dot(axes=1)", [FLAT, FLAT]),
    ("Dot(axes=-1)", [SEQUENCE, (None, 4, 6)]),
    ("Dot(axes=(1, 2))", [(None, 3, 5), (None, 10, 3)]),
    ("Dot(axes=(2, 1), normalize=True)", [SEQUENCE, FLAT]),
    ("LSTM(3)", SEQUENCE),
    ("LSTM(3, return_sequences=True)", (None, None, 6)),
    ("LSTM(3, return_state=True)", SEQUENCE),
    ("LSTM(3, return_sequences=True, return_state=True, use_bias=False)", SEQUENCE),
    ("LSTM(3, trainable=False)", SEQUENCE),
    ("LSTM(3)", {"sequences": SEQUENCE, "initial_state": [(None, 3), (None, 3)]}),
    ("LSTM(3, stateful=True)", (2, 10, 6)),
    ("GRU(3)", SEQUENCE),
    ("GRU(3, reset_after=False, return_sequences=True)", SEQUENCE),
    ("GRU(3, return_state=True, use_bias=False)", SEQUENCE),
    ("SimpleRNN(3)", SEQUENCE),
    ("SimpleRNN(3, return_sequences=True, return_state=True)", SEQUENCE),
    ("ConvLSTM1D(3, 2)", (None, 5, 8, 4)),
    ("ConvLSTM1D(3, 2, return_state=True)", (None, 5, 8, 4)),
    ("ConvLSTM2D(3, 3)", VIDEO),
    ("ConvLSTM2D(3, 3, padding='same', return_sequences=True, use_bias=False)", VIDEO),
    ("ConvLSTM2D(3, 2, strides=2, return_state=True)", VIDEO),
    ("ConvLSTM2D(3, 2, data_format='channels_first')", VIDEO),
    ("ConvLSTM3D(3, 2)", (None, 2, 4, 5, 6, 3)),
    ("Bidirectional(LSTM(3))", SEQUENCE),
    ("Bidirectional(LSTM(3, return_sequences=True))", (None, None, 6)),
    ("Bidirectional(GRU(3), merge_mode='sum')", SEQUENCE),
    ("Bidirectional(GRU(3), merge_mode=None)", SEQUENCE),
    ("Bidirectional(LSTM(3, return_state=True))", SEQUENCE),
    ("Bidirectional(LSTM(3, return_state=True), merge_mode=None)", SEQUENCE),
    ("Bidirectional(LSTM(3), backward_layer=GRU(3, go_backwards=True))", SEQUENCE),
    ("Bidirectional(ConvLSTM1D(3, 2, return_sequences=True))", (None, 5, 8, 4)),
    ("TimeDistributed(Dense(3))", SEQUENCE),
    ("TimeDistributed(Conv2D(3, 3))", VIDEO),
    ("TimeDistributed(BatchNormalization())", SEQUENCE),
    ("TimeDistributed(Flatten())", VIDEO),
    ("TimeDistributed(Dense(3, trainable=False))", (None, None, 6)),
    ("TimeDistributed(TimeDistributed(Dense(3)))", (None, 4, 5, 6)),
    ("TimeDistributed(Bidirectional(LSTM(3)))", (None, 4, 5, 6)),
    ("MultiHeadAttention(2, 4)", {"query": SEQUENCE, "value": SEQUENCE}),
    ("MultiHeadAttention(2, 4)", {"query": SEQUENCE, "value": (None, 3, 5)}),
    (
        "MultiHeadAttention(2, 4, value_dim=5)",
        {"query": SEQUENCE, "value": (None, 3, 5), "key": (None, 3, 7)},
    ),
    (
        "MultiHeadAttention(2, 4, use_bias=False, output_shape=3)",
        {"query": SEQUENCE, "value": SEQUENCE},
    ),
    (
        "MultiHeadAttention(2, 4, output_shape=(3, 2))",
        {"query": SEQUENCE, "value": SEQUENCE},
    ),
    (
        "MultiHeadAttention(2, 4, use_gate=True)",
        {"query": SEQUENCE, "value": (None, 3, 5)},
    ),
    (
        "MultiHeadAttention(2, 4, attention_axes=(2, 3), dropout=0.1)",
        {"query": (None, 5, 3, 4, 6), "value": (None, 5, 2, 2, 6)},
    ),
    (
        "MultiHeadAttention(2, 4)",
        {"query": SEQUENCE, "value": SEQUENCE, "return_attention_scores": True},
    ),
    ("Attention()", [SEQUENCE, (None, 3, 6)]),
    ("Attention(use_scale=True)", [SEQUENCE, (None, 3, 5), (None, 3, 6)]),
    ("Attention(score_mode='concat')", [SEQUENCE, SEQUENCE]),
    (
        "Attention(use_scale=True, score_mode='concat', dropout=0.1)",
        [SEQUENCE, SEQUENCE],
    ),
    ("Attention()", {"inputs": [SEQUENCE, SEQUENCE], "return_attention_scores": True}),
    ("AdditiveAttention()", [SEQUENCE, (None, 3, 6)]),
    ("AdditiveAttention(use_scale=False)", [SEQUENCE, SEQUENCE]),
    ("Rescaling(1 / 255)", (None, 8, 9, 3, "uint8")),
    ("Rescaling(2, offset=-1)", FLAT),
    ("Normalization()", FLAT),
    ("Normalization(axis=None)", IMAGE),
    ("Normalization(axis=(1, -1))", IMAGE),
    ("Normalization(mean=3.0, variance=2.0)", FLAT),
    ("Identity()", (None, 3, "int32")),
    ("Identity()", IMAGE),
    ("Identity()", [FLAT, (None, 3, "int32")]),
    ("RandomFlip('horizontal')", (None, 8, 9, 3, "uint8")),
    ("RandomRotation(0.1)", IMAGE),
    ("RandomZoom(0.1)", IMAGE),
    ("RandomTranslation(0.1, 0.2)", IMAGE),
    ("RandomContrast(0.1)", IMAGE),
]

# The same form; Keras raises an error for each of these.
REFUSED: list[tuple[str, Any]] = [
    ("Dense(3)", (None,)),
    ("Dense(3)", (None, 4, None)),
    ("Dense(0)", FLAT),
    ("Dense(-1)", FLAT),
    ("Dense('3')", FLAT),
    ("Dense(3)", [FLAT, FLAT]),
    ("EinsumDense('ab,bc', 4)", FLAT),
    ("EinsumDense('abc,cd->abd', (None, 4))", FLAT),
    ("EinsumDense('abc,cd->abd', (11, 4))", SEQUENCE),
    ("EinsumDense('ab,bc->ad', 4)", FLAT),
    ("EinsumDense('ab,bc->ac', 4, bias_axes='x')", FLAT),
    ("Embedding(0, 4)", (None, 3)),
    ("Reshape((4, 2))", FLAT),
    ("Reshape((-1, 4))", FLAT),
    ("Reshape((-1, -1))", FLAT),
    ("Reshape((-2, 3))", FLAT),
    ("Permute((1, 2))", FLAT),
    ("Permute((0, 1))", SEQUENCE),
    ("RepeatVector(3)", SEQUENCE),
    ("RepeatVector(0)", FLAT),
    ("PReLU()", (None, None, 3)),
    ("SpatialDropout1D(0.1)", IMAGE),
    ("SpatialDropout2D(0.1)", SEQUENCE),
    ("SpatialDropout3D(0.1)", IMAGE),
    ("BatchNormalization()", (None, None)),
    ("BatchNormalization(axis=3)", FLAT),
    ("LayerNormalization(axis=2)", FLAT),
    ("LayerNormalization()", (None, 3, None)),
    ("GroupNormalization(3)", IMAGE),
    ("GroupNormalization()", IMAGE),
    ("GroupNormalization(0)", IMAGE),
    ("UnitNormalization(axis=4)", IMAGE),
    ("RMSNormalization()", (None, None)),
    ("Conv2D(3, 3)", (None, 784)),
    ("Conv2D(3, 3)", SEQUENCE),
    ("Conv2D(3, 3)", VOLUME),
    ("Conv2D(3, 9)", IMAGE),
    ("Conv2D(3, 3, dilation_rate=5)", IMAGE),
    ("Conv2D(3, 3)", (None, 8, 8, None)),
    ("Conv2D(3, (3, 3, 3))", IMAGE),
    ("Conv2D(3, 0)", IMAGE),
    ("Conv2D(0, 3)", IMAGE),
    ("Conv2D(3, 3, padding='causal')", IMAGE),
    ("Conv2D(3, 3, strides=2, dilation_rate=2)", IMAGE),
    ("Conv2D(4, 3, groups=3)", IMAGE),
    ("Conv2D(6, 3, groups=3)", IMAGE),
    ("Conv2D(4, 3, data_format='channels')", IMAGE),
    ("Conv1D(3, 3)", FLAT),
    ("Conv1D(3, 11)", SEQUENCE),
    ("Conv3D(3, 3)", IMAGE),
    ("Conv2DTranspose(3, 3)", SEQUENCE),
    ("Conv2DTranspose(3, 3, strides=2, output_padding=2)", IMAGE),
    ("Conv2DTranspose(3, 3, strides=2, dilation_rate=2)", IMAGE),
    ("Conv2DTranspose(3, 3)", (None, 8, 8, None)),
    ("SeparableConv2D(3, 3)", SEQUENCE),
    ("SeparableConv2D(3, 9)", IMAGE),
    ("DepthwiseConv2D(3)", SEQUENCE),
    ("DepthwiseConv2D(9)", IMAGE),
    ("MaxPooling2D()", SEQUENCE),
    ("MaxPooling2D(9)", IMAGE),
    ("MaxPooling1D()", FLAT),
    ("AveragePooling3D(2)", IMAGE),
    ("AveragePooling2D((2, 2, 2))", IMAGE),
    ("GlobalMaxPooling1D()", IMAGE),
    ("GlobalAveragePooling2D()", FLAT),
    ("UpSampling1D(2)", FLAT),
    ("UpSampling1D((2,))", SEQUENCE),
    ("UpSampling2D(0)", IMAGE),
    ("ZeroPadding2D((1, 2, 3))", IMAGE),
    ("ZeroPadding1D()", IMAGE),
    ("Cropping1D((5, 5))", SEQUENCE),
    ("Cropping2D(4)", IMAGE),
    ("Cropping3D(((1, 1), (1, 1)))", VOLUME),
    ("Add()", FLAT),
    ("Add()", [FLAT, (None, 5)]),
    ("Add()", [SEQUENCE, (None, 5)]),
    ("Add()", [(2, 6), (3, 6)]),
    ("Subtract()", [FLAT, FLAT, FLAT]),
    ("Multiply()", [SEQUENCE, (None, 9, 6)]),
    ("Concatenate()", [SEQUENCE, FLAT]),
    ("Concatenate()", [SEQUENCE, (None, 9, 6)]),
    ("Concatenate(axis=1)", [SEQUENCE, (None, 10, 5)]),
    ("Concatenate()", FLAT),
    ("Dot(axes=1)", [FLAT, (None, 5)]),
    ("Dot(axes=1)", [FLAT, FLAT, FLAT]),
    ("Dot(axes=(1, 2, 3))", [FLAT, FLAT]),
    ("LSTM(3)", FLAT),
    ("LSTM(3)", IMAGE),
    ("LSTM(3)", (None, 10, None)),
    ("LSTM(0)", SEQUENCE),
    ("LSTM(3, stateful=True)", SEQUENCE),
    ("GRU(3)", FLAT),
    ("SimpleRNN(3)", FLAT),
    ("ConvLSTM2D(3, 3)", IMAGE),
    ("ConvLSTM2D(3, 3)", (None, 5, None, 9, 4)),
    ("ConvLSTM2D(3, 10)", VIDEO),
    ("Bidirectional(LSTM(3))", FLAT),
    ("Bidirectional(Dense(3))", SEQUENCE),
    ("Bidirectional(LSTM(3), merge_mode='add')", SEQUENCE),
    ("Bidirectional(3)", SEQUENCE),
    ("TimeDistributed(Dense(3))", FLAT),
    ("TimeDistributed(3)", SEQUENCE),
    ("TimeDistributed(Conv2D(3, 3))", SEQUENCE),
    ("MultiHeadAttention(0, 4)", {"query": SEQUENCE, "value": SEQUENCE}),
    (
        "MultiHeadAttention(2, 4)",
        {"query": SEQUENCE, "value": (None, 3, 6), "key": (None, 4, 6)},
    ),
    ("MultiHeadAttention(2, 4)", {"query": (None, 3, None), "value": SEQUENCE}),
    ("MultiHeadAttention(2, 4)", SEQUENCE),
    ("Attention()", SEQUENCE),
    ("Attention()", [SEQUENCE]),
    ("Attention()", [SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]),
    ("AdditiveAttention()", [(None, 3, None), (None, 3, None)]),
    ("Normalization()", (None, None)),
    ("Normalization(axis=3)", FLAT),
]


def read(source: str) -> ObjectCall:
    """Returns a layer that is written as Python."""
    expression = as_expression(ast.parse(source, mode="eval").body)
    assert isinstance(expression, ObjectCall)
    return expression


def as_expression(node: ast.expr) -> Expression:
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        arguments = [Argument(as_expression(item)) for item in node.args]
        arguments += [Argument(as_expression(k.value), k.arg) for k in node.keywords]
        return ObjectCall("layers", node.func.id, tuple(arguments))
    return from_value(eval(compile(ast.Expression(node), "<test>", "eval"), {}))


def as_spec(item: Any) -> Any:
    """Returns a shape of the table as a tensor, with the nesting around it."""
    if isinstance(item, list):
        return tuple(map(as_spec, item))
    if isinstance(item, bool):
        return Literal(item)
    if isinstance(item[-1], str):
        return TensorSpec(item[:-1], item[-1])
    return TensorSpec(item)


def apply(source: str, inputs: Any) -> Result | None:
    layer = read(source)
    config = full_config(layer.class_name, layer.arguments)
    if isinstance(inputs, dict):
        keywords = {key: as_spec(item) for key, item in inputs.items()}
        return apply_rule(layer.class_name, config, (), keywords)
    return apply_rule(layer.class_name, config, (as_spec(inputs),))


def as_tensor(keras: Any, item: Any) -> Any:
    if isinstance(item, list):
        return [as_tensor(keras, inner) for inner in item]
    if isinstance(item, bool):
        return item
    dtype = item[-1] if isinstance(item[-1], str) else "float32"
    shape = item[:-1] if isinstance(item[-1], str) else item
    return keras.Input(batch_shape=shape, dtype=dtype)


def call_keras(keras: Any, source: str, inputs: Any) -> tuple[Any, list[Any]]:
    """Returns the layer of Keras and its outputs."""
    layer = eval(source, {}, vars(keras.layers))
    if isinstance(inputs, dict):
        outputs = layer(**{key: as_tensor(keras, item) for key, item in inputs.items()})
    else:
        outputs = layer(as_tensor(keras, inputs))
    return layer, keras.tree.flatten(outputs)


def weight_dtype(keras: Any, weight: Any) -> str:
    """Returns the type of a weight; "int" is int64 on TensorFlow and int32 elsewhere."""
    return str(keras.backend.standardize_dtype(weight.dtype)).replace("int32", "int64")


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


@pytest.mark.parametrize(("source", "inputs"), ACCEPTED)
def test_rule_gives_what_keras_gives(keras: Any, source: str, inputs: Any) -> None:
    layer, outputs = call_keras(keras, source, inputs)
    result = apply(source, inputs)
    assert result is not None and result.weights is not None
    assert [(spec.shape, spec.dtype) for spec in result.outputs] == [
        (tuple(tensor.shape), keras.backend.standardize_dtype(tensor.dtype))
        for tensor in outputs
    ]
    assert [(w.name, w.shape, w.trainable, w.dtype) for w in result.weights] == [
        (w.name, tuple(w.shape), w.trainable, weight_dtype(keras, w))
        for w in layer.weights
    ]


@pytest.mark.parametrize(("source", "inputs"), REFUSED)
def test_keras_refuses_too(keras: Any, source: str, inputs: Any) -> None:
    with pytest.raises(
        (ValueError, TypeError, IndexError, AttributeError, AssertionError)
    ):
        call_keras(keras, source, inputs)


@pytest.mark.parametrize(("source", "inputs"), REFUSED)
def test_rule_refuses(source: str, inputs: Any) -> None:
    with pytest.raises(ShapeError, match="Received: "):
        apply(source, inputs)


@pytest.mark.parametrize(("source", "inputs"), ACCEPTED)
def test_facts_about_the_class_agree_with_the_rule(source: str, inputs: Any) -> None:
    layer = read(source)
    result = apply(source, inputs)
    assert result is not None
    assert has_rule(layer.class_name)
    assert bool(result.weights) <= has_weights(layer.class_name)
    if preserves_shape(layer.class_name) and not isinstance(inputs, list):
        assert result.outputs[0].shape == as_spec(inputs).shape
    if layer.class_name != "Identity":
        config = full_config(layer.class_name, layer.arguments)
        keywords = inputs if isinstance(inputs, dict) else {}
        keywords = {k: as_spec(v) for k, v in keywords.items()}
        assert result_count(layer.class_name, config, keywords) == len(result.outputs)


def test_every_rule_is_a_layer_of_the_catalogue() -> None:
    from keras_kgen.catalogue.rules import _RULES

    for name in _RULES:
        entry = lookup("layers", name)
        assert entry is not None and entry.name == name


def test_every_rule_is_in_the_table() -> None:
    from keras_kgen.catalogue.rules import _RULES

    assert {read(source).class_name for source, _ in ACCEPTED} == set(_RULES)


def test_class_without_a_rule_is_unknown() -> None:
    assert apply("Hashing(3)", FLAT) is None
    assert not has_rule("Hashing")
    assert has_weights("Hashing")
    assert not preserves_shape("Hashing")
    assert result_count("Hashing", {}) == 1


def test_wrapper_of_a_class_without_a_rule_is_unknown() -> None:
    assert apply("TimeDistributed(Hashing(3))", SEQUENCE) is None


def test_unknown_input_gives_unknown_outputs() -> None:
    config = full_config("LSTM", read("LSTM(3, return_state=True)").arguments)
    assert apply_rule("LSTM", config, (UNKNOWN,)) == Result((UNKNOWN,) * 3, None)
    assert apply_rule("ReLU", {}, (UNKNOWN,)) == Result((UNKNOWN,), ())


@pytest.mark.parametrize(
    ("source", "inputs", "message"),
    [
        (
            "Conv2D(3, 3)",
            (None, 784),
            "Conv2D needs an input of rank 4 (batch, height, width, channels). "
            "Received: shape (None, 784)",
        ),
        (
            "Conv2D(3, 3, data_format='channels_first')",
            (None, 784),
            "Conv2D needs an input of rank 4 (batch, channels, height, width). "
            "Received: shape (None, 784)",
        ),
        (
            "Conv2D(3, 5)",
            (None, 4, 4, 1),
            "Conv2D needs an input of 5 x 5 or more, or padding='same'. "
            "Received: shape (None, 4, 4, 1)",
        ),
        (
            "Add()",
            [(None, 6), (None, 5)],
            "Add needs inputs of shapes that broadcast. "
            "Received: shapes (None, 6), (None, 5)",
        ),
        (
            "Dense(3)",
            (None, None),
            "Dense needs a defined size at axis -1 of its input. "
            "Received: shape (None, None)",
        ),
        (
            "Reshape((4, 2))",
            (None, 6),
            "Reshape needs a target_shape of 6 elements for an input of shape (None, 6). "
            "Received: target_shape=(4, 2)",
        ),
        (
            "Conv2D(3, (3, 3, 3))",
            (None, 8, 8, 1),
            "Conv2D needs 'kernel_size' as one or 2 positive integers. "
            "Received: kernel_size=(3, 3, 3)",
        ),
    ],
)
def test_message(source: str, inputs: Any, message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        apply(source, inputs)
    assert str(caught.value) == message
