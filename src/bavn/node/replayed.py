# SPDX-License-Identifier: Apache-2.0
"""Two pick lists beside each other over many calls, in no more room for more calls."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from bavn.capabilities.dispatch.ports import Need
from bavn.capabilities.dispatch.views.replaying import Replay, Sent
from bavn.node.past_calls import PastCall

MINUTE_S = 60.0
# By whole seconds: as many counts as there are seconds in half a day, however many calls.
LONGEST_S = 12 * 3600


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One call, and what each list sends to it."""

    call: str
    at: str
    type: str
    lat: float
    lon: float
    old: Sent
    new: Sent

    @property
    def changed(self) -> bool:
        """True where the two lists do not send the same units."""
        return self.old.units != self.new.units


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What a list does over all calls: medians, and so that nine of ten are sooner, in seconds."""

    unit_count: int
    short_count: int
    nobody_count: int
    first_s: float | None
    first_p90_s: float | None
    last_s: float | None
    last_p90_s: float | None
    uncovered_mean: float


@dataclass
class Tally:
    """Adds up what one list does."""

    units: int = 0
    short: int = 0
    nobody: int = 0
    uncovered: int = 0
    calls: int = 0
    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)

    def add(self, sent: Sent) -> None:
        """One more call."""
        self.calls += 1
        self.units += len(sent.units)
        self.short += not sent.adequate
        self.nobody += not sent.units
        self.uncovered += sent.uncovered
        if sent.first_s is not None and sent.last_s is not None:
            self.first[min(round(sent.first_s), LONGEST_S)] += 1
            self.last[min(round(sent.last_s), LONGEST_S)] += 1

    def total(self) -> Total:
        """What it comes to."""
        return Total(
            unit_count=self.units,
            short_count=self.short,
            nobody_count=self.nobody,
            first_s=quantile(self.first, 0.5),
            first_p90_s=quantile(self.first, 0.9),
            last_s=quantile(self.last, 0.5),
            last_p90_s=quantile(self.last, 0.9),
            uncovered_mean=round(self.uncovered / self.calls, 3) if self.calls else 0.0,
        )


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The least value that so large a share of all is not above; None where there are none.

    >>> quantile({60: 5, 120: 4, 600: 1}, 0.9)
    120.0
    """
    wanted, so_far = share * sum(counts.values()), 0
    for value in sorted(counts):
        so_far += counts[value]
        if so_far >= wanted:
            return float(value)
    return None


Lists = Callable[[str], tuple[Need, ...]]


@dataclass
class Bench:
    """Sends to each call by the old list and by the new one."""

    old: Lists
    new: Lists
    replays: tuple[Replay, Replay]
    # By type of incident: how far away somebody may be, and how long it takes.
    reach_s: Mapping[str, float]
    lasts_s: Mapping[str, float]
    stays_away: bool

    def compared(self, calls: Iterable[PastCall]) -> Iterable[Compared]:
        """Call by call."""
        for call in calls:
            old = self._sent(0, self.old(call.type), call)
            # Where nobody stays away, one and the same line sends one and the same units.
            is_same = not self.stays_away and self.new(call.type) == self.old(call.type)
            new = old if is_same else self._sent(1, self.new(call.type), call)
            yield Compared(
                call=call.name,
                at=call.at.isoformat(),
                type=call.type,
                lat=call.lat,
                lon=call.lon,
                old=old,
                new=new,
            )

    def _sent(self, which: int, needs: tuple[Need, ...], call: PastCall) -> Sent:
        return self.replays[which].sent(
            needs,
            (call.lat, call.lon),
            at_s=call.at.timestamp(),
            reach_s=self.reach_s[call.type],
            lasts_s=self.lasts_s[call.type] if self.stays_away else 0.0,
        )
