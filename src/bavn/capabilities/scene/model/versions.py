# SPDX-License-Identifier: Apache-2.0
"""Versions of one thing that several people write, some of them without a network.

Each version names those that its writer had seen. What nobody has gone on from stands; where two
stand that say different things, both are shown until a person writes one that is based on both.
Nothing here depends on what was heard first: it looks at a set.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from bavn.kernel.identity import OrganisationId

C = TypeVar("C", bound=msgspec.Struct)


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What one person said a thing is, when, and which versions that person had seen.

    `content` is all of it as it can be compared. A struck version does not stand, but what went on
    from it has seen what it had seen.
    """

    fact: str
    thing: str
    based_on: tuple[str, ...] = ()
    content: msgspec.Struct
    at: datetime
    by: OrganisationId
    struck: bool = False
    # Its sender's own number of it.
    ref: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands of a thing: one version of each different content, the oldest first.

    `facts` are all that stand, also where two say the same: the next one is based on all of them.
    """

    versions: tuple[Version, ...]
    facts: tuple[str, ...]

    @property
    def is_settled(self) -> bool:
        """True where there is one version, or all of them say the same."""
        return len(self.versions) <= 1


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What a version is based on, with its writer's own; and from what to what that had gone."""

    based_on: tuple[str, ...]
    base: msgspec.Struct | None = None
    last: msgspec.Struct | None = None


def merged(*told: Iterable[Version]) -> Mapping[str, Version]:
    """All versions that somebody has heard of, each once; a strike that one has heard counts."""
    found: dict[str, Version] = {}
    for version in (each for some in told for each in some):
        known = found.get(version.fact)
        if known is None or version.struck:
            found[version.fact] = version
    return found


def standing(told: Iterable[Version]) -> Standing:
    """What stands of one thing.

    A version gives way to each that stands and has it behind it, however many there are between.
    Two that name each other would both be lost by that, and nothing may be: both stand.
    """
    versions = merged(told)
    behind = {fact: _behind(fact, versions) for fact, each in versions.items() if not each.struck}
    left = [
        versions[fact]
        for fact in behind
        if all(fact not in seen or other in behind[fact] for other, seen in behind.items())
    ]
    left.sort(key=lambda each: (each.at, each.fact))
    by_content: list[Version] = []
    for version in left:
        if all(version.content != each.content for each in by_content):
            by_content.append(version)
    return Standing(versions=tuple(by_content), facts=tuple(each.fact for each in left))


def carried_on(based_on: Iterable[str], after: Iterable[str], told: Iterable[Version]) -> Carried:
    """What somebody goes on from who wrote of a thing before, and has not seen that come back.

    `after` are that one's own numbers of it: it is seen, for who wrote knows it.
    """
    versions, seen, refs = merged(told), [*based_on], {*after}
    own = [each for each in versions.values() if each.ref and each.ref in refs]
    reached = {*seen, *(each for fact in seen for each in _behind(fact, versions))}
    unseen = [each for each in own if each.fact not in reached]
    base = versions.get(seen[0]) if len(seen) == 1 else None
    last = max(unseen, key=lambda each: (each.at, each.fact), default=None)
    named = [*dict.fromkeys((*seen, *(each.fact for each in unseen)))]
    behind = {fact: _behind(fact, versions) for fact in named}
    return Carried(
        # What has another of them before it goes without saying.
        based_on=tuple(each for each in named if not any(each in behind[other] for other in named)),
        base=None if base is None else base.content,
        last=None if last is None else last.content,
    )


def three_way(mine: C, base: msgspec.Struct | None, last: msgspec.Struct | None) -> C:
    """What is meant: each field as it was changed now, else as it was changed last.

    Where nobody knows what it was changed from, all of it is meant as it stands.
    """
    if base is None or last is None:
        return mine
    kept = {
        name: getattr(last, name)
        for name in mine.__struct_fields__
        if getattr(mine, name) == getattr(base, name)
    }
    return msgspec.structs.replace(mine, **kept)


def _behind(fact: str, versions: Mapping[str, Version]) -> frozenset[str]:
    """All versions that one has behind it, itself aside."""
    seen: set[str] = set()
    waiting = [*versions[fact].based_on] if fact in versions else []
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            if each in versions:
                waiting += versions[each].based_on
    return frozenset(seen - {fact})
