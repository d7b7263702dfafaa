# SPDX-License-Identifier: Apache-2.0
"""What receiving asks of others: incidents, objects, proposals, orders, and who else is here."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, tzinfo
from typing import Any, Protocol

import msgspec

from bavn.capabilities.receiving.model.alarm import LinkedBy, Said
from bavn.capabilities.receiving.model.here import AlarmHere
from bavn.capabilities.receiving.model.rule import Offered, Rule
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.journal.reader import Query, Reader
from bavn.kernel.identity import OrganisationId


class AtObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object that an alarm is at, without its card."""

    service: OrganisationId
    id: str
    name: str
    address: str = ""
    municipality: str | None = None
    lat: float | None = None
    lon: float | None = None


class FoundPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A house of the address register."""

    lat: float
    lon: float
    municipality: str


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What an alarm became, and whose it is; of one that was here before no more than that."""

    incident: str
    service: OrganisationId
    area: str | None = None
    owner_by: str | None = None


class KnownType(msgspec.Struct, frozen=True, kw_only=True):
    """A type of incident of the country."""

    code: str
    name: str


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """What is proposed: as far as a rule asks, and whole, for whoever looks."""

    offered: Offered
    proposal: Any


class Around(Protocol):
    """All that receiving is connected with at one node."""

    @property
    def query(self) -> Query:
        """The way to what is on record."""

    @property
    def hosted(self) -> Reader:
        """A reader of all that this node hosts: an alarm is looked up for whose it is."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    def nodes(self, desk: Desk) -> Sequence[tuple["Around", Desk]]:
        """Every node that this process serves, this one first."""

    def at(self, desk: Desk, owner: OrganisationId) -> tuple["Around", Desk]:
        """The node of this process that hosts an organisation; this one where none does."""

    def turn(self, keys: Sequence[str]) -> AbstractAsyncContextManager[None]:
        """Have the same alarm looked at once at a time, however many send it."""

    def number(self, text: str) -> str | None:
        """An alarm number in the form in which numbers are compared; None when it is none."""

    def by_number(self, number: str) -> list[AtObject]:
        """The objects here that a number names."""

    def by_address(self, address: str) -> list[AtObject]:
        """The objects here at an address."""

    def place_of(self, address: str) -> FoundPlace | None:
        """Where an address is, when a register knows that house."""

    async def report(
        self, desk: Desk, call: Call, type_: str | None, said: Said, ref: str | None
    ) -> Reported:
        """Have the incident be on the board, by whose it is."""

    async def link(self, desk: Desk, call: Call, incident: str, at: AtObject, by: LinkedBy) -> None:
        """Have it kept that an incident is at an object of its owner's."""

    async def card(self, desk: Desk, call: Call, incident: str) -> Any:
        """The card of what an incident is at, as far as the caller may have it."""

    def propose(self, call: Call, incident: str) -> Proposed:
        """What is proposed; ends the handler where nobody knows where or what it is."""

    async def order(
        self, desk: Desk, call: Call, incident: str, units: Sequence[str], ref: str
    ) -> None:
        """Have units sent, once under this number whatever it is repeated with."""

    def machine(self, call: Call, owner: OrganisationId) -> Call:
        """The service's own machine, which acts where a rule says so."""

    def failed(self, what: str, error: Exception) -> None:
        """Have it logged that something beside an alarm has broken."""

    def is_ordered(self, incident: str) -> bool:
        """True when somebody has been sent to an incident, or had been."""

    def types(self, call: Call) -> Sequence[KnownType]:
        """The country's types of incident, in the caller's language."""

    def is_type(self, code: str) -> bool:
        """True for a type of the country's."""

    def organisation(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def function(self, call: Call, function: str) -> str:
        """What a function is called."""

    def callsign(self, unit: str, at: datetime) -> str:
        """What a unit is called."""

    def today(self, now: datetime) -> date:
        """The day that it is in the country."""


class Kept(Protocol):
    """What was taken and set before, for the alarm path."""

    def sent_as(self, around: Around, sender: str, ref: str) -> AlarmHere | None:
        """The alarm that came in under a sender's number, first or as a repeat."""

    def still_open(self, around: Around, number: str, at: datetime) -> AlarmHere | None:
        """The open incident of which an alarm of this number at this instant is a repeat."""

    def rule_for(self, around: Around, service: str, type_: str | None, on: date) -> Rule | None:
        """The rule that has an alarm send itself on a day; None where a person decides."""

    def type_for(self, around: Around, service: str, code: str) -> str | None:
        """What a code stands for at a service."""
