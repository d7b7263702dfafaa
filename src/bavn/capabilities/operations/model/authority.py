# SPDX-License-Identifier: Apache-2.0
"""Authority per field: of several who tell of one thing, whose word holds.

A word's weight is settled when it is told, by the order that then holds, and stands in the fact:
so every node comes to the same picture without knowing the order, and a changed order changes
nothing that was told before it. A word of less weight is kept beside the one that holds, and holds
when that one is struck.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from bavn.capabilities.operations.model.unit import is_expected, status_in
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of

TYPE, PLACE, URGENCY = "incident.type", "incident.place", "incident.urgency"
# Goes with the place.
MUNICIPALITY = "incident.municipality"
STATUS = "unit.status"
# No fact: see adapters/positions.py.
POSITION = "unit.position"
FIELDS = (TYPE, PLACE, URGENCY, STATUS, POSITION)
# Of what moves, a word holds for a while.
MOVING = (STATUS, POSITION)
INCIDENT_FIELDS = (TYPE, PLACE, URGENCY)
# Nobody watches a unit for an hour before believing the next word about it.
HOLD_S_LIMIT = 3_600


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Whose word holds about a field: the sources, the first of them above all others.

    `hold_s` is for how long a word holds against a lower one that contradicts it; None for ever.
    """

    sources: tuple[str, ...]
    hold_s: int | None = None
    basis: str = ""

    def weight(self, source: str | None) -> int:
        """A source's weight; one that nobody has ranked has none.

        >>> Order(sources=("scene", "system")).weight("scene")
        2
        """
        return len(self.sources) - self.sources.index(source) if source in self.sources else 0


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """Which function speaks as which source, and the order of sources for each field."""

    sources: Mapping[str, str] = {}
    orders: Mapping[str, Order] = {}

    def source_of(self, function: str) -> str | None:
        """As what a function speaks; None where nobody has said."""
        return self.sources.get(function)

    def changed(self, own: Mapping[str, Order]) -> "Authority":
        """The same with the orders that a service has given itself."""
        return Authority(sources=self.sources, orders={**self.orders, **own}) if own else self

    def weight(self, field: str, source: str | None) -> int:
        """The weight of a source's word about a field."""
        return self.orders[field].weight(source) if field in self.orders else 0

    def weights(self, source: str | None) -> dict[str, int]:
        """The weights of a source's words about an incident; those without any are left out."""
        found = {field: self.weight(field, source) for field in INCIDENT_FIELDS}
        return {field: weight for field, weight in found.items() if weight}


NO_AUTHORITY = Authority()


def authority_subject(owner: OrganisationId) -> Subject:
    """What a fact about a service's orders is about."""
    return Subject(f"authority:{owner}")


class Word(msgspec.Struct, frozen=True, array_like=True):
    """What one source said last about one field."""

    by: str | None
    weight: int
    value: list[float | str | None] | str
    at_ms: int


Words = dict[str, list[Word]]
_decode = msgspec.json.Decoder(Words).decode


def words_in(text: object) -> Words:
    """The words that a row keeps, by field; the first of each is the one that holds."""
    return _decode(text) if isinstance(text, str) else {}


def words_text(words: Words) -> str | None:
    """Words as a row keeps them; nothing where nobody has said as what he speaks."""
    if all(word.by is None for each in words.values() for word in each):
        return None
    return msgspec.json.encode(words, order="sorted").decode()


def with_word(kept: list[Word], word: Word) -> list[Word]:
    """The words with one more, which takes the place of what its source said before.

    It goes before all that weigh no more than it does.
    """
    others = [each for each in kept if each.by != word.by]
    above = [each for each in others if each.weight > word.weight]
    return [*above, word, *others[len(above) :]]


def last_of(kept: list[Word], source: str | None) -> Word | None:
    """What a source said last."""
    return next((each for each in kept if each.by == source), None)


class StatusWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word about a unit, as far as authority looks at it."""

    status: str
    at_ms: int
    incident: str | None = None
    weight: int = 0
    hold_s: int = 0


def holds_against(first: StatusWord, second: StatusWord) -> bool:
    """True when the word of the earlier instant holds although the other is later.

    Only a lower word that comes soon after, and that does not follow from what was said, is kept
    beside: a unit that has gone on is believed, whoever says so, and so is one that is sent
    elsewhere.
    """
    before, after = status_in(first.status), status_in(second.status)
    is_elsewhere = second.incident is not None and second.incident != first.incident
    return (
        second.weight < first.weight
        and second.at_ms - first.at_ms <= first.hold_s * 1_000
        and not is_elsewhere
        and after is not None
        and not is_expected(before, after)
    )


def standing_word(row: Row) -> StatusWord:
    """Where a unit stands by its row."""
    at_ms, hold_s, told_of = row["status_at_ms"], row.get("hold_s"), row.get("told_of")
    kept = words_in(row.get("given")).get(STATUS, [])
    return StatusWord(
        status=str(row["status"]),
        at_ms=at_ms if isinstance(at_ms, int) else 0,
        incident=None if told_of is None else str(told_of),
        weight=kept[0].weight if kept else 0,
        hold_s=hold_s if isinstance(hold_s, int) else 0,
    )


def stands_after(now: StatusWord, new: StatusWord) -> bool:
    """True when a new word is where the unit stands from now on, by what stood until now."""
    if new.at_ms < now.at_ms:
        # Heard late: history, unless it outweighs the word that came soon after it.
        return holds_against(new, now)
    return not holds_against(now, new)


class AlsoSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a lower source says of the same."""

    by: str | None
    value: list[float | str | None] | str
    at: datetime


class GivenBy(msgspec.Struct, frozen=True, kw_only=True):
    """Who gave a value, when, and who says otherwise."""

    by: str | None
    at: datetime
    also: tuple[AlsoSaid, ...] = ()


def given_by(words: Words) -> dict[str, GivenBy]:
    """Who gave each value; who says the same as the one that holds is not named."""
    found = {}
    for field, kept in words.items():
        if kept:
            first, *others = kept
            also = tuple(
                AlsoSaid(by=each.by, value=each.value, at=instant_of(each.at_ms))
                for each in others
                if each.value != first.value
            )
            found[field] = GivenBy(by=first.by, at=instant_of(first.at_ms), also=also)
    return found
