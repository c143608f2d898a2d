"""Where things go: rows from top to bottom, the trunk of the model straight."""
