# SPDX-License-Identifier: Apache-2.0
"""What is told of an incident, as a draft is made of it: facts in the order of when things were."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from bavn.capabilities.command import facts as command
from bavn.capabilities.dispatch import facts as dispatch
from bavn.capabilities.operations import facts as operations
from bavn.capabilities.receiving import facts as receiving
from bavn.capabilities.reinforcement import facts as reinforcement
from bavn.capabilities.scene import facts as scene
from bavn.journal.fact import Fact
from bavn.journal.kinds import Kinds, NotUnderstood
from bavn.kernel.identity import OrganisationId

_KINDS = Kinds(
    (
        *command.KINDS,
        *dispatch.KINDS,
        *operations.KINDS,
        *receiving.KINDS,
        *reinforcement.KINDS,
        *scene.KINDS,
    )
)
B = TypeVar("B", bound=msgspec.Struct)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that counts: whose word it is, when it was, and what it says."""

    id: str
    owner: OrganisationId
    function: str
    at: datetime
    about: tuple[str, ...]
    body: msgspec.Struct

    def named(self, sort: str) -> str:
        """The first of a sort that it is about, such as its unit; nothing where there is none."""
        found = (each for each in self.about if each.startswith(f"{sort}:"))
        return next(found, "").partition(":")[2]


def told_of(facts: Iterable[Fact]) -> list[Told]:
    """Those that a draft is made of, in one order whatever order they come in, each once."""
    found: dict[str, Told] = {}
    for fact in facts:
        body = _KINDS.read(fact)
        if not isinstance(body, NotUnderstood):
            found[fact.id] = Told(
                id=fact.id,
                owner=fact.owner,
                function=fact.by.function,
                at=fact.happened_at,
                about=tuple(fact.about),
                body=body,
            )
    return in_order(found.values())


def in_order(told: Iterable[Told]) -> list[Told]:
    """By when it was; of one instant, by the fact's own number."""
    return sorted(told, key=lambda each: (each.at, each.id))


def those(told: Iterable[Told], sort: type[B]) -> list[tuple[Told, B]]:
    """The facts of one sort, with what they say."""
    return [(each, each.body) for each in told if isinstance(each.body, sort)]
