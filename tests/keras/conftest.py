"""Fixtures of the tests that build and train generated models with Keras."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from support import Arrays, full_mnist

keras = pytest.importorskip("keras")


@pytest.fixture(autouse=True)
def fresh_keras() -> Iterator[None]:
    """Each test starts with the names and registered classes of a new process."""
    keras.utils.clear_session()
    keras.saving.get_custom_objects().clear()
    keras.utils.set_random_seed(1)
    yield
    keras.utils.clear_session()


@pytest.fixture(scope="session")
def mnist() -> tuple[Arrays, bool]:
    """Digits, and whether they are all of MNIST."""
    arrays, is_complete = full_mnist()
    return {key: np.asarray(value) for key, value in arrays.items()}, is_complete
