# SPDX-License-Identifier: Apache-2.0
"""Where each request to see something stands, and what was chosen."""

import msgspec

from bavn.capabilities.archive.facts import (
    AccessApproved,
    AccessChosen,
    AccessEnded,
    AccessGiven,
    AccessOpened,
    AccessReturned,
    AccessSubmitted,
)
from bavn.capabilities.archive.model.states import Access
from bavn.journal.fact import Fact
from bavn.journal.kinds import KeyErased
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of


def _opened(rows: SubjectRows, body: AccessOpened, fact: Fact) -> None:
    sealed = body.requester
    rows.put(
        {
            "incident": body.incident,
            "law": body.law,
            "received_on": body.received_on.isoformat(),
            "requester": None if sealed is None else sealed.sealed,
            "requester_key": None if sealed is None else sealed.key,
            "account": body.account,
            "at_ms": ms_of(fact.happened_at),
            "state": Access.OPEN.value,
            "is_erased": 0,
        }
    )


def _stands(rows: SubjectRows, state: Access, **told: str | int | None) -> None:
    row = rows.get()
    if row is not None:  # else what opened it was struck
        rows.put({**row, **told, "state": state.value})


def _submitted(rows: SubjectRows, body: AccessSubmitted, _fact: Fact) -> None:
    _stands(rows, Access.WAITING, mark=body.mark, submitted_account=body.account)


def _returned(rows: SubjectRows, _body: AccessReturned, _fact: Fact) -> None:
    _stands(rows, Access.OPEN, mark=None, submitted_account=None, approved_account=None)


def _approved(rows: SubjectRows, body: AccessApproved, _fact: Fact) -> None:
    _stands(rows, Access.APPROVED, mark=body.mark, approved_account=body.account)


def _given(rows: SubjectRows, body: AccessGiven, fact: Fact) -> None:
    _stands(
        rows,
        Access.GIVEN,
        files=msgspec.json.encode(body.files).decode(),
        left_out=msgspec.json.encode(body.left_out).decode(),
        over_at_ms=ms_of(fact.happened_at),
        over_account=body.account,
    )


def _ended(rows: SubjectRows, body: AccessEnded, fact: Fact) -> None:
    _stands(
        rows,
        Access.ENDED,
        ending=body.outcome,
        over_at_ms=ms_of(fact.happened_at),
        over_account=body.account,
    )


def _erased(rows: SubjectRows, _body: KeyErased, _fact: Fact) -> None:
    row: Row | None = rows.get()
    if row is not None:
        rows.put({**row, "is_erased": 1})


ACCESS = View(
    name="archive_access",
    version=1,
    about="access",
    scope=Scope.OWN,
    columns=(
        Column("incident"),
        Column("law"),
        Column("received_on"),
        Column("requester", optional=True),
        Column("requester_key", optional=True),
        Column("account"),
        Column("at_ms", Sort.INTEGER),
        Column("state"),
        Column("mark", optional=True),
        Column("submitted_account", optional=True),
        Column("approved_account", optional=True),
        Column("files", optional=True),
        Column("left_out", optional=True),
        Column("ending", optional=True),
        Column("over_at_ms", Sort.INTEGER, optional=True),
        Column("over_account", optional=True),
        Column("is_erased", Sort.INTEGER),
    ),
    folds={
        AccessOpened: _opened,
        AccessSubmitted: _submitted,
        AccessReturned: _returned,
        AccessApproved: _approved,
        AccessGiven: _given,
        AccessEnded: _ended,
        KeyErased: _erased,
    },
    indexes=(("subject",), ("incident",), ("state",), ("is_erased", "over_at_ms")),
)


def _chosen(rows: SubjectRows, body: AccessChosen, fact: Fact) -> None:
    for each in body.choices:
        told: Row = {"piece": each.piece, "ground": each.ground, "account": body.account}
        rows.put({**told, "at_ms": ms_of(fact.happened_at)})


CHOICES = View(
    name="archive_choices",
    version=1,
    about="access",
    scope=Scope.OWN,
    columns=(Column("piece"), Column("ground"), Column("account"), Column("at_ms", Sort.INTEGER)),
    key=("piece",),
    folds={AccessChosen: _chosen},
    indexes=(("subject",),),
)
