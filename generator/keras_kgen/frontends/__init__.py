"""Front ends: what the user has, read into a program."""
