# SPDX-License-Identifier: Apache-2.0
"""Objects in the record: replaced whole, whose number is whose, and what leaves the node."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from bavn.capabilities.objects import decisions
from bavn.capabilities.objects.capability import OBJECTS_PART
from bavn.capabilities.objects.facts import CARD_READ
from bavn.capabilities.objects.model.card import Card, Described
from bavn.capabilities.objects.model.requests import (
    OBJECTS_PER_REQUEST,
    ConfirmObjectList,
    LinkObject,
    NoteReading,
    ShareCard,
    Telling,
    TellObjects,
    sealed_text,
)
from bavn.capabilities.objects.views import ALARM_NUMBERS, CARD_READINGS, OBJECT_LIST, SHARED_CARDS
from bavn.capabilities.objects.views.looking import by_address, by_number, near, one, readings
from bavn.capabilities.operations.capability import OPERATIONS
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Context, Done, Outcome, Request
from bavn.journal.reader import NOBODY, Reader
from bavn.kernel.identity import REAL, OrganisationId
from bavn.kernel.mandate import Actor, Resource
from bavn.kernel.refusal import Refused
from bavn.runtime.texts import LANGUAGES, Texts
from tests.capabilities.objects.callers import NOW
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, Clock, Node, Settings

ACTOR = Actor(organisation=EASTTOWN, function="duty_officer")
OWN = Reader(organisations=frozenset({EASTTOWN}), personal=True)
CATALOGUE = catalogue_of([OPERATIONS.part, OBJECTS_PART])


class Service:
    """A service with objects, and the nation that hears."""

    def __init__(self) -> None:
        settings = Settings(catalogue=CATALOGUE, clock=Clock())
        self.east = Node(EAST, settings=settings)
        self.nation = Node(NATION, settings=settings)

    def ask(self, content: msgspec.Struct, actor: Actor = ACTOR) -> Outcome:
        outcome = self.east.ask(Request(owner=EASTTOWN, actor=actor, content=content))
        self.nation.hear(self.east)
        return outcome

    def done(self, content: msgspec.Struct) -> Done:
        outcome = self.ask(content)
        assert isinstance(outcome, Done), outcome
        return outcome

    def refused(self, content: msgspec.Struct) -> str:
        outcome = self.ask(content)
        assert isinstance(outcome, Refused), outcome
        for language in LANGUAGES:
            assert Texts(language).has(f"refused.{outcome.code}.says")
        return outcome.code

    def numbers(self) -> set[tuple[str, str]]:
        rows = self.east.journal.query.rows(OWN, ALARM_NUMBERS)
        return {(str(row["number"]), str(row["subject"])) for row in rows if row["number"]}


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    for node in (service.east, service.nation):
        assert list(node.journal.verify()) == []
        node.close()


def home(id_: str = "home", *numbers: str, access: str = "CANARY kode", **more: object) -> Telling:
    described = Described(name="Hjemmet", alarm_numbers=numbers, **more)  # type: ignore[arg-type]
    return Telling(id=id_, described=described, card=sealed_text(Card(access=access)))


def told(*objects: Telling, **more: object) -> TellObjects:
    return TellObjects(told=objects, confirmer="id-pia", **more)  # type: ignore[arg-type]


def test_an_object_is_replaced_whole_and_its_numbers_with_it(service: Service) -> None:
    service.done(told(home("home", "1", "2", address="Vej 1,  Østby")))
    service.done(told(home("home", "2", "3", address="Vej 2")))
    assert service.numbers() == {("2", "object:home"), ("3", "object:home")}
    query = service.east.journal.query
    assert by_number(query, OWN, "1") == []
    assert [each.id for each in by_number(query, OWN, "3")] == ["home"]
    assert by_address(query, OWN, "vej 1 østby") == []
    assert [each.id for each in by_address(query, OWN, "VEJ  2")] == ["home"]


def test_only_that_there_is_one_leaves_the_node(service: Service) -> None:
    service.done(told(home("home", "4711", municipality="0001", address="CANARY vej")))
    heard = [held.raw for held in service.nation.store.facts_after(0, 100)]
    assert not any(b"CANARY" in raw or b"4711" in raw or b"Hjemmet" in raw for raw in heard)
    (row,) = service.nation.journal.query.rows(NOBODY, OBJECT_LIST)
    assert (row["subject"], row["municipality"], row["is_over"]) == ("object:home", "0001", 0)
    at_home = [held.raw for held in service.east.store.facts_after(0, 100)]
    assert not any(b"CANARY kode" in raw for raw in at_home), "a card is sealed at home as well"


def test_a_number_is_one_objects_unless_a_whole_list_moves_it(service: Service) -> None:
    service.done(told(home("a", "1"), home("b", "2")))
    assert service.refused(told(home("c", "1"))) == "alarm_number_taken"
    service.done(told(home("a", "2"), home("b", "1"), of_list=True))
    assert service.numbers() == {("2", "object:a"), ("1", "object:b")}


def test_what_is_over_gives_its_numbers_back_and_is_kept(service: Service) -> None:
    service.done(told(home("a", "1")))
    service.done(TellObjects(ended=("a",), confirmer="id-pia"))
    assert service.numbers() == set()
    here = one(service.east.journal.query, OWN, EASTTOWN, "a")
    assert here is not None
    assert here.is_over
    assert service.refused(TellObjects(ended=("a",), confirmer="id-pia")) == "no_such_object"
    # A list that is confirmed again after a crash goes on.
    service.done(TellObjects(ended=("a",), told=(home("b"),), confirmer="id-pia", of_list=True))


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (told(home("A B")), "id_not_in_form"),
        (
            told(msgspec.structs.replace(home(), described=Described(name=" "))),
            "object_has_no_name",
        ),
        (TellObjects(ended=("nobody",), confirmer="id-pia"), "no_such_object"),
        (
            ConfirmObjectList(
                digest="d",
                confirmer=" ",
                row_count=0,
                added_count=0,
                changed_count=0,
                ended_count=0,
            ),
            "no_confirmer",
        ),
        (
            ShareCard(incident="i", object="home", to=EASTERN, card=sealed_text(Card())),
            "not_at_object",
        ),
    ],
)
def test_each_refusal_has_words_and_leaves_no_trace(
    service: Service, request_: msgspec.Struct, code: str
) -> None:
    before = service.east.journal.record.position
    assert service.refused(request_) == code
    assert service.east.journal.record.position == before


def test_the_real_world_takes_nothing_that_nobody_signed_for() -> None:
    context = Context(owner=EASTTOWN, actor=ACTOR, basis="owner", now=NOW, new_id=str, world=REAL)
    unsigned = TellObjects(told=(home(),))
    standing = {"home": decisions.Standing(row=None)}
    refused = decisions.tell(standing, unsigned, context)
    assert isinstance(refused, Refused)
    assert refused.code == "nobody_signed"
    assert not isinstance(decisions.tell(standing, told(home()), context), Refused)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), "2026-06-30"),
        (datetime(2026, 6, 30, 22, 1, tzinfo=UTC), "2026-07-01"),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "2026-12-31"),
        (datetime(2026, 12, 31, 23, 1, tzinfo=UTC), "2027-01-01"),
    ],
)
def test_a_signature_after_midnight_has_the_new_day(now: datetime, day: str) -> None:
    context = Context(
        owner=EASTTOWN,
        actor=ACTOR,
        basis="owner",
        now=now,
        new_id=str,
        zone=ZoneInfo("Europe/Copenhagen"),
    )
    told_all = decisions.tell({"home": decisions.Standing(row=None)}, told(home()), context)
    assert not isinstance(told_all, Refused)
    bodies = " ".join(str(msgspec.to_builtins(each.body)) for each in told_all)
    assert f"id-pia ({ACTOR.function}), {day}" in bodies


def test_as_many_objects_as_go_into_one_request_do(service: Service) -> None:
    service.done(told(*(home(f"h{n}", f"N{n}") for n in range(OBJECTS_PER_REQUEST))))


def test_what_is_near_is_found_the_nearest_first(service: Service) -> None:
    service.done(
        told(
            home("here", lat=57.0, lon=10.0),
            home("next", lat=57.0003, lon=10.0),
            home("far", lat=57.0006, lon=10.0),
        )
    )
    query = service.east.journal.query
    found = near(query, OWN, EASTTOWN, (57.0001, 10.0))
    assert [each.id for _, each in found] == ["here", "next"]
    assert found[0][0] == pytest.approx(11.1, abs=0.1)
    assert near(query, NOBODY, EASTTOWN, (57.0001, 10.0)) == []


def test_a_link_comes_with_an_alarm_and_is_never_refused() -> None:
    def refusing(actor: Actor, act: str, resource: Resource, at: datetime) -> Refused:  # noqa: ARG001
        return Refused(code="no_mandate", says="No.", try_instead="Ask.")

    node = Node(EAST, settings=Settings(catalogue=CATALOGUE, may=refusing))
    try:
        for content, is_done in (
            (LinkObject(incident="i1", object="home", by="hand"), True),
            (told(home()), False),
        ):
            outcome = node.ask(Request(owner=EASTTOWN, actor=ACTOR, content=content))
            assert isinstance(outcome, Done) is is_done
    finally:
        node.close()


def test_a_card_is_shared_with_one_organisation_and_with_nobody_else(service: Service) -> None:
    service.done(LinkObject(incident="i1", object="home", by="hand"))
    text = sealed_text(Card(access="CANARY"))
    service.done(ShareCard(incident="i1", object="home", to=EASTERN, card=text))
    query = service.east.journal.query
    (row,) = query.rows(Reader(organisations=frozenset({EASTERN})), SHARED_CARDS)
    # Under the incident's key: it goes when the incident's texts go.
    assert row["sealed_key"] == f"{EASTTOWN}/incident:i1"
    assert query.rows(Reader(organisations=frozenset({OrganisationId("port")})), SHARED_CARDS) == []


def test_a_reading_is_told_to_whose_card_it_is(service: Service) -> None:
    service.done(told(home()))
    service.done(NoteReading(owner=EASTTOWN, object="home", incident="i1", account="id-pia"))
    query = service.east.journal.query
    here = one(query, OWN, EASTTOWN, "home")
    assert here is not None
    (reading,) = readings(query, OWN, here)
    assert (reading.function, reading.incident) == ("duty_officer", "i1")
    assert query.rows(NOBODY, CARD_READINGS) == []
    assert CARD_READ.name not in str([h.raw for h in service.nation.store.facts_after(0, 100)])
