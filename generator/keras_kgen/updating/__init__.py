"""Living with a generated project: what kgen wrote is remembered, compared and merged."""
