"""What is said on a training step that a module has written out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from keras_kgen.explaining.lessons import Lesson

# By what is called. What several backends need is said where it comes first.
_TEXTS = {
    "keras.utils.unpack_x_y_sample_weight": (
        "A batch is the inputs, the targets and, where some samples count more than others, "
        "their weights; without them, sample_weight is None."
    ),
    "tf.GradientTape": (
        "TensorFlow notes the operations inside, to go back through them, from the loss to "
        "each weight."
    ),
    "self": (
        "training=True is for layers that are different when they learn: Dropout drops, "
        "BatchNormalization goes by the batch and keeps a running average for later."
    ),
    "self.compute_loss": (
        "One number for how far off the model is: what compile() was given, averaged over the "
        "batch."
    ),
    "tape.gradient": "For each weight, how the loss changes with it.",
    "self.optimizer.apply": (
        "Moves each weight against its gradient, as far as the learning rate says."
    ),
    "keras.StatelessScope": (
        "Keras keeps weights, averages and random states in variables. In the scope, reading "
        "one gives the value above, and setting one leaves the variable itself as it is."
    ),
    "jax.grad": (
        "Makes a function that gives gradients out of one that gives a loss; has_aux: it gives "
        "something besides, which is handed on."
    ),
    "self.optimizer.stateless_apply": (
        "Gives new weights, and a new state of the optimizer, in place of changing them."
    ),
    "torch.no_grad": "The update itself is not to be learned from.",
    "self.compute_metrics": "Adds the batch to the metrics that compile() was given.",
}

# What is called that has no name of its own.
_TITLES = {"self": "self(x, training=True)"}


def loop_lessons(tree: ast.Module) -> Iterator[Lesson]:
    """Yields what the calls of a training step do, where they come first.

    Args:
        tree: What the source of a module parses to.
    """
    explained: set[str] = set()
    for item in tree.body:
        if isinstance(item, ast.ClassDef) and _has_step(item):
            for line, name in _called(item):
                if name in _TEXTS and name not in explained:
                    explained.add(name)
                    title = _TITLES.get(name, name)
                    yield Lesson(line, title, _TEXTS[name], is_named=False)


def _has_step(item: ast.ClassDef) -> bool:
    methods = (node.name for node in item.body if isinstance(node, ast.FunctionDef))
    return "train_step" in methods


def _called(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yields what is called below a statement, with the line of its own statement."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.stmt):
            yield from _called(inner)
        elif isinstance(node, ast.stmt):
            for part in ast.walk(inner):
                if isinstance(part, ast.Call):
                    yield node.lineno, ast.unparse(part.func)
