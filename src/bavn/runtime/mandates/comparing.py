# SPDX-License-Identifier: Apache-2.0
"""What another set of policies would change: which functions gain or lose which acts, and when."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import ORDINARY, Actor, Circumstances
from bavn.runtime.mandates.book import Book
from bavn.runtime.mandates.gate import Gate

# At level 4, by a procedure, sent there, in a declared emergency: what is had on no ordinary day.
_UNUSUAL = Circumstances(level=4, procedure=True, assigned=True, emergency=True)
# Days on which a set changes by itself; more are not looked at.
DAYS_LIMIT = 5


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A function at home, and another organisation."""

    actor: Actor
    elsewhere: OrganisationId


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A function gains or loses an act, at its own organisation or at another.

    `unusual` when it is so only in an unusual state of things.
    """

    act: str
    function: str
    is_own: bool
    gains: bool
    unusual: bool


def changes(old: Gate, new: Gate, posts: Sequence[Post], at: datetime) -> list[Change]:
    """What each function gains and loses at an instant, by the law in force."""
    return [
        Change(act=act, function=post.actor.function, is_own=is_own, gains=gains, unusual=unusual)
        for act in _touched(old.book, new.book, new)
        for post in posts
        for is_own in (True, False)
        for gains, unusual in _change(old, new, act, post, is_own, at)
    ]


def days_of(new: Gate, after: datetime) -> list[datetime]:
    """The coming instants at which what a set says changes by itself."""
    return [each for each in new.changes() if each > after][:DAYS_LIMIT]


def _change(
    old: Gate,
    new: Gate,
    act: str,
    post: Post,
    is_own: bool,  # noqa: FBT001 - one of the two places that an act may be done at
    at: datetime,
) -> Iterator[tuple[bool, bool]]:
    """Gained or lost, on an ordinary day; else in an unusual state of things."""
    owner = post.actor.organisation if is_own else post.elsewhere
    for stands in (ORDINARY, _UNUSUAL):
        had, has = (
            gate.grounds(post.actor, act, owner, stands, at) is not None for gate in (old, new)
        )
        if had != has:
            yield has, stands is _UNUSUAL
            return


def _touched(old: Book, new: Book, gate: Gate) -> list[str]:
    """The acts that a policy names which the other set does not have alike."""
    acts = sorted({*old.acts, *new.acts})
    if old.roles != new.roles:
        return acts
    before = {each.id: each for each in old.policies}
    after = {each.id: each for each in new.policies}
    differ = [
        policy.names()
        for these, those in ((before, after), (after, before))
        for id_, policy in these.items()
        if those.get(id_) != policy
    ]
    return [act for act in acts if any(named.covers(act, gate.alarms) for named in differ)]
