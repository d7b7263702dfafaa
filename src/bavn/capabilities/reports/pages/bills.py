# SPDX-License-Identifier: Apache-2.0
"""The bill for help at somebody else's incident, and the tariff that it goes by."""

from collections.abc import Mapping
from datetime import date

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.reports.decisions import CorrectBill, OpenBill, SetTariff, SignBill
from bavn.capabilities.reports.facts import MINUTES_LIMIT, RATE_LIMIT, Rate
from bavn.capabilities.reports.pages.printed import bill_paper
from bavn.capabilities.reports.pages.showing import COIN, Saying, read_day
from bavn.capabilities.reports.views.papers import Bill
from bavn.capabilities.reports.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.frame.paper import PressGiven
from bavn.kernel.identity import OrganisationId

READ = {"act": "reports.read_reports"}
BILL = "/bills/{helper:str}/{incident_id:str}"
BEGUN = (1, 15, 30, 60)
# Each is a PDF that is made to be looked at; older versions are told theirs with the file.
DIGESTS_SHOWN = 2


@get(BILL, opt=READ, include_in_schema=False)
async def bill_page(
    helper: str, incident_id: str, call: CallGiven, reports: RoomGiven, press: PressGiven
) -> Template:
    """The bill as it is now, to correct and to sign; and those that were signed."""
    bill = reports.bill(call, OrganisationId(helper), incident_id)
    newest = bill.versions[:DIGESTS_SHOWN]
    digests = {
        each.body.version: await press.digest(bill_paper(call, reports.around, bill, each))
        for each in newest
    }
    return _shown(helper, incident_id, call, reports, digests=digests)


@post(BILL + "/correct", opt={"act": "reports.correct_bill"}, include_in_schema=False)
async def correct(
    request: AnyRequest,
    helper: str,
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    reports: RoomGiven,
) -> Answer:
    """Correct the minutes of a line; nought takes it out."""
    form, bill = await Form.of(request), reports.bill(call, OrganisationId(helper), incident_id)
    line = next((each for each in bill.lines if each.line == form.value("line")), None)
    typed = form.value("minutes")
    if line is None or not (typed.isascii() and typed.isdecimal() and len(typed) <= 6):  # noqa: PLR2004
        form.wrong["minutes"] = call.say("reports.wrong.minutes", most=MINUTES_LIMIT)
        return _shown(helper, incident_id, call, reports, form)
    content = CorrectBill(
        incident=bill.incident,
        line=line.line,
        minutes=int(typed),
        was=line.drafted_min,
        account=call.account,
    )
    return await _done(content, form, bill, call, desk, reports)


@post(BILL + "/sign", opt={"act": "reports.sign_bill"}, include_in_schema=False)
async def sign(
    request: AnyRequest,
    helper: str,
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    reports: RoomGiven,
) -> Answer:
    """Sign it as it was read."""
    form, bill = await Form.of(request), reports.bill(call, OrganisationId(helper), incident_id)
    tariff = bill.tariff
    content = SignBill(
        incident=bill.incident,
        read=form.value("mark"),
        now=bill.mark,
        payer=bill.payer,
        tariff_from=None if tariff is None else tariff.valid_from,
        begun_min=1 if tariff is None else tariff.begun_min,
        lines=bill.lines,
        account=call.account,
    )
    return await _done(content, form, bill, call, desk, reports)


@post(BILL + "/open", opt={"act": "reports.open_bill"}, include_in_schema=False)
async def open_again(
    request: AnyRequest,
    helper: str,
    incident_id: str,
    call: CallGiven,
    desk: DeskGiven,
    reports: RoomGiven,
) -> Answer:
    """Open a signed bill again, with a reason."""
    form, bill = await Form.of(request), reports.bill(call, OrganisationId(helper), incident_id)
    content = OpenBill(incident=bill.incident, reason=form.private("reason"), account=call.account)
    return await _done(content, form, bill, call, desk, reports)


@get("/reports/tariff", opt=READ, include_in_schema=False)
async def tariff_page(call: CallGiven, reports: RoomGiven) -> Template:
    """The service's own tariffs, and a form for the next."""
    return _tariff_shown(call, reports)


@post("/reports/tariff", opt={"act": "reports.set_tariff"}, include_in_schema=False)
async def set_tariff(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, reports: RoomGiven
) -> Answer:
    """Set one, from a day on; a type that is left empty has no rate."""
    form = await Form.of(request)
    begins = read_day(form.value("valid_from"))
    if begins is None:
        form.wrong["valid_from"] = call.say("reports.wrong.day")
    begun = form.value("begun_min")
    if begun not in {str(each) for each in BEGUN}:
        form.wrong["begun_min"] = call.say("reports.wrong.begun")
    rates = _rates(form, call, reports)
    if begins is None or form.wrong:
        return _tariff_shown(call, reports, form)
    content = SetTariff(valid_from=begins, begun_min=int(begun), rates=rates, account=call.account)
    try:
        await carried_out(desk, call, call.actor.organisation, content, form.ref)
    except Refusal as refusal:
        return _tariff_shown(call, reports, form, refusal)
    return Redirect("/reports/tariff", status_code=SEE_OTHER)


def _rates(form: Form, call: Call, room: Room) -> tuple[Rate, ...]:
    found = []
    for type_, _ in room.around.unit_types(call):
        typed = form.value(f"rate-{type_}")
        if not typed:
            continue
        coins = _coins(typed)
        if coins is None:
            form.wrong[f"rate-{type_}"] = call.say("reports.wrong.rate")
        else:
            found.append(Rate(type=type_, hour=coins))
    return tuple(found)


def _coins(typed: str) -> int | None:
    """A sum as people write it, with a comma or a point, in the smallest coin."""
    whole, _, part = typed.replace(".", ",").partition(",")
    if not (whole.isascii() and whole.isdecimal()) or len(whole) > 7 or len(part) > 2:  # noqa: PLR2004
        return None
    if part and not (part.isascii() and part.isdecimal()):
        return None
    coins = int(whole) * COIN + int(part.ljust(2, "0"))
    return coins if coins <= RATE_LIMIT else None


async def _done(
    content: CorrectBill | SignBill | OpenBill,
    form: Form,
    bill: Bill,
    call: Call,
    desk: Desk,
    room: Room,
) -> Answer:
    try:
        await carried_out(desk, call, bill.helper, content, form.ref)
    except Refusal as refusal:
        return _shown(bill.helper, bill.incident, call, room, form, refusal)
    return Redirect(f"/bills/{bill.helper}/{bill.incident}", status_code=SEE_OTHER)


def _shown(  # noqa: PLR0913 - a page, and what came of its form
    helper: str,
    incident: str,
    call: Call,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    digests: Mapping[int, str] | None = None,
) -> Template:
    bill = room.bill(call, OrganisationId(helper), incident)
    return kept(
        page(
            call,
            "reports/bill.html",
            status=status_of(form, refusal),
            say=Saying(call, room.around),
            bill=bill,
            digests=digests or {},
            is_ours=bill.helper in call.reader.organisations,
            typed={} if form is None else form.typed,
            problems={} if form is None else form.wrong,
            refused=None if refusal is None else in_words(call, refusal.refused),
        )
    )


def _tariff_shown(
    call: Call, room: Room, form: Form | None = None, refusal: Refusal | None = None
) -> Template:
    today: date = call.now.astimezone(room.around.zone).date()
    return kept(
        page(
            call,
            "reports/tariff.html",
            status=status_of(form, refusal),
            say=Saying(call, room.around),
            tariffs=room.tariffs(call, call.actor.organisation),
            unit_types=room.around.unit_types(call),
            begun=[(str(each), call.say("reports.begun", minutes=each)) for each in BEGUN],
            today=today.isoformat(),
            typed={} if form is None else form.typed,
            problems={} if form is None else form.wrong,
            refused=None if refusal is None else in_words(call, refusal.refused),
        )
    )


HANDLERS = (bill_page, correct, sign, open_again, tariff_page, set_tariff)
