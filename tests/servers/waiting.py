"""Waits for what another process does in its own time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")


def wait_until(look: Callable[[], Found], *, seconds: float = 10) -> Found:
    """Look until something is found, and return it; after ``seconds`` the test fails."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"nothing came of it within {seconds} s")
        time.sleep(0.01)
    return found
