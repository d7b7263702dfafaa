# SPDX-License-Identifier: Apache-2.0
"""Action cards: a service's own in place of the country's, and what is ticked at an incident."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.centre.ports import Card
from bavn.capabilities.centre.views import BETWEEN, CARDS, STEPS
from bavn.frame.call import Call
from bavn.journal.reader import Query
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was ticked, by whom and when; or whose tick was taken back."""

    done: bool
    says: str
    by: str
    account: str
    at: datetime


def cards_of(
    query: Query, call: Call, service: OrganisationId, country: Sequence[Card]
) -> list[Card]:
    """All cards that hold at a service, by title."""
    own = {}
    for row in query.rows(call.reader, CARDS, {"owner": service}):
        code = str(row["subject"]).partition(":")[2]
        own[code] = Card(
            code=code,
            title=str(row["title"]),
            types=_listed(row["types"]),
            function=str(row["function"]),
            steps=_listed(row["steps"]),
            service=service,
        )
    # One without steps is withdrawn: the country's stands again.
    found = {each.code: each for each in country}
    found |= {code: each for code, each in own.items() if each.steps}
    return sorted(found.values(), key=lambda each: each.title.casefold())


def fitting(cards: Iterable[Card], type_: str, group: str) -> list[Card]:
    """The cards for an incident: those of its type first, then of its group, then for all."""
    ranked = [(_rank(each, type_, group), each) for each in cards]
    return [
        each for rank, each in sorted(ranked, key=lambda pair: pair[0] or 0) if rank is not None
    ]


def ticks_of(query: Query, call: Call, incident: str) -> dict[tuple[str, int], Tick]:
    """By card and step, what is ticked at an incident."""
    found: dict[tuple[str, int], Tick] = {}
    for row in query.rows(call.reader, STEPS, {"subject": f"incident:{incident}"}):
        key = str(row["card"]), int(str(row["step"]))
        at = instant_of(int(str(row["at_ms"])))
        # Two owners may have told of one incident by mistake; the later word is shown.
        if key not in found or found[key].at < at:
            found[key] = Tick(
                done=bool(row["done"]),
                says=str(row["says"]),
                by=str(row["by"]),
                account=str(row["account"]),
                at=at,
            )
    return found


def done_of(ticks: Mapping[tuple[str, int], Tick], card: Card) -> int:
    """How many steps of a card are done."""
    return sum(
        each.done
        for (code, step), each in ticks.items()
        if code == card.code and step < len(card.steps)
    )


def _rank(card: Card, type_: str, group: str) -> int | None:
    if type_ and type_ in card.types:
        return 0
    if group and group in card.types:
        return 1
    return None if card.types else 2


def _listed(value: object) -> tuple[str, ...]:
    return tuple(str(value).split(BETWEEN)) if value else ()
