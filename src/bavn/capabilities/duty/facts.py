# SPDX-License-Identifier: Apache-2.0
"""What can have happened on duty rosters and talk groups, and who is told.

Names and numbers of people are sealed, each watch under a key of its own, and stay at home. Which
talk group an incident has is for everyone who may be sent to it.
"""

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.instants import Instant


class WatchSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody has the duty in a function, from an instant until another, that one left out.

    About `watch:<id>`. `place` 1 has the duty; 2 and on are stand-ins, in this order.
    """

    function: str
    organisation: str
    begins_at: Instant
    ends_at: Instant
    place: int
    basis: str
    name: Sealed | None = None
    number: Sealed | None = None


class WatchRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A watch does not hold any more."""


class NumberCalled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody touched the number of whoever has a watch. About the watch and the incident."""

    call: str
    incident: str | None = None


class CallEnded(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a call was answered."""

    call: str
    answered: bool


class TalkGroupSet(msgspec.Struct, frozen=True, kw_only=True):
    """There is a talk group. About `talkgroup:<id>`."""

    name: str
    use: str
    basis: str


class TalkGroupRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A talk group is used no more."""


class TalkGroupAssigned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An incident has a talk group. About the incident and the group.

    `flags` tells what is odd, such as that another incident has it too; it is assigned anyhow.
    """

    group: str
    flags: tuple[str, ...] = ()


class TalkGroupReleased(msgspec.Struct, frozen=True, kw_only=True):
    """An incident has a talk group no more. About the incident and the group."""

    group: str


def _kind(name: str, body: type[msgspec.Struct], scope: Scope) -> Kind:
    return Kind(name=f"duty.{name}", version=1, body=body, scopes=frozenset({scope}))


KINDS = (
    _kind("watch_set", WatchSet, Scope.OWN),
    _kind("watch_removed", WatchRemoved, Scope.OWN),
    _kind("number_called", NumberCalled, Scope.OWN),
    _kind("call_ended", CallEnded, Scope.OWN),
    _kind("talk_group_set", TalkGroupSet, Scope.NATION),
    _kind("talk_group_removed", TalkGroupRemoved, Scope.NATION),
    _kind("talk_group_assigned", TalkGroupAssigned, Scope.NATION),
    _kind("talk_group_released", TalkGroupReleased, Scope.NATION),
)
