"""Projects that learn from the user's own data."""
