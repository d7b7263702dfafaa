# SPDX-License-Identifier: Apache-2.0
"""Orders: told whatever is odd about them, once, and called back only where they stand."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.dispatch import decisions
from bavn.capabilities.dispatch.capability import DISPATCH
from bavn.capabilities.dispatch.decisions import (
    AGAIN,
    ELSEWHERE,
    NOT_REGISTERED,
    ExplainOrder,
    OrderUnits,
    StandDown,
)
from bavn.capabilities.dispatch.facts import UnitsOrdered
from bavn.capabilities.dispatch.model.order import BINDS_MS
from bavn.capabilities.dispatch.views import ORDERS
from bavn.journal.catalogue import catalogue_of
from bavn.journal.decision import Context, Done, Outcome, Request
from bavn.journal.fact import SUBJECTS_LIMIT, Fact
from bavn.journal.kinds import Kinds
from bavn.journal.reader import NOBODY, Reader
from bavn.journal.strike import StrikeFact
from bavn.journal.table import Row
from bavn.kernel.instants import ms_of
from bavn.kernel.mandate import Actor, Resource
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, NATION, Clock, Node, Settings

ACTOR = Actor(organisation=EASTTOWN, function="control_room")
KINDS = Kinds(DISPATCH.part.kinds)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
CONTEXT = Context(owner=EASTTOWN, actor=ACTOR, basis="owner", now=NOW, new_id=lambda: "0199")
UNITS = st.lists(st.sampled_from([f"u{number}" for number in range(40)]), min_size=1, max_size=40)


class Service:
    """A service that orders, and the nation that hears."""

    def __init__(self) -> None:
        self.clock = Clock()
        settings = Settings(catalogue=catalogue_of([DISPATCH.part]), clock=self.clock)
        self.east = Node(EAST, settings=settings)
        self.nation = Node(NATION, settings=settings)

    def ask(self, content: msgspec.Struct, ref: str | None = None) -> Outcome:
        sender = None if ref is None else "board"
        asked = Request(owner=EASTTOWN, actor=ACTOR, content=content, sender=sender, ref=ref)
        outcome = self.east.ask(asked)
        self.nation.hear(self.east)
        return outcome

    def done(self, content: msgspec.Struct, ref: str | None = None) -> list[Fact]:
        outcome = self.ask(content, ref)
        assert isinstance(outcome, Done), outcome
        items = [self.east.journal.query.item(OWN, fact) for fact in outcome.facts]
        return [item.fact for item in items if item is not None]

    def ordered(self, content: OrderUnits, ref: str | None = None) -> UnitsOrdered:
        (fact,) = self.done(content, ref)
        body = KINDS.read(fact)
        assert isinstance(body, UnitsOrdered)
        return body

    def standing(self) -> dict[tuple[str, str], bool]:
        """By unit and incident: whether the order stands, as the nation knows it as well."""
        rows = self.east.journal.query.rows(NOBODY, ORDERS)
        assert self.nation.journal.query.rows(NOBODY, ORDERS) == rows
        return {
            (str(row["subject"]), str(row["incident"])): row["stood_down_at_ms"] is None
            for row in rows
        }


OWN = Reader(organisations=frozenset({EASTTOWN}))


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    for node in (service.east, service.nation):
        assert list(node.journal.verify()) == []
        node.close()


def order(*units: str, incident: str = "i1", **more: object) -> OrderUnits:
    return OrderUnits(incident=incident, area=EASTERN, units=units, **more)  # type: ignore[arg-type]


@pytest.mark.requirement("E5.1")
def test_what_is_ordered_is_known_everywhere_with_what_was_proposed(service: Service) -> None:
    body = service.ordered(order("u1", "u2", proposed=("u1", "u3")))
    assert (body.units, body.proposed, body.flags) == (("u1", "u2"), ("u1", "u3"), ())
    assert service.standing() == {("unit:u1", "i1"): True, ("unit:u2", "i1"): True}


def test_sent_twice_it_is_one_order(service: Service) -> None:
    first = service.ask(order("u1"), "key")
    again = service.ask(order("u1"), "key")
    assert isinstance(first, Done)
    assert isinstance(again, Done)
    assert (again.facts, again.repeated) == (first.facts, True)


def test_two_officers_send_one_unit_and_the_second_is_told_so(service: Service) -> None:
    service.ordered(order("u1", "u2"))
    assert service.ordered(order("u2", "u3")).units == ("u3",)
    assert service.ordered(order("u1")).flags == (AGAIN,)
    elsewhere = service.ordered(order("u1", incident="i2"))
    assert elsewhere.flags == (ELSEWHERE,)


def test_an_old_order_elsewhere_binds_nobody(service: Service) -> None:
    service.ordered(order("u1"))
    service.clock.forward(milliseconds=BINDS_MS + 1)
    assert service.ordered(order("u1", incident="i2")).flags == ()


def test_a_unit_that_no_register_knows_is_ordered_and_flagged(service: Service) -> None:
    assert service.ordered(order("u9", unregistered=("u9",))).flags == (NOT_REGISTERED,)


def test_who_is_called_back_may_be_ordered_anew(service: Service) -> None:
    service.ordered(order("u1", "u2"))
    service.done(StandDown(incident="i1", area=EASTERN, units=("u1", "u9")))
    assert service.standing() == {("unit:u1", "i1"): False, ("unit:u2", "i1"): True}
    assert service.ordered(order("u1")).flags == ()
    assert service.standing()["unit:u1", "i1"]


def test_a_struck_order_is_none(service: Service) -> None:
    (fact,) = service.done(order("u1"))
    service.done(StrikeFact(fact=fact.id, reason=Private("the wrong incident")))
    assert service.standing() == {}


def test_nobody_is_called_back_who_was_not_sent(service: Service) -> None:
    refused = service.ask(StandDown(incident="i1", area=EASTERN, units=("u1",)))
    assert isinstance(refused, Refused)
    assert (refused.code, refused.values) == ("not_ordered", {"incident": "i1"})


def test_a_reason_may_come_later_and_is_kept_for_the_service_alone(service: Service) -> None:
    why = ExplainOrder(incident="i1", text=Private("CANARY the road is closed"))
    refused = service.ask(why)
    assert isinstance(refused, Refused)
    assert refused.code == "nothing_ordered"
    service.ordered(order("u1"))
    empty = service.ask(ExplainOrder(incident="i1", text=Private("  ")))
    assert isinstance(empty, Refused)
    assert empty.code == "reason_is_empty"
    (fact,) = service.done(why)
    assert fact.kind == "dispatch.order_explained"
    for node in (service.east, service.nation):
        assert not any(b"CANARY" in held.raw for held in node.store.facts_after(0, 100))
    held = service.nation.store.facts_after(0, 100)
    assert not any(b"order_explained" in each.raw for each in held)


def test_no_mandate_and_no_gate_stops_an_order() -> None:
    def refusing(actor: Actor, act: str, resource: Resource, at: datetime) -> Refused:  # noqa: ARG001
        return Refused(code="no_mandate", says="No.", try_instead="Ask.")

    parts = catalogue_of([DISPATCH.part])
    node = Node(EAST, settings=Settings(catalogue=parts, may=refusing))
    try:
        request = Request(owner=EASTTOWN, actor=ACTOR, content=order("u1"))
        assert isinstance(node.ask(request), Done)
        down = StandDown(incident="i1", area=EASTERN, units=("u1",))
        refused = node.ask(Request(owner=EASTTOWN, actor=ACTOR, content=down))
        assert isinstance(refused, Refused)
        assert refused.code == "no_mandate"
    finally:
        node.close()


def row(unit: str, incident: str, *, stands: bool = True) -> Row:
    return {
        "subject": f"unit:{unit}",
        "incident": incident,
        "ordered_at_ms": ms_of(NOW),
        "stood_down_at_ms": None if stands else ms_of(NOW),
    }


@given(UNITS, UNITS, UNITS)
def test_everybody_who_is_not_on_order_is_told_of_once_and_facts_keep_their_limit(
    asked: list[str], here: list[str], elsewhere: list[str]
) -> None:
    rows = [row(unit, "i1") for unit in here] + [row(unit, "i2") for unit in elsewhere]
    drafts = decisions.order(rows, order(*asked), CONTEXT)
    told = [unit for draft in drafts for unit in draft.body.units]  # type: ignore[attr-defined]
    assert len(told) == len(set(told))
    assert set(told) == (set(asked) - set(here) or set(asked))
    for draft in drafts:
        assert len(draft.about) <= SUBJECTS_LIMIT
        assert draft.about[0] == "incident:i1"
        assert (AGAIN in draft.body.flags) == (set(asked) <= set(here))  # type: ignore[attr-defined]
        assert (ELSEWHERE in draft.body.flags) == bool(set(told) & set(elsewhere))  # type: ignore[attr-defined]
