# SPDX-License-Identifier: Apache-2.0
"""How things stand with what is kept: incidents that are over, holds, deliveries, erasures."""

from bavn.capabilities.archive.facts import (
    ErasureApproved,
    ErasureAsked,
    ErasureDropped,
    HoldLifted,
    HoldPlaced,
    PackageDelivered,
)
from bavn.capabilities.archive.model.states import Erasure
from bavn.capabilities.archive.views.access import ACCESS, CHOICES
from bavn.capabilities.operations.facts import IncidentClosed, IncidentReported
from bavn.journal.fact import Fact, Sealed
from bavn.journal.kinds import KeyErased
from bavn.journal.table import Column, Row, Sort
from bavn.journal.vault import key_name
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of


def _incident(rows: SubjectRows) -> Row:
    return rows.get() or {
        "reported_at_ms": None,
        "closed_at_ms": None,
        "closed_on": None,
        "outcome": "",
        "is_erased": 0,
        "erased_at_ms": None,
    }


def _reported(rows: SubjectRows, _body: IncidentReported, fact: Fact) -> None:
    row = _incident(rows)
    begun = row["reported_at_ms"] or ms_of(fact.happened_at)
    # A report of an incident that was closed opens it again.
    rows.put({**row, "reported_at_ms": begun, "closed_at_ms": None, "closed_on": None})


def _closed(rows: SubjectRows, body: IncidentClosed, fact: Fact) -> None:
    row, at_ms = _incident(rows), ms_of(fact.happened_at)
    told: Row = {
        "reported_at_ms": row["reported_at_ms"] or at_ms,
        "closed_at_ms": at_ms,
        "closed_on": fact.happened_at.date().isoformat(),
        "outcome": body.outcome or "",
    }
    rows.put({**row, **told})


def _erased(rows: SubjectRows, body: KeyErased, fact: Fact) -> None:
    # A key of somebody else's texts about it is not what we kept.
    if body.key in {key_name(fact.owner, each) for each in fact.about}:
        rows.put({**_incident(rows), "is_erased": 1, "erased_at_ms": ms_of(fact.happened_at)})


# Incidents by the day on which they were closed (UTC), and whether their texts are erased.
INCIDENTS = View(
    name="archive_incidents",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("reported_at_ms", Sort.INTEGER, optional=True),
        Column("closed_at_ms", Sort.INTEGER, optional=True),
        Column("closed_on", optional=True),
        Column("outcome"),
        Column("is_erased", Sort.INTEGER),
        Column("erased_at_ms", Sort.INTEGER, optional=True),
    ),
    folds={IncidentReported: _reported, IncidentClosed: _closed, KeyErased: _erased},
    indexes=(("subject",), ("closed_on",), ("is_erased", "closed_at_ms")),
)


def _sealed(name: str, sealed: Sealed | None) -> Row:
    if sealed is None:
        return {}
    return {name: sealed.sealed, f"{name}_key": sealed.key}


def _held(rows: SubjectRows, body: HoldPlaced, fact: Fact) -> None:
    told: Row = {"hold": body.hold, "reason": body.reason, "account": body.account}
    rows.put({**told, **_sealed("note", body.note), "at_ms": ms_of(fact.happened_at)})


def _lifted(rows: SubjectRows, body: HoldLifted, fact: Fact) -> None:
    row = rows.get(body.hold)
    if row is None:
        return  # the hold was struck
    told: Row = {"lifted_at_ms": ms_of(fact.happened_at), "lifted_account": body.account}
    rows.put({**row, **told})


HOLDS = View(
    name="archive_holds",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("hold"),
        Column("reason"),
        Column("note", optional=True),
        Column("note_key", optional=True),
        Column("account"),
        Column("at_ms", Sort.INTEGER),
        Column("lifted_at_ms", Sort.INTEGER, optional=True),
        Column("lifted_account", optional=True),
    ),
    key=("hold",),
    folds={HoldPlaced: _held, HoldLifted: _lifted},
    indexes=(("subject",),),
)


def _delivered(rows: SubjectRows, body: PackageDelivered, fact: Fact) -> None:
    told: Row = {"digest": body.digest, "at_ms": ms_of(fact.happened_at)}
    for each in body.incidents:
        rows.put({**told, "incident": each.incident, "mark": each.mark})


# What was delivered of each incident, package by package.
DELIVERED = View(
    name="archive_delivered",
    version=1,
    about="delivery",
    scope=Scope.OWN,
    columns=(
        Column("incident"),
        Column("mark"),
        Column("digest"),
        Column("at_ms", Sort.INTEGER),
    ),
    key=("incident",),
    folds={PackageDelivered: _delivered},
    indexes=(("incident",),),
)


def _package(rows: SubjectRows, body: PackageDelivered, fact: Fact) -> None:
    row = rows.get()
    count = 0 if row is None else int(str(row["count"]))
    told: Row = {
        "package": body.package,
        "digest": body.digest,
        "receiver": body.receiver,
        "receipt": body.receipt,
        "begin": body.begin.isoformat(),
        "end": body.end.isoformat(),
    }
    last: Row = {"count": count + len(body.incidents), "at_ms": ms_of(fact.happened_at)}
    rows.put({**told, **last, "account": body.account})


DELIVERIES = View(
    name="archive_deliveries",
    version=1,
    about="delivery",
    scope=Scope.OWN,
    columns=(
        Column("package"),
        Column("digest"),
        Column("receiver"),
        Column("receipt"),
        Column("begin"),
        Column("end"),
        Column("count", Sort.INTEGER),
        Column("account"),
        Column("at_ms", Sort.INTEGER),
    ),
    folds={PackageDelivered: _package},
    indexes=(("digest",),),
)


def _asked(rows: SubjectRows, body: ErasureAsked, fact: Fact) -> None:
    for each in body.items:
        rows.put(
            {
                "item": each.subject,
                "rule": each.rule,
                "state": Erasure.ASKED.value,
                "asked_account": body.account,
                "asked_at_ms": ms_of(fact.happened_at),
                "count": len(body.items),
            }
        )


ITEMS = View(
    name="archive_erasure_items",
    version=1,
    about="erasure",
    scope=Scope.OWN,
    columns=(
        Column("item"),
        Column("rule"),
        Column("state"),
        Column("asked_account"),
        Column("asked_at_ms", Sort.INTEGER),
        Column("count", Sort.INTEGER),
    ),
    key=("item",),
    folds={ErasureAsked: _asked},
    indexes=(("item",), ("subject",)),
)


def _begun(rows: SubjectRows, body: ErasureAsked, fact: Fact) -> None:
    told: Row = {"asked_account": body.account, "asked_at_ms": ms_of(fact.happened_at)}
    items = "\n".join(f"{each.subject} {each.rule}" for each in body.items)
    rows.put({**told, "state": Erasure.ASKED.value, "count": len(body.items), "items": items})


def _ended(state: Erasure, rows: SubjectRows, account: str, fact: Fact) -> None:
    row = rows.get()
    if row is None:
        return  # what asked for it was struck
    told: Row = {"decided_account": account, "decided_at_ms": ms_of(fact.happened_at)}
    rows.put({**row, **told, "state": state.value})


def _approved(rows: SubjectRows, body: ErasureApproved, fact: Fact) -> None:
    _ended(Erasure.APPROVED, rows, body.account, fact)


def _dropped(rows: SubjectRows, body: ErasureDropped, fact: Fact) -> None:
    _ended(Erasure.DROPPED, rows, body.account, fact)


ERASURES = View(
    name="archive_erasures",
    version=1,
    about="erasure",
    scope=Scope.OWN,
    columns=(
        Column("state"),
        Column("count", Sort.INTEGER),
        # A subject and its rule on each line.
        Column("items"),
        Column("asked_account"),
        Column("asked_at_ms", Sort.INTEGER),
        Column("decided_account", optional=True),
        Column("decided_at_ms", Sort.INTEGER, optional=True),
    ),
    folds={ErasureAsked: _begun, ErasureApproved: _approved, ErasureDropped: _dropped},
    indexes=(("state",), ("subject",)),
)
VIEWS = (INCIDENTS, HOLDS, DELIVERED, DELIVERIES, ITEMS, ERASURES, ACCESS, CHOICES)
