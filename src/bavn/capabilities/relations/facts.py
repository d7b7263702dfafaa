# SPDX-License-Identifier: Apache-2.0
"""What is said of incidents to each other: each owner says it of its own, and everyone hears."""

from typing import Annotated

import msgspec

from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope

# A name that fits a line; everyone reads it, so it is no place for anybody's name.
NAME_CHARACTERS_LIMIT = 60
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_LIMIT)]


class IncidentsSame(msgspec.Struct, frozen=True, kw_only=True):
    """Two incidents are one, and `into` leads. About both.

    It is the word of whoever owns one of them. They count as one when every owner has said so.
    """

    incident: str
    into: str


class IncidentsApart(msgspec.Struct, frozen=True, kw_only=True):
    """Two incidents are not the same: an earlier word is taken back, or never came. About both."""

    incident: str
    into: str


class EventNamed(msgspec.Struct, frozen=True, kw_only=True):
    """Something larger that incidents belong to, such as a storm, has a name. About the event."""

    name: Name


class IncidentTied(msgspec.Struct, frozen=True, kw_only=True):
    """An incident belongs to an event. About both."""

    event: str
    incident: str


class IncidentUntied(msgspec.Struct, frozen=True, kw_only=True):
    """An incident does not belong to an event that the teller tied it to. About both."""

    event: str
    incident: str


_TOLD_TO_ALL = frozenset({Scope.NATION, Scope.AREA})


def _kind(name: str, body: type[msgspec.Struct]) -> Kind:
    return Kind(name=f"relations.{name}", version=1, body=body, scopes=_TOLD_TO_ALL)


KINDS = (
    _kind("incidents_same", IncidentsSame),
    _kind("incidents_apart", IncidentsApart),
    _kind("event_named", EventNamed),
    _kind("incident_tied", IncidentTied),
    _kind("incident_untied", IncidentUntied),
)
