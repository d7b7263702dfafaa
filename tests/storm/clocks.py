# SPDX-License-Identifier: Apache-2.0
"""A clock for each machine: offset, drift, jumps; and the true time, which it lacks."""

from dataclasses import dataclass
from datetime import datetime

from bavn.kernel.instants import instant_of, ms_of
from tests.lilleland.nodes import START


@dataclass
class TrueTime:
    """The time that no machine knows."""

    ms: int = ms_of(START)


@dataclass
class MachineClock:
    """What one machine takes for the time."""

    true: TrueTime
    offset_ms: int = 0
    drift_per_million: int = 0
    # The latest instant that it ever showed: what it tells may never be much after that.
    highest_ms: int = 0

    def __call__(self) -> datetime:
        return instant_of(self.read_ms())

    def read_ms(self) -> int:
        """What the clock shows."""
        drifted = (self.true.ms - ms_of(START)) * self.drift_per_million // 1_000_000
        now_ms = self.true.ms + self.offset_ms + drifted
        self.highest_ms = max(self.highest_ms, now_ms)
        return now_ms

    def jump(self, by_ms: int) -> None:
        """Show another time from now on."""
        self.offset_ms += by_ms

    def set_right(self) -> None:
        """Show the true time, and run evenly."""
        self.offset_ms = self.drift_per_million = 0
