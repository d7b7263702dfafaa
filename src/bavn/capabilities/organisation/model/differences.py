# SPDX-License-Identifier: Apache-2.0
"""What a list would change: each thing added, changed, removed or unchanged on the list's day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

import msgspec

from bavn.capabilities.organisation.facts import DatedFact
from bavn.capabilities.organisation.model.dated import Held, ended, same
from bavn.kernel.identity import OrganisationId

_WITHOUT = frozenset({"valid_from", "valid_to", "basis", "source"})
# The basis of what somebody has signed for begins so.
SIGNED = "confirmed by "


class Sort(StrEnum):
    """What a list does to one thing."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing, as it holds and as the list has it."""

    id: str
    sort: Sort
    before: DatedFact | None
    after: DatedFact | None

    @property
    def fields(self) -> tuple[tuple[str, object, object], ...]:
        """What is not the same: its name, as it holds, as the list has it."""
        if self.before is None or self.after is None or self.sort is Sort.UNCHANGED:
            return ()
        names = [name for name in self.after.__struct_fields__ if name not in _WITHOUT]
        pairs = ((name, getattr(self.before, name), getattr(self.after, name)) for name in names)
        return tuple(each for each in pairs if each[1] != each[2])


def differences(
    current: Mapping[str, DatedFact], wanted: Mapping[str, DatedFact]
) -> tuple[Difference, ...]:
    """Every thing that holds or is wanted, by its id."""
    found: list[Difference] = []
    for id_ in sorted({*current, *wanted}):
        before, after = current.get(id_), wanted.get(id_)
        if before is None:
            sort = Sort.ADDED
        elif after is None:
            sort = Sort.REMOVED
        else:
            sort = Sort.UNCHANGED if same(before, after) else Sort.CHANGED
        found.append(Difference(id=id_, sort=sort, before=before, after=after))
    return tuple(found)


def counts(found: Iterable[Difference]) -> dict[Sort, int]:
    """How many there are of each sort."""
    counted = Counter(each.sort for each in found)
    return {sort: counted[sort] for sort in Sort}


def ground_of(found: Iterable[Difference], on: date) -> str:
    """A short text that changes when what a person looked at has changed."""
    seen = [(each.id, each.sort, each.before, each.after) for each in found]
    return sha256(msgspec.json.encode([on, seen])).hexdigest()[:32]


def is_signed(basis: str) -> bool:
    """True for what somebody stands for by name."""
    return basis.startswith(SIGNED)


def signed_by(account: str, function: str, day: date) -> str:
    """The basis of what a person confirms."""
    return f"{SIGNED}{account} ({function}) on {day.isoformat()}"


def tellings(
    owner: OrganisationId, told: Iterable[Held[DatedFact]], wanted: DatedFact
) -> list[DatedFact]:
    """What an owner must tell so that something is as wanted from the wanted day on.

    `told` is all that the owner has told about it. One fact when it is new, or is the same and now
    signed for; two when it changes; none when all that was said before.
    """
    on = wanted.valid_from
    assert on is not None
    holding = _holding(owner, told, on)
    if holding is None:
        return [wanted]
    if same(holding, wanted) and holding.valid_to is None:
        if is_signed(holding.basis) or not is_signed(wanted.basis):
            return []
        return [msgspec.structs.replace(wanted, valid_from=holding.valid_from)]
    if holding.valid_from == on:
        return [wanted]
    return [ended(holding, on), wanted]


def removal(
    owner: OrganisationId, told: Iterable[Held[DatedFact]], before: DatedFact, on: date, basis: str
) -> DatedFact:
    """What an owner must tell so that something is no longer there from a day on.

    What another owner once told of it (a service that was merged) is answered with a row that never
    holds.
    """
    holding = _holding(owner, told, on)
    if holding is None:
        return msgspec.structs.replace(before, valid_from=on, valid_to=on, basis=basis)
    return msgspec.structs.replace(ended(holding, on), basis=holding.basis)


def _holding(owner: OrganisationId, told: Iterable[Held[DatedFact]], on: date) -> DatedFact | None:
    for each in told:
        first, last = each.body.valid_from, each.body.valid_to
        if each.owner == owner and (first or date.min) <= on and (last is None or on < last):
            return each.body
    return None
