# SPDX-License-Identifier: Apache-2.0
"""Feeds connected: with the country's limits, a file of this machine, and what operations knows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from pathlib import Path

from bavn.capabilities.feeds.decisions.asking import tell_number
from bavn.capabilities.feeds.model.number import Incident, Means, number_in
from bavn.capabilities.feeds.model.tally import SilenceRule
from bavn.capabilities.feeds.views.room import Room
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.views.incidents import id_of
from bavn.capabilities.operations.views.incidents import incident as incident_now
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.tables import INCIDENT_PICTURE, UNIT_PICTURE, UNIT_WORDS
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.frame.country import Country, Row
from bavn.frame.desk import Desk, Refusal
from bavn.frame.feeds import FeedSort
from bavn.journal.table import Value
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of, ms_of
from bavn.kernel.refusal import BadInput, Problem
from bavn.node.together import CountryTogether
from bavn.runtime import clock
from bavn.runtime.countries import read_table
from bavn.runtime.feeds.kept import KEPT_DAYS, FeedFile
from bavn.runtime.folder import Folder
from bavn.runtime.live import Live
from bavn.runtime.log import log_error

# Where a country's figures do not say it; Denmark's do.
ASKED_AFTER_H, FORGOTTEN_DAYS, NUMBER_DAYS, NUMBER_KM = 6.0, 7.0, 7, 10.0


class RuleRow(Row, frozen=True, kw_only=True):
    """When a sort of feed is called silent or late."""

    sort: str
    silent_min: int
    spoken_least: int
    late_min: int


@cache
def rules_of(country: str) -> Mapping[str, SilenceRule]:
    """The limits of a country that comes with the program; none where it has no such table."""
    folder = files("bavn") / "countries" / country
    if not (folder / "feeds.csv").is_file():
        return {}
    rows = read_table(folder, "feeds", RuleRow)
    wrong = [each.sort for each in rows if each.sort not in frozenset(FeedSort)]
    if wrong:
        raise BadInput(*(Problem(where="feeds.csv", says=f"{each} is no sort") for each in wrong))
    return {
        each.sort: SilenceRule(
            silent_min=each.silent_min,
            spoken_least=each.spoken_least,
            late_min=each.late_min,
            basis=each.basis,
        )
        for each in rows
    }


class CountryFeeds:
    """All that feeds are connected with."""

    def __init__(
        self, live: Live, country: Country, operations: Operations, together: CountryTogether
    ) -> None:
        self._live = live
        self._operations = operations
        self._together = together
        self._figures = {each.key: each.number for each in country.figures}
        self.rules = rules_of(country.id)
        self.asked_after = timedelta(hours=self._figure("asked_after_h", ASKED_AFTER_H))
        self.forgotten_after = timedelta(days=self._figure("forgotten_days", FORGOTTEN_DAYS))
        self.kept_days = round(self._figure("kept_days", KEPT_DAYS))
        self.number_means = Means(
            days=round(self._figure("number_days", NUMBER_DAYS)),
            km=self._figure("number_km", NUMBER_KM),
        )

    def _figure(self, key: str, otherwise: float) -> float:
        found = self._figures.get(f"feeds.{key}")
        return otherwise if found is None else found

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def organisation(self, organisation: str, on: datetime) -> str:
        """What an organisation is called."""
        found = self._operations.territory.name_of(OrganisationId(organisation), on.date())
        return found or organisation

    def incident(self, call: Call, incident: str) -> Incident | None:
        """An incident as it stands; None where nothing does."""
        found = incident_now(self._live.query, call.reader, self._operations.types, incident)
        if found is None or found.state is IncidentState.STRUCK:
            return None
        place = found.place if found.place_by is None else None
        return Incident(
            id=found.id,
            is_open=found.state is IncidentState.OPEN,
            reported_at=found.reported_at,
            closed_at=found.closed_at,
            place=None if place is None else (place.lat, place.lon),
        )

    def label(self, call: Call, incident: str) -> str:
        """What people call it; its number where it is not known here."""
        seen = self._together.known(call, incident)
        return incident if seen is None else self._together.label(call, seen)

    def quiet(
        self,
        call: Call,
        service: OrganisationId,
        before: datetime,
        is_asked: Callable[[str], bool],
    ) -> Sequence[tuple[str, datetime]]:
        """Its open incidents that nobody has said anything of since, no unit at them."""
        where = {"owner": str(service), "state": IncidentState.OPEN.value}
        rows = self._live.query.rows(call.reader, INCIDENT_PICTURE, dict(where))
        leading = self._operations.joined.leading()
        found = []
        for row in rows:
            name, changed_ms = id_of(row), _ms(row["changed_at_ms"])
            # What has become part of another is asked about there.
            if changed_ms >= ms_of(before) or name in leading or not is_asked(name):
                continue
            whole = self._operations.joined.whole(name)
            last_ms = max([changed_ms, *(self._last_word_ms(call, each) for each in whole)])
            if last_ms < ms_of(before) and not any(self._is_manned(call, each) for each in whole):
                found.append((name, instant_of(last_ms)))
        return found

    def _last_word_ms(self, call: Call, incident: str) -> int:
        rows = self._live.query.rows(call.reader, UNIT_WORDS, {"subject": f"incident:{incident}"})
        return max((_ms(row["at_ms"]) for row in rows), default=0)

    def _is_manned(self, call: Call, incident: str) -> bool:
        return bool(self._live.query.rows(call.reader, UNIT_PICTURE, {"incident": incident}))

    def broken(self, who: str, error: Exception) -> None:
        """Tell whoever runs the machine."""
        log_error("feeds.broken", error, who=who)

    def read(self, call: Call, owner: OrganisationId, sender: str) -> None:
        """Keep who has looked at rows that may name people."""
        self._live.readings.note(call.reader.by, owner, f"{owner}/feed:{sender}")


class CountryNumbers:
    """What operations asks of feeds: which incident another system's number means."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def form(self, text: str) -> str | None:
        """A number as it is kept; None for what is none."""
        return number_in(text)

    def known(
        self, call: Call, numbers: Sequence[str], place: tuple[float, float] | None
    ) -> str | None:
        """The incident that the caller's system means; None for one that is new."""
        return self._room.known(call, numbers, place)

    def found(self, call: Call, number: str) -> Sequence[str]:
        """All that have had the number."""
        return self._room.found(call, number)

    async def tell(
        self, desk: Desk, call: Call, incident: str, numbers: Sequence[str]
    ) -> Sequence[Problem]:
        """Have them kept, the one that holds last; what stands in the way, and never a refusal."""
        problems = []
        try:
            had = self._room.has(call, incident)
            for place, number in reversed([*enumerate(numbers)]):
                # What it is called now it is; what it was called before may be another's.
                elsewhere = self._room.known(call, [number], None) if place else None
                if elsewhere is not None and elsewhere != incident:
                    says = f"is known already for another incident, {elsewhere}; left out"
                    problems.append(Problem(where="was", says=says))
                    continue
                await tell_number(desk, call, incident, number, had)
        except Refusal as refusal:
            problems.append(Problem(where="number", says=refusal.refused.says))
        except Exception as error:  # noqa: BLE001 - the alarm is taken; its number is not
            log_error("feeds.broken", error, who="number")
            problems.append(Problem(where="number", says="could not be kept; send it again"))
        return problems


def _ms(value: Value) -> int:
    return value if isinstance(value, int) else 0


def feeds_of(
    live: Live,
    register: Register,
    operations: Operations,
    together: CountryTogether,
    data: Path,
) -> Room:
    """The account of feeds, connected with those who take in what is sent."""
    around = CountryFeeds(live, register.country, operations, together)
    kept = FeedFile(Folder(data).feeds_path(live.world), around.kept_days)
    room = Room(live.query, around, kept, clock.now())

    async def close() -> None:
        room.save_all()
        await kept.close()

    live.before_close(close)
    operations.feeds = register.feeds = room
    operations.numbers = CountryNumbers(room)
    return room
