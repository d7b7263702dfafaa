# SPDX-License-Identifier: Apache-2.0
"""Each unit's last word about its crew, and since when it is at work."""

from bavn.capabilities.crews.facts import UnitManned
from bavn.capabilities.operations.facts import UnitStatusChanged
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

# In these a crew is at work; an order to go elsewhere meanwhile is no rest.
_WORKING, _GOES_ON = frozenset({"en_route", "at_scene"}), frozenset({"alerted"})


def _manned(rows: SubjectRows, body: UnitManned, fact: Fact) -> None:
    row, at_ms = rows.get(), ms_of(fact.happened_at)
    if row is not None and isinstance(row["told_at_ms"], int) and at_ms < row["told_at_ms"]:
        # Heard late: it is history, and not who is aboard.
        return
    told: Row = {
        "count": body.count,
        "leaders": body.leaders,
        "smoke_divers": body.smoke_divers,
        "drivers": body.drivers,
        "competences": " ".join(body.competences),
        "told_at_ms": at_ms,
        "on_duty_at_ms": None if body.on_duty_at is None else ms_of(body.on_duty_at),
        "until_ms": None if body.until is None else ms_of(body.until),
        "flags": " ".join(body.flags),
        "last_fact": fact.id,
    }
    rows.put(told)


def _worked(rows: SubjectRows, body: UnitStatusChanged, fact: Fact) -> None:
    row, at_ms = rows.get(), ms_of(fact.happened_at)
    if row is not None and isinstance(row["status_at_ms"], int) and at_ms < row["status_at_ms"]:
        return
    since = None if row is None else row["working_since_ms"]
    if body.status in _WORKING:
        since = at_ms if since is None else since
    elif body.status not in _GOES_ON:
        since = None
    rows.put({"status_at_ms": at_ms, "working_since_ms": since})


CREWS = View(
    name="crews",
    version=1,
    about="unit",
    scope=Scope.NATION,
    columns=(
        Column("count", Sort.INTEGER),
        Column("leaders", Sort.INTEGER, optional=True),
        Column("smoke_divers", Sort.INTEGER, optional=True),
        Column("drivers", Sort.INTEGER, optional=True),
        Column("competences"),
        Column("told_at_ms", Sort.INTEGER),
        Column("on_duty_at_ms", Sort.INTEGER, optional=True),
        Column("until_ms", Sort.INTEGER, optional=True),
        Column("flags"),
        Column("last_fact"),
    ),
    folds={UnitManned: _manned},
    indexes=(("subject",),),
)
WORK = View(
    name="crews_at_work",
    version=1,
    about="unit",
    scope=Scope.NATION,
    columns=(
        Column("status_at_ms", Sort.INTEGER),
        Column("working_since_ms", Sort.INTEGER, optional=True),
    ),
    folds={UnitStatusChanged: _worked},
    indexes=(("subject",),),
)
VIEWS = (CREWS, WORK)
