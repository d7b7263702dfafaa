# SPDX-License-Identifier: Apache-2.0
"""What can be asked about a report, a tariff and a bill, and how it is decided: pure functions.

None of it is on the alarm path, and nothing on the alarm path waits for it.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from bavn.capabilities.reports.facts import (
    FIELDS_LIMIT,
    MINUTES_LIMIT,
    UNITS_LIMIT,
    BillCorrected,
    BillLine,
    BillOpened,
    BillSigned,
    Rate,
    ReportCorrected,
    ReportOpened,
    ReportSigned,
    SignedCourse,
    SignedField,
    TariffSet,
)
from bavn.capabilities.reports.model.bill import sum_of
from bavn.capabilities.reports.model.states import DUE, ELSEWHERE, OPEN, SIGNED
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import FactId, OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class CorrectReport(msgspec.Struct, frozen=True, kw_only=True):
    """Correct a field of a report that is not signed."""

    incident: str
    field: str
    was: str
    value: str
    text: Private
    account: str
    # The facts whose words a person took into the text.
    sources: tuple[FactId, ...] = ()


class SignReport(msgspec.Struct, frozen=True, kw_only=True):
    """Sign a report as it was read.

    `read` marks what the person saw and `now` what would be signed; `lacking` are fields that must
    be there and are not.
    """

    incident: str
    read: str
    now: str
    lacking: tuple[str, ...]
    fields: tuple[SignedField, ...]
    courses: tuple[SignedCourse, ...]
    texts: Private
    account: str
    name: Private


class OpenReport(msgspec.Struct, frozen=True, kw_only=True):
    """Open a signed report again; the signed one stays."""

    incident: str
    reason: Private
    account: str


class SetTariff(msgspec.Struct, frozen=True, kw_only=True):
    """Set what help costs, from a day on."""

    valid_from: date
    begun_min: int
    rates: tuple[Rate, ...]
    account: str


class CorrectBill(msgspec.Struct, frozen=True, kw_only=True):
    """Correct the minutes of a line; nought takes it out of the sum."""

    incident: str
    line: str
    minutes: int
    was: int | None
    account: str


class SignBill(msgspec.Struct, frozen=True, kw_only=True):
    """Sign a bill as it was read."""

    incident: str
    read: str
    now: str
    payer: OrganisationId
    tariff_from: date | None
    begun_min: int
    lines: tuple[BillLine, ...]
    account: str


class OpenBill(msgspec.Struct, frozen=True, kw_only=True):
    """Open a signed bill again."""

    incident: str
    reason: Private
    account: str


Answer = Sequence[Draft] | Refused
# More than a text of 2,000 characters is made of.
SOURCES_LIMIT = 64


def correct_report(paper: Row | None, request: CorrectReport, context: Context) -> Answer:
    """A person's word about one field; the draft's own value stays beside it."""
    refused = _no_person(request.account) or _no_report(paper) or _is_signed(paper, "is_signed")
    if refused is not None:
        return refused
    text = request.text.reveal().strip()
    if not request.value and not text:
        return Refused(
            code="nothing_corrected",
            says="A correction says something.",
            try_instead="Write what is right, or leave the field as it is.",
        )
    body = ReportCorrected(
        field=request.field, was=request.was, value=request.value, account=request.account
    )
    seal = {"text": Private(text)} if text else {}
    return [
        Draft(
            body=body,
            about=(Subject(f"incident:{request.incident}"),),
            happened_at=context.now,
            causes=request.sources[:SOURCES_LIMIT],
            seal=seal,
        )
    ]


def sign_report(paper: Row | None, request: SignReport, context: Context) -> Answer:
    """The report as it was read; a person signs, and what must be there is there."""
    refused = (
        _no_person(request.account)
        or _no_report(paper)
        or _is_signed(paper, "is_signed")
        or _is_running(paper)
        or _has_changed(request.read, request.now)
    )
    if refused is not None:
        return refused
    if request.lacking:
        return Refused(
            code="report_lacks",
            says=f"The report lacks: {', '.join(request.lacking)}.",
            try_instead="Fill in what is missing, then sign.",
            values={"fields": ", ".join(request.lacking)},
        )
    assert paper is not None, "there is one"
    body = ReportSigned(
        version=int(str(paper["version"])) + 1,
        fields=request.fields[:FIELDS_LIMIT],
        courses=request.courses[:UNITS_LIMIT],
        course_count=len(request.courses),
        account=request.account,
    )
    given = {"name": request.name, "texts": request.texts}
    seal = {key: text for key, text in given.items() if text.reveal()}
    return [_draft(body, request.incident, context, seal)]


def open_report(paper: Row | None, request: OpenReport, context: Context) -> Answer:
    """Opened with a reason; the next signature is a new version."""
    refused = (
        _no_person(request.account)
        or _no_report(paper)
        or _not_signed(paper, "is_signed")
        or _no_reason(request.reason)
    )
    if refused is not None:
        return refused
    assert paper is not None, "there is one"
    body = ReportOpened(version=int(str(paper["version"])), account=request.account)
    return [_draft(body, request.incident, context, {"reason": request.reason})]


def set_tariff(_state: None, request: SetTariff, context: Context) -> Answer:
    """It holds from its day until the next; a type stands in it once."""
    refused = _no_person(request.account)
    if refused is not None:
        return refused
    types = [each.type for each in request.rates]
    if len({*types}) < len(types):
        return Refused(
            code="rate_twice",
            says="A type of unit stands in the tariff twice.",
            try_instead="Write one rate for each type.",
        )
    body = TariffSet(
        valid_from=request.valid_from,
        begun_min=request.begun_min,
        rates=request.rates,
        account=request.account,
    )
    subject = Subject(f"tariff:{context.owner}")
    return [Draft(body=body, about=(subject,), happened_at=context.now)]


def correct_bill(paper: Row | None, request: CorrectBill, context: Context) -> Answer:
    """A person's word about how long a unit helped."""
    refused = _no_person(request.account) or _no_bill(paper) or _is_signed(paper, "bill_signed")
    if refused is not None:
        return refused
    if not 0 <= request.minutes <= MINUTES_LIMIT:
        return Refused(
            code="minutes_odd",
            says=f"{request.minutes} minutes cannot be right.",
            try_instead="Write whole minutes.",
        )
    body = BillCorrected(
        line=request.line, minutes=request.minutes, was=request.was, account=request.account
    )
    return [_draft(body, request.incident, context)]


def sign_bill(paper: Row | None, request: SignBill, context: Context) -> Answer:
    """The bill as it was read, told to whom it is for; none without a tariff."""
    refused = (
        _no_person(request.account)
        or _no_bill(paper)
        or _is_signed(paper, "bill_signed")
        or _has_changed(request.read, request.now)
    )
    if refused is not None:
        return refused
    if request.tariff_from is None:
        return Refused(
            code="no_tariff",
            says="No tariff holds on that day, so there is no bill.",
            try_instead="Have the service's tariff set, then sign.",
        )
    total = sum_of(request.lines)
    if total is None or not request.lines or len(request.lines) > UNITS_LIMIT:
        return Refused(
            code="bill_lacks",
            says="A line has no amount, or there is no line.",
            try_instead="Write the minutes of each line, and a rate for each type.",
        )
    assert paper is not None, "there is one"
    body = BillSigned(
        version=int(str(paper["bill_version"])) + 1,
        payer=request.payer,
        tariff_from=request.tariff_from,
        begun_min=request.begun_min,
        lines=request.lines,
        sum=total,
        account=request.account,
    )
    return [
        Draft(
            body=body,
            about=(Subject(f"incident:{request.incident}"),),
            happened_at=context.now,
            to=(request.payer,),
        )
    ]


def open_bill(paper: Row | None, request: OpenBill, context: Context) -> Answer:
    """Opened with a reason; what was signed stays, also with whom it was for."""
    refused = (
        _no_person(request.account)
        or _no_bill(paper)
        or _not_signed(paper, "bill_signed")
        or _no_reason(request.reason)
    )
    if refused is not None:
        return refused
    assert paper is not None, "there is one"
    body = BillOpened(version=int(str(paper["bill_version"])), account=request.account)
    return [_draft(body, request.incident, context, {"reason": request.reason})]


def _draft(
    body: msgspec.Struct, incident: str, context: Context, seal: dict[str, Private] | None = None
) -> Draft:
    about = (Subject(f"incident:{incident}"),)
    return Draft(body=body, about=about, happened_at=context.now, seal=seal or {})


def _no_person(account: str) -> Refused | None:
    if account:
        return None
    return Refused(
        code="paper_takes_a_person",
        says="A report or a bill is a person's, with an account, and no machine's.",
        try_instead="Sign in as yourself.",
    )


def _no_report(paper: Row | None) -> Refused | None:
    if paper is not None and paper["state"] != ELSEWHERE:
        return None
    return Refused(
        code="no_report_here",
        says="Your organisation has no such incident to report on.",
        try_instead="The report is written by whoever owns the incident.",
    )


def _no_bill(paper: Row | None) -> Refused | None:
    if paper is not None and paper["state"] == ELSEWHERE and paper["units"] != "{}":
        return None
    return Refused(
        code="no_help_given",
        says="Your organisation's units have not helped at that incident.",
        try_instead="A bill is for help at somebody else's incident.",
    )


def _is_signed(paper: Row | None, column: str) -> Refused | None:
    if paper is None or not paper[column]:
        return None
    return Refused(
        code="paper_signed",
        says="It is signed.",
        try_instead="Open it again with a reason; the signed one stays.",
    )


def _not_signed(paper: Row | None, column: str) -> Refused | None:
    if paper is not None and paper[column]:
        return None
    return Refused(
        code="paper_not_signed",
        says="It is not signed.",
        try_instead="It can be corrected as it is.",
    )


def _is_running(paper: Row | None) -> Refused | None:
    if paper is not None and paper["state"] in {DUE, SIGNED}:
        return None
    assert paper is None or paper["state"] == OPEN, "elsewhere is no report of ours"
    return Refused(
        code="report_not_due",
        says="The incident is open, and units are out.",
        try_instead="Sign when it is closed, or when the last unit is free.",
    )


def _has_changed(read: str, now: str) -> Refused | None:
    if read == now:
        return None
    return Refused(
        code="paper_changed",
        says="It has changed since you read it.",
        try_instead="Read it again, then sign.",
    )


def _no_reason(reason: Private) -> Refused | None:
    if reason.reveal().strip():
        return None
    return Refused(
        code="opened_without_reason",
        says="What is signed is opened with a reason.",
        try_instead="Write why.",
    )
