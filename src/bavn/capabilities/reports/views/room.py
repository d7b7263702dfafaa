# SPDX-License-Identifier: Apache-2.0
"""Reports and bills of a world: drafted, corrected, signed, missing; and what corrections teach."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias

import msgspec

from bavn.capabilities.reports.facts import (
    BillSigned,
    Rate,
    SignedCourse,
)
from bavn.capabilities.reports.model.bill import Helped, Tariff, lines_of, sum_of, tariff_on
from bavn.capabilities.reports.model.offers import Offer, offers
from bavn.capabilities.reports.model.report import CrewWord, Known, drafted, known
from bavn.capabilities.reports.model.states import DUE, ELSEWHERE, SIGNED
from bavn.capabilities.reports.model.told import told_of
from bavn.capabilities.reports.ports import Around, FieldKnown, Incident
from bavn.capabilities.reports.views import (
    BILLS,
    CORRECTIONS,
    CREWS,
    LINES,
    PAPERS,
    REPORTS,
    TARIFFS,
)
from bavn.capabilities.reports.views.papers import (
    Bill,
    BillVersion,
    Correction,
    FieldNow,
    Lesson,
    Missing,
    Report,
    Version,
    at_of,
    sealed_in,
    version_of,
    whole,
)
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.reader import NOBODY, HistoryItem, Query
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId, Subject, is_subject
from bavn.kernel.instants import instant_of


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query

    def report(self, call: Call, incident: str) -> Report:
        """The report of an incident; ends the handler when there is no such incident."""
        one = self.around.incident(call, incident)
        all_known = self.known(call, one.id)
        paper = self._paper(call, one.service, one.id)
        said = self._corrections(call, one)
        fields = tuple(_field(each, all_known, said.get(each.code)) for each in self.around.fields)
        return Report(
            incident=one.id,
            service=one.service,
            label=one.label,
            state="" if paper is None else str(paper["state"]),
            is_signed=paper is not None and bool(paper["is_signed"]),
            fields=fields,
            courses=_courses(all_known),
            versions=self._versions(call, one),
        )

    def known(self, call: Call, incident: str) -> Known:
        """All that the draft of its report is made of, as the caller may know it."""
        told = told_of(each.fact for each in self.around.told(call, incident))
        units = sorted({unit for each in told if (unit := each.named("unit"))})
        crews = [
            CrewWord(unit=unit, count=whole(row["count"]), at=at_of(row), fact=str(row["fact"]))
            for unit in units
            for row in self._query.rows(NOBODY, CREWS, {"subject": f"unit:{unit}"})
        ]
        return known(told, self.around.measure, crews)

    def offers(
        self, call: Call, incident: str
    ) -> tuple[Sequence[Offer], Mapping[str, HistoryItem]]:
        """What the scene has said of fields that are asked, and the facts by their numbers."""
        items = {str(each.fact.id): each for each in self.around.told(call, incident)}
        return offers(told_of(each.fact for each in items.values())), items

    def missing(self, call: Call) -> list[Missing]:
        """The caller's own incidents whose report is due and not signed, the oldest first."""
        return self._listed(call, {"state": DUE}, "due_at_ms")

    def signed_lately(self, call: Call, limit: int) -> list[Missing]:
        """Those that are signed, the newest first."""
        return self._listed(call, {"state": SIGNED}, "due_at_ms")[::-1][:limit]

    def helped(self, call: Call, limit: int) -> list[Missing]:
        """Others' incidents that the caller's units have helped at, the newest first."""
        return self._listed(call, {"state": ELSEWHERE}, "helped_at_ms")[::-1][:limit]

    def bill(self, call: Call, helper: OrganisationId, incident: str) -> Bill:
        """What a helper may ask; ends the handler when there is no such incident."""
        one = self.around.incident(call, incident)
        told = told_of(each.fact for each in self.around.told(call, one.id))
        paper = self._paper(call, helper, one.id)
        where: dict[str, Value] = {"owner": helper, "subject": f"incident:{one.id}"}
        corrected = {
            str(row["line"]): whole(row["minutes"])
            for row in self._query.rows(call.reader, LINES, where)
        }
        tariff = None
        if told:
            day = told[0].at.astimezone(self.around.zone).date()
            tariff = tariff_on(self.tariffs(call, helper), day)
        lines = lines_of(
            told,
            self.around.measure,
            Helped(helper=helper, tariff=tariff, corrected=corrected),
            lambda unit: self.around.type_of(call, unit),
        )
        return Bill(
            incident=one.id,
            helper=helper,
            payer=one.service,
            label=one.label,
            is_signed=paper is not None and bool(paper["bill_signed"]),
            tariff=tariff,
            lines=() if helper == one.service else lines,
            sum=None if tariff is None else sum_of(lines),
            versions=tuple(self.bills(call, one.id, helper)),
        )

    def bills(
        self, call: Call, incident: str, helper: OrganisationId | None = None
    ) -> list[BillVersion]:
        """Signed bills of an incident that the caller sends or is to pay, the newest first."""
        where: dict[str, Value] = {"subject": f"incident:{incident}"}
        if helper is not None:
            where["owner"] = helper
        found = [
            BillVersion(
                helper=OrganisationId(str(row["owner"])),
                fact=str(row["fact"]),
                account=str(row["account"]),
                signed_at=at_of(row),
                body=msgspec.json.decode(str(row["body"]), type=BillSigned),
            )
            for row in self._query.rows(call.reader, BILLS, where)
        ]
        return sorted(found, key=lambda each: (each.helper, -each.body.version))

    def tariffs(self, call: Call, service: OrganisationId) -> list[Tariff]:
        """A service's tariffs, the newest first."""
        where: dict[str, Value] = {"owner": service, "subject": f"tariff:{service}"}
        found = [
            Tariff(
                valid_from=date.fromisoformat(str(row["valid_from"])),
                begun_min=whole(row["begun_min"]),
                rates=msgspec.json.decode(str(row["rates"]), type=tuple[Rate, ...]),
            )
            for row in self._query.rows(call.reader, TARIFFS, where)
        ]
        return sorted(found, key=lambda each: each.valid_from, reverse=True)

    def lessons(self, call: Call) -> list[Lesson]:
        """What is corrected again and again, the most frequent first. Nothing changes by itself."""
        rows = self._query.rows(call.reader, CORRECTIONS)
        counted = Counter((str(r["field"]), str(r["was"]), str(r["value"])) for r in rows)
        found = [
            Lesson(field=field, was=was, value=value, count=count)
            for (field, was, value), count in counted.items()
        ]
        return sorted(found, key=lambda each: (-each.count, each.field, each.was, each.value))

    def signed_between(self, call: Call, begin: date, end: date) -> list[tuple[str, Version]]:
        """Reports that were signed from a day to a day of the country, each with its incident."""
        rows = self._query.rows(call.reader, REPORTS)
        zone = self.around.zone
        held = [row for row in rows if begin <= at_of(row).astimezone(zone).date() <= end]
        held.sort(key=lambda row: (whole(row["at_ms"]), str(row["fact"])))
        return [(str(row["subject"]).partition(":")[2], version_of(row)) for row in held]

    def wanting(self, call: Call) -> Sequence[Attention]:
        """One line for each service with overdue reports: a pile is one thing to see to."""
        late: dict[OrganisationId, list[Missing]] = {}
        for each in self.missing(call):
            if each.is_overdue:
                late.setdefault(each.service, []).append(each)
        return [
            Attention(
                id=f"reports.overdue:{service}:{of[0].incident}",
                text="reports.attention",
                values={"count": str(len(of))},
                since=of[0].since,
                about=Subject(f"incident:{of[0].incident}"),
                path="/reports",
                service=service,
            )
            for service, of in late.items()
        ]

    def state(self, call: Call, owner: OrganisationId, incident: str) -> str:
        """Where the report of an incident stands; nothing where the caller may not know."""
        paper = self._paper(call, owner, incident)
        return "" if paper is None else str(paper["state"])

    def _listed(self, call: Call, where: Mapping[str, Value], since: str) -> list[Missing]:
        rows = self._query.rows(call.reader, PAPERS, where)
        held = [row for row in rows if isinstance(row[since], int)]
        held.sort(key=lambda row: (whole(row[since]), str(row["subject"])))
        return [self._missing(call, row, since) for row in held]

    def _missing(self, call: Call, row: Row, since: str) -> Missing:
        incident = str(row["subject"]).partition(":")[2]
        at = min(instant_of(whole(row[since])), call.now)
        return Missing(
            incident=incident,
            service=OrganisationId(str(row["owner"])),
            label=self.around.label(call, incident),
            since=at,
            is_overdue=row["state"] == DUE and call.now - at >= self.around.overdue,
            is_signed=bool(row["bill_signed" if row["state"] == ELSEWHERE else "is_signed"]),
        )

    def _paper(self, call: Call, owner: OrganisationId, incident: str) -> Row | None:
        where: dict[str, Value] = {"owner": owner, "subject": f"incident:{incident}"}
        if not is_subject(f"incident:{incident}"):
            return None
        return next(iter(self._query.rows(call.reader, PAPERS, where)), None)

    def _corrections(self, call: Call, one: Incident) -> dict[str, Correction]:
        where: dict[str, Value] = {"owner": one.service, "subject": f"incident:{one.id}"}
        rows = self._query.rows(call.reader, CORRECTIONS, where)
        rows.sort(key=lambda row: (whole(row["at_ms"]), str(row["fact"])))
        return {
            str(row["field"]): Correction(
                value=str(row["value"]),
                text=sealed_in(row, "text"),
                by=str(row["by"]),
                account=str(row["account"]),
                at=at_of(row),
                sources=tuple(str(row["sources"]).split()),
            )
            for row in rows
        }

    def _versions(self, call: Call, one: Incident) -> tuple[Version, ...]:
        where: dict[str, Value] = {"owner": one.service, "subject": f"incident:{one.id}"}
        rows = self._query.rows(call.reader, REPORTS, where)
        return tuple(sorted(map(version_of, rows), key=lambda each: -each.version))


RoomGiven: TypeAlias = Given[Room]


def _field(field: FieldKnown, all_known: Known, correction: Correction | None) -> FieldNow:
    found = drafted(field.code, all_known)
    return FieldNow(
        code=field.code,
        drafted=found.value,
        missing=found.missing,
        sources=found.sources,
        correction=correction,
    )


def _courses(all_known: Known) -> tuple[SignedCourse, ...]:
    return tuple(
        SignedCourse(
            unit=each.unit,
            number=each.number,
            alerted_at=each.alerted_at,
            left_at=each.left_at,
            arrived_at=each.arrived_at,
            ended_at=each.ended_at,
            turn_out_s=each.turn_out_s,
            drive_s=each.drive_s,
            response_s=each.response_s,
            missing=each.why,
            crew=None if (crew := all_known.crews.get(each.unit)) is None else crew.count,
        )
        for each in all_known.courses
    )
