# SPDX-License-Identifier: Apache-2.0
"""The machine's time and chance: the one place that has them, and hands them to all others."""

import os
import time
from datetime import UTC, datetime


def now() -> datetime:
    """The wall clock's instant, with its zone."""
    return datetime.now(UTC)


def seconds() -> float:
    """Seconds that only rise, for measuring how long something took."""
    return time.monotonic()


def wait(for_seconds: float) -> None:
    """Let time pass."""
    time.sleep(for_seconds)


def entropy(count: int) -> bytes:
    """Bytes that nobody can foresee, from the operating system."""
    return os.urandom(count)
