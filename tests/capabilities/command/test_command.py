# SPDX-License-Identifier: Apache-2.0
"""Who leads is a fact with its hand-overs; whoever works at an incident writes for all who do."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.command.capability import COMMAND
from bavn.capabilities.command.decisions import AppendWord, EndLead, NameLeader
from bavn.capabilities.command.model.leading import Leads, RoleKnown, now_leading, succession
from bavn.capabilities.command.ports import Scene
from bavn.capabilities.command.views import LEADERS
from bavn.capabilities.command.views.room import CommandNow, Room
from bavn.frame.call import Call
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.fact import Sealed
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.strike import StrikeFact
from bavn.journal.trust.deciding import NameStandIn
from bavn.journal.trust.statements import StandInNamed
from bavn.journal.vault import Gone
from bavn.kernel.identity import FactId, NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.commanding import report_fields_of, report_rules_of, roles_of
from bavn.runtime.texts import Texts
from tests.lilleland.nodes import (
    AGENCY,
    EAST,
    EASTERN,
    EASTTOWN,
    NATION,
    WEST,
    WESTTOWN,
    Clock,
    Node,
    Settings,
    request,
)

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
RB, PO = "isl-rb", "isl-po"
WORD = "CANARY taget er ved at falde"
SCENE = Scene(incident="i1", service=EASTTOWN, area=EASTERN, assigned=(EASTTOWN, EASTERN, WESTTOWN))


class Around:
    """Lilleland's only incident, which the east owns and the west has units at."""

    zone = ZoneInfo("Europe/Copenhagen")
    roles = (
        RoleKnown(code=RB, short="ISL-RB", danish="Redning", english="Rescue"),
        RoleKnown(code=PO, short="ISL-PO", danish="Politi", english="Police"),
    )

    report_fields = report_fields_of("denmark")
    report_rules = report_rules_of("denmark")

    def scene(self, call: Call, incident: str) -> Scene:
        return SCENE

    def known(self, call: Call, incident: str) -> Scene | None:
        return SCENE if incident == SCENE.incident else None

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        return EASTERN

    def name_of(self, call: Call, organisation: str) -> str:
        return organisation

    def label(self, call: Call, incident: str) -> str:
        return incident


class Held:
    """A node as handlers read it."""

    world = World("lilleland")
    position = 0

    def __init__(self, node: Node) -> None:
        self._node = node
        self.query = node.journal.query

    async def write(self, request: Request) -> Outcome:
        return self._node.ask(request)

    async def reveal(
        self, reader: Reader, owner: OrganisationId, sealed: Sealed
    ) -> Private | Gone | Refused:
        return self.query.reveal(reader, owner, sealed)

    def publish(self, event: str, data: object) -> None:
        raise AssertionError(event, data)


class Country:
    """The east's node, where the area's centre and its service are, and the nation."""

    def __init__(self) -> None:
        self.clock = Clock(NOW)
        settings = Settings(catalogue=catalogue_of([COMMAND.part]), clock=self.clock)
        self.east, self.nation = Node(EAST, settings=settings), Node(NATION, settings=settings)
        self.desk = Held(self.east)
        self.room = Room(self.desk.query, Around())

    def ask(self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN) -> Outcome:
        self.clock.forward(seconds=1)
        actor = Actor(organisation=owner, function="duty_officer")
        outcome = self.east.ask(Request(owner=owner, actor=actor, content=content))
        self.nation.hear(self.east)
        return outcome

    def done(self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN) -> FactId:
        outcome = self.ask(content, owner)
        assert isinstance(outcome, Done), outcome
        return outcome.facts[0]

    def refused(self, content: msgspec.Struct) -> str:
        outcome = self.ask(content)
        assert isinstance(outcome, Refused), outcome
        assert outcome.try_instead
        return outcome.code

    @staticmethod
    def call_at(
        now: datetime, organisation: OrganisationId = EASTTOWN, *, personal: bool = True
    ) -> Call:
        return Call(
            actor=Actor(organisation=organisation, function="duty_officer"),
            organisations=frozenset({organisation}),
            reader=Reader(organisations=frozenset({organisation}), personal=personal),
            sender="board",
            language="da",
            now=now,
            say=Texts("da"),
        )

    def call(self, organisation: OrganisationId = EASTTOWN, *, personal: bool = True) -> Call:
        return self.call_at(self.clock(), organisation, personal=personal)

    def now(self, organisation: OrganisationId = EASTTOWN, *, personal: bool = True) -> CommandNow:
        call = self.call(organisation, personal=personal)
        return asyncio.run(self.room.of(self.desk, call, SCENE))

    def leads(self, role: str = RB, **more: object) -> Leads | None:
        found = {each.role: each.now for each in self.now(**more).roles}  # type: ignore[arg-type]
        return found[role]

    def close(self) -> None:
        for node in (self.east, self.nation):
            assert list(node.journal.verify()) == []
            node.close()


@pytest.fixture
def country() -> Iterator[Country]:
    country = Country()
    yield country
    country.close()


def leader(callsign: str, role: str = RB, **more: object) -> NameLeader:
    return NameLeader(incident="i1", area=EASTERN, role=role, callsign=callsign, **more)  # type: ignore[arg-type]


def word(*to: OrganisationId, text: str = WORD) -> AppendWord:
    return AppendWord(incident="i1", to=to or (EASTERN, WESTTOWN), text=Private(text))


@pytest.mark.requirement("E5.1")
def test_a_hand_over_has_its_time_and_the_roles_do_not_mix(country: Country) -> None:
    country.done(leader(" Nord  1 "))
    first_at = country.clock()
    country.done(leader("Politi 7", PO))
    country.done(leader("Nord 2"))
    rescue, police = country.now().roles
    assert rescue.now is not None
    assert (rescue.now.callsign, rescue.now.since) == ("Nord 2", country.clock())
    (before,) = rescue.before
    assert (before.callsign, before.since, before.until) == ("Nord 1", first_at, country.clock())
    assert police.now is not None
    assert (police.now.callsign, police.before) == ("Politi 7", ())
    # Everyone knows, everywhere.
    here, there = (
        node.journal.query.rows(NOBODY, LEADERS) for node in (country.east, country.nation)
    )
    assert here == there
    assert len(here) == 3


def test_nobody_leads_when_somebody_has_left_without_another(country: Country) -> None:
    end = EndLead(incident="i1", area=EASTERN, role=RB)
    assert country.refused(end) == "nobody_leads"
    country.done(leader("Nord 1"))
    country.done(end)
    assert country.leads() is None
    assert country.refused(end) == "nobody_leads"
    (rescue, _) = country.now().roles
    assert [each.callsign for each in rescue.before] == ["Nord 1"]


def test_two_officers_name_one_leader_and_the_second_is_told_so(country: Country) -> None:
    country.done(leader("Nord 1"))
    assert country.refused(leader("Nord 1")) == "leads_already"
    assert country.refused(leader("   ")) == "leader_unnamed"


def test_a_late_word_finds_its_place_and_a_struck_one_leaves_it(country: Country) -> None:
    country.done(leader("Nord 2"))
    wrong = country.done(leader("Nord 1", at=NOW - timedelta(minutes=5)))
    found = country.leads()
    assert found is not None
    assert found.callsign == "Nord 2"
    assert [each.callsign for each in country.now().roles[0].before] == ["Nord 1"]
    country.done(StrikeFact(fact=wrong, reason=Private("another incident")))
    assert country.now().roles[0].before == ()


def test_a_name_is_sealed_and_a_callsign_is_not(country: Country) -> None:
    country.done(leader("Nord 1", name=Private("CANARY Opdigtet")))
    found = country.leads()
    assert found is not None
    assert (found.name, found.has_name) == ("CANARY Opdigtet", True)
    assert country.now(personal=False).roles[0].now == msgspec.structs.replace(found, name="")
    other = country.now(WESTTOWN).roles[0].now
    assert other is not None
    assert (other.callsign, other.name, other.has_name) == ("Nord 1", "", True)
    for node in (country.east, country.nation):
        assert not any(b"CANARY" in held.raw for held in node.store.facts_after(0, 100))


@pytest.mark.requirement("E5.1")
def test_whoever_works_there_writes_and_all_who_do_read_in_the_order_of_time(
    country: Country,
) -> None:
    country.done(word())
    country.done(word(EASTTOWN, text="Centralen sender vand"), EASTERN)
    for organisation in (EASTTOWN, EASTERN):
        words = country.now(organisation).words
        assert [(each.by, each.text) for each in words] == [
            (EASTTOWN, WORD),
            (EASTERN, "Centralen sender vand"),
        ]


def test_nobody_else_reads_it_and_nobody_without_leave_to_read_names(country: Country) -> None:
    country.done(word(EASTERN))
    for stranger in (WESTTOWN, AGENCY):
        assert country.now(stranger).words == ()
    (unreadable,) = country.now(EASTERN, personal=False).words
    assert unreadable.text is None
    held = country.nation.store.facts_after(0, 100)
    assert not any(b"word_appended" in each.raw for each in held)
    assert not any(b"CANARY" in each.raw for each in country.east.store.facts_after(0, 100))


def test_a_word_of_one_who_does_not_work_there_is_kept_and_says_so(country: Country) -> None:
    content = msgspec.structs.replace(word(), assigned=False)
    country.done(content)
    (told,) = country.now().words
    assert not told.assigned


def test_a_word_that_was_taken_back_stays_visibly_struck(country: Country) -> None:
    fact = country.done(word())
    country.done(StrikeFact(fact=fact, reason=Private("the wrong incident")))
    (told,) = country.now().words
    assert (told.struck, told.text) == (True, WORD)


def test_an_empty_word_is_none(country: Country) -> None:
    assert country.refused(word(text="  ")) == "empty_note"


def test_what_others_have_written_waits_to_be_seen_for_a_while(country: Country) -> None:
    country.done(word(EASTERN))
    assert country.room.wanting(country.call(EASTTOWN)) == []
    (waits,) = country.room.wanting(country.call(EASTERN))
    assert waits.text == "command.attention"
    assert Texts("da")(waits.text, **waits.values) == "easttown har skrevet i fælles log: i1"
    assert country.room.wanting(country.call(AGENCY)) == []
    country.clock.forward(hours=2, seconds=1)
    assert country.room.wanting(country.call(EASTERN)) == []


@pytest.mark.parametrize(
    "content",
    [leader("Nord 1"), EndLead(incident="i1", area=EASTERN, role=RB), word()],
    ids=lambda each: type(each).__name__,
)
def test_nobody_says_it_in_anothers_name(country: Country, content: msgspec.Struct) -> None:
    stranger = Actor(organisation=WESTTOWN, function="duty_officer")
    refused = country.east.ask(Request(owner=EASTTOWN, actor=stranger, content=content))
    assert isinstance(refused, Refused)
    assert refused.code == "no_mandate"


told = st.lists(
    st.tuples(
        st.sampled_from([RB, PO]),
        st.sampled_from(["Nord 1", "Nord 2", ""]),
        st.integers(min_value=0, max_value=20),
    ),
    max_size=10,
    unique_by=lambda each: (each[0], each[2]),
)


@given(told, st.randoms(use_true_random=False))
def test_at_most_one_leads_in_a_role_whatever_was_heard_first(
    said: list[tuple[str, str, int]], chance: object
) -> None:
    leads = [
        Leads(
            role=role,
            callsign=callsign,
            since=NOW + timedelta(minutes=at),
            by=EASTTOWN,
            fact=f"{number:03}",
        )
        for number, (role, callsign, at) in enumerate(said)
    ]
    found = succession(leads)
    chance.shuffle(leads)  # type: ignore[attr-defined]
    assert succession(leads) == found
    for role, courses in found.items():
        assert all(each.role == role and each.callsign for each in courses)
        assert all(each.until is not None for each in courses[:-1])
        for earlier, later in pairwise(courses):
            assert earlier.until is not None
            assert earlier.until <= later.since
        last = max((each for each in leads if each.role == role), key=lambda each: each.since)
        now = now_leading(courses)
        assert (now is None) == (last.callsign == "")
        assert now is None or now.callsign == last.callsign


def test_the_country_has_the_three_roles_and_says_what_they_stand_on() -> None:
    roles = roles_of("denmark")
    assert [each.short for each in roles] == ["ISL-RB", "ISL-PO", "ISL-SUND"]
    assert all(each.basis for each in roles)


class Apart:
    """The east and the west on nodes of their own, and the nation between them."""

    def __init__(self) -> None:
        parts = catalogue_of([COMMAND.part])
        settings = Settings(catalogue=parts, clock=Clock(NOW))
        self.nodes = {name: Node(name, settings=settings) for name in (EAST, WEST, NATION)}

    def talk(self) -> None:
        """All tell each other what they have, until nothing is new."""
        while True:
            before = [node.journal.record.position for node in self.nodes.values()]
            for one, other in permutations(self.nodes.values(), 2):
                one.hear(other)
            for node in self.nodes.values():
                while node.journal.turn():
                    pass
            if before == [node.journal.record.position for node in self.nodes.values()]:
                return

    def words(self, node: NodeId, organisation: OrganisationId) -> list[str | None]:
        """What somebody reads at a node."""
        desk = Held(self.nodes[node])
        call = Country.call_at(NOW, organisation)
        found = asyncio.run(Room(desk.query, Around()).of(desk, call, SCENE))
        return [each.text for each in found.words]


@pytest.mark.parametrize("shares", [True, False])
def test_a_word_crosses_with_its_text_where_nodes_share_texts_and_says_so_where_not(
    shares: bool,
) -> None:
    apart = Apart()
    try:
        if shares:
            named = StandInNamed(owner=EASTTOWN, stand_in=WEST, order=1)
            apart.nodes[EAST].done(request(EASTTOWN, NameStandIn(named=named)))
            apart.talk()
        apart.nodes[WEST].done(request(WESTTOWN, word(EASTTOWN, EASTERN)))
        apart.talk()
        assert apart.words(WEST, WESTTOWN) == [WORD]
        assert apart.words(EAST, EASTTOWN) == ([WORD] if shares else [None])
        assert apart.words(NATION, AGENCY) == []
    finally:
        for node in apart.nodes.values():
            node.close()
