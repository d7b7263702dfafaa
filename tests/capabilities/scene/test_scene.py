# SPDX-License-Identifier: Apache-2.0
"""What is told of a scene is for those who work there, and nothing that was written is lost."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.scene.capability import SCENE
from bavn.capabilities.scene.decisions import (
    MeasureWind,
    PlaceUnit,
    TellHazard,
    TellSector,
    TellTask,
)
from bavn.capabilities.scene.model.board import (
    COMPASS,
    NEXT,
    BoardRules,
    Placed,
    TaskState,
    degrees_of,
    point_of,
    where_each_is,
)
from bavn.capabilities.scene.ports import Due, Leader, Relief, Site, UnitThere
from bavn.capabilities.scene.views.room import Board, Room, Thing
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.written import KEPT_LONGEST
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.reader import Reader
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import FactId, OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.scene import hazards_of, rules_of
from bavn.runtime.texts import Texts
from tests.capabilities.command.test_command import Held
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
)

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
TEXT = "CANARY sluk fra nord"
SITE = Site(
    incident="i1",
    label="Fire, Easttown",
    service=EASTTOWN,
    area=EASTERN,
    assigned=(EASTTOWN, EASTERN, WESTTOWN),
)
MINUTE = timedelta(minutes=1)


def unit_there(name: str, relief_in: timedelta | None = None) -> UnitThere:
    return UnitThere(
        id=name,
        callsign=name.upper(),
        type="Autosprøjte",
        service=EASTTOWN,
        status="at_scene",
        status_text="ankommet",
        since=NOW,
        crew=6,
        crew_is_said=True,
        relief=None if relief_in is None else Relief(due_at=NOW + relief_in, is_over=False),
    )


class Around:
    """Lilleland's only incident, which the east owns and the west has units at."""

    zone = ZoneInfo("Europe/Copenhagen")
    hazards = hazards_of("denmark")
    rules = BoardRules()
    there: Sequence[UnitThere] = ()

    def site(self, call: Call, incident: str) -> Site:
        return SITE

    def known(self, call: Call, incident: str) -> Site | None:
        return SITE if incident == SITE.incident else None

    def name_of(self, call: Call, organisation: str) -> str:
        return organisation

    def function(self, call: Call, code: str) -> str:
        return code

    def unit_name(self, call: Call, unit: str) -> str:
        return unit

    def units(self, call: Call, incident: str) -> Sequence[UnitThere]:
        return self.there

    async def leaders(self, desk: Desk, call: Call, incident: str) -> Sequence[Leader]:
        return ()

    def next_report(self, call: Call, incident: str) -> Due | None:
        return None

    def talk_groups(self, call: Call, incident: str) -> Sequence[str]:
        return ()


class Country:
    """The east's node, where the area's centre and its service are, and the nation."""

    def __init__(self) -> None:
        self.clock = Clock(NOW)
        settings = Settings(catalogue=catalogue_of([SCENE.part]), clock=self.clock)
        self.east, self.nation = Node(EAST, settings=settings), Node(NATION, settings=settings)
        self.around = Around()
        self.desk = Held(self.east)
        self.room = Room(self.desk.query, self.around)

    def ask(
        self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN, ref: str | None = None
    ) -> Outcome:
        self.clock.forward(seconds=1)
        actor = Actor(organisation=owner, function="duty_officer")
        sender = None if ref is None else "device"
        asked = Request(owner=owner, actor=actor, content=content, sender=sender, ref=ref)
        outcome = self.east.ask(asked)
        self.nation.hear(self.east)
        return outcome

    def done(
        self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN, ref: str | None = None
    ) -> FactId:
        outcome = self.ask(content, owner, ref)
        assert isinstance(outcome, Done), outcome
        return outcome.facts[0]

    def refused(self, content: msgspec.Struct) -> str:
        outcome = self.ask(content)
        assert isinstance(outcome, Refused), outcome
        return outcome.code

    def call(self, organisation: OrganisationId = EASTTOWN, *, personal: bool = True) -> Call:
        return Call(
            actor=Actor(organisation=organisation, function="duty_officer"),
            organisations=frozenset({organisation}),
            reader=Reader(organisations=frozenset({organisation}), personal=personal),
            sender="board",
            language="da",
            now=self.clock(),
            say=Texts("da"),
        )

    def board(self, organisation: OrganisationId = EASTTOWN, *, personal: bool = True) -> Board:
        call = self.call(organisation, personal=personal)
        return asyncio.run(self.room.of(self.desk, call, "i1"))

    def task(self, organisation: OrganisationId = EASTTOWN) -> Thing:
        (task,) = self.board(organisation).tasks
        return task

    def close(self) -> None:
        for node in (self.east, self.nation):
            assert list(node.journal.verify()) == []
            node.close()


@pytest.fixture
def country() -> Iterator[Country]:
    country = Country()
    yield country
    country.close()


# Whoever tells it leaves itself out.
TO = (EASTTOWN, EASTERN, WESTTOWN)


def task(text: str | None = TEXT, **more: object) -> TellTask:
    private = None if text is None else Private(text)
    return TellTask(incident="i1", to=TO, text=private, **more)  # type: ignore[arg-type]


def after(thing: Thing, **more: object) -> TellTask:
    """A version that goes on from what stands, and leaves the text as it is."""
    text_of = thing.last.text_in
    seen = {"task": thing.id, "based_on": thing.based_on, "text_of": text_of}
    private = more.pop("text", None)
    assert private is None or isinstance(private, Private)
    return task(None if private is None else private.reveal(), **{**seen, **more})


def sector(name: str = "Nord", **more: object) -> TellSector:
    return TellSector(incident="i1", to=TO, name=name, **more)  # type: ignore[arg-type]


@pytest.mark.requirement("E5.3")
def test_those_assigned_read_it_nobody_else_and_no_text_without_leave(country: Country) -> None:
    country.done(task())
    country.done(TellHazard(incident="i1", to=TO, kind="collapse", where=Private("CANARY tag")))
    country.done(sector(what=Private("CANARY indsats")))
    for organisation in (EASTTOWN, EASTERN):
        board = country.board(organisation)
        assert board.tasks[0].last.text == TEXT
        assert board.hazards[0].last.text == "CANARY tag"
        assert board.sectors[0].last.text == "CANARY indsats"
    sealed = country.board(personal=False).tasks[0].last
    assert (sealed.text, sealed.has_text) == (None, True)
    stranger = country.board(AGENCY)
    assert (stranger.tasks, stranger.hazards, stranger.sectors) == ((), (), ())
    for node in (country.east, country.nation):
        assert not any(b"CANARY" in held.raw for held in node.store.facts_after(0, 100))
    held = country.nation.store.facts_after(0, 100)
    assert not any(b"scene." in each.raw for each in held)


def test_what_says_nothing_is_refused_and_says_what_to_do(country: Country) -> None:
    assert country.refused(sector("  ")) == "sector_unnamed"
    assert country.refused(task("  ")) == "task_empty"
    assert country.refused(task(None)) == "task_empty"
    # Where a hazard is may be unknown; that there is one may not wait.
    country.done(TellHazard(incident="i1", to=TO, kind="electricity"))


@pytest.mark.parametrize(
    "content",
    [
        task(),
        sector(),
        TellHazard(incident="i1", to=TO, kind="other"),
        PlaceUnit(incident="i1", to=TO, unit="u1"),
        MeasureWind(incident="i1", to=TO, from_deg=0, speed_m_s=1.0),
    ],
    ids=lambda each: type(each).__name__,
)
def test_nobody_says_it_in_anothers_name(country: Country, content: msgspec.Struct) -> None:
    stranger = Actor(organisation=WESTTOWN, function="duty_officer")
    refused = country.east.ask(Request(owner=EASTTOWN, actor=stranger, content=content))
    assert isinstance(refused, Refused)
    assert refused.code == "no_mandate"


def test_a_text_stands_where_it_was_written_through_all_that_follows(country: Country) -> None:
    first = country.done(task())
    for state in (TaskState.BEGUN, TaskState.DONE):
        country.done(after(country.task(), state=state))
    assert (country.task().last.text, country.task().last.text_in) == (TEXT, first)
    # Struck through, the version does not stand; what went on from it keeps what was written.
    country.done(StrikeFact(fact=first, reason=Private("meant for another")))
    last = country.task().last
    assert (last.text, last.fields["state"]) == (TEXT, "done")


def test_a_struck_version_gives_back_what_stood_and_joins_what_it_joined(country: Country) -> None:
    country.done(task())
    wrong = country.done(after(country.task(), state=TaskState.GIVEN_UP))
    middle = country.task()
    country.done(after(middle, state=TaskState.DONE, urgent=True))
    country.done(StrikeFact(fact=wrong, reason=Private("slip")))
    assert country.task().is_settled
    assert country.task().last.fields["state"] == "done"
    country.done(StrikeFact(fact=FactId(country.task().last.fact), reason=Private("slip")))
    assert country.task().last.fields["state"] == "ordered"


def test_a_version_that_joins_two_may_be_struck_and_neither_of_them_is_doubted(
    country: Country,
) -> None:
    country.done(task())
    seen = country.task()
    country.done(after(seen, state=TaskState.BEGUN))
    wrong = country.done(after(country.task(), state=TaskState.GIVEN_UP))
    country.done(after(country.task(), state=TaskState.DONE))
    country.done(StrikeFact(fact=wrong, reason=Private("slip")))
    assert country.task().is_settled
    # Beside it somebody had gone on from the first: that is a contradiction, and one only.
    country.done(after(seen, urgent=True), EASTERN)
    assert len(country.task().versions) == 2


@pytest.mark.requirement("E5.3", "K9")
def test_two_organisations_that_did_not_hear_each_other_wait_for_a_person(country: Country) -> None:
    country.done(task())
    seen = country.task(EASTERN)
    country.done(after(seen, state=TaskState.BEGUN))
    assert country.room.wanting(country.call()) == []
    country.done(after(seen, urgent=True), EASTERN)
    both = country.task()
    assert [each.by for each in both.versions] == [EASTTOWN, EASTERN]
    for organisation in (EASTTOWN, EASTERN):
        (waits,) = country.room.wanting(country.call(organisation))
        assert waits.path == "/incidents/i1/board"
        said = Texts("da")(waits.text, **waits.values)
        assert said == "En opgave har to udgaver: Fire, Easttown"
    assert country.room.wanting(country.call(AGENCY)) == []
    country.done(after(both, state=TaskState.BEGUN, urgent=True), EASTERN)
    assert country.task().is_settled
    assert country.room.wanting(country.call()) == []


@pytest.mark.requirement("K9")
def test_a_repeat_is_one_fact_also_when_another_has_come_to_the_scene_meanwhile(
    country: Country,
) -> None:
    first = country.done(task(), ref="k1")
    alone = msgspec.structs.replace(task(), to=(EASTERN,), assigned=False)
    assert country.done(alone, ref="k1") == first
    assert isinstance(country.ask(task("something else"), ref="k1"), Refused)
    assert len(country.board().tasks) == 1


@pytest.mark.requirement("E5.3", "K9")
def test_one_device_that_writes_twice_without_network_does_not_contradict_itself(
    country: Country,
) -> None:
    country.done(task())
    seen = country.task()
    # The page is as it was at each of these: it knows of none before it.
    first = after(seen, text=Private("CANARY sluk fra syd"), text_of=None)
    country.done(first, ref="k1")
    country.done(after(seen, state=TaskState.BEGUN, after=("k1",)), ref="k2")
    country.done(after(seen, state=TaskState.DONE, after=("k1", "k2")), ref="k3")
    assert country.task().is_settled
    last = country.task().last
    assert (last.text, last.fields["state"]) == ("CANARY sluk fra syd", "done")
    # Another who had not heard of it contradicts it all the same, with its own device or a new one.
    country.done(after(seen, urgent=True, after=("k9",)), EASTERN)
    assert len(country.task().versions) == 2


@pytest.mark.requirement("E5.3", "K9")
def test_two_nodes_that_were_cut_from_each_other_show_the_same_two_versions(
    country: Country,
) -> None:
    settings = Settings(catalogue=catalogue_of([SCENE.part]), clock=country.clock)
    west = Node(WEST, settings=settings)
    there = Held(west)
    room = Room(there.query, country.around)

    def seen_there() -> Thing:
        (task,) = asyncio.run(room.of(there, country.call(WESTTOWN), "i1")).tasks
        return task

    country.done(task())
    west.hear(country.east)
    seen = seen_there()
    country.done(after(country.task(), state=TaskState.BEGUN))
    theirs = after(seen, urgent=True)
    actor = Actor(organisation=WESTTOWN, function="incident_commander")
    assert isinstance(west.ask(Request(owner=WESTTOWN, actor=actor, content=theirs)), Done)
    assert country.task().is_settled
    assert seen_there().is_settled
    country.east.hear(west)
    west.hear(country.east)
    country.east.hear(west)
    both = country.task()
    assert len(both.versions) == 2
    assert both.based_on == seen_there().based_on
    country.done(after(both, state=TaskState.DONE))
    west.hear(country.east)
    assert seen_there().is_settled
    assert seen_there().based_on == country.task().based_on
    assert list(west.journal.verify()) == []
    west.close()


def test_it_stands_at_the_time_it_was_written_and_never_later_than_now(country: Country) -> None:
    for at, stands in (
        (NOW - 10 * MINUTE, NOW - 10 * MINUTE),
        (NOW + timedelta(hours=1), None),
        (NOW - KEPT_LONGEST - MINUTE, None),
    ):
        fact = country.done(task(at=at))
        (found,) = [each for each in country.board().tasks if each.last.fact == fact]
        assert found.last.at == (stands or country.clock())


def test_the_wind_is_the_last_that_was_measured_and_grows_old(country: Country) -> None:
    assert country.board().wind is None
    country.done(MeasureWind(incident="i1", to=TO, from_deg=225, speed_m_s=8.0))
    late = MeasureWind(incident="i1", to=TO, from_deg=0, speed_m_s=2.0, at=NOW - 10 * MINUTE)
    country.done(late, EASTERN)
    wind = country.board().wind
    assert wind is not None
    assert (wind.point, wind.speed_m_s, wind.is_old) == ("sw", 8.0, False)
    country.clock.forward(seconds=31 * 60)
    wind = country.board().wind
    assert wind is not None
    assert wind.is_old


@pytest.mark.requirement("E5.3")
def test_units_whose_relief_is_near_come_first_and_unplaced_ones_are_known(
    country: Country,
) -> None:
    hour = timedelta(hours=1)
    country.around.there = [
        unit_there("a", 3 * hour),
        unit_there("b"),
        unit_there("c", 40 * MINUTE),
        unit_there("d", 20 * MINUTE),
    ]
    country.done(sector())
    (nord,) = country.board().sectors
    country.done(PlaceUnit(incident="i1", to=TO, unit="a", sector=nord.id))
    units = country.board().units
    assert [each.unit.id for each in units] == ["d", "c", "a", "b"]
    assert [each.is_near for each in units] == [True, True, False, False]
    assert [each.sector for each in units] == [None, None, nord.id, None]
    ended = sector(sector=nord.id, based_on=nord.based_on, ended=True)
    country.done(ended)
    assert {each.sector for each in country.board().units} == {None}


placed = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["n", "s", None]),
        st.integers(min_value=0, max_value=9),
    ),
    max_size=8,
)


@given(placed, st.randoms(use_true_random=False))
def test_a_unit_is_where_the_last_word_by_its_own_time_puts_it(
    words: list[tuple[str, str | None, int]], chance: Random
) -> None:
    said = [
        Placed(fact=f"f{number}", unit=unit, sector=where, at=NOW + at * MINUTE)
        for number, (unit, where, at) in enumerate(words)
    ]
    shuffled = chance.sample(said, len(said))
    found = where_each_is(shuffled)
    assert found == where_each_is(said)
    for unit in found:
        last = max((each for each in said if each.unit == unit), key=lambda e: (e.at, e.fact))
        assert found[unit] == last.sector


@given(st.integers(min_value=0, max_value=359))
def test_a_point_of_the_compass_is_the_nearest_one(degrees: int) -> None:
    middle = degrees_of(point_of(degrees))
    assert middle is not None
    away = abs(middle - degrees)
    assert min(away, 360 - away) <= 12


def test_the_country_has_its_hazards_and_says_what_they_stand_on() -> None:
    hazards = hazards_of("denmark")
    assert len({each.code for each in hazards}) == len(hazards) > 10
    assert {each.basis for each in hazards} == {"own calibration"}
    assert hazards[-1].code == "other"
    assert rules_of("denmark")["wind_old"].minutes == 30
    assert all(degrees_of(each) is not None for each in COMPASS)


def test_every_state_of_a_task_leads_on() -> None:
    assert set(NEXT) == set(TaskState)
    assert all(then and state not in then for state, then in NEXT.items())
