# SPDX-License-Identifier: Apache-2.0
"""The report of an incident: what the facts say, what a person corrects, signs and opens again."""

from datetime import date, timedelta

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.reports.decisions import CorrectReport, OpenReport, SignReport
from bavn.capabilities.reports.model.offers import stands_in
from bavn.capabilities.reports.model.states import DUE
from bavn.capabilities.reports.pages.showing import (
    IN_WORDS,
    Saying,
    read_text,
    read_value,
    text_of,
)
from bavn.capabilities.reports.pages.taking import offered, sources_in, taken
from bavn.capabilities.reports.views.papers import Report, signed_fields, texts_json
from bavn.capabilities.reports.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.identity import FactId
from bavn.kernel.private import Private

READ = {"act": "reports.read_reports"}
ONE = "/reports/{incident_id:str}"
# What a list shows; the sheet for a period has them all.
SHOWN_LIMIT = 50
# The days that the sheet is offered for.
SHEET_DAYS = timedelta(days=31)


@get("/reports", opt=READ, include_in_schema=False)
async def missing_page(call: CallGiven, reports: RoomGiven) -> Template:
    """What is missing, the oldest first; what is signed; and where own units have helped."""
    today: date = call.now.astimezone(reports.around.zone).date()
    return kept(
        page(
            call,
            "reports/list.html",
            say=Saying(call, reports.around),
            missing=reports.missing(call),
            signed=reports.signed_lately(call, SHOWN_LIMIT),
            helped=reports.helped(call, SHOWN_LIMIT),
            hours=round(reports.around.overdue.total_seconds() / 3600),
            begin=(today - SHEET_DAYS).isoformat(),
            end=today.isoformat(),
        )
    )


@get("/reports/learnt", opt=READ, include_in_schema=False)
async def learnt_page(call: CallGiven, reports: RoomGiven) -> Template:
    """What is corrected again and again."""
    say = Saying(call, reports.around)
    return kept(page(call, "reports/learnt.html", say=say, lessons=reports.lessons(call)))


@get("/incidents/{incident_id:str}/report-part", opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, reports: RoomGiven) -> Template:
    """The part of the incident's page: nothing while the report is not due."""
    one = reports.around.incident(call, incident_id)
    state = reports.state(call, one.service, one.id)
    return kept(page(call, "reports/part.html", incident=one.id, state=state))


@get(ONE, opt=READ, include_in_schema=False)
async def report_page(
    incident_id: str, call: CallGiven, desk: DeskGiven, reports: RoomGiven
) -> Template:
    """The report as it is now, to correct and to sign."""
    return await _shown(incident_id, call, desk, reports)


@post(ONE + "/correct", opt={"act": "reports.correct_report"}, include_in_schema=False)
async def correct(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, reports: RoomGiven
) -> Answer:
    """Correct one field."""
    form, report = await Form.of(request), reports.report(call, incident_id)
    field = Saying(call, reports.around).known(form.value("field"))
    if field is None:
        form.wrong["field"] = call.say("reports.wrong.field")
        return await _shown(incident_id, call, desk, reports, form)
    text = value = ""
    sources: tuple[str, ...] = ()
    if field.sort in IN_WORDS:
        text = read_text(form, call, field)
        scene = await offered(desk, call, reports, report.incident)
        sources = sources_in(text, field.code, scene)
    else:
        value = read_value(form, call, reports.around, field)
    if form.wrong:
        return await _shown(incident_id, call, desk, reports, form)
    was = next(each.drafted for each in report.fields if each.code == field.code)
    content = CorrectReport(
        incident=report.incident,
        field=field.code,
        was=was,
        value=value,
        text=Private(text),
        account=call.account,
        sources=tuple(map(FactId, sources)),
    )
    return await _done(content, form, report, call, desk, reports)


@post(ONE + "/take", opt={"act": "reports.correct_report"}, include_in_schema=False)
async def take(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, reports: RoomGiven
) -> Answer:
    """Take along what the scene said of a field, beside what stands in it."""
    form, report = await Form.of(request), reports.report(call, incident_id)
    code = form.value("field")
    field = next((each for each in report.fields if each.code == code), None)
    if field is None:
        form.wrong["field"] = call.say("reports.wrong.field")
        return await _shown(incident_id, call, desk, reports, form)
    scene = await offered(desk, call, reports, report.incident)
    written = (await _texts(desk, call, report)).get(code, "")
    text = taken(form, call, field, written, scene)
    if form.wrong:
        return await _shown(incident_id, call, desk, reports, form)
    then = f"/reports/{report.incident}#field-{code}"
    if text == written:
        return Redirect(then, status_code=SEE_OTHER)
    content = CorrectReport(
        incident=report.incident,
        field=code,
        was=field.drafted,
        value="",
        text=Private(text),
        account=call.account,
        sources=tuple(map(FactId, sources_in(text, code, scene))),
    )
    return await _done(content, form, report, call, desk, reports, then=then)


@post(ONE + "/sign", opt={"act": "reports.sign_report"}, include_in_schema=False)
async def sign(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, reports: RoomGiven
) -> Answer:
    """Sign it as it was read."""
    form, report = await Form.of(request), reports.report(call, incident_id)
    say = Saying(call, reports.around)
    texts = await _texts(desk, call, report)
    lacking = [
        say.field(each.code)
        for each in report.fields
        if not each.is_there and (known := say.known(each.code)) is not None and known.required
    ]
    content = SignReport(
        incident=report.incident,
        read=form.value("mark"),
        now=report.mark,
        lacking=tuple(lacking),
        fields=signed_fields(report),
        courses=report.courses,
        texts=Private(texts_json(texts)),
        account=call.account,
        name=Private(call.name if call.is_person else ""),
    )
    return await _done(content, form, report, call, desk, reports)


@post(ONE + "/open", opt={"act": "reports.open_report"}, include_in_schema=False)
async def open_again(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, reports: RoomGiven
) -> Answer:
    """Open a signed report again, with a reason."""
    form, report = await Form.of(request), reports.report(call, incident_id)
    content = OpenReport(
        incident=report.incident, reason=form.private("reason"), account=call.account
    )
    return await _done(content, form, report, call, desk, reports)


async def _done(  # noqa: PLR0913 - a request, its page, and where one goes from it
    content: CorrectReport | SignReport | OpenReport,
    form: Form,
    report: Report,
    call: Call,
    desk: Desk,
    room: Room,
    *,
    then: str = "",
) -> Answer:
    try:
        await carried_out(desk, call, report.service, content, form.ref)
    except Refusal as refusal:
        return await _shown(report.incident, call, desk, room, form, refusal)
    return Redirect(then or f"/reports/{report.incident}", status_code=SEE_OTHER)


async def _shown(
    incident: str,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    report = room.report(call, incident)
    say = Saying(call, room.around)
    reasons: dict[int, str] = {}
    for each in report.versions:
        reasons[each.version] = await text_of(desk, call, report.service, each.reason)
    return kept(
        page(
            call,
            "reports/report.html",
            status=status_of(form, refusal),
            say=say,
            report=report,
            is_ours=report.service in call.reader.organisations,
            is_due=report.state == DUE,
            texts=await _texts(desk, call, report),
            reasons=reasons,
            stands_in=stands_in,
            offered=await offered(desk, call, room, report.incident),
            bills=room.bills(call, report.incident),
            typed={} if form is None else form.typed,
            problems={} if form is None else form.wrong,
            refused=None if refusal is None else in_words(call, refusal.refused),
        )
    )


async def _texts(desk: Desk, call: Call, report: Report) -> dict[str, str]:
    """What persons wrote in words, by field, where the caller may read it."""
    found = {}
    for each in report.fields:
        if each.correction is not None and each.correction.text is not None:
            found[each.code] = await text_of(desk, call, report.service, each.correction.text)
    return found


HANDLERS = (missing_page, learnt_page, part, report_page, correct, take, sign, open_again)
