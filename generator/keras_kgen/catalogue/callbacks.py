"""Where callbacks write to when a source does not say."""

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
