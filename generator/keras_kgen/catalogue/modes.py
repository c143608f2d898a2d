"""How a model computes and trains: the words that `precision:` and `loop:` take."""

from __future__ import annotations

# What `keras.config.set_dtype_policy` takes that a new model can learn with. Others are for
# integers and texts, or come from quantize() once a model has learned.
PRECISIONS = (
    "float32",
    "mixed_bfloat16",
    "mixed_float16",
    "bfloat16",
    "float16",
    "float64",
)
# The types of half precision: as policies, those in which weights are, too.
HALVES = ("bfloat16", "float16")
# The libraries for which `train_step` can be written; each is what its backend is called.
BACKENDS = ("tensorflow", "jax", "torch")
# Who runs a training step: Keras itself, or a step for all backends or for one.
LOOPS = ("fit", "custom", *BACKENDS)
# What `numpy.random.seed` takes.
MAX_SEED = 2**32 - 1
