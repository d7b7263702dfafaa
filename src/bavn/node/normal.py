# SPDX-License-Identifier: Apache-2.0
"""What is normal for this hour, by the imported history, beside what was reported within the last.

What the hour of the week brings is worked out once for each hour and each history; the last hour is
counted at every look, from the picture that all share.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bavn.capabilities.operations.views.tables import INCIDENT_PICTURE
from bavn.capabilities.organisation.views.register import Register
from bavn.capabilities.situation.model.normal import (
    ALL,
    AREA,
    DAY_HOURS,
    GROUP,
    LOOKED_BACK,
    SERVICE,
    WEEK_HOURS,
    WEEKS_LIMIT,
    Ground,
    NormalNow,
    Place,
    Told,
    Usual,
    compared,
    covered,
    hour_number,
    normals,
)
from bavn.frame.call import Call
from bavn.journal.reader import NOBODY
from bavn.kernel.instants import ms_of
from bavn.runtime.live import Live
from bavn.runtime.past.store import PastFile

Prepared: TypeAlias = tuple[Ground | None, list[tuple[Place, Usual]]]
# In both languages, at the end of one hour and the beginning of the next.
READY_LIMIT = 4
# What has no type, or one that the country does not have.
OTHER = "other"


class CountryNormal:
    """Who knows what has been: asked by the page, answered from a file of this machine."""

    def __init__(self, live: Live, register: Register, path: Path) -> None:
        self._live = live
        self._register = register
        self._file = PastFile(path)
        self._zone = ZoneInfo(register.country.time_zone)
        self._groups = {each.code: each.group for each in register.country.incident_types}
        self._ready: dict[tuple[object, ...], Prepared] = {}

    def now(self, call: Call) -> NormalNow:
        """The last hour beside what is normal for it."""
        since = call.now - LOOKED_BACK
        # The hour that most of the last sixty minutes lie in.
        local = (call.now - LOOKED_BACK / 2).astimezone(self._zone)
        ground, ready = self._prepared(call, local)
        reported = [*self._reported(since, call.now)] if ready else []
        return NormalNow(
            since=since.astimezone(UTC),
            weekday=local.weekday(),
            hour=local.hour,
            ground=ground,
            lines=compared(ready, reported),
        )

    def _prepared(self, call: Call, local: datetime) -> Prepared:
        week_hour = hour_number(local) % WEEK_HOURS
        day = self._register.today(call.now)
        key = (self._file.mark(), week_hour, day, self._register.version, call.language)
        if key in self._ready:
            return self._ready[key]
        told_weeks = self._file.weeks()
        weeks = {service: covered(told) for service, told in told_weeks.items()}
        last = max((max(told) for told in told_weeks.values()), default=0)
        told = [
            Told(each.service, self._groups.get(each.type, OTHER), each.week, each.turnout_count)
            for each in self._file.hour(week_hour, last - 2 * WEEKS_LIMIT)
        ]
        if len(self._ready) >= READY_LIMIT:
            self._ready.clear()
        found = normals(self._places(call, weeks), weeks, told)
        # What is said to be stood on is what is compared; with nothing to compare, all there is.
        used = {service for place, _ in found for service in place.services}
        kept = {each: told_weeks[each] for each in used or told_weeks}
        self._ready[key] = self._ground_of(kept), found
        return self._ready[key]

    def _places(self, call: Call, known: Mapping[str, object]) -> Iterator[Place]:
        day = self._register.on(self._register.today(call.now))
        # One that has become part of another reports nothing any more.
        services = frozenset(str(each) for each in day.services if each in known)
        yield Place(ALL, "", "", services)
        for area, held in day.areas.items():
            within = frozenset(str(each) for each in day.services if day.area_of(each) == area)
            yield Place(AREA, str(area), held.body.name, within)
        for group in sorted({*self._groups.values(), OTHER}):
            yield Place(
                GROUP, group, call.say(f"situation.group_{group}"), frozenset(services), group
            )
        for service, told in day.services.items():
            yield Place(SERVICE, str(service), told.body.name, frozenset({str(service)}))

    def _ground_of(self, weeks: dict[str, dict[int, int]]) -> Ground | None:
        if not weeks:
            return None
        last = max(max(told) for told in weeks.values())
        within = {
            service: {week: count for week, count in told.items() if week > last - 1 - WEEKS_LIMIT}
            for service, told in weeks.items()
        }
        seen = {week for told in within.values() for week in told}
        return Ground(
            turnout_count=sum(sum(told.values()) for told in within.values()),
            service_count=sum(bool(told) for told in within.values()),
            first_year=_year_of(min(seen)),
            last_year=_year_of(max(seen)),
            is_synthetic=any(each.is_synthetic for each in self._file.imports()),
        )

    def _reported(self, since: datetime, now: datetime) -> Iterator[tuple[str, str]]:
        """The service and the group of each incident that was reported since."""
        first, last = ms_of(since), ms_of(now)
        for day in {since.astimezone(UTC).date(), now.astimezone(UTC).date()}:
            where = {"reported_on": day.isoformat()}
            for row in self._live.query.rows(NOBODY, INCIDENT_PICTURE, where):
                if first < int(str(row["reported_at_ms"])) <= last:
                    kind = str(row["incident_type"] or "")
                    yield str(row["owner"]), self._groups.get(kind, OTHER)


def _year_of(week: int) -> int:
    return datetime.fromordinal(week * (WEEK_HOURS // DAY_HOURS) + 1).year
