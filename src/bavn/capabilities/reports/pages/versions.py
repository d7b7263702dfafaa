# SPDX-License-Identifier: Apache-2.0
"""Signed reports and bills, to read, to print, and as PDF: the same for a browser and a program."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from litestar import Response, get
from litestar.response import Template

from bavn.capabilities.reports.pages.printed import bill_paper, report_paper
from bavn.capabilities.reports.pages.showing import Saying, text_of
from bavn.capabilities.reports.views.papers import Report, Version
from bavn.capabilities.reports.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import kept
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.frame.paper import PDF, Paper, PressGiven, answer_of
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Refused

READ = {"act": "reports.read_reports"}
REPORT = "/reports/{incident_id:str}/versions/{version:int}"
BILL = "/bills/{helper:str}/{incident_id:str}/versions/{version:int}"
_API = "/api/v1/incidents/{incident_id:str}"
_OF_VERSION = "/versions/{version:int}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """A signed report, with what the caller may read of its sealed texts."""

    report: Report
    version: Version
    texts: Mapping[str, str]
    name: str

    def paper(self, call: Call, room: Room) -> Paper:
        return report_paper(call, room.around, self.report, self.version, self.texts, self.name)


@get(REPORT, opt=READ, include_in_schema=False)
async def version_page(
    incident_id: str,
    version: int,
    call: CallGiven,
    desk: DeskGiven,
    reports: RoomGiven,
    press: PressGiven,
) -> Template:
    """A report as it was signed, to read and to print, with the mark that its PDF has."""
    signed = await _signed(incident_id, version, call, desk, reports)
    reason = await text_of(desk, call, signed.report.service, signed.version.reason)
    return kept(
        page(
            call,
            "reports/version.html",
            say=Saying(call, reports.around),
            report=signed.report,
            version=signed.version,
            texts=signed.texts,
            name=signed.name,
            reason=reason,
            digest=await press.digest(signed.paper(call, reports)),
        )
    )


@get(REPORT + "/report.pdf", opt=READ, include_in_schema=False, media_type=PDF)
async def version_file(
    incident_id: str,
    version: int,
    call: CallGiven,
    desk: DeskGiven,
    reports: RoomGiven,
    press: PressGiven,
) -> Response[bytes]:
    """The same as PDF."""
    signed = await _signed(incident_id, version, call, desk, reports)
    made = await press.pressed(signed.paper(call, reports))
    return answer_of(made, f"rapport-{signed.report.incident}-{version}")


@get(
    f"{_API}/report{_OF_VERSION}/report.pdf",
    opt=READ,
    summary="A report as it was signed, as PDF",
    media_type=PDF,
)
async def told_version(
    incident_id: str,
    version: int,
    call: CallGiven,
    desk: DeskGiven,
    reports: RoomGiven,
    press: PressGiven,
) -> Response[bytes]:
    """PDF/A-2a and PDF/UA-1; the same bytes for the same version and reader, `etag` their mark."""
    signed = await _signed(incident_id, version, call, desk, reports)
    made = await press.pressed(signed.paper(call, reports))
    return answer_of(made, f"rapport-{signed.report.incident}-{version}")


@get(BILL + "/bill.pdf", opt=READ, include_in_schema=False, media_type=PDF)
async def bill_file(
    helper: str,
    incident_id: str,
    version: int,
    call: CallGiven,
    reports: RoomGiven,
    press: PressGiven,
) -> Response[bytes]:
    """A bill as it was signed, for whoever sends it and for whom it is."""
    made = await press.pressed(_bill(helper, incident_id, version, call, reports))
    return answer_of(made, f"regning-{incident_id}-{version}")


@get(
    f"{_API}/bill/{{helper:str}}{_OF_VERSION}/bill.pdf",
    opt=READ,
    summary="A bill as it was signed, as PDF",
    media_type=PDF,
)
async def told_bill(
    helper: str,
    incident_id: str,
    version: int,
    call: CallGiven,
    reports: RoomGiven,
    press: PressGiven,
) -> Response[bytes]:
    """For whoever sends it and for whom it is."""
    made = await press.pressed(_bill(helper, incident_id, version, call, reports))
    return answer_of(made, f"regning-{incident_id}-{version}")


async def _signed(incident: str, number: int, call: Call, desk: Desk, room: Room) -> _Signed:
    report = room.report(call, incident)
    found = next((each for each in report.versions if each.version == number), None)
    if found is None:
        raise Refusal(
            Refused(
                code="no_such_version",
                says="There is no signed report of that number here.",
                try_instead="Take it from the report's page.",
            )
        )
    owner = report.service
    texts = json.loads(await text_of(desk, call, owner, found.body.texts) or "{}")
    name = await text_of(desk, call, owner, found.body.name)
    return _Signed(report=report, version=found, texts=texts, name=name)


def _bill(helper: str, incident: str, number: int, call: Call, room: Room) -> Paper:
    bill = room.bill(call, OrganisationId(helper), incident)
    found = next((each for each in bill.versions if each.body.version == number), None)
    if found is None:
        raise Refusal(
            Refused(
                code="no_such_bill",
                says="There is no signed bill of that number here.",
                try_instead="Take it from the bill's page.",
            )
        )
    return bill_paper(call, room.around, bill, found)


HANDLERS = (version_page, version_file, told_version, bill_file, told_bill)
