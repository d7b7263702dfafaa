# SPDX-License-Identifier: Apache-2.0
"""Saying what belongs together: each owner of its own, known alike everywhere, undone whole."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.decisions import CloseIncident, ReportIncident
from bavn.capabilities.operations.views import INCIDENT_PICTURE
from bavn.capabilities.relations.capability import RELATIONS
from bavn.capabilities.relations.decisions import (
    NameEvent,
    SayApart,
    SaySame,
    TieIncident,
    UntieIncident,
)
from bavn.capabilities.relations.model.together import Together
from bavn.capabilities.relations.views.events import Event, events
from bavn.capabilities.relations.views.gathering import around, everywhere
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.reader import NOBODY, Query
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    NATION,
    WEST,
    WESTERN,
    WESTTOWN,
    Clock,
    Node,
    Settings,
)

AREAS = {EASTTOWN: EASTERN, WESTTOWN: WESTERN}
NAMES = ("e1", "e2", "w1", "w2")


def look_of(query: Query):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return lambda view, where: query.rows(NOBODY, view, where)


class Country:
    """Two services on two nodes, which hear each other when they are let, and the nation."""

    def __init__(self) -> None:
        self.clock = Clock()
        parts = catalogue_of([OPERATIONS.part, RELATIONS.part])
        settings = Settings(catalogue=parts, clock=self.clock)
        self.east = Node(EAST, settings=settings)
        self.west = Node(WEST, settings=settings)
        self.nation = Node(NATION, settings=settings)

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.east, self.west, self.nation)

    def ask(
        self,
        owner: OrganisationId,
        content: msgspec.Struct,
        *,
        by: OrganisationId | None = None,
        ref: str | None = None,
    ) -> Outcome:
        self.clock.forward(seconds=1)
        node = self.east if owner == EASTTOWN else self.west
        actor = Actor(organisation=by or owner, function="duty_officer")
        sender = None if ref is None else "board"
        return node.ask(Request(owner=owner, actor=actor, content=content, sender=sender, ref=ref))

    def done(self, owner: OrganisationId, content: msgspec.Struct) -> Done:
        outcome = self.ask(owner, content)
        assert isinstance(outcome, Done), outcome
        return outcome

    def refused(self, owner: OrganisationId, content: msgspec.Struct) -> str:
        outcome = self.ask(owner, content)
        assert isinstance(outcome, Refused), outcome
        assert outcome.try_instead
        return outcome.code

    def report(self, incident: str) -> None:
        owner = EASTTOWN if incident.startswith("e") else WESTTOWN
        self.done(owner, ReportIncident(incident=incident, area=AREAS[owner]))

    def hear(self) -> None:
        for hearer in self.nodes:
            hearer.hear(*(each for each in self.nodes if each is not hearer))

    def now(self) -> Together:
        """As it stands, alike at every node."""
        self.hear()
        here, *others = (everywhere(look_of(node.journal.query))[0] for node in self.nodes)
        assert all(other == here for other in others)
        for name in NAMES:
            near = around(look_of(self.east.journal.query), [name])
            assert near.leading_of(name) == here.leading_of(name)
            assert near.whole(name) == here.whole(name)
        return here

    def events(self) -> list[Event]:
        self.hear()
        here, *others = (events(look_of(node.journal.query)) for node in self.nodes)
        assert all(other == here for other in others)
        return here

    def turn(self) -> None:
        """Let what follows by itself be done."""
        self.hear()
        for node in self.nodes:
            while node.journal.turn():
                pass
        self.hear()

    def closed(self) -> dict[str, str]:
        """What is closed, as the nation knows it, and how."""
        rows = self.nation.journal.query.rows(NOBODY, INCIDENT_PICTURE, {"state": "closed"})
        return {str(row["subject"]).partition(":")[2]: str(row["outcome"]) for row in rows}

    def close(self) -> None:
        for node in self.nodes:
            assert list(node.journal.verify()) == []
            node.close()


@pytest.fixture
def country() -> Iterator[Country]:
    country = Country()
    for name in NAMES:
        country.report(name)
    country.hear()
    yield country
    country.close()


def same(incident: str, into: str, owner: OrganisationId = EASTTOWN) -> SaySame:
    return SaySame(incident=incident, into=into, area=AREAS[owner])


def apart(incident: str, into: str, owner: OrganisationId = EASTTOWN) -> SayApart:
    return SayApart(incident=incident, into=into, area=AREAS[owner])


def history(country: Country, incident: str) -> list[str]:
    items = country.nation.journal.query.history(NOBODY, EASTTOWN, f"incident:{incident}")
    return [item.fact.kind.partition(".")[2] for item in items]


@pytest.mark.requirement("E5.1")
def test_merged_and_parted_both_are_as_they_were_with_what_happened_since(country: Country) -> None:
    country.done(EASTTOWN, same("e2", "e1"))
    assert country.now().leading == {"e2": "e1"}
    # Both histories are whole, and each says what was said of the two.
    assert history(country, "e1") == ["incident_reported", "incidents_same"]
    assert history(country, "e2") == ["incident_reported", "incidents_same"]
    country.done(EASTTOWN, CloseIncident(incident="e2", area=EASTERN))
    country.done(EASTTOWN, apart("e2", "e1"))
    assert country.now().leading == {}
    assert history(country, "e2")[-2:] == ["incident_closed", "incidents_apart"]
    assert history(country, "e1") == ["incident_reported", "incidents_same", "incidents_apart"]


def test_a_closed_one_may_be_part_of_an_open_one_and_lead_it(country: Country) -> None:
    country.done(EASTTOWN, CloseIncident(incident="e1", area=EASTERN))
    country.done(EASTTOWN, same("e1", "e2"))
    assert country.now().leading == {"e1": "e2"}
    country.done(EASTTOWN, apart("e1", "e2"))
    country.done(EASTTOWN, same("e2", "e1"))
    assert country.now().leading == {"e2": "e1"}


def test_what_is_one_with_a_closed_one_is_closed_with_it_by_each_owner(country: Country) -> None:
    country.done(EASTTOWN, same("e2", "e1"))
    country.done(EASTTOWN, same("w1", "e1"))
    country.done(WESTTOWN, same("w1", "e1", WESTTOWN))
    country.hear()
    country.done(EASTTOWN, CloseIncident(incident="e2", area=EASTERN, outcome="real"))
    country.turn()
    # Closing a part closes nothing else.
    assert country.closed() == {"e2": "real"}
    country.done(EASTTOWN, CloseIncident(incident="e1", area=EASTERN, outcome="blind_automatic"))
    country.turn()
    # What was closed keeps its outcome, and what another owns is closed by that one.
    assert country.closed() == {"e1": "blind_automatic", "e2": "real"}
    country.done(EASTTOWN, apart("e2", "e1"))
    country.report("e2")
    country.done(EASTTOWN, same("e2", "e1"))
    country.report("e1")
    country.done(EASTTOWN, CloseIncident(incident="e1", area=EASTERN, outcome="malicious"))
    country.turn()
    assert country.closed() == {"e1": "malicious", "e2": "malicious"}


def test_of_two_owners_one_only_says_so_until_the_other_does(country: Country) -> None:
    country.done(EASTTOWN, same("w1", "e1"))
    now = country.now()
    assert (now.leading, [word.by for word in now.unanswered]) == ({}, [EASTTOWN])
    country.done(WESTTOWN, same("w1", "e1", WESTTOWN))
    assert country.now().leading == {"w1": "e1"}
    # Either may end it.
    country.done(EASTTOWN, apart("w1", "e1"))
    now = country.now()
    assert (now.leading, [word.by for word in now.unanswered]) == ({}, [WESTTOWN])


def test_two_officers_merge_at_once_and_the_second_is_told_so(country: Country) -> None:
    country.done(EASTTOWN, same("e2", "e1"))
    assert country.refused(EASTTOWN, same("e2", "e1")) == "already_one"
    assert country.refused(EASTTOWN, same("e1", "e2")) == "already_one"
    country.done(EASTTOWN, same("w1", "e1"))
    assert country.refused(EASTTOWN, same("w1", "e1")) == "said_already"


def test_a_number_of_the_senders_makes_a_repeat_harmless(country: Country) -> None:
    first = country.ask(EASTTOWN, same("e2", "e1"), ref="key")
    again = country.ask(EASTTOWN, same("e2", "e1"), ref="key")
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert (again.facts, again.repeated) == (first.facts, True)


def test_two_nodes_that_merge_different_ways_come_to_one_answer(country: Country) -> None:
    country.done(EASTTOWN, same("e1", "w1"))
    country.done(WESTTOWN, same("w1", "e1", WESTTOWN))
    # The one that was reported first leads.
    assert country.now().leading == {"w1": "e1"}


def test_a_struck_word_was_never_said(country: Country) -> None:
    (fact,) = country.done(EASTTOWN, same("e2", "e1")).facts
    country.done(EASTTOWN, StrikeFact(fact=fact, reason=Private("wrong one")))
    assert country.now().leading == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (same("e1", "e1"), "same_as_itself"),
        (same("e1", "e9"), "no_such_incident"),
        (same("w1", "w2"), "neither_is_yours"),
        (apart("w1", "w2"), "neither_is_yours"),
    ],
)
def test_a_refusal_says_what_to_do(country: Country, content: msgspec.Struct, code: str) -> None:
    assert country.refused(EASTTOWN, content) == code


def test_what_is_looked_at_and_is_two_is_said_once(country: Country) -> None:
    country.done(EASTTOWN, apart("e1", "e2"))
    assert country.refused(EASTTOWN, apart("e2", "e1")) == "said_already"
    country.done(EASTTOWN, same("e1", "e2"))
    assert country.now().leading == {"e1": "e2"}


@pytest.mark.parametrize(
    "content",
    [
        same("e1", "e2"),
        apart("e1", "e2"),
        NameEvent(name="Storm", area=EASTERN),
        TieIncident(event="x", incident="e1", area=EASTERN),
        UntieIncident(event="x", incident="e1", area=EASTERN),
    ],
)
def test_nobody_says_it_in_anothers_name(country: Country, content: msgspec.Struct) -> None:
    refused = country.ask(EASTTOWN, content, by=WESTTOWN)
    assert isinstance(refused, Refused)
    assert refused.code == "no_mandate"


def test_a_storm_ties_the_incidents_of_all_and_each_unties_its_own(country: Country) -> None:
    assert country.refused(EASTTOWN, NameEvent(name="  ", area=EASTERN)) == "event_unnamed"
    country.done(EASTTOWN, NameEvent(name=" Stormen  Bodil ", area=EASTERN))
    (event,) = country.events()
    assert (event.name, event.owner, event.ties) == ("Stormen Bodil", EASTTOWN, ())
    tie = TieIncident(event=event.id, incident="w1", area=EASTERN)
    country.done(EASTTOWN, tie)
    assert country.refused(EASTTOWN, tie) == "tied_already"
    country.hear()
    country.done(WESTTOWN, TieIncident(event=event.id, incident="w2", area=WESTERN))
    (event,) = country.events()
    assert [(each.incident, each.by) for each in event.ties] == [
        ("w1", (EASTTOWN,)),
        ("w2", (WESTTOWN,)),
    ]
    other = UntieIncident(event=event.id, incident="w2", area=EASTERN)
    assert country.refused(EASTTOWN, other) == "not_tied_here"
    country.done(EASTTOWN, UntieIncident(event=event.id, incident="w1", area=EASTERN))
    (event,) = country.events()
    assert [each.incident for each in event.ties] == ["w2"]
    country.done(EASTTOWN, tie)
    assert len(country.events()[0].ties) == 2


def test_what_is_no_event_ties_nothing(country: Country) -> None:
    tie = TieIncident(event="nothing", incident="e1", area=EASTERN)
    assert country.refused(EASTTOWN, tie) == "no_such_event"
    rename = NameEvent(name="Storm", event="nothing", area=EASTERN)
    assert country.refused(EASTTOWN, rename) == "no_such_event"
    country.done(EASTTOWN, NameEvent(name="Storm", area=EASTERN))
    (event,) = country.events()
    country.done(EASTTOWN, NameEvent(name="Stormen Bodil", event=event.id, area=EASTERN))
    bad = TieIncident(event=event.id, incident="no id!", area=EASTERN)
    assert country.refused(EASTTOWN, bad) == "no_such_incident"
    (renamed,) = country.events()
    assert (renamed.id, renamed.name, renamed.opened_at) == (
        event.id,
        "Stormen Bodil",
        event.opened_at,
    )


acts = st.lists(
    st.tuples(
        st.sampled_from([EASTTOWN, WESTTOWN]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.booleans(),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=25)
@given(acts)
def test_whatever_two_nodes_say_while_cut_off_they_come_to_one_answer_and_undo_it(
    said: list[tuple[OrganisationId, str, str, bool, bool]],
) -> None:
    country = Country()
    try:
        for name in NAMES:
            country.report(name)
        country.hear()
        for owner, one, other, is_same, is_heard in said:
            say = same if is_same else apart
            country.ask(owner, say(one, other, owner))
            if is_heard:
                country.hear()
        now = country.now()
        for name in NAMES:
            assert now.leading_of(now.leading_of(name)) == now.leading_of(name)
        # All is undone: what was one is apart, and nothing of any incident is gone.
        for one, other in now.edges:
            owner = EASTTOWN if one.startswith("e") else WESTTOWN
            country.done(owner, apart(one, other, owner))
        assert country.now().leading == {}
        for name in NAMES:
            owner = EASTTOWN if name.startswith("e") else WESTTOWN
            told = country.nation.journal.query.history(NOBODY, owner, f"incident:{name}")
            assert told[0].fact.kind == "operations.incident_reported"
    finally:
        country.close()
