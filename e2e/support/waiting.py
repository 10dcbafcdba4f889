"""Waiting for what a page does not show."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], what: str, seconds: float = 60) -> Found:
    """Looks until it finds something true, and gives that back."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s; last seen: {found!r}"
        time.sleep(0.05)
