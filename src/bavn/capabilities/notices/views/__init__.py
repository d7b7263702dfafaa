# SPDX-License-Identifier: Apache-2.0
"""Notices as they were told last."""

import msgspec

from bavn.capabilities.notices.facts import NoticeTold, NoticeWithdrawn
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of


def _told(rows: SubjectRows, body: NoticeTold, fact: Fact) -> None:
    before = rows.get()
    if before is not None and ms_of(body.issued_at) < int(str(before["issued_ms"])):
        # What comes late replaces nothing that was said after it.
        return
    rows.put(
        {
            "told": msgspec.json.encode(body).decode(),
            "organisation": fact.by.organisation,
            "function": fact.by.function,
            "issued_ms": ms_of(body.issued_at),
            "to_ms": ms_of(body.valid_to),
            "told_ms": ms_of(fact.happened_at),
        }
    )


def _withdrawn(rows: SubjectRows, _body: NoticeWithdrawn, fact: Fact) -> None:
    row = rows.get()
    if row is not None and row["withdrawn_ms"] is None:
        rows.put({**row, "withdrawn_ms": ms_of(fact.happened_at)})


# The whole telling is one column: nothing looks into it but whoever shows it.
NOTICES = View(
    name="notices",
    version=1,
    about="notice",
    scope=Scope.NATION,
    columns=(
        Column("told"),
        Column("organisation"),
        Column("function"),
        Column("issued_ms", Sort.INTEGER),
        Column("to_ms", Sort.INTEGER),
        Column("told_ms", Sort.INTEGER),
        Column("withdrawn_ms", Sort.INTEGER, optional=True),
    ),
    folds={NoticeTold: _told, NoticeWithdrawn: _withdrawn},
    indexes=(("subject",),),
)
VIEWS = (NOTICES,)
