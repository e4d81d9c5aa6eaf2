"""Waits for what another process does in its own time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Found = TypeVar("Found")


def wait_until(look: Callable[[], Found], *, seconds: float = 10) -> Found:
    """Look until something is found, and return it; after ``seconds`` the test fails."""
    for _ in within(seconds=seconds):
        if found := look():
            return found
    pytest.fail(f"nothing came of it within {seconds} s")


def within(*, seconds: float) -> Iterator[None]:
    """Yield every hundredth of a second, at least once, until the time is up."""
    deadline = time.monotonic() + seconds
    yield
    while time.monotonic() < deadline:
        time.sleep(0.01)
        yield
