"""A convolutional autoencoder that compresses MNIST digits into 32 numbers.

Written by kgen 0.1.0 from mnist_autoencoder.yaml, in the sequential style.

    python mnist_autoencoder_sequential.py --help
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

INPUT_SHAPE = (28, 28, 1)
EPOCHS = 5
BATCH_SIZE = 128


def build_model():
    """Returns the uncompiled model."""
    return keras.Sequential(
        [
            keras.Input(shape=INPUT_SHAPE),
            layers.Conv2D(16, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(32),
            layers.Dense(1568, activation="relu"),
            layers.Reshape((7, 7, 32)),
            layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(
                1, 3, strides=2, padding="same", activation="sigmoid"
            ),
        ],
        name="mnist_autoencoder",
    )


def load_data(path=None):
    """Returns the training and the test data, from an .npz file if a path is given."""
    train, test = load_npz(path) if path else keras.datasets.mnist.load_data()
    return prepare(*train), prepare(*test)


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
        if x.shape[1:] != (28, 28):
            raise SystemExit(
                f"{path}: expected images of shape (n, 28, 28), found the shapes "
                f"{x.shape} and {y.shape}"
            )
    return train, test


def prepare(images, _):
    """Scales the pixels to [0, 1]."""
    images = np.expand_dims(images, -1).astype("float32") / 255
    return images, images


def compile_model(model):
    """Sets the optimizer, the loss and the metrics."""
    model.compile(
        optimizer="adam",
        loss="binary_crossentropy",
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
    parser.add_argument("--run-dir", type=Path, default=Path("runs/mnist_autoencoder"))
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
