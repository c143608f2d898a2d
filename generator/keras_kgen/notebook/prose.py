"""What the notebook says between its cells of code, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping

INTRODUCTION = (
    "The notebook runs from top to bottom: it builds the model, looks at the data, trains, "
    "tests, shows what the model gets right and wrong, and saves it. Change something in it "
    "and run it again: that is how one learns what it does."
)
IMPORTS = (
    "## Imports\n\n"
    "Keras runs on TensorFlow, JAX or PyTorch, whichever is installed; the environment "
    "variable `KERAS_BACKEND` chooses (`tensorflow`, `jax` or `torch`), before the import. "
    "Where something is missing: `pip install keras tensorflow matplotlib`."
)
ONE_BACKEND = (
    "The training step below is written for {title} alone, so here it must be `{only}`."
)
SETTINGS = (
    "## Settings\n\nWhat you may want to change, in one place. To see quickly that all "
    "works, train for one epoch."
)
MODEL = "## The model"
BUILD = (
    "### Build it\n\n"
    "The summary lists the layers, the shape that each gives and how many parameters it has. "
    "`None` is the number of samples in a batch."
)
PICTURE = "### A picture of it"
LOAD = "## The data"
OWN_DATA = (
    "`load_data()` reads your own file: the arrays that it expects are named in "
    "`load_npz()` or in its message. Set `DATA` at the top to the path of the file."
)
KNOWN_DATA = "The data set is {title}. {preparation}"
MADE_DATA = "The data are {title}, drawn at random by the function below."
READ_DATA = (
    "The data are your own: {path}. `load_data()` divides them into three parts. The model "
    "learns from the training data, the validation data show how it fares on others while it "
    "does, and the test data stay unseen until the end, for a fair score. Everything that "
    "is learnt from data, means for instance, is learnt from the training data alone."
)
BALANCE = (
    "Some classes are rarer than others. A model that never names them would still be right "
    "most of the time: look at each class below, not at the accuracy alone."
)
DOWNLOAD = (
    "The first run downloads it to `~/.keras/datasets`. The model learns from the training "
    "data; the test data stay unseen until the end, for a fair score."
)
LOOKS: Mapping[str, str] = {
    "look_images": (
        "Look at the data before anything else. These are samples as the model gets them"
        "{labels}."
    ),
    "look_pairs": "Each column is a pair, with what the model is to say about it.",
    "look_masks": "Images above, the masks that the model is to find below.",
    "look_frames": "The frames of one video, as the model gets them.",
    "look_texts": "To the model, a text is numbers: each stands for a word.",
    "look_features": (
        "The features are standardized: each has a mean of 0 and a spread of 1, so that none "
        "counts more only because its numbers are large."
    ),
    "own_table": (
        "Look at the data before anything else. Each line is a column, with its first values."
    ),
    "own_series": "The first rows, as curves.",
    "own_images": (
        "Look at the data before anything else. These are some of the training images."
    ),
    "own_texts": (
        "A text of each class, and one as the model gets it: each number stands for a word."
    ),
    "own_recordings": "Some of the training recordings, as waves.",
    "own_arrays": (
        "Sizes, types and ranges of a batch: wrong ones are the usual reason for bad results."
    ),
    "look_arrays": "Sizes, types and ranges: wrong ones are the usual reason for bad results.",
}
COMPILE = (
    "## How it learns\n\n"
    "`compile` sets what training makes small (the loss), how it goes about it (the "
    "optimizer), and what is reported (the metrics)."
)
TRAIN = (
    "## Training\n\n"
    "One epoch shows the model all training data once. After each, the model is saved, and "
    "losses and metrics go to a table."
)
START = (
    "The loss should fall from epoch to epoch, the validation loss with it. To start over "
    "with new weights, run from *The model* on."
)
HISTORY = (
    "## The history\n\n"
    "Curves that fall together are good. Where the validation loss turns upwards while the "
    "training loss goes on falling, the model begins to memorize: stop there, or add "
    "dropout or data. Where both are still falling, train for more epochs."
)
HISTORY_ALONE = (
    "## The history\n\nWhere the loss is still falling, train for more epochs."
)
EVALUATE = (
    "## The test\n\n"
    "Now the data that the model has not seen. The scores are computed twice, with the model "
    "and with the one that was saved, which must agree."
)
RESULTS = "## What it has learned"
PREDICT = "What the model makes of the test data:"
SHOWN: Mapping[str, str] = {
    "classes": (
        "Each row is a true class, each column what the model took it for. What is off the "
        "diagonal is wrong; look for pairs that are often confused."
    ),
    "rebuilt": "Above, what went in; below, what came out at the other end.",
    "masks": (
        "Where do the masks differ? Intersection over union is 1 where they are the same, "
        "and 0 where they have nothing in common."
    ),
    "frames": "What comes next, and what the model thinks that comes next.",
    "values": "Each point is a sample. On the dashed line, the model is right.",
    "own_forecast": "What came, and what the model thought that would come.",
    "plain": "The first samples, side by side.",
}
UNSURE = (
    "The samples for which the right class got the lowest scores: *true class: "
    "prediction?* Some may be hard for you too."
)
RELOAD = (
    "## Save and reload\n\n"
    "`model.keras` in the directory of the run holds the layers, the weights and the state of the "
    "optimizer. Loaded again, it predicts the same:"
)
RELOAD_LEARNT = (
    "For data that are new it needs what `load_data()` has learnt as well: that is in the same "
    "directory, and `load_data()` reads it with `is_new=False`."
)
RELOAD_CLASSES = (
    "The classes of the model are registered, so Keras finds them by name. Another program "
    "must define them, or import them, before it loads the file."
)
NEXT = "## Where to go from here"
NEXT_STEPS = (
    "Change one thing, run all cells, compare the test scores. What to try is said at each "
    "layer above; change one at a time.",
    "Set `EPOCHS` higher, and stop when the validation loss no longer falls: "
    "`keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)`, in `train()`.",
    "Watch training in TensorBoard: `%load_ext tensorboard`, then "
    "`%tensorboard --logdir {run_dir}`.",
    "Use the model: `model.predict(...)` takes a batch, prepared as the test data are.",
    "The same model in another style: `kgen new` with `--style` and `--notebook`; as a "
    "program with a command line: without `--notebook`.",
)
