# SPDX-License-Identifier: Apache-2.0
"""Reports from a scene: the form, and a part of the incident's page."""

from datetime import datetime

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.command.decisions import asking
from bavn.capabilities.command.model.reporting import FIELDS, ReportForm, instant_of_clock
from bavn.capabilities.command.ports import Scene
from bavn.capabilities.command.views.reports import form_next
from bavn.capabilities.command.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.frame.written import written_at

PATH = "/incidents/{incident_id:str}/report"
READ = {"act": "command.read_command"}
# In how many minutes the next one may be promised with one touch; by the clock at any other time.
SOON_MIN = (5, 10, 15, 30, 60)
NONE_AGREED, BY_RULE = "none", "usual"


@get("/incidents/{incident_id:str}/reports-part", opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven) -> Template:
    """The part of the incident's page."""
    scene = command.around.scene(call, incident_id)
    return await _shown(scene, call, desk, command, template="command/reports_part.html")


@get(PATH, opt=READ, include_in_schema=False)
async def report_page(
    incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven
) -> Template:
    """The form, with what was reported before it."""
    return await _shown(command.around.scene(call, incident_id), call, desk, command)


@post(PATH, opt={"act": "command.tell_report"}, include_in_schema=False)
async def tell(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, command: RoomGiven
) -> Answer:
    """Report; what has waited on a device stands at the time it was written."""
    form, scene = await Form.of(request), command.around.scene(call, incident_id)
    sort = next((each for each in ReportForm if each.value == form.value("form")), None)
    if sort is None:
        form.wrong["form"] = call.say("command.report.wrong.form")
    if not any(form.value(name) for name in FIELDS):
        form.wrong["seen"] = call.say("command.report.wrong.empty")
    given_at = written_at(form.value("written_at"))
    next_at, next_min = _next(form, given_at, sort, call, command)
    if form.wrong or sort is None:
        return await _shown(scene, call, desk, command, form)
    try:
        await asking.report(
            desk,
            call,
            scene,
            form=sort,
            texts={name: form.private(name) for name in FIELDS if form.value(name)},
            at=given_at,
            next_at=next_at,
            next_min=next_min,
            by_radio=form.value("by_radio") == "yes",
            ref=form.ref,
        )
    except Refusal as refusal:
        return await _shown(scene, call, desk, command, form, refusal)
    return Redirect(f"/incidents/{scene.incident}", status_code=SEE_OTHER)


def _next(
    form: Form, given_at: datetime | None, sort: ReportForm | None, call: Call, room: Room
) -> tuple[datetime | None, int | None]:
    """When the next one comes: by the clock, in so many minutes, by the rule, or not agreed."""
    clock, choice = form.value("next_clock"), form.value("next")
    if clock:
        at = min(given_at or call.now, call.now)
        found = instant_of_clock(clock, at, room.around.zone)
        if found is None:
            form.wrong["next_clock"] = call.say("command.report.wrong.clock")
        return found, None
    if choice == NONE_AGREED:
        return None, None
    if choice in {"", BY_RULE}:
        rules = (each.next_min for each in room.around.report_rules if each.code == sort)
        return None, next(rules, None)
    if choice not in {str(each) for each in SOON_MIN}:
        form.wrong["next"] = call.say("command.report.wrong.next")
        return None, None
    return None, int(choice)


async def _shown(  # noqa: PLR0913 - a page, and a page that comes back
    scene: Scene,
    call: Call,
    desk: Desk,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    template: str = "command/report.html",
) -> Template:
    around = room.around
    reports = await room.reports.of(desk, call, scene)
    is_danish = call.language == "da"
    rules = {each.code: each for each in around.report_rules}
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        scene=scene,
        reports=reports,
        form_next=form_next(reports).value,
        fields=[
            (each.code, each.danish, each.danish_hint)
            if is_danish
            else (each.code, each.english, each.english_hint)
            for each in around.report_fields
        ],
        forms={code: each.danish if is_danish else each.english for code, each in rules.items()},
        nexts=_nexts(call, rules[form_next(reports).value].next_min),
        name_of=lambda organisation: around.name_of(call, organisation),
        zone=around.zone,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
    )
    return kept(answer)


def _nexts(call: Call, rule_min: int) -> list[tuple[str, str]]:
    return [
        (BY_RULE, call.say("command.report.next_by_rule", count=rule_min)),
        *((str(each), call.say("command.report.next_in", count=each)) for each in SOON_MIN),
        (NONE_AGREED, call.say("command.report.next_none")),
    ]


PAGES = (part, report_page, tell)
