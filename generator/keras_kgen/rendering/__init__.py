"""Module views as formatted Python."""
