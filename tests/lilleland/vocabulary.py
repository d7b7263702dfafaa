# SPDX-License-Identifier: Apache-2.0
"""What can happen in Lilleland.

Enough kinds, views, decisions, reactions and timers to try every rule of the journal.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from bavn.journal.catalogue import Catalogue, Part, catalogue_of
from bavn.journal.decision import Context, Decision, Reading
from bavn.journal.fact import Draft, Fact, Sealed
from bavn.journal.kinds import Kind, Older
from bavn.journal.reaction import Reaction, Timer
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import ms_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

REMIND_AFTER = timedelta(minutes=10)


class FireReportedV1(msgspec.Struct, frozen=True, kw_only=True):
    """As it was told in the first year: only what burns."""

    what: str


class FireReported(msgspec.Struct, frozen=True, kw_only=True):
    """A fire was reported. Told to the nation and the area; an alarm."""

    what: str
    place: str = ""


class CrewSent(msgspec.Struct, frozen=True, kw_only=True):
    """A crew went. Told to the area."""

    crew: str


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """Something was noted for the service itself. Never leaves."""

    mark: str
    text: Sealed | None = None


class HelpAsked(msgspec.Struct, frozen=True, kw_only=True):
    """One service asked another for help. Told to that one alone."""

    of: OrganisationId
    crews: int


class HelpAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, told to the one who asked."""

    asker: OrganisationId
    crews: int


class FireAcknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """The service's own machine has seen the report. Told to the nation."""


class Reminded(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody had closed the fire after ten minutes. Stays with the service."""

    due_ms: int


class FireClosed(msgspec.Struct, frozen=True, kw_only=True):
    """The fire is over. Told to the nation and the area."""


NATION_AND_AREA = frozenset({Scope.NATION, Scope.AREA})

FIRE_REPORTED = Kind(
    name="lilleland.fire_reported",
    version=2,
    body=FireReported,
    scopes=NATION_AND_AREA,
    alarm=True,
    older={1: Older(body=FireReportedV1, read_as=lambda old: FireReported(what=old.what))},
)
KINDS = (
    FIRE_REPORTED,
    Kind(name="lilleland.crew_sent", version=1, body=CrewSent, scopes=frozenset({Scope.AREA})),
    Kind(name="lilleland.noted", version=1, body=Noted, scopes=frozenset({Scope.OWN})),
    Kind(name="lilleland.help_asked", version=1, body=HelpAsked, scopes=frozenset({Scope.TO})),
    Kind(
        name="lilleland.help_answered", version=1, body=HelpAnswered, scopes=frozenset({Scope.TO})
    ),
    Kind(
        name="lilleland.fire_acknowledged",
        version=1,
        body=FireAcknowledged,
        scopes=frozenset({Scope.NATION}),
    ),
    Kind(name="lilleland.reminded", version=1, body=Reminded, scopes=frozenset({Scope.OWN})),
    Kind(name="lilleland.fire_closed", version=1, body=FireClosed, scopes=NATION_AND_AREA),
)

# Views. Each counts what it folded, so that a fact folded twice or not at all is seen.

_NUMBER = Sort.INTEGER
_FIRE = (
    Column("what"),
    Column("state"),
    Column("crews", optional=True),
    Column("last_fact"),
    Column("facts", _NUMBER),
)


def _counted(rows: SubjectRows, fact: Fact, **changes: str | int) -> None:
    row: Row = rows.get() or {"what": "?", "state": "unknown", "crews": None, "facts": 0}
    facts = row["facts"]
    assert isinstance(facts, int)
    rows.put({**row, "last_fact": fact.id, "facts": facts + 1, **changes})


def _reported(rows: SubjectRows, body: FireReported, fact: Fact) -> None:
    _counted(rows, fact, what=f"{body.what} {body.place}".strip(), state="burning")


def _sent(rows: SubjectRows, body: CrewSent, fact: Fact) -> None:
    before = str((rows.get() or {}).get("crews") or "")
    _counted(rows, fact, crews=f"{before} {body.crew}".strip())


def _acknowledged(rows: SubjectRows, _body: FireAcknowledged, fact: Fact) -> None:
    _counted(rows, fact, state="acknowledged")


def _closed(rows: SubjectRows, _body: FireClosed, fact: Fact) -> None:
    _counted(rows, fact, state="closed")


FIRE_SEEN = View(
    name="fire_seen",
    version=1,
    about="fire",
    scope=Scope.NATION,
    columns=_FIRE,
    folds={FireReported: _reported, FireAcknowledged: _acknowledged, FireClosed: _closed},
)
FIRE_IN_AREA = View(
    name="fire_in_area",
    version=1,
    about="fire",
    scope=Scope.AREA,
    columns=_FIRE,
    folds={FireReported: _reported, CrewSent: _sent, FireClosed: _closed},
)


def _noted(rows: SubjectRows, body: Noted, fact: Fact) -> None:
    _counted(rows, fact, crews=body.mark)


FIRE_OWN = View(
    name="fire_own",
    version=1,
    about="fire",
    scope=Scope.OWN,
    columns=_FIRE,
    folds={
        FireReported: _reported,
        CrewSent: _sent,
        FireAcknowledged: _acknowledged,
        FireClosed: _closed,
        Noted: _noted,
    },
    indexes=(("state",),),
)


def _asked(rows: SubjectRows, body: HelpAsked, fact: Fact) -> None:
    rows.put({"help": fact.id, "crews": body.crews, "answered": None})


def _answered(rows: SubjectRows, body: HelpAnswered, fact: Fact) -> None:
    for cause in fact.causes:
        rows.put({"help": cause, "crews": 0, "answered": body.crews})


HELP = View(
    name="help",
    version=1,
    about="fire",
    scope=Scope.TO,
    columns=(Column("help"), Column("crews", _NUMBER), Column("answered", _NUMBER, optional=True)),
    key=("help",),
    folds={HelpAsked: _asked, HelpAnswered: _answered},
)


def _watch(rows: SubjectRows, _body: FireReported, fact: Fact) -> None:
    rows.put({"due_ms": ms_of(fact.happened_at + REMIND_AFTER)})


def _unwatch(rows: SubjectRows, _body: Any, _fact: Fact) -> None:
    rows.remove()


WATCH = View(
    name="watch",
    version=1,
    about="fire",
    scope=Scope.OWN,
    columns=(Column("due_ms", _NUMBER),),
    folds={FireReported: _watch, FireClosed: _unwatch, Reminded: _unwatch},
    indexes=(("due_ms",),),
)
VIEWS = (FIRE_SEEN, FIRE_IN_AREA, FIRE_OWN, HELP, WATCH)

# Requests and how they are decided


class ReportFire(msgspec.Struct, frozen=True, kw_only=True):
    """There is a fire."""

    fire: str
    what: str
    place: str = ""
    area: OrganisationId


class SendCrew(msgspec.Struct, frozen=True, kw_only=True):
    """Send a crew to a fire that burns."""

    fire: str
    crew: str
    area: OrganisationId


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Note something about a fire."""

    fire: str
    mark: str
    text: Private | None = None


class AskHelp(msgspec.Struct, frozen=True, kw_only=True):
    """Ask another service for crews."""

    fire: str
    of: OrganisationId
    crews: int


class AnswerHelp(msgspec.Struct, frozen=True, kw_only=True):
    """Answer a call for help."""

    fire: str
    help: str
    asker: OrganisationId
    crews: int


class AcknowledgeFire(msgspec.Struct, frozen=True, kw_only=True):
    """The machine has seen a report."""

    fire: str


class Remind(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody has closed the fire."""

    fire: str
    due_ms: int


class CloseFire(msgspec.Struct, frozen=True, kw_only=True):
    """The fire is over."""

    fire: str
    area: OrganisationId


def _fire(reading: Reading, request: Any, _owner: OrganisationId) -> Row | None:
    return reading.row(FIRE_OWN, f"fire:{request.fire}")


def _nothing(_reading: Reading, _request: Any, _owner: OrganisationId) -> None:
    return None


def _draft(body: msgspec.Struct, request: Any, context: Context, **more: Any) -> list[Draft]:
    about = (Subject(f"fire:{request.fire}"),)
    return [Draft(body=body, about=about, happened_at=context.now, **more)]


def _report(fire: Row | None, request: ReportFire, context: Context) -> Sequence[Draft] | Refused:
    if fire is not None and fire["state"] == "closed":
        return refused("fire_closed")
    return _draft(
        FireReported(what=request.what, place=request.place), request, context, area=request.area
    )


def _send(fire: Row | None, request: SendCrew, context: Context) -> Sequence[Draft] | Refused:
    if fire is None or fire["state"] == "closed":
        return refused("no_such_fire")
    return _draft(CrewSent(crew=request.crew), request, context, area=request.area)


def _note(_state: None, request: Note, context: Context) -> Sequence[Draft]:
    seal = {} if request.text is None else {"text": request.text}
    return _draft(Noted(mark=request.mark), request, context, seal=seal)


def _ask(_state: None, request: AskHelp, context: Context) -> Sequence[Draft]:
    body = HelpAsked(of=request.of, crews=request.crews)
    return _draft(body, request, context, to=(request.of,))


def _answer(_state: None, request: AnswerHelp, context: Context) -> Sequence[Draft]:
    body = HelpAnswered(asker=request.asker, crews=request.crews)
    return _draft(body, request, context, to=(request.asker,), causes=(request.help,))


def _acknowledge(_state: None, request: AcknowledgeFire, context: Context) -> Sequence[Draft]:
    return _draft(FireAcknowledged(), request, context)


def _remind(_state: None, request: Remind, context: Context) -> Sequence[Draft]:
    return _draft(Reminded(due_ms=request.due_ms), request, context)


def _close(fire: Row | None, request: CloseFire, context: Context) -> Sequence[Draft] | Refused:
    if fire is None or fire["state"] == "closed":
        return refused("no_such_fire")
    return _draft(FireClosed(), request, context, area=request.area)


def refused(code: str) -> Refused:
    """A refusal of Lilleland's."""
    return Refused(code=code, says="No.", try_instead="Look at the board.")


DECISIONS = (
    Decision(
        act="lilleland.report_fire", request=ReportFire, load=_fire, decide=_report, alarm=True
    ),
    Decision(act="lilleland.send_crew", request=SendCrew, load=_fire, decide=_send),
    Decision(act="lilleland.note", request=Note, load=_nothing, decide=_note),
    Decision(act="lilleland.ask_help", request=AskHelp, load=_nothing, decide=_ask),
    Decision(act="lilleland.answer_help", request=AnswerHelp, load=_nothing, decide=_answer),
    Decision(
        act="lilleland.acknowledge", request=AcknowledgeFire, load=_nothing, decide=_acknowledge
    ),
    Decision(act="lilleland.remind", request=Remind, load=_nothing, decide=_remind),
    Decision(act="lilleland.close_fire", request=CloseFire, load=_fire, decide=_close),
)


def _fire_id(fact: Fact) -> str:
    return fact.about[0].partition(":")[2]


REACTIONS = (
    Reaction(
        name="acknowledge",
        body=FireReported,
        requests=lambda fact, _body: [AcknowledgeFire(fire=_fire_id(fact))],
        stale_after=timedelta(days=365),
    ),
    Reaction(
        name="answer-help",
        body=HelpAsked,
        requests=lambda fact, body: [
            AnswerHelp(fire=_fire_id(fact), help=fact.id, asker=fact.owner, crews=body.crews)
        ],
        stale_after=timedelta(hours=12),
        owner=lambda _fact, body: body.of,
    ),
)
TIMERS = (
    Timer(
        name="remind",
        view=WATCH,
        due_column="due_ms",
        request=lambda row: Remind(
            fire=str(row["subject"]).partition(":")[2], due_ms=int(str(row["due_ms"]))
        ),
    ),
)

PART = Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS, reactions=REACTIONS, timers=TIMERS)


def catalogue() -> Catalogue:
    """All that Lilleland understands."""
    return catalogue_of([PART])
