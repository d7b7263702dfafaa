# SPDX-License-Identifier: Apache-2.0
"""Handles of a machine that is dead complain when they are swept away; nobody needs to hear it."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.storm.disk import DiskFull, PowerLost


@contextmanager
def dead_handles() -> Iterator[None]:
    """Sweep away what was left open on dead disks, without a word, before this ends."""
    before = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        if not isinstance(unraisable.exc_value, PowerLost | DiskFull):
            before(unraisable)

    sys.unraisablehook = hook
    # What was there before is no dead machine's: a process with thousands of tests behind it is
    # searched for seconds, and this happens hundreds of times.
    gc.freeze()
    try:
        yield
        gc.collect()
    finally:
        sys.unraisablehook = before
