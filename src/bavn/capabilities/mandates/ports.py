# SPDX-License-Identifier: Apache-2.0
"""What mandates asks of others: the policies, what they answer, and how things are called."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Protocol

import msgspec

from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.kernel.identity import OrganisationId


class LawSet(msgspec.Struct, frozen=True, kw_only=True):
    """A state of the law, in the reader's language."""

    code: str
    name: str
    in_force: bool


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One policy as people read it."""

    id: str
    subject: str
    says: str
    ground: str
    basis: str
    laws: tuple[str, ...]
    valid_from: date | None = None
    valid_to: date | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one law set answers: allowed on which grounds, or who could instead."""

    law: str
    allowed: bool
    # Let through since nothing stops an alarm, whatever the law says.
    as_alarm: bool
    rules: tuple[Rule, ...] = ()
    holders: tuple[tuple[str, OrganisationId], ...] = ()


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """May this function, here, do this act there, as things stand."""

    function: str
    organisation: OrganisationId
    act: str
    owner: OrganisationId
    level: int = 1
    procedure: bool = False
    emergency: bool = False


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """The set of policies that holds at this node, since when, and what is wrong with another.

    `faults` are of the set that lies there and is not followed: where, and what, the first ones.
    """

    mark: str
    is_own: bool
    since: datetime
    refused_at: datetime | None = None
    fault_count: int = 0
    faults: tuple[tuple[str, str], ...] = ()


class Around(Protocol):
    """All that mandates is connected with."""

    def holding(self) -> Holding | None:
        """Which policies hold; None where the node has not said yet."""

    def administers(self, call: Call) -> bool:
        """True for who looks after the policies."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""

    def law_sets(self, call: Call) -> Sequence[LawSet]:
        """The states of the law that are known, the one in force first."""

    def rules(self, call: Call) -> Sequence[Rule]:
        """All policies, by subject."""

    def rules_of(self, function: str) -> frozenset[str]:
        """The policies that may say yes to a function, by any law set."""

    def answer(self, call: Call, question: Question) -> Sequence[Answer]:
        """What each law set answers."""

    def may(self, call: Call, act: str) -> bool:
        """True when the caller may do an act at its own organisation: what to show."""

    def functions(self, call: Call) -> Sequence[tuple[str, str]]:
        """The functions that policies know, with what they are called."""

    def organisations(self, call: Call) -> Sequence[tuple[OrganisationId, str]]:
        """Whom policies know, with what they are called."""

    def acts(self, call: Call) -> Sequence[tuple[str, str]]:
        """All acts, with what they are called."""

    def given(self, call: Call) -> Sequence[tuple[str, str]]:
        """The caller's own acts whose mandate may be given for a time, with their names."""

    def opened(self, call: Call) -> Sequence[str]:
        """What an emergency would open to the caller at its own organisation, in words."""

    def act_name(self, call: Call, act: str) -> str:
        """What an act is called."""

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a mandate, and by which rule; `answers` where it may give it for a time."""

    function: str
    organisation: OrganisationId
    rule: Rule | None
    answers: bool


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate that the caller has not: who holds it, and what else would open it."""

    act: str
    at: OrganisationId
    has_it: bool
    is_alarm: bool
    may_ask: bool
    in_emergency: bool
    holders: tuple[Holder, ...]

    @property
    def to_ask(self) -> tuple[OrganisationId, ...]:
        """Who may give it, the caller's own organisation first."""
        return tuple(dict.fromkeys(each.organisation for each in self.holders if each.answers))


class Asking(Protocol):
    """What asking for a mandate is connected with, beside what mandates is."""

    def missing(self, call: Call, act: str, at: OrganisationId) -> Missing:
        """What the caller lacks to do an act there, and who has it."""

    def holds(self, call: Call, of: OrganisationId, act: str, at: OrganisationId) -> bool:
        """True when a function of an organisation may do an act there: nobody gives more."""

    def incident(self, call: Call, incident: str) -> tuple[str, bool] | None:
        """What an incident is called, and whether it is open; None where it is not known here."""

    async def phone(self, call: Call, desk: Desk, holder: Holder) -> str | None:
        """The telephone of who has a function's watch in the caller's organisation."""
