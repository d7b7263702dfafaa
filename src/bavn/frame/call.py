# SPDX-License-Identifier: Apache-2.0
"""Who calls: what every handler is told of the person or machine behind a request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor

Say = Callable[..., str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request's caller, made anew for each by the runtime.

    `actor` is the function and organisation that acts; a machine may act for several
    `organisations`. `sender` is under which name its numbers are kept, so that a repeat is known.
    `say` gives a text in the caller's language. `csrf` is to be in every form of a page.
    """

    actor: Actor
    organisations: frozenset[OrganisationId]
    reader: Reader
    sender: str
    language: str
    now: datetime
    say: Say
    csrf: str = ""
    # What a page shows of who is signed in; a machine has the name of its token.
    name: str = ""
    # The account of a person, which names nobody; a machine has none.
    account: str = ""
    # True for a page's session, False for a machine's token.
    is_person: bool = False
    # What a person outside the operation has said to read personal data for, by code and in words;
    # and whether he may say so, and reads none before.
    purpose: str = ""
    purpose_title: str = ""
    may_state: bool = False

    def acting_for(self, owner: OrganisationId) -> Actor:
        """The actor to name in a request to an owner: itself at home, else as it is."""
        if owner in self.organisations:
            return Actor(organisation=owner, function=self.actor.function)
        return self.actor
