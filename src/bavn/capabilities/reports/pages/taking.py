# SPDX-License-Identifier: Apache-2.0
"""What the scene said is offered beside the fields that are asked; one tap takes it along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bavn.capabilities.reports.model.offers import Offer, sources_of, with_words
from bavn.capabilities.reports.pages.showing import TEXT_LIMIT
from bavn.capabilities.reports.views.papers import FieldNow
from bavn.capabilities.reports.views.room import Room
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.forms import Form
from bavn.journal.reader import HistoryItem, as_told
from bavn.kernel.private import Private


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Something that is offered for a field: what, as what, and whose word it is.

    `says` is empty where the caller may not read it.
    """

    field: str
    fact: str
    sort: str
    at: datetime
    by: str
    organisation: str
    says: str


async def offered(desk: Desk, call: Call, room: Room, incident: str) -> list[Offered]:
    """All that is offered for an incident's report, in the order of when it was said."""
    found = []
    told, items = room.offers(call, incident)
    for offer in told:
        fact = items[offer.fact].fact
        words = await _words(desk, call, offer, items)
        hazard = room.around.hazard(call, offer.hazard) if offer.hazard else ""
        found.append(
            Offered(
                field=offer.field,
                fact=offer.fact,
                sort=offer.sort,
                at=fact.happened_at,
                by=fact.by.function,
                organisation=fact.owner,
                says=": ".join(each for each in (hazard, words) if each),
            )
        )
    return found


async def _words(desk: Desk, call: Call, offer: Offer, items: Mapping[str, HistoryItem]) -> str:
    """The sealed words of what is offered, where the caller may read them."""
    item = items.get(offer.text_fact)
    if item is None or offer.text is None:
        return ""
    text = await desk.reveal(as_told(call.reader, item), item.fact.owner, offer.text)
    return text.reveal().strip() if isinstance(text, Private) else ""


def sources_in(text: str, field: str, of: Sequence[Offered]) -> tuple[str, ...]:
    """The facts whose words stand in what a person writes of a field."""
    return sources_of(text, ((each.fact, each.says) for each in of if each.field == field))


def taken(form: Form, call: Call, field: FieldNow, written: str, of: Sequence[Offered]) -> str:
    """What a field says with what is taken along; a fault is put on the form.

    `written` is what stands in it, as the caller reads it.
    """
    asked = field.code, form.value("fact"), form.value("sort")
    each = next((each for each in of if (each.field, each.fact, each.sort) == asked), None)
    name = f"value-{field.code}"
    if each is None or not each.says:
        form.wrong[name] = call.say("reports.wrong.offer")
        return ""
    if not written and field.correction is not None and field.correction.text is not None:
        # Words that the caller may not read would be written over.
        form.wrong[name] = call.say("reports.wrong.unread")
        return ""
    text = with_words(written, each.says)
    if len(text) > TEXT_LIMIT:
        form.wrong[name] = call.say("reports.wrong.no_room", most=TEXT_LIMIT)
    return text
