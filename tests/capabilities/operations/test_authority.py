# SPDX-License-Identifier: Apache-2.0
"""Authority per field: a lower source overwrites nothing, is kept, and holds in its place."""

from collections.abc import Iterator, Sequence
from itertools import permutations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.capabilities.operations.capability import operations
from bavn.capabilities.operations.decisions import CorrectIncident, ReportIncident, SetUnitStatus
from bavn.capabilities.operations.decisions.ordering import OrderAuthority
from bavn.capabilities.operations.model.authority import (
    PLACE,
    STATUS,
    TYPE,
    URGENCY,
    Authority,
    GivenBy,
    Order,
    StatusWord,
    Word,
    given_by,
    holds_against,
    stands_after,
    with_word,
    words_in,
)
from bavn.capabilities.operations.model.unit import UnitFlag, UnitStatus
from bavn.capabilities.operations.views import INCIDENT_DETAILS, INCIDENT_PICTURE, UNIT_PICTURE
from bavn.capabilities.operations.views.authority import authority_of
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Done, Outcome, Request
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.strike import StrikeFact
from bavn.journal.table import Row
from bavn.journal.views import View
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import Refused
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, Clock, Node, Settings

ORDER = ("scene", "system", "centre", "alarm")
HOLD_S = 120
AUTHORITY = Authority(
    sources={each: each for each in ORDER},
    orders={
        TYPE: Order(sources=ORDER),
        PLACE: Order(sources=("scene", "centre", "system", "alarm")),
        URGENCY: Order(sources=("scene", "centre", "system", "alarm")),
        STATUS: Order(sources=ORDER, hold_s=HOLD_S),
    },
)
OWNERS = Reader(organisations=frozenset({EASTTOWN}))
TYPES = {"scene": "BR-VIL", "system": "BR-ETG", "centre": "RE-DYR", "alarm": "BR-CON"}


class Country:
    """The east, which writes, and the nation, which hears; each function is a source."""

    def __init__(self) -> None:
        self.clock = Clock()
        parts = catalogue_of([operations(AUTHORITY).part])
        ready = Settings(catalogue=parts, clock=self.clock)
        self.east, self.nation = Node(EAST, settings=ready), Node(NATION, settings=ready)

    def ask(self, source: str, content: msgspec.Struct) -> Outcome:
        actor = Actor(organisation=EASTTOWN, function=source)
        return self.east.ask(Request(owner=EASTTOWN, actor=actor, content=content))

    def done(self, source: str, content: msgspec.Struct) -> Done:
        outcome = self.ask(source, content)
        assert isinstance(outcome, Done), outcome
        return outcome

    def reported(self, source: str, incident: str = "i1", **said: object) -> Done:
        content = ReportIncident(incident=incident, area=EASTERN, **said)  # type: ignore[arg-type]
        return self.done(source, content)

    def corrected(self, source: str, incident: str = "i1", **said: object) -> Outcome:
        content = CorrectIncident(incident=incident, area=EASTERN, **said)  # type: ignore[arg-type]
        return self.ask(source, content)

    def stood(self, source: str, status: UnitStatus, incident: str | None = None) -> Done:
        content = SetUnitStatus(unit="u1", area=EASTERN, status=status, incident=incident)
        return self.done(source, content)

    def struck(self, done: Done) -> None:
        self.done("centre", StrikeFact(fact=done.facts[0]))

    def row(self, view: View, reader: Reader = NOBODY) -> Row:
        """The one row, the same where it is heard."""
        self.nation.hear(self.east)
        (here,) = self.east.journal.query.rows(reader, view)
        if reader is NOBODY:
            assert self.nation.journal.query.rows(NOBODY, view) == [here]
        return here

    def given(self, field: str, view: View = INCIDENT_PICTURE) -> GivenBy:
        return given_by(words_in(self.row(view)["given"]))[field]

    def close(self) -> None:
        for node in (self.east, self.nation):
            assert list(node.journal.verify()) == []
            node.close()


@pytest.fixture
def country() -> Iterator[Country]:
    country = Country()
    yield country
    country.close()


@pytest.mark.requirement("E5.8")
def test_a_lower_source_overwrites_nothing_is_shown_and_holds_when_the_higher_is_struck(
    country: Country,
) -> None:
    country.reported("alarm", incident_type=TYPES["alarm"])
    told = country.corrected("system", incident_type=TYPES["system"])
    assert isinstance(told, Done)
    kept = country.corrected("centre", incident_type=TYPES["centre"])
    assert isinstance(kept, Done), "it is a fact all the same"
    assert country.row(INCIDENT_PICTURE)["incident_type"] == TYPES["system"]
    said = country.given(TYPE)
    assert said.by == "system"
    assert [(each.by, each.value) for each in said.also] == [
        ("centre", TYPES["centre"]),
        ("alarm", TYPES["alarm"]),
    ]
    country.struck(told)
    assert country.row(INCIDENT_PICTURE)["incident_type"] == TYPES["centre"]
    country.struck(kept)
    assert country.row(INCIDENT_PICTURE)["incident_type"] == TYPES["alarm"]


def test_what_a_source_has_said_already_beside_a_higher_one_is_no_news(country: Country) -> None:
    country.reported("scene", incident_type=TYPES["scene"])
    assert isinstance(country.corrected("system", incident_type=TYPES["system"]), Done)
    again = country.corrected("system", incident_type=TYPES["system"])
    assert isinstance(again, Refused)
    assert again.code == "nothing_to_correct"


def test_each_field_has_an_order_of_its_own(country: Country) -> None:
    country.reported("system", incident_type=TYPES["system"], urgency="soon")
    country.corrected("centre", incident_type=TYPES["centre"], urgency="immediate")
    row = country.row(INCIDENT_PICTURE)
    assert (row["incident_type"], row["urgency"]) == (TYPES["system"], "immediate")


def test_the_exact_place_has_the_same_authority_as_the_one_that_all_are_told(
    country: Country,
) -> None:
    country.reported("centre", latitude=57.04881, longitude=9.92172)
    country.corrected("system", latitude=57.2, longitude=9.8)
    assert country.row(INCIDENT_PICTURE)["latitude"] == 57.05
    exact = country.row(INCIDENT_DETAILS, Reader(organisations=frozenset({EASTERN})))
    assert (exact["latitude"], exact["longitude"]) == (57.04881, 9.92172)
    country.corrected("scene", latitude=57.3, longitude=9.7)
    exact = country.row(INCIDENT_DETAILS, Reader(organisations=frozenset({EASTERN})))
    assert exact["latitude"] == country.row(INCIDENT_PICTURE)["latitude"] == 57.3


def test_what_only_stands_for_a_place_gives_way_to_any_place(country: Country) -> None:
    country.reported("scene", latitude=57.0, longitude=9.9, place_by="station")
    country.corrected("alarm", latitude=57.2, longitude=9.8)
    row = country.row(INCIDENT_PICTURE)
    assert (row["latitude"], row["place_by"]) == (57.2, None)


@given(st.permutations([("scene", "BR-VIL"), ("system", "BR-ETG"), ("centre", "RE-DYR")]))
@settings(max_examples=6, deadline=None)
def test_in_whatever_order_the_sources_speak_the_highest_holds(
    told: Sequence[tuple[str, str]],
) -> None:
    country = Country()
    try:
        country.reported("alarm")
        for source, incident_type in told:
            country.corrected(source, incident_type=incident_type)
        assert country.row(INCIDENT_PICTURE)["incident_type"] == "BR-VIL"
    finally:
        country.close()


WORD = st.builds(
    Word,
    st.sampled_from([*ORDER, None]),
    st.just(0),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 9),
).map(lambda word: Word(word.by, Order(sources=ORDER).weight(word.by), word.value, word.at_ms))


@given(st.lists(WORD, max_size=12))
def test_words_stand_by_weight_with_the_last_of_each_source(told: list[Word]) -> None:
    kept: list[Word] = []
    for word in told:
        kept = with_word(kept, word)
    assert [each.weight for each in kept] == sorted((each.weight for each in kept), reverse=True)
    lasts = {word.by: word for word in told}
    assert {word.by: word for word in kept} == lasts


@given(st.lists(WORD, max_size=5, unique_by=lambda word: word.by))
def test_one_word_of_each_source_in_any_order_comes_to_the_same(told: list[Word]) -> None:
    found = set()
    for each in permutations(told):
        kept: list[Word] = []
        for word in each:
            kept = with_word(kept, word)
        found.add(msgspec.json.encode(kept))
    assert len(found) == 1


@pytest.mark.requirement("E5.8")
def test_a_lower_word_that_contradicts_the_crews_own_is_kept_beside_for_a_while(
    country: Country,
) -> None:
    country.reported("centre")
    country.stood("scene", UnitStatus.AT_SCENE, "i1")
    country.clock.forward(seconds=30)
    late = country.stood("system", UnitStatus.EN_ROUTE, "i1")
    row = country.row(UNIT_PICTURE)
    assert row["status"] == UnitStatus.AT_SCENE
    item = country.east.journal.query.item(NOBODY, late.facts[0])
    assert item is not None
    assert UnitFlag.OUTRANKED in msgspec.json.decode(item.fact.body)["flags"]
    assert [each.value for each in country.given(STATUS, UNIT_PICTURE).also] == ["en_route"]
    # What follows from the crew's word is believed, whoever says it.
    country.stood("system", UnitStatus.RETURNING)
    assert country.row(UNIT_PICTURE)["status"] == UnitStatus.RETURNING


def test_a_word_that_has_grown_old_gives_way_to_any_other(country: Country) -> None:
    country.stood("scene", UnitStatus.AT_SCENE, "i1")
    country.clock.forward(seconds=HOLD_S + 1)
    country.stood("system", UnitStatus.AVAILABLE)
    assert country.row(UNIT_PICTURE)["status"] == UnitStatus.AVAILABLE


def test_a_unit_that_is_sent_elsewhere_is_believed_at_once(country: Country) -> None:
    country.stood("scene", UnitStatus.AT_SCENE, "i1")
    country.stood("alarm", UnitStatus.EN_ROUTE, "i2")
    assert country.row(UNIT_PICTURE)["incident"] == "i2"


def test_a_kept_status_holds_when_the_higher_one_is_struck(country: Country) -> None:
    crew = country.stood("scene", UnitStatus.AT_SCENE, "i1")
    country.stood("system", UnitStatus.EN_ROUTE, "i1")
    country.struck(crew)
    assert country.row(UNIT_PICTURE)["status"] == UnitStatus.EN_ROUTE


STANDING = st.builds(
    StatusWord,
    status=st.sampled_from([each.value for each in UnitStatus]),
    at_ms=st.integers(0, 300_000),
    weight=st.integers(0, 4),
    hold_s=st.just(HOLD_S),
)


@given(STANDING, STANDING)
def test_of_two_words_about_a_unit_the_same_holds_whichever_is_heard_first(
    one: StatusWord, other: StatusWord
) -> None:
    if one.at_ms == other.at_ms:
        return
    held_last = other if stands_after(one, other) else one
    held_first = one if stands_after(other, one) else other
    assert held_last == held_first


def test_a_word_never_holds_against_an_equal_or_a_higher_one() -> None:
    scene = StatusWord(status="at_scene", at_ms=0, weight=2, hold_s=HOLD_S)
    for weight, holds in ((1, True), (2, False), (3, False)):
        other = StatusWord(status="en_route", at_ms=1_000, weight=weight, hold_s=HOLD_S)
        assert holds_against(scene, other) is holds


def test_a_service_orders_for_itself_and_what_was_told_before_keeps_its_weight(
    country: Country,
) -> None:
    country.reported("system", incident_type=TYPES["system"])
    country.done("centre", OrderAuthority(field=TYPE, sources=("centre", "system")))
    now = authority_of(country.east.journal.query, AUTHORITY, EASTTOWN)
    assert now.orders[TYPE].sources == ("centre", "system")
    assert now.orders[PLACE] == AUTHORITY.orders[PLACE]
    country.reported("system", "i2", incident_type=TYPES["system"])
    for incident in ("i1", "i2"):
        country.corrected("centre", incident, incident_type=TYPES["centre"])
    rows = country.east.journal.query.rows(NOBODY, INCIDENT_PICTURE)
    found = {str(row["subject"]): row["incident_type"] for row in rows}
    # The system's word weighed three when it was told of the first, and one of the second.
    assert found == {"incident:i1": TYPES["system"], "incident:i2": TYPES["centre"]}
    country.done("centre", OrderAuthority(field=TYPE))
    now = authority_of(country.east.journal.query, AUTHORITY, EASTTOWN)
    assert now.orders[TYPE] == AUTHORITY.orders[TYPE]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (OrderAuthority(field="incident.colour", sources=("scene",)), "no_such_field"),
        (OrderAuthority(field=TYPE, sources=("neighbour",)), "no_such_source"),
        (OrderAuthority(field=TYPE, sources=("scene", "scene")), "no_such_source"),
        (OrderAuthority(field=TYPE, sources=("scene",), hold_s=60), "no_such_hold"),
        (OrderAuthority(field=STATUS, sources=("scene",), hold_s=3_601), "no_such_hold"),
    ],
)
def test_an_order_that_is_none_is_refused_by_name(
    country: Country, content: OrderAuthority, code: str
) -> None:
    refused = country.ask("centre", content)
    assert isinstance(refused, Refused)
    assert refused.code == code


def test_who_only_changes_the_order_of_a_status_keeps_its_time(country: Country) -> None:
    country.done("centre", OrderAuthority(field=STATUS, sources=("system", "scene")))
    now = authority_of(country.east.journal.query, AUTHORITY, EASTTOWN)
    assert now.orders[STATUS].hold_s == HOLD_S


def test_a_source_that_nobody_has_ranked_weighs_nothing_and_stops_nothing(
    country: Country,
) -> None:
    country.reported("neighbour", incident_type="BR-VIL")
    assert country.row(INCIDENT_PICTURE)["given"] is None
    country.corrected("neighbour", incident_type="BR-ETG")
    assert country.row(INCIDENT_PICTURE)["incident_type"] == "BR-ETG"
