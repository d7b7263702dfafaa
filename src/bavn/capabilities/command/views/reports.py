# SPDX-License-Identifier: Apache-2.0
"""Reports from a scene as they are read, and which of them should have come by now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from bavn.capabilities.command.facts import KINDS, SITUATION_REPORTED, SituationReported
from bavn.capabilities.command.model.reporting import (
    FIELDS,
    MINUTE,
    Reported,
    ReportForm,
    is_over,
    last_of,
)
from bavn.capabilities.command.ports import Around, Scene
from bavn.capabilities.command.views import REPORTS
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kinds
from bavn.journal.reader import HistoryItem, Query, as_told
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private

INCIDENT = "incident:"
_KINDS = Kinds(KINDS)
_REPORTED = (SITUATION_REPORTED.name,)
# A report that is missed for longer is a matter of the log; the board has newer things.
WAITS = timedelta(hours=24)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One report: whose it is, when it was given, and its texts for those it was told to.

    `sealed_count` tells how many of its texts the caller may not read.
    """

    fact: str
    by: OrganisationId
    function: str
    at: datetime
    form: str
    texts: dict[str, str]
    sealed_count: int
    next_at: datetime | None
    by_radio: bool
    assigned: bool
    struck: bool


class ReportsNow(msgspec.Struct, frozen=True, kw_only=True):
    """The reports from an incident, the oldest first, and when the next one is due."""

    id: str
    items: tuple[Report, ...]
    next_at: datetime | None
    is_over: bool
    next: str | None = None


class Reports:
    """Reading them; made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self._query = query
        self._around = around

    async def of(self, desk: Desk, call: Call, scene: Scene) -> ReportsNow:
        """All of one incident, as the caller may read it."""
        subject = f"{INCIDENT}{scene.incident}"
        rows = self._query.rows(call.reader, REPORTS, {"subject": subject})
        # A report that was struck has no row.
        owners = {OrganisationId(str(row["owner"])) for row in rows}
        owners |= {*scene.assigned, *call.reader.organisations}
        found = []
        for owner in sorted(owners):
            for item in self._query.history(call.reader, owner, subject, _REPORTED):
                body = _KINDS.read(item.fact)
                if isinstance(body, SituationReported):
                    found.append(await self._report(desk, call, item, body))
        last = last_of(map(_reported, rows))
        return ReportsNow(
            id=scene.incident,
            items=tuple(sorted(found, key=lambda each: (each.at, each.fact))),
            next_at=last.next_at if last is not None and scene.is_open else None,
            is_over=scene.is_open and self._is_over(last, call.now),
        )

    def due(self, call: Call, scene: Scene) -> tuple[datetime, bool] | None:
        """When the next one is due, and whether it should have come; None where none is."""
        rows = self._query.rows(call.reader, REPORTS, {"subject": f"{INCIDENT}{scene.incident}"})
        last = last_of(map(_reported, rows))
        if last is None or last.next_at is None or not scene.is_open:
            return None
        return last.next_at, self._is_over(last, call.now)

    def writers(self, call: Call, incident: str) -> set[OrganisationId]:
        """Who has reported from an incident, as far as the caller may know."""
        rows = self._query.rows(call.reader, REPORTS, {"subject": f"{INCIDENT}{incident}"})
        return {OrganisationId(str(row["owner"])) for row in rows}

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Incidents of the caller's from which the next report has not come."""
        found = []
        for incident, (last, due_at) in self._overdue(call).items():
            scene = self._around.known(call, incident)
            if scene is None or not scene.is_open:
                continue
            if call.organisations & {scene.service, *scene.assigned}:
                found.append(self._missed(call, scene, last, due_at))
        return found

    def overdue(self, call: Call) -> dict[str, datetime]:
        """By incident when a report should have come that has not, as far as the caller knows."""
        return {incident: due_at for incident, (_, due_at) in self._overdue(call).items()}

    def _overdue(self, call: Call) -> dict[str, tuple[Reported, datetime]]:
        days = {(call.now - timedelta(days=back)).date() for back in (0, 1)}
        due = [
            row
            for day in sorted(days)
            for row in self._query.rows(call.reader, REPORTS, {"next_on": day.isoformat()})
        ]
        found = {}
        for subject in sorted({str(row["subject"]) for row in due}):
            rows = self._query.rows(call.reader, REPORTS, {"subject": subject})
            last = last_of(map(_reported, rows))
            if not self._is_over(last, call.now):
                continue
            assert last is not None
            assert last.next_at is not None
            if call.now - last.next_at <= WAITS:
                found[subject.removeprefix(INCIDENT)] = last, last.next_at
        return found

    def _missed(self, call: Call, scene: Scene, last: Reported, due_at: datetime) -> Attention:
        here = due_at.astimezone(self._around.zone)
        return Attention(
            id=f"command.report:{last.fact}",
            text="command.report.missed",
            values={"incident": self._around.label(call, scene.incident), "at": f"{here:%H:%M}"},
            since=due_at,
            about=Subject(f"{INCIDENT}{scene.incident}"),
            path=f"/incidents/{scene.incident}/report",
            service=scene.service,
        )

    def _is_over(self, last: Reported | None, now: datetime) -> bool:
        if last is None:
            return False
        rules = (each.grace_min for each in self._around.report_rules if each.code == last.form)
        return is_over(last, now, next(rules, 0) * MINUTE)

    async def _report(
        self, desk: Desk, call: Call, item: HistoryItem, body: SituationReported
    ) -> Report:
        texts, sealed_count = {}, 0
        reader = as_told(call.reader, item)
        for name in FIELDS:
            sealed = getattr(body, name)
            if isinstance(sealed, Sealed):
                text = await desk.reveal(reader, item.fact.owner, sealed)
                if isinstance(text, Private):
                    texts[name] = text.reveal()
                else:
                    sealed_count += 1
        return Report(
            fact=item.fact.id,
            by=item.fact.owner,
            function=item.fact.by.function,
            at=item.fact.happened_at,
            form=body.form,
            texts=texts,
            sealed_count=sealed_count,
            next_at=body.next_at,
            by_radio=body.by_radio,
            assigned=body.assigned,
            struck=item.struck,
        )


def form_next(reports: ReportsNow) -> ReportForm:
    """Which form is offered: the first report, until there is one that stands."""
    has_first = any(not each.struck for each in reports.items)
    return ReportForm.SITUATION if has_first else ReportForm.FIRST


def _reported(row: Row) -> Reported:
    next_ms = row["next_ms"]
    return Reported(
        fact=str(row["fact"]),
        by=OrganisationId(str(row["owner"])),
        at=instant_of(int(str(row["at_ms"]))),
        form=str(row["form"]),
        next_at=None if next_ms is None else instant_of(int(str(next_ms))),
    )
