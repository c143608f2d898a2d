"""A small U-Net that segments shapes in noisy images.

Written by kgen 0.1.0 from unet_small.yaml, in the subclass style.

    python unet_small_subclass.py --help
"""

import argparse
import csv
import importlib.util
from pathlib import Path
from zipfile import BadZipFile

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

INPUT_SHAPE = (64, 64, 1)
EPOCHS = 10
BATCH_SIZE = 32


@keras.saving.register_keras_serializable(package="unet_small")
class DoubleConv(layers.Layer):
    """Double conv: two Conv2D layers.

    Args:
        filters: Number of filters.
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv1 = layers.Conv2D(filters, 3, padding="same", activation="relu")
        self.conv2 = layers.Conv2D(filters, 3, padding="same", activation="relu")

    def build(self, input_shape):
        self.conv1.build(input_shape)
        self.conv2.build(self.conv1.compute_output_shape(input_shape))
        super().build(input_shape)

    def call(self, inputs):
        x = self.conv1(inputs)
        return self.conv2(x)

    def compute_output_shape(self, input_shape):
        for layer in (self.conv1, self.conv2):
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="unet_small")
class UpBlock(layers.Layer):
    """Up block: Conv2DTranspose and double conv, joined by Concatenate.

    Args:
        filters: Number of filters.
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.conv_transpose = layers.Conv2DTranspose(filters, 2, strides=2)
        self.concat = layers.Concatenate()
        self.double_conv = DoubleConv(filters)

    def build(self, inputs_shape, skip_shape):
        self.conv_transpose.build(inputs_shape)
        shape = self.concat.compute_output_shape(
            [self.conv_transpose.compute_output_shape(inputs_shape), skip_shape]
        )
        self.double_conv.build(shape)
        super().build(inputs_shape)

    def call(self, inputs, skip):
        x = self.conv_transpose(inputs)
        x = self.concat([x, skip])
        return self.double_conv(x)

    def compute_output_shape(self, inputs_shape, skip_shape):
        shape = self.concat.compute_output_shape(
            [self.conv_transpose.compute_output_shape(inputs_shape), skip_shape]
        )
        return self.double_conv.compute_output_shape(shape)

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.saving.register_keras_serializable(package="unet_small")
class UnetSmall(keras.Model):
    """A small U-Net that segments shapes in noisy images."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.skip1_double_conv = DoubleConv(16)
        self.pool1 = layers.MaxPooling2D()
        self.skip2_double_conv = DoubleConv(32)
        self.pool2 = layers.MaxPooling2D()
        self.double_conv = DoubleConv(64)
        self.up_block1 = UpBlock(32)
        self.up_block2 = UpBlock(16)
        self.conv = layers.Conv2D(1, 1, activation="sigmoid")

    def build(self, input_shape):
        self.skip1_double_conv.build(input_shape)
        skip1_shape = self.skip1_double_conv.compute_output_shape(input_shape)
        self.pool1.build(skip1_shape)
        shape = self.pool1.compute_output_shape(skip1_shape)
        self.skip2_double_conv.build(shape)
        skip2_shape = self.skip2_double_conv.compute_output_shape(shape)
        self.pool2.build(skip2_shape)
        shape = self.pool2.compute_output_shape(skip2_shape)
        self.double_conv.build(shape)
        shape = self.double_conv.compute_output_shape(shape)
        self.up_block1.build(shape, skip2_shape)
        shape = self.up_block1.compute_output_shape(shape, skip2_shape)
        self.up_block2.build(shape, skip1_shape)
        self.conv.build(self.up_block2.compute_output_shape(shape, skip1_shape))
        super().build(input_shape)

    def call(self, inputs):
        skip1 = self.skip1_double_conv(inputs)
        x = self.pool1(skip1)
        skip2 = self.skip2_double_conv(x)
        x = self.pool2(skip2)
        x = self.double_conv(x)
        x = self.up_block1(x, skip2)
        x = self.up_block2(x, skip1)
        return self.conv(x)


def build_model():
    """Returns the built, uncompiled model."""
    model = UnetSmall()
    model.build((None, *INPUT_SHAPE))
    return model


def load_data(path=None):
    """Returns the training and the test data, from an .npz file if a path is given."""
    if path:
        return load_npz(path)
    return make_shapes(1000, seed=1), make_shapes(200, seed=2)


def load_npz(path):
    """Reads raw data from an .npz file."""
    try:
        with np.load(path) as file:
            train = file["x_train"], file["y_train"]
            test = file["x_test"], file["y_test"]
    except (BadZipFile, EOFError, KeyError, OSError, TypeError, ValueError) as error:
        raise SystemExit(
            f"{path}: expected the arrays x_train, y_train, x_test and y_test: "
            f"{error}"
        ) from error
    for x, y in (train, test):
        if x.shape[1:] != (64, 64, 1) or y.shape[1:] != (64, 64, 1) or len(x) != len(y):
            raise SystemExit(
                f"{path}: expected images of shape (n, 64, 64, 1) and masks of shape "
                f"(n, 64, 64, 1), found the shapes {x.shape} and {y.shape}"
            )
    return train, test


def make_shapes(count, seed):
    """Draws bright discs on noise, and masks that are 1 where there is a disc."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((64, 64))
    masks = np.zeros((count, 64, 64, 1), dtype="float32")
    for mask in masks:
        for _ in range(3):
            row, column = rng.uniform(0, (64, 64))
            radius = rng.uniform(4, 12)
            mask[(rows - row) ** 2 + (columns - column) ** 2 < radius**2] = 1
    noise = rng.uniform(0, 0.6, size=(count, 64, 64, 1)).astype("float32")
    return noise + 0.4 * masks, masks


def compile_model(model):
    """Sets the optimizer, the loss and the metrics."""
    model.compile(
        optimizer="adam",
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )


def train(model, data, run_dir, epochs, batch_size, initial_epoch):
    """Trains the model; each epoch saves it and adds to its history and logs."""
    run_dir.mkdir(parents=True, exist_ok=True)
    path = run_dir / "model.keras"
    if initial_epoch == 0:
        for old_file in [path, *run_dir.glob("logs/**/events.out.*")]:
            old_file.unlink(missing_ok=True)
    callbacks = [
        # ModelCheckpoint would leave a broken file behind when it is interrupted.
        keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: save(model, path)),
        keras.callbacks.CSVLogger(run_dir / "history.csv", append=initial_epoch > 0),
    ]
    if all(map(importlib.util.find_spec, ("tensorflow", "tensorboard"))):
        callbacks.append(
            keras.callbacks.TensorBoard(run_dir / "logs", histogram_freq=1)
        )
        if initial_epoch == 0 and keras.backend.backend() == "tensorflow":
            write_graph(model, data[0], run_dir / "logs/train")
    else:
        print("No logs for TensorBoard: they need tensorflow and tensorboard.")
    model.fit(
        *data,
        batch_size=batch_size,
        epochs=epochs,
        initial_epoch=initial_epoch,
        callbacks=callbacks,
        validation_split=0.1,
    )
    save(model, path)


def write_graph(model, x, log_dir):
    """Writes the graph of operations for TensorBoard, which its callback leaves out."""
    import tensorflow as tf

    sample = keras.tree.map_structure(lambda array: array[:1], x)
    with tf.summary.create_file_writer(str(log_dir)).as_default():
        tf.summary.graph(tf.function(model).get_concrete_function(sample).graph)


def save(model, path):
    """Saves the model; an interrupted save leaves the earlier file as it was."""
    partial = path.with_name("partial.keras")
    model.save(partial)
    partial.replace(path)


def load_run(run_dir):
    """Returns the model of an earlier run and the number of epochs behind it."""
    path = run_dir / "model.keras"
    if not path.exists() or not (run_dir / "history.csv").exists():
        raise SystemExit(f"There is nothing to resume in {run_dir}.")
    return keras.models.load_model(path), len(read_history(run_dir))


def read_history(run_dir):
    """Returns a row with the losses and metrics of each epoch so far."""
    with open(run_dir / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


def plot_history(run_dir):
    """Draws the losses and metrics of all epochs."""
    history = read_history(run_dir)
    names = [name for name in history[0] if f"val_{name}" in history[0]]
    names.sort(key=lambda name: "loss" not in name)
    fig, axes = plt.subplots(
        1, len(names), figsize=(5 * len(names), 4), squeeze=False, layout="constrained"
    )
    epochs = range(1, len(history) + 1)
    for ax, name in zip(axes[0], names):
        for key, label in ((name, "training"), (f"val_{name}", "validation")):
            ax.plot(epochs, [float(row[key]) for row in history], ".-", label=label)
        ax.legend()
        ax.set(title=name, xlabel="epoch")
        ax.xaxis.get_major_locator().set_params(integer=True)
    fig.savefig(run_dir / "history.png")


def evaluate(model, data, path):
    """Scores the model on test data and checks that the saved model scores the same."""
    scores = model.evaluate(*data, return_dict=True)
    saved_model = keras.models.load_model(path)
    saved_scores = saved_model.evaluate(*data, verbose=0, return_dict=True)
    for name, score in scores.items():
        print(f"test {name}: {score:.4f}, reloaded: {saved_scores[name]:.4f}")
        np.testing.assert_allclose(saved_scores[name], score, rtol=1e-3)


def parse_args():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="epochs in all")
    parser.add_argument("--batch-size", type=int, default=BATCH_SIZE)
    parser.add_argument("--data", metavar="FILE.npz", help="data to use instead")
    parser.add_argument("--run-dir", type=Path, default=Path("runs/unet_small"))
    parser.add_argument(
        "--resume", action="store_true", help="continue the last run, not replace it"
    )
    parser.add_argument("--summary", action="store_true", help="only show the layers")
    args = parser.parse_args()
    if min(args.epochs, args.batch_size) < 1:
        parser.error("--epochs and --batch-size must be 1 or more")
    return args


def main():
    """Trains the model, or continues to, then tests it."""
    args = parse_args()
    if args.summary:
        build_model().summary()
        return
    if args.resume:
        model, initial_epoch = load_run(args.run_dir)
    else:
        model, initial_epoch = build_model(), 0
        compile_model(model)
    if initial_epoch >= args.epochs:
        raise SystemExit(
            f"{initial_epoch} epochs are done: ask for more with --epochs."
        )
    train_data, test_data = load_data(args.data)
    train(model, train_data, args.run_dir, args.epochs, args.batch_size, initial_epoch)
    plot_history(args.run_dir)
    evaluate(model, test_data, args.run_dir / "model.keras")


if __name__ == "__main__":
    main()
