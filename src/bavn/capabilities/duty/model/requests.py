# SPDX-License-Identifier: Apache-2.0
"""What can be asked of duty."""

import msgspec

from bavn.kernel.instants import Instant
from bavn.kernel.private import Private


class GivenWatch(msgspec.Struct, frozen=True, kw_only=True):
    """A watch as somebody gives it."""

    id: str
    function: str
    organisation: str
    begins_at: Instant
    ends_at: Instant
    place: int
    name: Private
    number: Private
    basis: str


class SetWatches(msgspec.Struct, frozen=True, kw_only=True):
    """Have these watches hold, and those of these ids no more."""

    watches: tuple[GivenWatch, ...]
    removed: tuple[str, ...] = ()


class CallNumber(msgspec.Struct, frozen=True, kw_only=True):
    """Keep that somebody touched a number, from an incident or from none."""

    watch: str
    call: str
    incident: str | None


class EndCall(msgspec.Struct, frozen=True, kw_only=True):
    """Say whether a call was answered."""

    call: str
    answered: bool


class SetTalkGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Have a talk group."""

    id: str
    name: str
    use: str
    basis: str


class RemoveTalkGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Have a talk group no more."""

    id: str


class AssignTalkGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Give an incident a talk group."""

    incident: str
    group: str


class ReleaseTalkGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Take a talk group from an incident; without a name, all that it has."""

    incident: str
    group: str = ""
