# SPDX-License-Identifier: Apache-2.0
"""Watches by the months that they touch, calls, talk groups, and which incident has which."""

from bavn.capabilities.duty.facts import (
    CallEnded,
    NumberCalled,
    TalkGroupAssigned,
    TalkGroupReleased,
    TalkGroupRemoved,
    TalkGroupSet,
    WatchRemoved,
    WatchSet,
)
from bavn.capabilities.duty.model.roster import months
from bavn.journal.fact import Fact, Sealed
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import instant_of, ms_of

_NUMBER = Sort.INTEGER
_NOTHING = Sealed(sealed="", key="")


def _set(rows: SubjectRows, body: WatchSet, fact: Fact) -> None:
    _removed(rows, body, fact)
    name, number = body.name or _NOTHING, body.number or _NOTHING
    row: Row = {
        "function": body.function,
        "organisation": body.organisation,
        "begins_at_ms": ms_of(body.begins_at),
        "ends_at_ms": ms_of(body.ends_at),
        "place": body.place,
        "basis": body.basis,
        "name": name.sealed,
        "number": number.sealed,
        # One key seals both.
        "key_name": name.key,
    }
    for month in ("", *months(body.begins_at, body.ends_at)):
        rows.put({**row, "month": month})


def _removed(rows: SubjectRows, _body: WatchSet | WatchRemoved, _fact: Fact) -> None:
    row = rows.get("")
    if row is None:
        return
    begins, ends = row["begins_at_ms"], row["ends_at_ms"]
    assert isinstance(begins, int), "the view says so"
    assert isinstance(ends, int), "the view says so"
    for month in ("", *months(instant_of(begins), instant_of(ends))):
        rows.remove(month)


# A row for each month that it touches, and one without a month, by which it is found itself.
WATCHES = View(
    name="duty_watches",
    version=1,
    about="watch",
    scope=Scope.OWN,
    columns=(
        Column("month"),
        Column("function"),
        Column("organisation"),
        Column("begins_at_ms", _NUMBER),
        Column("ends_at_ms", _NUMBER),
        Column("place", _NUMBER),
        Column("basis"),
        Column("name"),
        Column("number"),
        Column("key_name"),
    ),
    key=("month",),
    folds={WatchSet: _set, WatchRemoved: _removed},
    indexes=(("owner", "month"), ("subject",)),
)


def _called(rows: SubjectRows, body: NumberCalled, fact: Fact) -> None:
    rows.put(
        {
            "call": body.call,
            "incident": body.incident,
            "by": fact.by.function,
            "called_at_ms": ms_of(fact.happened_at),
            "called_on": fact.happened_at.date().isoformat(),
        }
    )


def _ended(rows: SubjectRows, body: CallEnded, _fact: Fact) -> None:
    row = rows.get(body.call)
    if row is not None:
        rows.put({**row, "answered": int(body.answered)})


CALLS = View(
    name="duty_calls",
    version=1,
    about="watch",
    scope=Scope.OWN,
    columns=(
        Column("call"),
        Column("incident", optional=True),
        Column("by"),
        Column("called_at_ms", _NUMBER),
        Column("called_on"),
        Column("answered", _NUMBER, optional=True),
    ),
    key=("call",),
    folds={NumberCalled: _called, CallEnded: _ended},
    indexes=(("owner", "called_on"), ("call",), ("incident",)),
)


def _group(rows: SubjectRows, body: TalkGroupSet, _fact: Fact) -> None:
    rows.put({"name": body.name, "use": body.use, "basis": body.basis})


def _no_group(rows: SubjectRows, _body: TalkGroupRemoved, _fact: Fact) -> None:
    if rows.get() is not None:
        rows.remove()


GROUPS = View(
    name="duty_talk_groups",
    version=1,
    about="talkgroup",
    scope=Scope.NATION,
    columns=(Column("name"), Column("use"), Column("basis")),
    folds={TalkGroupSet: _group, TalkGroupRemoved: _no_group},
    indexes=(("subject",), ("owner",)),
)


def _incident(fact: Fact) -> str:
    return next(each for each in fact.about if each.startswith("incident:")).partition(":")[2]


def _assigned(rows: SubjectRows, _body: TalkGroupAssigned, fact: Fact) -> None:
    at_ms = ms_of(fact.happened_at)
    rows.put({"incident": _incident(fact), "by": fact.by.function, "assigned_at_ms": at_ms})


def _released(rows: SubjectRows, _body: TalkGroupReleased, fact: Fact) -> None:
    row = rows.get(_incident(fact))
    if row is not None:
        rows.put({**row, "released_at_ms": ms_of(fact.happened_at)})


USES = View(
    name="duty_talk_group_uses",
    version=1,
    about="talkgroup",
    scope=Scope.NATION,
    columns=(
        Column("incident"),
        Column("by"),
        Column("assigned_at_ms", _NUMBER),
        Column("released_at_ms", _NUMBER, optional=True),
    ),
    key=("incident",),
    folds={TalkGroupAssigned: _assigned, TalkGroupReleased: _released},
    indexes=(("incident",), ("subject",)),
)
VIEWS = (WATCHES, CALLS, GROUPS, USES)
