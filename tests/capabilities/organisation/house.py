# SPDX-License-Identifier: Apache-2.0
"""Lilleland founded from its tables: one node that hosts all, and one that only hears."""

from collections.abc import Mapping
from datetime import date

import msgspec

from bavn.capabilities.organisation.capability import ORGANISATION
from bavn.capabilities.organisation.decisions.founding import founding_requests
from bavn.capabilities.organisation.model.directory import Day
from bavn.capabilities.organisation.views import looking
from bavn.frame.country import Country
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.reader import Reader
from bavn.journal.roster import Grant, Peer, Roster, roster_of
from bavn.journal.table import Row, Value
from bavn.journal.views import View
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused
from bavn.runtime.texts import LANGUAGES, Texts
from tests.lilleland.country import lilleland
from tests.lilleland.nodes import NATION, Node, Settings, key_of

ALL, LISTENER = NATION, NodeId("east")
EASTERN, WESTERN = OrganisationId("eastern"), OrganisationId("western")
EASTTOWN, PORT = OrganisationId("easttown"), OrganisationId("port")
EASTCOAST = OrganisationId("eastcoast")
BEFORE, MERGER, AFTER = date(2027, 6, 30), date(2027, 7, 1), date(2028, 1, 1)


def roster(country: Country) -> Roster:
    """One node hosts everybody; another hears what all may know."""
    peers = [
        Peer(node=node, key=key_of(node).verify_key.encode(), hears=frozenset())
        for node in (ALL, LISTENER)
    ]
    grants = [Grant(owner=each, node=ALL, epoch=1) for each in country.organisations]
    grants += [Grant(owner=OrganisationId(f"new-{n}"), node=ALL, epoch=1) for n in range(3)]
    return roster_of(peers, grants)


class House:
    """The node that hosts everybody, with what a test asks of it."""

    def __init__(self, country: Country | None = None) -> None:
        self.country = country or lilleland()
        self.settings = Settings(
            catalogue=catalogue_of([ORGANISATION.part]), roster=roster(self.country)
        )
        self.node = Node(ALL, settings=self.settings)
        self.listener = Node(LISTENER, settings=self.settings)

    def found(self) -> list[Outcome]:
        """Tell the country's tables."""
        return self.node.journal.commit(list(founding_requests(self.country)))

    def ask(self, owner: str, content: msgspec.Struct, **more: str) -> Outcome:
        """The outcome of an organisation's request to itself."""
        of = OrganisationId(owner)
        actor = Actor(organisation=of, function="keeper")
        return self.node.ask(Request(owner=of, actor=actor, content=content, **more))

    def done(self, owner: str, content: msgspec.Struct) -> Done:
        """The outcome of one that must succeed, with all that follows from it."""
        outcome = self.ask(owner, content)
        assert isinstance(outcome, Done), outcome
        while self.node.journal.turn():
            pass
        return outcome

    def refused(self, owner: str, content: msgspec.Struct) -> str:
        """The code of a refusal that says what to do instead, and leaves no trace."""
        before = self.node.journal.record.position
        outcome = self.ask(owner, content)
        assert isinstance(outcome, Refused), outcome
        assert outcome.try_instead
        for language in LANGUAGES:
            texts = Texts(language)
            assert texts.has(f"refused.{outcome.code}.says"), "the screens have words for it"
            assert all(texts.refusal(outcome))
        assert self.node.journal.record.position == before
        return outcome.code

    def look(self, view: View, where: Mapping[str, Value]) -> list[Row]:
        """The rows that somebody of every organisation may read."""
        reader = Reader(organisations=frozenset(self.country.organisations))
        return self.node.journal.query.rows(reader, view, where)

    def on(self, day: date) -> Day:
        """Who there is and what they have on a day, the same for those who only hear."""
        day_here = looking.directory(self.look).on(day)
        self.listener.hear(self.node)
        query, nobody = self.listener.journal.query, Reader()
        heard = looking.directory(lambda view, where: query.rows(nobody, view, where)).on(day)
        assert heard == day_here
        return day_here

    def close(self) -> None:
        """Prove the record, and let go of it."""
        for node in (self.node, self.listener):
            assert list(node.journal.verify()) == []
            node.close()
