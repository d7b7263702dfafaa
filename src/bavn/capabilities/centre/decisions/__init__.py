# SPDX-License-Identifier: Apache-2.0
"""What can be asked of a centre, and how it is decided: each a pure function.

None of it is on the alarm path, and nothing on the alarm path waits for it.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.centre.facts import (
    AttentionSeen,
    CardWritten,
    PaperTyped,
    SheetPart,
    ShiftHandedOver,
    ShiftTakenOver,
    StepTicked,
)
from bavn.capabilities.centre.model.wants import SEEN_HOLDS, subject_in
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject, is_subject
from bavn.kernel.instants import instant_of
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# A card is read while standing: what does not fit on a page is two cards.
STEPS_LIMIT, STEP_CHARACTERS_LIMIT = 20, 200


class SeeAttention(msgspec.Struct, frozen=True, kw_only=True):
    """Say that somebody sees to what waits."""

    item: str
    account: str = ""


class HandOverWatch(msgspec.Struct, frozen=True, kw_only=True):
    """Sign what a watch leaves behind."""

    parts: tuple[SheetPart, ...]
    account: str
    name: Private
    notes: Private


class TakeOverWatch(msgspec.Struct, frozen=True, kw_only=True):
    """Take the watch over, from a sheet that somebody else has signed."""

    handover: str
    account: str
    name: Private
    notes: Private


class WriteCard(msgspec.Struct, frozen=True, kw_only=True):
    """Write a service's own card; without steps it is withdrawn, and the country's stands again."""

    card: str
    area: OrganisationId
    title: str
    types: tuple[str, ...]
    steps: tuple[str, ...]
    function: str = ""


class TickStep(msgspec.Struct, frozen=True, kw_only=True):
    """Tick a step of a card at an incident, or take the tick back."""

    incident: str
    area: OrganisationId
    card: str
    step: int
    says: str
    done: bool
    account: str = ""


class TypePaper(msgspec.Struct, frozen=True, kw_only=True):
    """Keep that a row of paper was typed in, what it became, and when it was."""

    row: str
    sort: str
    about: Subject
    at: datetime
    became: tuple[str, ...] = ()
    account: str = ""


def see(seen: Row | None, request: SeeAttention, context: Context) -> Sequence[Draft] | Refused:
    """The first who says so sees to it; who comes second is told who was first, and when."""
    if seen is not None and context.now - _at(seen, "at_ms") < SEEN_HOLDS:
        return Refused(
            code="seen_already",
            says=f"A {seen['by']!s} has seen it already.",
            try_instead="Nothing more is to be done about the sound; go on with what it is about.",
            values={"by": str(seen["by"]), "at": f"{_at(seen, 'at_ms'):%H:%M:%S}Z"},
        )
    body = AttentionSeen(item=request.item, account=request.account)
    return [Draft(body=body, about=(Subject(subject_in(request.item)),), happened_at=context.now)]


def hand_over(_state: None, request: HandOverWatch, context: Context) -> Sequence[Draft] | Refused:
    """The sheet as it was signed; a person signs, and no machine."""
    if not request.account:
        return _takes_a_person()
    return [
        Draft(
            body=ShiftHandedOver(parts=request.parts, account=request.account),
            about=(Subject(f"handover:{context.new_id()}"),),
            happened_at=context.now,
            seal=_sealed(request.name, request.notes),
        )
    ]


def take_over(
    row: Row | None, request: TakeOverWatch, context: Context
) -> Sequence[Draft] | Refused:
    """Two people: who signed cannot take over from themselves, and nobody takes over twice."""
    if row is None:
        return Refused(
            code="no_such_handover",
            says="There is no such hand-over.",
            try_instead="Take it from the list of hand-overs.",
        )
    if row["taken_at_ms"] is not None:
        return Refused(
            code="taken_over_already",
            says=f"The watch was taken over already, by a {row['taken_by']!s}.",
            try_instead="Have a new sheet signed when the watch changes again.",
            values={"by": str(row["taken_by"]), "at": f"{_at(row, 'taken_at_ms'):%H:%M:%S}Z"},
        )
    if not request.account:
        return _takes_a_person()
    if row["account"] == request.account:
        return Refused(
            code="takes_two",
            says="Whoever signed the sheet cannot take the watch over from it.",
            try_instead="The one who comes on duty signs in, and takes it over.",
        )
    return [
        Draft(
            body=ShiftTakenOver(account=request.account),
            about=(Subject(str(row["subject"])),),
            happened_at=context.now,
            seal=_sealed(request.name, request.notes),
        )
    ]


def write_card(_state: None, request: WriteCard, context: Context) -> Sequence[Draft] | Refused:
    """The card as it holds from now on; ticks keep the step's words as they were."""
    subject = f"card:{request.card}"
    steps = tuple(each.strip() for each in request.steps if each.strip())
    title = request.title.strip()
    is_short = len(steps) <= STEPS_LIMIT and all(
        len(each) <= STEP_CHARACTERS_LIMIT for each in (*steps, title)
    )
    if not is_subject(subject) or not title or not is_short:
        return Refused(
            code="card_not_short",
            says="A card needs a title, and few short steps.",
            try_instead="Write one line for each step; what does not fit on a page is two cards.",
            values={"count": str(STEPS_LIMIT), "length": str(STEP_CHARACTERS_LIMIT)},
        )
    body = CardWritten(title=title, types=request.types, steps=steps, function=request.function)
    return [Draft(body=body, about=(Subject(subject),), happened_at=context.now, area=request.area)]


def tick(row: Row | None, request: TickStep, context: Context) -> Sequence[Draft] | Refused:
    """One tick, however many press at once; who was first stands."""
    is_done = row is not None and bool(row["done"])
    if is_done == request.done:
        return Refused(
            code="ticked_already" if request.done else "not_ticked",
            says="Somebody else has done that already.",
            try_instead="Look at the card again; it shows who did, and when.",
        )
    body = StepTicked(
        card=request.card,
        step=request.step,
        says=request.says,
        done=request.done,
        account=request.account,
    )
    subject = Subject(f"incident:{request.incident}")
    return [Draft(body=body, about=(subject,), happened_at=context.now, area=request.area)]


def type_paper(row: Row | None, request: TypePaper, _context: Context) -> Sequence[Draft] | Refused:
    """Once for each row: it happened when the paper says, and is on record from now."""
    if row is not None:
        return Refused(
            code="typed_already",
            says="That row has been typed in already.",
            try_instead="Go on with the next one.",
        )
    body = PaperTyped(sort=request.sort, became=request.became, account=request.account)
    about = (Subject(f"paper:{request.row}"), request.about)
    return [Draft(body=body, about=about, happened_at=request.at)]


def _sealed(name: Private, notes: Private) -> dict[str, Private]:
    given = {"name": name, "notes": notes}
    return {key: text for key, text in given.items() if text.reveal().strip()}


def _takes_a_person() -> Refused:
    return Refused(
        code="takes_a_person",
        says="A watch is handed over by a person with an account, not by a machine.",
        try_instead="Sign in as yourself.",
    )


def _at(row: Row, column: str) -> datetime:
    return instant_of(int(str(row[column])))
