"""Comments and docstrings that teach: what `kgen new --explain` adds to a module."""
