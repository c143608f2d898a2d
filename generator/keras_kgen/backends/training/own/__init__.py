"""Lowers training on the user's own data: which loader, which checks, which constants."""
