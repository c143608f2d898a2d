"""Passes: what is checked, worked out and changed between front end and back end."""
