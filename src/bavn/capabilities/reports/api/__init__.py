# SPDX-License-Identifier: Apache-2.0
"""Reports over the programming interface: read only, since a person signs and no machine does."""

import csv
import io
from collections.abc import Sequence
from datetime import date

import msgspec
from litestar import Response, get

from bavn.capabilities.reports.ports import FieldKnown
from bavn.capabilities.reports.views.papers import Bill, Lesson, Missing, Report, Version
from bavn.capabilities.reports.views.room import RoomGiven
from bavn.codecs.sheets import defused
from bavn.frame.given import CallGiven
from bavn.kernel.identity import OrganisationId

READ = {"act": "reports.read_reports"}
HEAD = ("incident", "version", "signed_at", "account", "opened_at")


class MissingList(msgspec.Struct, frozen=True, kw_only=True):
    """Incidents whose report is due and not signed, the oldest first."""

    items: list[Missing]
    next: str | None = None


class LessonList(msgspec.Struct, frozen=True, kw_only=True):
    """Corrections, the most frequent first."""

    items: list[Lesson]
    next: str | None = None


@get("/api/v1/reports/missing", opt=READ, summary="Reports that are due and not signed")
async def missing(call: CallGiven, reports: RoomGiven) -> MissingList:
    """Of the caller's own organisations, the oldest first."""
    return MissingList(items=reports.missing(call))


@get("/api/v1/reports/corrections", opt=READ, summary="What is corrected again and again")
async def corrections(call: CallGiven, reports: RoomGiven) -> LessonList:
    """By field, from which value to which; what was written in words has no value."""
    return LessonList(items=reports.lessons(call))


@get("/api/v1/incidents/{incident_id:str}/report", opt=READ, summary="The report of an incident")
async def report(incident_id: str, call: CallGiven, reports: RoomGiven) -> Report:
    """Drafted from the facts, with what a person corrected and each version that was signed."""
    return reports.report(call, incident_id)


@get(
    "/api/v1/incidents/{incident_id:str}/bill/{helper:str}",
    opt=READ,
    summary="The bill of one who helped at an incident",
)
async def bill(incident_id: str, helper: str, call: CallGiven, reports: RoomGiven) -> Bill:
    """Drafted by the helper's tariff; amounts in the smallest coin, none where there is no rate."""
    return reports.bill(call, OrganisationId(helper), incident_id)


@get(
    "/api/v1/reports/signed.csv",
    opt=READ,
    summary="Signed reports of a period as a table for a spreadsheet",
    media_type="text/csv",
)
async def signed(begin: date, end: date, call: CallGiven, reports: RoomGiven) -> Response[str]:
    """CSV (RFC 4180), days of the country, instants in UTC; what stands in words is left sealed."""
    written = sheet_of(reports.around.fields, reports.signed_between(call, begin, end))
    return Response(
        written,
        media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="reports.csv"'},
    )


def sheet_of(known: Sequence[FieldKnown], rows: Sequence[tuple[str, Version]]) -> str:
    """A row for each version that was signed, a column for each field of the country."""
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow((*HEAD, *(each.code for each in known)))
    for incident, each in rows:
        values = {field.code: field.value.replace("\n", "; ") for field in each.body.fields}
        sheet.writerow(
            (
                incident,
                each.version,
                each.signed_at.isoformat(),
                each.account,
                "" if each.opened_at is None else each.opened_at.isoformat(),
                *(defused(values.get(field.code, "")) for field in known),
            )
        )
    return written.getvalue()


HANDLERS = (missing, corrections, report, bill, signed)
