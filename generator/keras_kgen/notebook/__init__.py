"""A module as a Jupyter notebook that teaches: `kgen new --notebook`."""
