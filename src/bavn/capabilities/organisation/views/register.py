# SPDX-License-Identifier: Apache-2.0
"""The register: who there is and what they have, ready for whoever asks, on any day.

Made once for a world that is served. What it has looked up stays until something new is told about
organisations: whoever serves the world calls `heard` for each fact.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bavn.capabilities.organisation.model.directory import Day, Directory
from bavn.capabilities.organisation.views import looking
from bavn.frame.country import Country
from bavn.frame.feeds import Feeds, NoFeeds
from bavn.frame.given import Given
from bavn.journal.kinds import STRUCK
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row, Value
from bavn.journal.views import View

OURS = "organisation."
# People look at today, at the next change and back; a day is some megabytes.
DAYS_LIMIT = 8


class Register:
    """The country's tables, and what is told of its organisations."""

    def __init__(self, country: Country, query: Query) -> None:
        self.country = country
        # Grows whenever what is registered may have changed.
        self.version = 0
        # Who is told what other systems send.
        self.feeds: Feeds = NoFeeds()
        self._query = query
        self._directory: Directory | None = None
        self._days: dict[date, Day] = {}
        self._zone = ZoneInfo(country.time_zone)

    def heard(self, kind: str) -> None:
        """Take note of a fact of this kind: what it may have changed is looked up anew."""
        if kind.startswith(OURS) or kind == STRUCK.name:
            self.version += 1
            self._directory = None
            self._days.clear()

    def on(self, day: date) -> Day:
        """Who there is and what they have on a day, as all may know it."""
        found = self._days.get(day)
        if found is None:
            if self._directory is None:
                self._directory = looking.directory(self._look)
            found = self._directory.on(day)
            if len(self._days) >= DAYS_LIMIT:
                del self._days[next(iter(self._days))]
            self._days[day] = found
        return found

    def today(self, now: datetime) -> date:
        """The day that it is in the country."""
        return now.astimezone(self._zone).date()

    def _look(self, view: View, where: Mapping[str, Value]) -> list[Row]:
        return self._query.rows(NOBODY, view, where)


RegisterGiven: TypeAlias = Given[Register]
