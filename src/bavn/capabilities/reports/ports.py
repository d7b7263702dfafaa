# SPDX-License-Identifier: Apache-2.0
"""What reports ask of others: the facts of an incident, how intervals are measured, and names."""

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.reports.model.courses import Course, Word
from bavn.frame.call import Call
from bavn.journal.reader import HistoryItem
from bavn.kernel.identity import OrganisationId


class FieldKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the report, as the country has it.

    `sort` is `instant`, `type`, `place`, `number`, `text`, `list` or `choice`; a choice has
    `choices`. What is `required` must be there before it is signed.
    """

    code: str
    part: str
    danish: str
    english: str
    sort: str
    required: bool
    choices: tuple[str, ...]
    basis: str


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, whose it is, and what people call it."""

    id: str
    service: OrganisationId
    label: str


class Around(Protocol):
    """All that reports are connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    @property
    def fields(self) -> Sequence[FieldKnown]:
        """The fields of the country's report, in their order."""

    @property
    def overdue(self) -> timedelta:
        """How long a report may be missing before somebody is asked for it."""

    def incident(self, call: Call, incident: str) -> Incident:
        """An incident; ends the handler when there is none."""

    def label(self, call: Call, incident: str) -> str:
        """What people call an incident; its number where it is not known here."""

    def told(self, call: Call, incident: str) -> Sequence[HistoryItem]:
        """All facts about it that the caller may read, without what was struck."""

    def measure(self, words: Sequence[Word]) -> Sequence[Course]:
        """The courses that units' words make."""

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of incident by code, with what they are called."""

    def places(self, call: Call) -> Sequence[tuple[str, str]]:
        """The municipalities by code, with what they are called."""

    def unit_types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of units by code, with what they are called."""

    def type_of(self, call: Call, unit: str) -> str:
        """The type of a unit; nothing where no register knows it."""

    def callsign(self, call: Call, unit: str) -> str:
        """What a unit is called on the radio."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def function(self, call: Call, code: str) -> str:
        """What a function is called."""

    def hazard(self, call: Call, code: str) -> str:
        """What a kind of hazard is called."""

    def role(self, call: Call, code: str) -> str:
        """What a role of leadership is called."""
