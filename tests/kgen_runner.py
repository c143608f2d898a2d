"""The type of the fixture that runs the command."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import Result

Kgen = Callable[..., Result]
