"""Projects: a model as a package with tests, not as one module."""
