# SPDX-License-Identifier: Apache-2.0
"""Who may do what: the policies in words, a question to them, delegations, emergencies."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from litestar import get, post
from litestar.response import Template

from bavn.capabilities.mandates.decisions import asking
from bavn.capabilities.mandates.ports import Answer as Answered
from bavn.capabilities.mandates.ports import LawSet, Question, Rule
from bavn.capabilities.mandates.views.room import Room, RoomGiven
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.forms import Answer, AnyRequest, Form, acted, in_words, kept, status_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.frame.page import page
from bavn.kernel.identity import OrganisationId
from bavn.kernel.refusal import BrokenPromise

READ = {"act": "mandates.read_mandates"}
DELEGATIONS, EMERGENCIES = "/mandates/delegations", "/mandates/emergencies"
LOOK = "mandates.look_at_own"
LEVELS = range(1, 5)
# Where nobody may read them, or a form came back.
NO_REASONS: Mapping[str, str] = {}


@get("/mandates", opt=READ, include_in_schema=False)
async def who_may_what(  # noqa: PLR0913, PLR0917 - a question has these parts
    call: CallGiven,
    mandates: RoomGiven,
    role: str = "",
    of: str = "",
    act: str = "",
    owner: str = "",
    level: int = 1,
    procedure: str = "",
) -> Template:
    """The policies, those of one function where it is chosen; and the answer to a question."""
    around = mandates.around
    known = {code for code, _ in around.functions(call)}
    question: Question | None = None
    answers: tuple[Answered, ...] = ()
    if role in known and act and owner:
        question = Question(
            function=role,
            organisation=OrganisationId(of or call.actor.organisation),
            act=act,
            owner=OrganisationId(owner),
            level=level if level in LEVELS else 1,
            procedure=procedure == "yes",
        )
        answers = tuple(around.answer(call, question))
    its = around.rules_of(role) if role in known else None
    rules = [each for each in around.rules(call) if its is None or each.id in its]
    in_force = next(each.code for each in around.law_sets(call) if each.in_force)
    return _shown(
        call,
        mandates,
        "mandates/mandates.html",
        rules_under=lambda law: _shown_under(law, rules, in_force),
        law_sets=around.law_sets(call),
        holding=around.holding(),
        subject_name=lambda subject: _subject_name(call, subject),
        role=role,
        question=question,
        answers=answers,
        differs=_differ(answers),
        levels=[(str(each), str(each)) for each in LEVELS],
    )


@get(DELEGATIONS, opt=READ, include_in_schema=False)
async def delegations(call: CallGiven, mandates: RoomGiven) -> Template:
    """What is delegated, and a form to delegate."""
    return _delegations(call, mandates)


@post(DELEGATIONS, opt={"act": "mandates.delegate"}, include_in_schema=False)
async def delegate(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, mandates: RoomGiven
) -> Answer:
    """Delegate some acts of the own organisation."""

    async def act(form: Form) -> None:
        begins, ends = (_instant(form, call, mandates, name) for name in ("from", "to"))
        for name in ("to_organisation", "function", "act"):
            if not form.value(name):
                form.wrong[name] = call.say("mandates.wrong.choose")
        if form.wrong or begins is None or ends is None:
            return
        given = asking.Given(
            of=call.actor.organisation,
            to=OrganisationId(form.value("to_organisation")),
            function=form.value("function"),
            acts=form.values("act"),
            valid_from=begins,
            valid_to=ends,
        )
        await asking.delegate(desk, call, mandates.around, given, form.ref)

    return await acted(request, partial(_delegations, call, mandates), DELEGATIONS, act)


@post(
    DELEGATIONS + "/{delegation_id:str}/end",
    opt={"act": "mandates.end_delegation"},
    include_in_schema=False,
)
async def end_delegation(
    request: AnyRequest, delegation_id: str, call: CallGiven, desk: DeskGiven, mandates: RoomGiven
) -> Answer:
    """Take a delegation back."""

    async def act(form: Form) -> None:
        own = call.actor.organisation
        await asking.end_delegation(desk, call, mandates.around, own, delegation_id, form.ref)

    return await acted(request, partial(_delegations, call, mandates), DELEGATIONS, act)


@get(EMERGENCIES, opt=READ, include_in_schema=False)
async def emergencies(call: CallGiven, desk: DeskGiven, mandates: RoomGiven) -> Template:
    """What was declared, and a form to declare; the own chief also reads why."""
    is_chief = mandates.around.may(call, LOOK)
    reasons = await mandates.reasons(call, desk) if is_chief else {}
    return _emergencies(call, mandates, reasons=reasons)


@post(EMERGENCIES, opt={"act": "mandates.declare_emergency"}, include_in_schema=False)
async def declare(
    request: AnyRequest, call: CallGiven, desk: DeskGiven, mandates: RoomGiven
) -> Answer:
    """Declare one; why may come later."""

    async def act(form: Form) -> None:
        await asking.declare(desk, call, mandates.around, form.private("text"), form.ref)

    return await acted(request, partial(_emergencies, call, mandates), EMERGENCIES, act)


@post(
    EMERGENCIES + "/{emergency_id:str}/explain",
    opt={"act": "mandates.explain_emergency"},
    include_in_schema=False,
)
async def explain(
    request: AnyRequest, emergency_id: str, call: CallGiven, desk: DeskGiven, mandates: RoomGiven
) -> Answer:
    """Say why."""

    async def act(form: Form) -> None:
        await asking.explain(desk, call, emergency_id, form.private("text"), form.ref)

    return await acted(request, partial(_emergencies, call, mandates), EMERGENCIES, act)


@post(
    EMERGENCIES + "/{emergency_id:str}/looked-at",
    opt={"act": LOOK},
    include_in_schema=False,
)
async def look_at_own(
    request: AnyRequest, emergency_id: str, call: CallGiven, desk: DeskGiven, mandates: RoomGiven
) -> Answer:
    """The own chief has looked at it."""

    async def act(form: Form) -> None:
        await asking.look_at_own(desk, call, mandates.around, emergency_id, form.ref)

    return await acted(request, partial(_emergencies, call, mandates), EMERGENCIES, act)


@post(
    EMERGENCIES + "/{emergency_id:str}/overseen",
    opt={"act": "mandates.look_at_any"},
    include_in_schema=False,
)
async def look_at_any(
    request: AnyRequest, emergency_id: str, call: CallGiven, desk: DeskGiven, mandates: RoomGiven
) -> Answer:
    """Oversight has looked at it."""

    async def act(form: Form) -> None:
        await asking.look_at_any(desk, call, mandates.around, emergency_id, form.ref)

    return await acted(request, partial(_emergencies, call, mandates), EMERGENCIES, act)


def _delegations(
    call: Call, room: Room, form: Form | None = None, refusal: Refusal | None = None
) -> Template:
    around = room.around
    return _shown(
        call,
        room,
        "mandates/delegations.html",
        form,
        refusal,
        delegations=room.delegations(),
        own=call.actor.organisation,
        may_delegate=room.around.may(call, "mandates.delegate"),
        # What is changed, not what is read: to read is nobody's to give away.
        acts=[each for each in around.given(call) if ".read_" not in each[0]],
        chosen=() if form is None else form.values("act"),
        soon=_local(call.now, room),
        later=_local(call.now + timedelta(days=1), room),
    )


def _emergencies(
    call: Call,
    room: Room,
    form: Form | None = None,
    refusal: Refusal | None = None,
    *,
    reasons: Mapping[str, str] = NO_REASONS,
) -> Template:
    return _shown(
        call,
        room,
        "mandates/emergencies.html",
        form,
        refusal,
        emergencies=room.emergencies(call),
        own=call.actor.organisation,
        is_chief=room.around.may(call, LOOK),
        reasons=reasons,
        opened=room.around.opened(call),
        is_oversight=room.around.may(call, "mandates.look_at_any"),
        may_declare=room.around.may(call, "mandates.declare_emergency"),
    )


def _shown(
    call: Call,
    room: Room,
    template: str,
    form: Form | None = None,
    refusal: Refusal | None = None,
    **values: object,
) -> Template:
    around = room.around
    functions, organisations = dict(around.functions(call)), dict(around.organisations(call))
    answer = page(
        call,
        template,
        status=status_of(form, refusal),
        functions=list(functions.items()),
        organisations=list(organisations.items()),
        all_acts=around.acts(call),
        function_name=lambda code: functions.get(code, code),
        name_of=lambda code: organisations.get(code, code),
        act_name=lambda act: around.act_name(call, act),
        zone=around.zone,
        now=call.now,
        typed={} if form is None else form.typed,
        problems={} if form is None else form.wrong,
        refused=None if refusal is None else in_words(call, refusal.refused),
        **values,
    )
    return kept(answer)


def _subject_name(call: Call, subject: str) -> str:
    """What a subject is called; a file of a node's own is called what it is."""
    try:
        return call.say(f"mandates.subject.{subject}")
    except BrokenPromise:
        return subject


def _shown_under(law: LawSet, rules: list[Rule], in_force: str) -> list[Rule]:
    """All rules of the law in force; of another law what differs from that."""
    if law.in_force:
        return [each for each in rules if law.code in each.laws]
    return [each for each in rules if (law.code in each.laws) != (in_force in each.laws)]


def _differ(answers: tuple[Answered, ...]) -> bool:
    return len({each.allowed for each in answers}) > 1


def _instant(form: Form, call: Call, room: Room, name: str) -> datetime | None:
    """An instant as a browser's field gives it, in the country's own time."""
    try:
        return datetime.fromisoformat(form.value(name)).replace(tzinfo=room.around.zone)
    except ValueError:
        form.wrong[name] = call.say("mandates.wrong.instant")
        return None


def _local(at: datetime, room: Room) -> str:
    return at.astimezone(room.around.zone).strftime("%Y-%m-%dT%H:%M")


PAGES = (
    who_may_what,
    delegations,
    delegate,
    end_delegation,
    emergencies,
    declare,
    explain,
    look_at_own,
    look_at_any,
)
