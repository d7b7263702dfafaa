# SPDX-License-Identifier: Apache-2.0
"""What alerting asks of others: what happened, what units are called, and how channels are."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.alerting.model.escalating import Rule
from bavn.capabilities.alerting.model.informing import InformRule
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, as far as telling of it goes. `unit_count` is how many were ordered to it."""

    incident: str
    service: OrganisationId
    type: str | None
    unit_count: int
    is_open: bool


class ChannelNow(msgspec.Struct, frozen=True, kw_only=True):
    """A channel of this node: its name, its sort, and how many alerts are under way in it."""

    name: str
    sort: str
    waiting_count: int


class Around(Protocol):
    """All that alerting is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def country_rule(self) -> Rule:
        """How it is escalated where a service has no rule of its own."""

    @property
    def country_informing(self) -> Sequence[InformRule]:
        """Who is told of what where a service says nothing else."""

    @property
    def shown_after_s(self) -> float:
        """After so long a missing receipt stands on the board."""

    @property
    def channels(self) -> Sequence[ChannelNow]:
        """The channels that this node has."""

    @property
    def fault(self) -> str:
        """Why the node's channels cannot be used; empty when they can."""

    def goal(self, call: Call, incident: str) -> Goal:
        """An incident; ends the handler when there is none."""

    def callsign(self, unit: str) -> str:
        """What a unit is called."""

    def function_name(self, call: Call, code: str) -> str:
        """What a function is called in the caller's language."""
