# SPDX-License-Identifier: Apache-2.0
"""What levels asks of others: the policies, who is above whom, and how things are called."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

import msgspec

from bavn.capabilities.levels.model import Word
from bavn.frame.call import Call
from bavn.kernel.identity import OrganisationId


class Opens(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a level opens: an act, for whom, by which policy."""

    act: str
    function: str
    organisation: OrganisationId
    ground: str
    # True where nothing in the program does it yet: the policy stands, and waits.
    planned: bool


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """The law set by which this world is judged."""

    code: str
    name: str
    in_force: bool


class Around(Protocol):
    """All that levels is connected with."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""

    def counts(self, act: str, word: Word) -> bool:
        """True when the policies of this node allow an organisation to say this of itself."""

    def above(self, organisation: OrganisationId, at: datetime) -> tuple[OrganisationId, ...]:
        """What covers an organisation: itself, its area, the nation; nearest first."""

    def services_of(self, area: OrganisationId, at: datetime) -> Sequence[OrganisationId]:
        """The services of an area; none where it is no area."""

    def opens(self, call: Call, owner: OrganisationId, level: int, before: int) -> Sequence[Opens]:
        """What the policies allow at a level that they do not allow at another."""

    def law(self, call: Call) -> Law:
        """By which law set this world is judged."""

    def knows_levels(self, call: Call) -> bool:
        """True when anybody may set a level by that law set."""

    def may(self, call: Call, act: str) -> bool:
        """True when the caller may do an act at its own organisation: what to show."""

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def function_name(self, call: Call, function: str) -> str:
        """What a function is called."""

    def act_name(self, call: Call, act: str) -> str:
        """What an act is called."""

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of units, with what they are called."""

    def basis(self, call: Call, basis: str) -> str:
        """Why something was allowed, in words."""
