"""Where callbacks write to, and what they need beside Keras."""

from __future__ import annotations

from collections.abc import Mapping

# The argument of each callback that is a path, and its value where none is given.
PATHS: Mapping[str, tuple[str, str]] = {
    "BackupAndRestore": ("backup_dir", "backup"),
    "CSVLogger": ("filename", "history.csv"),
    "ModelCheckpoint": ("filepath", "model.keras"),
    "OrbaxCheckpoint": ("directory", "checkpoints"),
    "TensorBoard": ("log_dir", "logs"),
}
# How the path of a callback may end, by whether it saves the weights only.
ENDINGS: Mapping[tuple[str, bool], tuple[str, ...]] = {
    ("ModelCheckpoint", False): (".keras", ".h5"),
    ("ModelCheckpoint", True): (".weights.h5",),
}
# Packages that callbacks import and that neither Keras nor kgen brings along.
PACKAGES: Mapping[str, str] = {
    "OrbaxCheckpoint": "orbax-checkpoint",
    "RemoteMonitor": "requests",
}
