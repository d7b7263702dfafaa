# SPDX-License-Identifier: Apache-2.0
"""Limits of how often: a bucket of permits for each caller, filled at a steady rate.

Kept in memory: a restart forgives. Alarms have buckets of their own, so that no other traffic, the
same caller's included, takes an alarm's place.

Runbook, when `limit.reached` is in the log: one caller asks more than its share. Others are served,
and so are its alarms. A control-room system that sends its whole morning again is right to, and
waits as Retry-After says; a program that asks in a circle is to be mended, or its token ended.
"""

from dataclasses import dataclass

# More callers than the country has at work; who is forgotten begins with a full bucket.
CALLERS_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, and so many a second in the long run."""

    name: str
    burst: int
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What each sort of caller may ask."""

    # A control-room system: what it kept during an hour's cut comes at once.
    token: Limit = Limit("token", 2_000, 200)
    # A person with several pages open, each asking for what changed.
    session: Limit = Limit("session", 300, 30)
    # A whole control room behind one address loads the front page after a power cut.
    address: Limit = Limit("address", 2_000, 100)
    # Whoever shows a token or a session that is none: it may be old, and it may be guessed.
    unknown: Limit = Limit("unknown", 30, 2)
    # The storm of a century in one caller: ten times a country's busiest hour, each second.
    alarm: Limit = Limit("alarm", 5_000, 500)


class Buckets:
    """Everyone's permits; lives in one event loop."""

    def __init__(self) -> None:
        # Name of limit and caller → permits at an instant, the longest unseen first.
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def wait_s(self, limit: Limit, caller: str, at_s: float) -> float:
        """Take a permit: nought when there was one, else after how many seconds there will be."""
        key = (limit.name, caller)
        left, before_s = self._left.pop(key, (float(limit.burst), at_s))
        left = min(limit.burst, left + (at_s - before_s) * limit.per_second)
        has_one = left >= 1
        self._left[key] = (left - 1 if has_one else left, at_s)
        if len(self._left) > CALLERS_LIMIT:
            del self._left[next(iter(self._left))]
        return 0.0 if has_one else (1 - left) / limit.per_second
