"""Looks at the user's own data: reads, bounded and safely, and returns plain facts."""
