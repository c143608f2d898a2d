"""The two intermediate representations: the layer graph and the program."""
