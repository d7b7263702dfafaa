# SPDX-License-Identifier: Apache-2.0
"""Incidents as they are read: one, and lists from the newest on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

from bavn.capabilities.operations.facts import INCIDENT_REPORTED
from bavn.capabilities.operations.model.authority import PLACE, GivenBy, given_by, words_in
from bavn.capabilities.operations.model.doubt import Contested
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.ports import IncidentTypes
from bavn.capabilities.operations.views.tables import (
    INCIDENT_BOARD,
    INCIDENT_DETAILS,
    INCIDENT_PICTURE,
    INCIDENT_TRACE,
    UNIT_PICTURE,
)
from bavn.frame.desk import Refusal
from bavn.journal.reader import Query, Reader
from bavn.journal.table import Row, Value
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.identity import OrganisationId, is_subject
from bavn.kernel.instants import instant_of
from bavn.kernel.refusal import Refused

# A screen shows a hundred; a machine that wants more goes on from `next`.
LIMIT, LIMIT_MOST = 100, 1_000
# How many days without an incident a list looks back over before it says that it is at its end.
DAYS_WITHOUT_LIMIT = 400
# A node's first record is younger than this.
FIRST_DAY = date(2020, 1, 1)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place on Earth (WGS 84)."""

    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as its reader may know it.

    `place` is exact for its owner and for its area's centre (`place_exact`), and within about a
    kilometre for everyone else; where `place_by` names a station or a municipality, it is only
    that one's point. `urgency` is the type's own where nobody set another. `merged_into` is the
    incident that leads where this one is part of it, and `merged` are the parts of this one, whose
    units are among its own. `maybe_same` says that another may be the same: a guess for a person.
    `given_by` tells by field as what each value was told, and what lower sources say otherwise.
    """

    id: str
    type: str | None
    urgency: str | None
    urgency_set: bool
    state: IncidentState
    outcome: str | None
    service: OrganisationId
    area: str | None
    municipality: str | None
    place: Place | None
    place_exact: bool
    place_by: str | None = None
    owner_by: str | None
    reported_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    note_count: int | None = None
    units: tuple[str, ...] = ()
    merged_into: str | None = None
    merged: tuple[str, ...] = ()
    maybe_same: bool = False
    is_heard: bool = True
    last_heard_at: datetime | None = None
    contested: Contested | None = None
    given_by: dict[str, GivenBy] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which incidents a list is to hold."""

    today: date
    state: IncidentState | None = None
    area: str | None = None
    service: str | None = None
    limit: int = LIMIT
    # Where the list before this one ended.
    after: str | None = None

    @property
    def where(self) -> dict[str, Value]:
        """What the rows are looked up by."""
        wanted = {"state": self.state, "area": self.area, "owner": self.service}
        return {name: str(value) for name, value in wanted.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Listed:
    """Some incidents, and where the list goes on."""

    items: list[Incident]
    next: str | None


def incident(query: Query, reader: Reader, types: IncidentTypes, name: str) -> Incident | None:
    """One incident, with its units; None when nothing was ever told of it."""
    subject = f"incident:{name}"
    if not is_subject(subject):
        return None
    rows = query.rows(reader, INCIDENT_PICTURE, {"subject": subject})
    if not rows:
        return _struck(query, reader, name)
    # Two owners may have told of one incident by mistake; the first to report it has it.
    row = min(rows, key=lambda each: (each["reported_at_ms"], each["owner"]))
    exact = query.rows(reader, INCIDENT_DETAILS, {"owner": row["owner"], "subject": subject})
    board = query.rows(reader, INCIDENT_BOARD, {"owner": row["owner"], "subject": subject})
    units = query.rows(reader, UNIT_PICTURE, {"incident": name})
    return msgspec.structs.replace(
        incident_of(row, types, _latest(exact)),
        note_count=_count(board[0]["note_count"]) if board else None,
        units=tuple(sorted(str(each["subject"]).partition(":")[2] for each in units)),
    )


def the_incident(query: Query, reader: Reader, types: IncidentTypes, name: str) -> Incident:
    """One incident; ends the handler when there is none."""
    found = incident(query, reader, types, name)
    if found is None:
        raise Refusal(
            Refused(
                code="no_such_incident",
                says=f"There is no incident {name} here.",
                try_instead="Look it up on the board, or report it first.",
                values={"incident": name},
            )
        )
    return found


def incidents(query: Query, reader: Reader, types: IncidentTypes, wanted: Wanted) -> Listed:
    """A list of incidents, the newest first."""
    found: list[tuple[str, Row]] = []
    for row in _from_newest(query, reader, wanted):
        mark = mark_of(row)
        if wanted.after is not None and mark >= wanted.after:
            continue
        found.append((mark, row))
        if len(found) > wanted.limit:
            break
    shown = found[: wanted.limit]
    exact = _exact_of(query, reader, [row for _, row in shown], wanted.state)
    return Listed(
        items=[
            incident_of(row, types, place) for (_, row), place in zip(shown, exact, strict=True)
        ],
        next=shown[-1][0] if len(found) > wanted.limit else None,
    )


def owners_of(query: Query, reader: Reader, name: str) -> list[OrganisationId]:
    """Everyone who has told all others something of an incident, struck or not."""
    subject = f"incident:{name}"
    if not is_subject(subject):
        return []
    rows = query.rows(reader, INCIDENT_TRACE, {"subject": subject})
    return sorted({OrganisationId(str(row["owner"])) for row in rows})


def incident_of(row: Row, types: IncidentTypes, exact: Row | None) -> Incident:
    """A row of the picture as it is read."""
    lat, lon = row["latitude"], row["longitude"]
    is_exact = exact is not None and exact["latitude"] is not None
    if exact is not None and is_exact:
        lat, lon = exact["latitude"], exact["longitude"]
    words = words_in(row.get("given"))
    if exact is not None and is_exact:
        # The place that is shown is this one, and so is who told it.
        words = {name: said for name, said in words.items() if name != PLACE}
        words |= words_in(exact.get("given"))
    known = types.type_of(_text(row["incident_type"]))
    urgency = _text(row["urgency"])
    return Incident(
        id=id_of(row),
        type=_text(row["incident_type"]),
        urgency=urgency or (known.urgency if known is not None else None),
        urgency_set=urgency is not None,
        state=IncidentState(str(row["state"])),
        outcome=_text(row["outcome"]),
        service=OrganisationId(str(row["owner"])),
        area=_text(row["area"]),
        municipality=_text(row["municipality"]),
        place=Place(lat=lat, lon=lon)
        if isinstance(lat, float) and isinstance(lon, float)
        else None,
        place_exact=is_exact,
        place_by=None if is_exact else _text(row["place_by"]),
        owner_by=_text(row["owner_by"]),
        reported_at=_instant(row["reported_at_ms"]),
        changed_at=_instant(row["changed_at_ms"]),
        closed_at=None if row["closed_at_ms"] is None else _instant(row["closed_at_ms"]),
        given_by=given_by(words),
    )


def id_of(row: Row) -> str:
    """The id of the incident or unit that a row is about."""
    return str(row["subject"]).partition(":")[2]


def mark_of(row: Row) -> str:
    """Where a row stands in a list: texts sort as instants do, and ids tell equals apart."""
    return f"{_count(row['reported_at_ms']):013d}.{id_of(row)}.{row['owner']!s}"


def day_of(mark: str) -> date | None:
    """The day on which a mark stands; None when it is none of ours."""
    number, dot, _ = mark.partition(".")
    if not dot or not (number.isascii() and number.isdigit()) or len(number) != 13:  # noqa: PLR2004
        return None
    return instant_of(int(number)).date()


def _from_newest(query: Query, reader: Reader, wanted: Wanted) -> Iterator[Row]:
    """Rows from the newest on, a day at a time: no list is as long as a record."""
    if wanted.state is IncidentState.OPEN:
        # What is open is never more than a storm's; all of it is looked at in one go.
        rows = query.rows(reader, INCIDENT_PICTURE, wanted.where)
        yield from sorted(rows, key=mark_of, reverse=True)
        return
    after = None if wanted.after is None else day_of(wanted.after)
    # A peer's clock may be a little ahead of ours, over midnight.
    day, empty = after or wanted.today + timedelta(days=1), 0
    while day >= FIRST_DAY and empty < DAYS_WITHOUT_LIMIT:
        rows = query.rows(reader, INCIDENT_PICTURE, {**wanted.where, "reported_on": str(day)})
        yield from sorted(rows, key=mark_of, reverse=True)
        empty = 0 if rows else empty + 1
        day -= timedelta(days=1)


def _struck(query: Query, reader: Reader, name: str) -> Incident | None:
    """What is left to say of an incident of which every report is struck through."""
    for owner in owners_of(query, reader, name):
        history = query.history(reader, owner, f"incident:{name}")
        reports = [each.fact for each in history if each.fact.kind == INCIDENT_REPORTED.name]
        if reports:
            return Incident(
                id=name,
                type=None,
                urgency=None,
                urgency_set=False,
                state=IncidentState.STRUCK,
                outcome=None,
                service=owner,
                area=None,
                municipality=None,
                place=None,
                place_exact=False,
                owner_by=None,
                reported_at=reports[0].happened_at,
                changed_at=instant_of(Tick.parse(history[-1].fact.recorded_at).ms),
                closed_at=None,
            )
    return None


def _exact_of(
    query: Query, reader: Reader, rows: list[Row], state: IncidentState | None
) -> list[Row | None]:
    """The exact place of each, where the reader may know it."""
    if state is IncidentState.OPEN:
        # One look-up instead of one for each: all of them are in a list that is no longer.
        found: dict[tuple[Value, Value], list[Row]] = {}
        for row in query.rows(reader, INCIDENT_DETAILS, {"state": state.value}):
            found.setdefault((row["owner"], row["subject"]), []).append(row)
        return [_latest(found.get((row["owner"], row["subject"]), [])) for row in rows]
    wheres = [{"owner": row["owner"], "subject": row["subject"]} for row in rows]
    return [_latest(query.rows(reader, INCIDENT_DETAILS, where)) for where in wheres]


def _latest(rows: list[Row]) -> Row | None:
    """Of the rows for several audiences the one that was told last."""
    return max(rows, key=lambda row: (row["changed_at_ms"], row["audience"]), default=None)


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _count(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _instant(value: Value) -> datetime:
    assert isinstance(value, int), "the view says so"
    return instant_of(value)
