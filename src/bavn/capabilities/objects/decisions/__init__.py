# SPDX-License-Identifier: Apache-2.0
"""What can be asked about objects, and how it is decided: each a pure function."""

from collections.abc import Mapping, Sequence

import msgspec

from bavn.capabilities.objects.facts import (
    CardRead,
    CardShared,
    IncidentAtObject,
    ObjectDescribed,
    ObjectEnded,
    ObjectListConfirmed,
    ObjectListed,
)
from bavn.capabilities.objects.model.card import Card
from bavn.capabilities.objects.model.requests import (
    ConfirmObjectList,
    LinkObject,
    NoteReading,
    ShareCard,
    Telling,
    TellObjects,
)
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.table import Row
from bavn.kernel.identity import REAL, Subject, is_name
from bavn.kernel.refusal import Refused


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands of an object, and which of the numbers that are asked for are another's."""

    row: Row | None
    taken: tuple[str, ...] = ()


def object_subject(id_: str) -> Subject:
    """What a fact about an object is about."""
    return Subject(f"object:{id_}")


def incident_subject(id_: str) -> Subject:
    """What a fact about an incident is about."""
    return Subject(f"incident:{id_}")


def tell(
    standing: Mapping[str, Standing], request: TellObjects, context: Context
) -> Sequence[Draft] | Refused:
    """The objects as they are from now on, their cards sealed; what is over is over."""
    refused = _unsigned(request.confirmer, context)
    basis, drafts = _basis(request.confirmer, context), list[Draft]()
    for each in request.told:
        refused = refused or _unreadable(standing[each.id], each, request)
        drafts += _described(each, basis, context)
    for id_ in request.ended:
        row = standing[id_].row
        if row is not None and not row["is_over"]:
            drafts += _ended(id_, row, basis, context)
        elif not request.of_list:
            # A list that is confirmed again after a crash has told of it before.
            refused = refused or no_such_object(id_)
    return refused or drafts


def _described(each: Telling, basis: str, context: Context) -> list[Draft]:
    said, about = each.described, (object_subject(each.id),)
    body = ObjectDescribed(
        name=said.name,
        sort=said.sort,
        address=said.address,
        municipality=said.municipality,
        latitude=said.lat,
        longitude=said.lon,
        alarm_numbers=said.alarm_numbers,
        basis=basis,
    )
    is_empty = msgspec.json.decode(each.card.reveal(), type=Card).is_empty
    seal = {} if is_empty else {"card": each.card}
    listed = ObjectListed(municipality=said.municipality)
    return [
        Draft(body=listed, about=about, happened_at=context.now),
        Draft(body=body, about=about, happened_at=context.now, seal=seal),
    ]


def _ended(id_: str, row: Row, basis: str, context: Context) -> list[Draft]:
    place, about = row["municipality"], (object_subject(id_),)
    listed = ObjectListed(municipality=None if place is None else str(place), is_over=True)
    return [
        Draft(body=body, about=about, happened_at=context.now)
        for body in (listed, ObjectEnded(basis=basis))
    ]


def confirm_list(
    _state: None, request: ConfirmObjectList, context: Context
) -> Sequence[Draft] | Refused:
    """A person stands for the list, as it was when that person looked at it."""
    if not request.confirmer.strip():
        return Refused(
            code="no_confirmer",
            says="A list is confirmed by a person with a name.",
            try_instead="Sign in as yourself, and confirm it again.",
        )
    body = ObjectListConfirmed(
        confirmer=request.confirmer,
        row_count=request.row_count,
        added_count=request.added_count,
        changed_count=request.changed_count,
        ended_count=request.ended_count,
        digest=request.digest,
    )
    about = (Subject(f"object_list:{request.digest}"),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def link(_state: None, request: LinkObject, context: Context) -> Sequence[Draft]:
    """Always a fact: it comes with an alarm, and the object is looked up when it is shown."""
    body = IncidentAtObject(object=request.object, by=request.by)
    about = (incident_subject(request.incident),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def share(row: Row | None, request: ShareCard, context: Context) -> Sequence[Draft] | Refused:
    """The card to one who is assigned, as long as the incident is at that object."""
    if row is None or row["object"] != request.object:
        return Refused(
            code="not_at_object",
            says=f"The incident {request.incident} is not at the object {request.object}.",
            try_instead="Link it to the object first.",
            values={"incident": request.incident, "object": request.object},
        )
    draft = Draft(
        body=CardShared(object=request.object),
        about=(incident_subject(request.incident),),
        happened_at=context.now,
        to=(request.to,),
        # Under the incident's key: it goes when the incident's texts go.
        seal={"card": request.card},
    )
    return [draft]


def note_reading(_state: None, request: NoteReading, context: Context) -> Sequence[Draft]:
    """Who has read, told to whose card it is."""
    body = CardRead(owner=request.owner, incident=request.incident, account=request.account or None)
    about = (object_subject(request.object),)
    return [Draft(body=body, about=about, happened_at=context.now, to=(request.owner,))]


def no_such_object(id_: str) -> Refused:
    """The refusal of what is not there."""
    return Refused(
        code="no_such_object",
        says=f"There is no object {id_[:64]} here.",
        try_instead="Look it up in the list of objects.",
        values={"object": id_[:64]},
    )


def _unsigned(confirmer: str, context: Context) -> Refused | None:
    """In the real world nothing is told of a building that nobody stands for."""
    if context.world != REAL or confirmer.strip():
        return None
    return Refused(
        code="nobody_signed",
        says="Nobody has signed for the object; the real world takes no invented data.",
        try_instead="Have a person of the service describe it, or confirm a list.",
        values={"what": "object"},
    )


def _unreadable(standing: Standing, each: Telling, request: TellObjects) -> Refused | None:
    if not is_name(each.id):
        return Refused(
            code="id_not_in_form",
            says="An id has small letters, digits and dashes.",
            try_instead="Change it.",
            values={"id": each.id[:64]},
        )
    if not each.described.name.strip():
        return Refused(
            code="object_has_no_name",
            says="An object has a name.",
            try_instead="Write what the building is called.",
        )
    if standing.taken and not request.of_list:
        return Refused(
            code="alarm_number_taken",
            says=f"Another object has the alarm number {', '.join(standing.taken)}.",
            try_instead="Take it from that one first, or mend the number.",
            values={"numbers": ", ".join(standing.taken)},
        )
    return None


def _basis(confirmer: str, context: Context) -> str:
    if not confirmer:
        return "own calibration"
    return f"confirmed by {confirmer} ({context.actor.function}), {context.today}"
