# SPDX-License-Identifier: Apache-2.0
"""How long it takes: from a cut until it is seen that nobody is heard, and until all is whole.

Pure: whoever looks gives what it saw and when. A time is that of the look that first saw it, so it
is never said to be shorter than it was.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

UNHEARD = frozenset({"silent", "never"})


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one node says of another."""

    state: str
    heard_at: datetime | None = None
    behind_count: int = 0
    is_catching_up: bool = False
    unheard_count: int | None = None
    condition: str = ""

    @property
    def is_silent(self) -> bool:
        """True when it is not heard."""
        return self.state in UNHEARD

    @property
    def is_whole(self) -> bool:
        """True when it is heard and all that it is known to have is there."""
        return not (self.is_silent or self.behind_count or self.is_catching_up)


class Course(msgspec.Struct, kw_only=True):
    """What came of one break: seconds of our rising clock, and what was seen when."""

    broken_s: float
    mended_s: float | None = None
    mended_at: datetime | None = None
    silent_after_s: float | None = None
    whole_after_s: float | None = None

    @property
    def is_open(self) -> bool:
        """True while something is still to be seen."""
        seen_s = self.silent_after_s if self.mended_s is None else self.whole_after_s
        return seen_s is None

    def look(self, sights: Mapping[str, Sight], near: str, at_s: float) -> None:
        """Take in what was seen of the nodes beyond the break; `near` is the first of them."""
        first = sights.get(near)
        if first is None or at_s < (self.mended_s or self.broken_s):
            return
        if self.mended_s is None or self.mended_at is None:
            if self.silent_after_s is None and first.is_silent:
                self.silent_after_s = at_s - self.broken_s
            return
        if self.whole_after_s is not None:
            return
        # An answer from before it was mended says nothing.
        is_new = first.heard_at is not None and first.heard_at >= self.mended_at
        # Of those beyond it, that they live is hearsay, and comes later than what they told.
        has_all = not any(each.behind_count for each in sights.values())
        if is_new and first.is_whole and has_all:
            self.whole_after_s = at_s - self.mended_s


class Stopwatch:
    """The last course of each link and each node."""

    def __init__(self) -> None:
        self.courses: dict[str, Course] = {}

    def broken(self, name: str, now_s: float) -> None:
        """Something was broken; broken again while it was, it is the same course."""
        before = self.courses.get(name)
        if before is None or before.mended_s is not None:
            self.courses[name] = Course(broken_s=now_s)

    def mended(self, name: str, now_s: float, now: datetime) -> None:
        """It was put right."""
        course = self.courses.get(name)
        if course is not None and course.mended_s is None:
            course.mended_s, course.mended_at = now_s, now
