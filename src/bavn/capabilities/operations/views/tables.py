# SPDX-License-Identifier: Apache-2.0
"""The service's own board of incidents, the picture that everyone shares, and where units stand."""

from bavn.capabilities.operations.facts import (
    AuthorityOrdered,
    IncidentClosed,
    IncidentCorrected,
    IncidentDescribed,
    IncidentNoted,
    IncidentReported,
    UnitStatusChanged,
)
from bavn.capabilities.operations.model.authority import (
    MUNICIPALITY,
    PLACE,
    STATUS,
    TYPE,
    URGENCY,
    StatusWord,
    Word,
    standing_word,
    stands_after,
    with_word,
    words_in,
    words_text,
)
from bavn.capabilities.operations.model.incident import IncidentState
from bavn.capabilities.operations.model.unit import ON_TASK, status_in
from bavn.journal.fact import Fact
from bavn.journal.kinds import Struck
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.hybrid_clock import Tick
from bavn.kernel.instants import ms_of

_KNOWN_TO_ALL = (
    Column("incident_type", optional=True),
    Column("municipality", optional=True),
    Column("latitude", Sort.REAL, optional=True),
    Column("longitude", Sort.REAL, optional=True),
    Column("urgency", optional=True),
    Column("area", optional=True),
    Column("owner_by", optional=True),
    Column("place_by", optional=True),
    Column("state"),
    Column("outcome", optional=True),
    Column("reported_at_ms", Sort.INTEGER),
    # The day of it (UTC), by which lists are read from the newest on.
    Column("reported_on"),
    Column("closed_at_ms", Sort.INTEGER, optional=True),
    Column("changed_at_ms", Sort.INTEGER),
    Column("last_fact"),
    # Who gave each value, and who said otherwise: see model/authority.py.
    Column("given", optional=True),
)


def _begun(fact: Fact) -> Row:
    """What stands on the board when the report itself has not been heard, or was struck."""
    return {
        "state": IncidentState.OPEN.value,
        "reported_at_ms": ms_of(fact.happened_at),
        "reported_on": fact.happened_at.date().isoformat(),
    }


def _touched(fact: Fact) -> Row:
    return {"last_fact": fact.id, "changed_at_ms": Tick.parse(fact.recorded_at).ms}


def _said(row: Row, body: IncidentReported | IncidentCorrected, fact: Fact) -> Row:
    """A row with what a word adds to it: what it leaves out, and what is above it, still holds."""
    place_by = body.place_by if isinstance(body, IncidentReported) else None
    words = words_in(row.get("given"))
    place: list[float | str | None] = [body.latitude, body.longitude, place_by]
    told: dict[str, list[float | str | None] | str | None] = {
        TYPE: body.incident_type,
        URGENCY: body.urgency,
        MUNICIPALITY: body.municipality,
        PLACE: None if body.latitude is None else place,
    }
    for field, value in told.items():
        if value is not None:
            weight = body.weights.get(PLACE if field == MUNICIPALITY else field, 0)
            # What only stands for a place weighs nothing beside one that somebody has told.
            weight = 0 if field == PLACE and place_by is not None else weight
            word = Word(body.source, weight, value, ms_of(fact.happened_at))
            words[field] = with_word(words.get(field, []), word)
    stands = {field: kept[0].value for field, kept in words.items()}
    columns = {TYPE: "incident_type", URGENCY: "urgency", MUNICIPALITY: "municipality"}
    said: Row = {
        name: str(stands[field]) for field, name in columns.items() if told[field] is not None
    }
    if told[PLACE] is not None:
        names = ("latitude", "longitude", "place_by")
        said |= dict(zip(names, stands[PLACE], strict=True))
    return {**row, **said, "given": words_text(words)}


def _reported(rows: SubjectRows, body: IncidentReported, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    state: Row = {"state": IncidentState.OPEN.value, "closed_at_ms": None, "outcome": None}
    if body.area is not None:
        state |= {"area": body.area, "owner_by": body.owner_by}
    rows.put({**_said(row, body, fact), **state, **_touched(fact)})


def _corrected(rows: SubjectRows, body: IncidentCorrected, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    rows.put({**_said(row, body, fact), **_touched(fact)})


def _closed(rows: SubjectRows, body: IncidentClosed, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    state: Row = {
        "state": IncidentState.CLOSED.value,
        "closed_at_ms": ms_of(fact.happened_at),
        "outcome": body.outcome,
    }
    rows.put({**row, **state, **_touched(fact)})


def _noted(rows: SubjectRows, _body: IncidentNoted, fact: Fact) -> None:
    row = rows.get() or _begun(fact)
    count = row.get("note_count") or 0
    assert isinstance(count, int)
    rows.put({**row, "note_count": count + 1, **_touched(fact)})


def _described(rows: SubjectRows, body: IncidentDescribed, fact: Fact) -> None:
    row = rows.get() or {"state": IncidentState.OPEN.value}
    if body.latitude is not None and body.longitude is not None:
        words, at_ms = words_in(row.get("given")), ms_of(fact.happened_at)
        weight = body.weights.get(PLACE, 0)
        word = Word(body.source, weight, [body.latitude, body.longitude, None], at_ms)
        words[PLACE] = with_word(words.get(PLACE, []), word)
        names = ("latitude", "longitude")
        row |= dict(zip(names, words[PLACE][0].value, strict=False))
        row["given"] = words_text(words)
    rows.put({**row, **_touched(fact)})


def _over(rows: SubjectRows, _body: IncidentClosed, fact: Fact) -> None:
    rows.put({**(rows.get() or {}), "state": IncidentState.CLOSED.value, **_touched(fact)})


def _traced(rows: SubjectRows, _body: object, fact: Fact) -> None:
    rows.put({"last_fact": fact.id})


def _stands(rows: SubjectRows, body: UnitStatusChanged, fact: Fact) -> None:
    row, at_ms = rows.get(), ms_of(fact.happened_at)
    new = Word(body.source, body.weight, body.status, at_ms)
    beside: list[Word] = []
    if row is not None:
        now, kept = standing_word(row), words_in(row["given"]).get(STATUS, [])
        told = StatusWord(
            status=body.status,
            at_ms=at_ms,
            incident=body.incident,
            weight=body.weight,
            hold_s=body.hold_s,
        )
        if not stands_after(now, told):
            # Heard late, it is history; of a lower source, it is kept beside what holds.
            is_beside = at_ms >= now.at_ms and kept
            given = words_text({STATUS: [kept[0], new]}) if is_beside else row["given"]
            rows.put({**row, "given": given, **_touched(fact)})
            return
        beside = kept[:1] if at_ms < now.at_ms else []
    is_on_task = status_in(body.status) in ON_TASK
    rows.put(
        {
            "status": body.status,
            "status_at_ms": at_ms,
            "incident": body.incident if is_on_task else None,
            "told_of": body.incident,
            "flags": " ".join(body.flags),
            "given": words_text({STATUS: [new, *beside]}),
            "hold_s": body.hold_s,
            **_touched(fact),
        }
    )


def _ordered(rows: SubjectRows, body: AuthorityOrdered, fact: Fact) -> None:
    sources, at_ms = " ".join(body.sources), ms_of(fact.happened_at)
    rows.put(
        {
            "field": body.field,
            "sources": sources,
            "hold_s": body.hold_s,
            "by": fact.by.function,
            "at_ms": at_ms,
            "last_fact": fact.id,
        }
    )


def _told_at(rows: SubjectRows, body: UnitStatusChanged, fact: Fact) -> None:
    unit = next((each for each in fact.about if each.startswith("unit:")), None)
    if unit is not None:
        at_ms, flags = ms_of(fact.happened_at), " ".join(body.flags)
        rows.put(
            {
                "unit": unit.removeprefix("unit:"),
                "fact": fact.id,
                "status": body.status,
                "at_ms": at_ms,
                "flags": flags,
            }
        )


INCIDENT_BOARD = View(
    name="incident_board",
    version=4,
    about="incident",
    scope=Scope.OWN,
    columns=(*_KNOWN_TO_ALL, Column("note_count", Sort.INTEGER, optional=True)),
    folds={
        IncidentReported: _reported,
        IncidentCorrected: _corrected,
        IncidentNoted: _noted,
        IncidentClosed: _closed,
    },
    indexes=(("state",),),
)
INCIDENT_PICTURE = View(
    name="incident_picture",
    version=4,
    about="incident",
    scope=Scope.NATION,
    columns=_KNOWN_TO_ALL,
    folds={
        IncidentReported: _reported,
        IncidentCorrected: _corrected,
        IncidentClosed: _closed,
    },
    indexes=(("state", "reported_on"), ("reported_on",), ("subject",)),
)
# For the owner and for its area's centre; each has a row of its own.
INCIDENT_DETAILS = View(
    name="incident_details",
    version=2,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("latitude", Sort.REAL, optional=True),
        Column("longitude", Sort.REAL, optional=True),
        Column("state"),
        Column("changed_at_ms", Sort.INTEGER),
        Column("last_fact"),
        Column("given", optional=True),
    ),
    folds={IncidentDescribed: _described, IncidentClosed: _over},
    indexes=(("subject",), ("state",)),
)
# Who has ever told everyone something of an incident, struck or not: it is how "why?" is answered
# when nothing of it stands any more.
INCIDENT_TRACE = View(
    name="incident_trace",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=(Column("last_fact"),),
    folds=dict.fromkeys(
        (IncidentReported, IncidentCorrected, IncidentClosed, UnitStatusChanged, Struck), _traced
    ),
    indexes=(("subject",),),
)
UNIT_PICTURE = View(
    name="unit_picture",
    version=2,
    about="unit",
    scope=Scope.NATION,
    columns=(
        Column("status"),
        Column("status_at_ms", Sort.INTEGER),
        Column("incident", optional=True),
        Column("flags"),
        Column("changed_at_ms", Sort.INTEGER),
        Column("last_fact"),
        # What it was at, or has left, by its last word.
        Column("told_of", optional=True),
        Column("given", optional=True),
        Column("hold_s", Sort.INTEGER, optional=True),
    ),
    folds={UnitStatusChanged: _stands},
    indexes=(("incident",), ("subject",)),
)
# Every word of every unit about an incident: what the intervals are measured by.
UNIT_WORDS = View(
    name="incident_unit_words",
    version=1,
    about="incident",
    scope=Scope.NATION,
    columns=(
        Column("unit"),
        Column("fact"),
        Column("status"),
        Column("at_ms", Sort.INTEGER),
        Column("flags"),
    ),
    key=("unit", "fact"),
    folds={UnitStatusChanged: _told_at},
    indexes=(("subject",),),
)
# Whose word holds with a service about a field, where it has said so itself.
AUTHORITY = View(
    name="operations_authority",
    version=1,
    about="authority",
    scope=Scope.NATION,
    columns=(
        Column("field"),
        Column("sources"),
        Column("hold_s", Sort.INTEGER, optional=True),
        Column("by"),
        Column("at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    key=("field",),
    folds={AuthorityOrdered: _ordered},
)
VIEWS = (
    INCIDENT_BOARD,
    INCIDENT_PICTURE,
    INCIDENT_DETAILS,
    INCIDENT_TRACE,
    UNIT_PICTURE,
    UNIT_WORDS,
    AUTHORITY,
)
