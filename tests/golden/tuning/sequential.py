"""Digits, with an architecture that a search chooses.

Written by kgen 0.0.0 from tuned_digits.yaml, in the sequential style.

    python tuned_digits.py --help
"""

import argparse
import csv
import importlib.util
import json
import os
from pathlib import Path
from zipfile import BadZipFile

import keras
import keras_tuner
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

INPUT_SHAPE = (28, 28)
EPOCHS = 2
MAX_TRIALS = 4


@keras.saving.register_keras_serializable(package="tuned_digits")
class Residual(layers.Layer):
    """Residual: Dense and Dropout, joined by Add.

    Args:
        units: Number of units.
        activation: The activation function.
        rate: Fraction of the values that are dropped.
    """

    def __init__(self, units, activation, rate, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = activation
        self.rate = rate
        self.dense1 = layers.Dense(units, activation=activation)
        self.dropout = layers.Dropout(rate)
        self.dense2 = layers.Dense(units)
        self.add = layers.Add()

    def build(self, input_shape):
        self.dense1.build(input_shape)
        self.dense2.build(self.dense1.compute_output_shape(input_shape))
        super().build(input_shape)

    def call(self, inputs, training=None):
        x = self.dense1(inputs)
        x = self.dropout(x, training=training)
        x = self.dense2(x)
        return self.add([x, inputs])

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": self.activation,
            "rate": self.rate,
        }


def build_model(
    width=32, activation="relu", rate=0.0, repeats=1, hidden_layers=1, use_bias=True
):
    """Returns the uncompiled model."""
    sequence = [
        keras.Input(shape=INPUT_SHAPE),
        layers.Flatten(),
        layers.Dense(width),
        *[
            Residual(units=width, activation=activation, rate=rate)
            for _ in range(repeats)
        ],
    ]
    for _ in range(hidden_layers):
        sequence.append(layers.Dense(width * 2, activation="relu", use_bias=use_bias))
        sequence.append(layers.LayerNormalization())
    sequence.append(layers.Dense(10, activation="softmax"))
    return keras.Sequential(sequence, name="tuned_digits")


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
        if x.shape[1:] != (28, 28) or y.size != len(x) or y.max() > 9:
            raise SystemExit(
                f"{path}: expected images of shape (n, 28, 28) and n labels from 0 to "
                f"9, found the shapes {x.shape} and {y.shape}"
            )
    return train, test


def prepare(images, labels):
    """Scales the pixels to [0, 1]."""
    return images.astype("float32") / 255, labels


def compile_model(model, learning_rate=1e-3):
    """Sets the optimizer, the loss and the metrics."""
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )


def search_space():
    """Returns the hyperparameters, with the values to choose from."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("width", [32, 64, 128])
    hp.Choice("activation", ["relu", "gelu"])
    hp.Float("rate", 0.0, 0.4, step=0.1)
    hp.Int("repeats", 1, 3)
    hp.Int("hidden_layers", 0, 2, default=1)
    hp.Boolean("use_bias", default=True)
    hp.Float("learning_rate", 1e-4, 0.01, sampling="log", default=1e-3)
    hp.Choice("batch_size", [64, 128])
    hp.Int("patience", 1, 3)
    return hp


class TunedModel(keras_tuner.HyperModel):
    """Makes the model of a trial, and trains it."""

    def build(self, hp):
        model = build_model(
            width=hp.get("width"),
            activation=hp.get("activation"),
            rate=hp.get("rate"),
            repeats=hp.get("repeats"),
            hidden_layers=hp.get("hidden_layers"),
            use_bias=hp.get("use_bias"),
        )
        compile_model(model, learning_rate=hp.get("learning_rate"))
        return model

    def fit(self, hp, model, *args, callbacks, **kwargs):
        return model.fit(
            *args,
            batch_size=hp.get("batch_size"),
            callbacks=[
                *callbacks,
                keras.callbacks.EarlyStopping(patience=hp.get("patience")),
            ],
            **kwargs,
        )


def is_worker():
    """Whether this process tries what a chief tells it to; the chief does the rest."""
    is_shared = "KERASTUNER_ORACLE_IP" in os.environ
    return is_shared and "chief" not in os.environ["KERASTUNER_TUNER_ID"]


def search(data, args):
    """Trains a model for each trial; returns the tuner, which has the results."""
    tuner = keras_tuner.RandomSearch(
        TunedModel(),
        objective="val_accuracy",
        max_trials=args.max_trials,
        seed=1,
        hyperparameters=search_space(),
        directory=args.run_dir,
        project_name="search",
        # The results of an earlier search are the chief's to delete.
        overwrite=not (args.resume or is_worker()),
    )
    tuner.search(
        *data,
        epochs=args.epochs,
        validation_split=0.1,
        callbacks=[keras.callbacks.ReduceLROnPlateau()],
    )
    return tuner


def show_results(tuner):
    """Prints the trials, the best one first; returns its hyperparameters."""
    trials = tuner.oracle.get_best_trials(len(tuner.oracle.trials))
    if not trials:
        raise SystemExit("No trial has come to its end.")
    names = [item.name for item in search_space().space]
    rows = [["trial", tuner.oracle.objective.name, *names]]
    for trial in trials:
        values = [trial.score, *map(trial.hyperparameters.get, names)]
        cells = (f"{v:.4g}" if isinstance(v, float) else str(v) for v in values)
        rows.append([trial.trial_id, *cells])
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))
    return trials[0].hyperparameters


def train(model, data, run_dir, epochs, batch_size, patience=1):
    """Trains the best model anew; saves it with its history and logs."""
    for old_file in run_dir.glob("logs/**/events.out.*"):
        old_file.unlink()
    callbacks = [
        keras.callbacks.CSVLogger(run_dir / "history.csv"),
        keras.callbacks.EarlyStopping(patience=patience),
        keras.callbacks.ReduceLROnPlateau(),
    ]
    if all(map(importlib.util.find_spec, ("tensorflow", "tensorboard"))):
        callbacks.append(
            keras.callbacks.TensorBoard(run_dir / "logs", histogram_freq=1)
        )
    else:
        print("No logs for TensorBoard: they need tensorflow and tensorboard.")
    model.fit(
        *data,
        batch_size=batch_size,
        epochs=epochs,
        callbacks=callbacks,
        validation_split=0.1,
    )
    model.save(run_dir / "model.keras")


def write_best(hp, path):
    """Writes the best hyperparameters, as `kgen spec --tuned` reads them."""
    values = {item.name: hp.get(item.name) for item in search_space().space}
    path.write_text(json.dumps(values, indent=2) + "\n")


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
    parser.add_argument(
        "--epochs", type=int, default=EPOCHS, help="epochs of a trial at most"
    )
    parser.add_argument(
        "--max-trials", type=int, default=MAX_TRIALS, help="trials in all"
    )
    parser.add_argument("--data", metavar="FILE.npz", help="data to use instead")
    parser.add_argument("--run-dir", type=Path, default=Path("runs/tuned_digits"))
    parser.add_argument(
        "--resume", action="store_true", help="continue the last search, not replace it"
    )
    parser.add_argument("--summary", action="store_true", help="only show the layers")
    args = parser.parse_args()
    if min(args.epochs, args.max_trials) < 1:
        parser.error("--epochs and --max-trials must be 1 or more")
    return args


def main():
    """Searches for the best hyperparameters, then trains and tests their model."""
    args = parse_args()
    if args.summary:
        build_model().summary()
        return
    train_data, test_data = load_data(args.data)
    tuner = search(train_data, args)
    if is_worker():
        return
    best = show_results(tuner)
    write_best(best, args.run_dir / "best_hyperparameters.json")
    model = TunedModel().build(best)
    train(
        model,
        train_data,
        args.run_dir,
        epochs=args.epochs,
        batch_size=best.get("batch_size"),
        patience=best.get("patience"),
    )
    plot_history(args.run_dir)
    evaluate(model, test_data, args.run_dir / "model.keras")


if __name__ == "__main__":
    main()
