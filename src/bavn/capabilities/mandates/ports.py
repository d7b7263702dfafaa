# SPDX-License-Identifier: Apache-2.0
"""What mandates asks of others: the policies, what they answer, and how things are called."""

from collections.abc import Sequence
from datetime import date, tzinfo
from typing import Protocol

import msgspec

from bavn.frame.call import Call
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


class Around(Protocol):
    """All that mandates is connected with."""

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

    def act_name(self, call: Call, act: str) -> str:
        """What an act is called."""

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""
