# SPDX-License-Identifier: Apache-2.0
"""What is due, what holds it back, what was delivered, what two persons have erased."""

from litestar import get, post
from litestar.response import Redirect, Template

from bavn.capabilities.archive.decisions.asking import (
    ApproveErasure,
    AskErasure,
    DeliverPackage,
    DropErasure,
    LiftHold,
    PlaceHold,
)
from bavn.capabilities.archive.pages.saying import Saying
from bavn.capabilities.archive.views.room import LIST_LIMIT, Room, RoomGiven, named
from bavn.frame.call import Call
from bavn.frame.desk import Desk, Refusal, carried_out
from bavn.frame.forms import SEE_OTHER, Answer, AnyRequest, Form, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import Refused

READ = {"act": "archive.read_archive"}
HERE, INCIDENT = "/archive", "/archive/incidents/{incident_id:str}"
ERASURE = "/archive/erasures/{erasure_id:str}"


@get(HERE, opt=READ, include_in_schema=False)
async def archive_page(call: CallGiven, archive: RoomGiven) -> Template:
    """Everything at once: rules, what is due, and what waits for a person."""
    return _shown(call, archive)


@post("/archive/erasures", opt={"act": "archive.ask_erasure"}, include_in_schema=False)
async def ask(request: AnyRequest, call: CallGiven, desk: DeskGiven, archive: RoomGiven) -> Answer:
    """Ask for the chosen ones to be erased: one request for each organisation."""
    form = await Form.of(request)
    chosen: dict[str, list[str]] = {}
    for each in form.values("subject"):
        owner, _, subject = each.partition(" ")
        chosen.setdefault(owner, []).append(subject)
    if not chosen:
        form.wrong["subject"] = call.say("archive.wrong.subject")
        return _shown(call, archive, form)
    try:
        for owner, subjects in chosen.items():
            content = AskErasure(subjects=tuple(subjects), account=call.account)
            ref = None if form.ref is None else f"{form.ref}-{owner}"[:128]
            await carried_out(desk, call, _own(call, owner), content, ref)
    except Refusal as refusal:
        return _shown(call, archive, form, refusal)
    return Redirect(f"{HERE}#erasures", status_code=SEE_OTHER)


@post(f"{ERASURE}/approve", opt={"act": "archive.approve_erasure"}, include_in_schema=False)
async def approve(
    request: AnyRequest, erasure_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Say so too: then it is done."""
    form = await Form.of(request)
    content = ApproveErasure(erasure=erasure_id, account=call.account)
    return await _decided(form, content, call, desk, archive)


@post(f"{ERASURE}/drop", opt={"act": "archive.drop_erasure"}, include_in_schema=False)
async def drop(
    request: AnyRequest, erasure_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Have nothing come of it."""
    form = await Form.of(request)
    content = DropErasure(erasure=erasure_id, account=call.account)
    return await _decided(form, content, call, desk, archive)


@post("/archive/deliveries", opt={"act": "archive.deliver_package"}, include_in_schema=False)
async def deliver(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Say that a package went to an archive; what is in it is known here, and not typed."""
    form = await Form.of(request)
    digest = form.value("digest")
    found = next((each for each in archive.packages(call) if each.digest == digest), None)
    if found is None:
        form.wrong["digest"] = call.say("archive.wrong.package")
    for name in ("receiver", "receipt"):
        if not form.value(name) or len(form.value(name)) > WORDS_LIMIT:
            form.wrong[name] = call.say("archive.wrong.words", most=WORDS_LIMIT)
    if form.wrong or found is None:
        return _shown(call, archive, form)
    content = DeliverPackage(
        package=found.name,
        digest=found.digest,
        receiver=form.value("receiver"),
        receipt=form.value("receipt"),
        begin=found.begin,
        end=found.end,
        incidents=found.incidents,
        account=call.account,
    )
    try:
        await carried_out(desk, call, found.owner, content, form.ref)
    except Refusal as refusal:
        return _shown(call, archive, form, refusal)
    return Redirect(f"{HERE}#deliveries", status_code=SEE_OTHER)


@get(INCIDENT, opt=READ, include_in_schema=False)
async def incident_page(incident_id: str, call: CallGiven, archive: RoomGiven) -> Template:
    """How things stand with one incident."""
    return _one(incident_id, call, archive)


@get("/incidents/{incident_id:str}/archive-part", opt=READ, include_in_schema=False)
async def part(incident_id: str, call: CallGiven, archive: RoomGiven) -> Template:
    """The part of the incident's page: nothing while the incident goes on."""
    one = archive.around.incident(call, incident_id)
    known = archive.kept(call, one.service, one.id)
    say = Saying(call, archive.around)
    return kept(page(call, "archive/part.html", incident=one.id, known=known, say=say))


@post(f"{INCIDENT}/hold", opt={"act": "archive.place_hold"}, include_in_schema=False)
async def hold(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Hold it back."""
    form, one = await Form.of(request), archive.around.incident(call, incident_id)
    content = PlaceHold(
        incident=one.id,
        reason=form.value("reason"),
        note=form.private("note"),
        account=call.account,
    )
    return await _held(form, content, one.service, call, desk, archive)


@post(f"{INCIDENT}/lift", opt={"act": "archive.lift_hold"}, include_in_schema=False)
async def lift(
    request: AnyRequest, incident_id: str, call: CallGiven, desk: DeskGiven, archive: RoomGiven
) -> Answer:
    """Let a hold go."""
    form, one = await Form.of(request), archive.around.incident(call, incident_id)
    content = LiftHold(incident=one.id, hold=form.value("hold"), account=call.account)
    return await _held(form, content, one.service, call, desk, archive)


WORDS_LIMIT = 200


async def _held(
    form: Form,
    content: PlaceHold | LiftHold,
    owner: OrganisationId,
    call: Call,
    desk: Desk,
    archive: Room,
) -> Answer:
    try:
        await carried_out(desk, call, owner, content, form.ref)
    except Refusal as refusal:
        return _one(content.incident, call, archive, form, refusal)
    return Redirect(f"{HERE}/incidents/{content.incident}", status_code=SEE_OTHER)


async def _decided(
    form: Form, content: ApproveErasure | DropErasure, call: Call, desk: Desk, archive: Room
) -> Answer:
    rows = dict(named(archive.erasures(call)))
    row = rows.get(content.erasure)
    owner = call.actor.organisation if row is None else OrganisationId(str(row["owner"]))
    try:
        await carried_out(desk, call, owner, content, form.ref)
    except Refusal as refusal:
        return _shown(call, archive, form, refusal)
    return Redirect(f"{HERE}#erasures", status_code=SEE_OTHER)


def _own(call: Call, owner: str) -> OrganisationId:
    """One of the caller's organisations; what a form names beside is nobody's."""
    if owner in call.reader.organisations:
        return OrganisationId(owner)
    raise Refusal(
        Refused(
            code="archive_not_yours",
            says="That is not your organisation's.",
            try_instead="Choose from the list on the page.",
        )
    )


def _shown(
    call: Call, archive: Room, form: Form | None = None, refusal: Refusal | None = None
) -> Template:
    return kept(
        page(
            call,
            "archive/archive.html",
            status=status_of(form, refusal),
            say=Saying(call, archive.around),
            rules=archive.around.rules,
            due=archive.due(call),
            erasures=named(archive.erasures(call))[:LIST_LIMIT],
            packages=archive.packages(call)[:LIST_LIMIT],
            deliveries=archive.deliveries(call)[:LIST_LIMIT],
            holds=[each for each in archive.holds(call) if each.lifted_at is None][:LIST_LIMIT],
            requests=named(archive.requests(call))[:LIST_LIMIT],
            typed={} if form is None else form.typed,
            problems={} if form is None else form.wrong,
            refused=None if refusal is None else in_words(call, refusal.refused),
        )
    )


def _one(
    incident: str,
    call: Call,
    archive: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
) -> Template:
    one = archive.around.incident(call, incident)
    known = archive.kept(call, one.service, one.id)
    where = {"owner": one.service, "incident": one.id}
    return kept(
        page(
            call,
            "archive/incident.html",
            status=status_of(form, refusal),
            say=Saying(call, archive.around),
            incident=one,
            known=known,
            is_ours=one.service in call.reader.organisations,
            requests=named(archive.requests(call, where)),
            typed={} if form is None else form.typed,
            problems={} if form is None else form.wrong,
            refused=None if refusal is None else in_words(call, refusal.refused),
        )
    )


HANDLERS = (
    archive_page,
    ask,
    approve,
    drop,
    deliver,
    incident_page,
    part,
    hold,
    lift,
)
