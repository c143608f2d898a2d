"""Saved models of every generation of Keras, read into one description of them.

`containers.open_model` reads a file, `model` says what comes out.
"""
