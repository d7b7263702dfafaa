# SPDX-License-Identifier: Apache-2.0
"""Call-outs on record: begun by an order, escalated by time alone, ended by an answer."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
import pytest

from bavn.capabilities.alerting.capability import alerting
from bavn.capabilities.alerting.facts import RuleStep
from bavn.capabilities.alerting.model.escalating import Rule
from bavn.capabilities.alerting.model.requests import (
    EndCallouts,
    GiveReceipt,
    Inform,
    NoteFailed,
    NoteHandedOver,
    RemoveAddress,
    SetAddress,
    SetAlertRule,
    SetInformRule,
)
from bavn.capabilities.alerting.views import ALERTS, CALLOUTS, INFORMED
from bavn.capabilities.dispatch.capability import DISPATCH
from bavn.capabilities.dispatch.decisions import OrderUnits, StandDown
from bavn.capabilities.operations.capability import OPERATIONS
from bavn.capabilities.operations.decisions import CloseIncident, ReportIncident, SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.organisation.capability import ORGANISATION
from bavn.capabilities.organisation.facts import UnitDescribed
from bavn.journal.catalogue import Part, catalogue_of
from bavn.journal.decision import Context, Decision, Done, Outcome, Request
from bavn.journal.fact import Draft
from bavn.journal.reader import Reader
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.mandate import Actor, Allowed, Resource, owner_may
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from tests.lilleland.nodes import (
    EAST,
    EASTERN,
    EASTTOWN,
    HARBOUR,
    PORT,
    Clock,
    Node,
    Settings,
)

RULE = Rule(
    steps=(
        RuleStep(0, ("unit/1", "station/1")),
        RuleStep(60, ("unit/2",)),
        RuleStep(60, ("function:duty_officer/*",)),
    ),
    board_wait_s=60,
    basis="invented",
)
PART = alerting(RULE).part
CATALOGUE = catalogue_of([OPERATIONS.part, DISPATCH.part, ORGANISATION.part, PART])
CANARY = "canary@example.org"


class Service:
    """A service that orders, and a clock that moves."""

    def __init__(self, **settings: object) -> None:
        self.clock = Clock()
        made = Settings(catalogue=CATALOGUE, clock=self.clock, **settings)  # type: ignore[arg-type]
        self.node = Node(EAST, settings=made)

    def ask(self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN) -> Outcome:
        actor = Actor(organisation=owner, function="duty_officer")
        return self.node.ask(Request(owner=owner, actor=actor, content=content))

    def done(self, content: msgspec.Struct, owner: OrganisationId = EASTTOWN) -> Done:
        outcome = self.ask(content, owner)
        assert isinstance(outcome, Done), outcome
        self.turn()
        return outcome

    def turn(self) -> None:
        while self.node.journal.turn():
            pass

    def wait(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)
        self.turn()

    def address(self, id_: str, target: str, rank: int = 1) -> None:
        self.done(
            SetAddress(id=id_, target=target, channel="pager", rank=rank, address=Private(CANARY))
        )

    def order(self, *units: str, incident: str = "i1") -> None:
        self.done(OrderUnits(incident=incident, area=EASTERN, units=units))

    def callout(self, owner: OrganisationId = EASTTOWN) -> Row:
        rows = self.callouts(owner)
        return next(row for row in rows if row["state"] != "ended")

    def callouts(self, owner: OrganisationId = EASTTOWN) -> list[Row]:
        return self.node.journal.query.rows(own(owner), CALLOUTS)

    def states(self) -> dict[str, str]:
        """The state of each alert by the address that it goes to."""
        rows = self.node.journal.query.rows(own(EASTTOWN), ALERTS)
        return {str(row["address"]): str(row["state"]) for row in rows}

    def alert(self, address: str) -> str:
        rows = self.node.journal.query.rows(own(EASTTOWN), ALERTS)
        return next(str(row["alert"]) for row in rows if row["address"] == address)


def own(owner: OrganisationId) -> Reader:
    return Reader(organisations=frozenset({owner}))


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    service.address("first", "unit:u1")
    service.address("next", "unit:u1", 2)
    service.address("officer", "function:duty_officer")
    yield service
    assert list(service.node.journal.verify()) == []
    service.node.close()


def test_an_order_alerts_the_crew_by_the_rules_first_step_alone(service: Service) -> None:
    service.order("u1")
    assert service.states() == {"first": "queued", "next": "planned", "officer": "planned"}
    assert service.callout()["state"] == "open"


def test_time_alone_escalates_step_by_step_up_to_the_board(service: Service) -> None:
    service.order("u1")
    service.wait(59)
    assert service.states()["next"] == "planned"
    service.wait(1)
    assert service.states()["next"] == "queued"
    service.wait(60)
    assert service.states()["officer"] == "queued"
    assert service.callout()["state"] == "open"
    service.wait(60)
    assert service.callout()["state"] == "unanswered"
    service.wait(3600)
    assert service.callout()["due_at_ms"] is None


def test_an_answer_ends_it_and_nobody_more_is_alerted(service: Service) -> None:
    service.order("u1")
    alert = service.alert("first")
    service.done(NoteHandedOver(alert=alert, attempt_count=2))
    service.done(GiveReceipt(alert=alert, sort="delivered", by="gateway"))
    assert service.callout()["state"] == "open", "that it arrived is no answer"
    service.done(GiveReceipt(alert=alert, sort="acknowledged", by="gateway"))
    row = service.callout()
    assert (row["state"], row["answered_by"]) == ("answered", "gateway")
    assert service.states() == {"first": "handed_over", "next": "dropped", "officer": "dropped"}
    service.wait(3600)
    assert service.states()["next"] == "dropped"


def test_what_is_told_twice_is_kept_once(service: Service) -> None:
    service.order("u1")
    alert = service.alert("first")
    for content in (
        NoteHandedOver(alert=alert, attempt_count=1),
        GiveReceipt(alert=alert, sort="acknowledged", by="gateway"),
    ):
        assert service.done(content).facts
        assert service.done(content).facts == ()
    assert service.done(GiveReceipt(alert=alert, sort="delivered", by="gateway")).facts == ()


def test_a_receipt_for_nothing_and_one_that_is_none_are_refused(service: Service) -> None:
    service.order("u1")
    missing = service.ask(GiveReceipt(alert="abc-0", sort="delivered", by="gateway"))
    assert isinstance(missing, Refused)
    assert missing.code == "no_such_alert"
    odd = service.ask(GiveReceipt(alert=service.alert("first"), sort="seen", by="gateway"))
    assert isinstance(odd, Refused)
    assert odd.code == "no_such_receipt"


def test_a_step_that_fails_whole_leads_to_the_next_at_once(service: Service) -> None:
    service.order("u1")
    service.done(NoteFailed(alert=service.alert("first"), why="refused", attempt_count=1))
    assert service.states()["next"] == "queued"
    service.done(NoteFailed(alert=service.alert("next"), why="refused", attempt_count=1))
    service.done(NoteFailed(alert=service.alert("officer"), why="refused", attempt_count=1))
    assert service.callout()["state"] == "unanswered"


def test_one_of_two_that_fails_hurries_nobody(service: Service) -> None:
    service.address("second", "unit:u1")
    service.order("u1")
    service.done(NoteFailed(alert=service.alert("first"), why="refused", attempt_count=1))
    assert service.states()["next"] == "planned"
    assert (
        service.done(NoteFailed(alert=service.alert("first"), why="refused", attempt_count=1)).facts
        == ()
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (UnitStatus.EN_ROUTE, "answered"),
        (UnitStatus.ALERTED, "answered"),
        (UnitStatus.NOT_READY, "open"),
        (UnitStatus.RETURNING, "open"),
    ],
)
def test_a_units_own_word_that_it_comes_is_its_answer(
    service: Service, status: UnitStatus, state: str
) -> None:
    service.order("u1")
    said = SetUnitStatus(unit="u1", area=EASTERN, status=status, incident="i1")
    service.done(said)
    assert service.callout()["state"] == state
    if state == "answered":
        assert service.callout()["answered_by"] == "unit"


def test_a_word_about_another_incident_is_no_answer(service: Service) -> None:
    service.order("u1")
    service.done(SetUnitStatus(unit="u1", area=EASTERN, status=UnitStatus.AT_SCENE, incident="i9"))
    assert service.callout()["state"] == "open"


def test_who_is_called_back_is_recalled_and_waited_for_no_more(service: Service) -> None:
    service.order("u1")
    service.done(StandDown(incident="i1", area=EASTERN, units=("u1",)))
    by_sort = {str(row["sort"]): row for row in service.callouts()}
    assert (by_sort["turn_out"]["state"], by_sort["turn_out"]["why"]) == ("ended", "stood_down")
    assert by_sort["recall"]["state"] == "open"
    service.done(SetUnitStatus(unit="u1", area=EASTERN, status=UnitStatus.RETURNING, incident="i1"))
    assert service.callout()["state"] == "answered"


def test_who_is_free_of_the_incident_has_heard_the_recall_and_no_call_out(service: Service) -> None:
    service.order("u1")
    free = SetUnitStatus(unit="u1", area=EASTERN, status=UnitStatus.AVAILABLE, incident="i1")
    service.done(free)
    assert service.callout()["state"] == "open", "it may be a word from before the order"
    service.done(StandDown(incident="i1", area=EASTERN, units=("u1",)))
    service.done(SetUnitStatus(unit="u1", area=EASTERN, status=UnitStatus.AVAILABLE))
    assert service.callout()["state"] == "open", "it says so all day, of nothing"
    service.clock.forward(seconds=1)
    service.done(free)
    assert service.callout()["state"] == "answered"


@pytest.mark.parametrize(("minutes", "count"), [(30, 1), (31, 0)])
def test_a_node_that_was_down_for_long_wakes_nobody_for_an_old_order(
    service: Service, minutes: int, count: int
) -> None:
    assert isinstance(service.ask(OrderUnits(incident="i1", area=EASTERN, units=("u1",))), Done)
    service.clock.forward(minutes=minutes)
    service.turn()
    assert len(service.callouts()) == count


def test_ordered_again_there_is_one_call_out_to_wait_for(service: Service) -> None:
    service.order("u1")
    service.order("u1")
    assert sorted(str(row["state"]) for row in service.callouts()) == ["ended", "open"]


def test_a_closed_incident_waits_for_nobody(service: Service) -> None:
    service.done(ReportIncident(incident="i1", area=EASTERN))
    service.order("u1")
    service.order("u2")
    service.done(StandDown(incident="i1", area=EASTERN, units=("u2",)))
    service.done(CloseIncident(incident="i1", area=EASTERN, outcome="real"))
    whys = sorted(str(row["why"]) for row in service.callouts())
    assert whys == ["closed", "closed", "stood_down"], "a recall is over as well"
    assert service.done(EndCallouts(incident="i1")).facts == ()


def test_an_officer_can_say_that_a_crew_has_answered_where_nobody_could_be_alerted(
    service: Service,
) -> None:
    service.done(RemoveAddress(id="officer"))
    service.order("u9")
    row = service.callout()
    assert (row["state"], row["why"]) == ("unanswered", "nobody")
    callout = str(row["subject"]).partition(":")[2]
    refused = service.ask(GiveReceipt(alert=f"{callout}-0", sort="acknowledged", by="gateway"))
    assert isinstance(refused, Refused)
    service.done(GiveReceipt(alert=f"{callout}-0", sort="acknowledged", by="person"))
    assert service.callout()["state"] == "answered"


def test_a_service_without_addresses_alerts_by_other_means() -> None:
    service = Service()
    service.order("u1")
    assert service.callouts() == []
    service.node.close()


def test_a_rule_of_the_services_own_holds_from_its_instant_on(service: Service) -> None:
    begins_at = datetime.fromisoformat("2027-01-01T01:00:00+00:00")
    steps = (RuleStep(0, ("unit/*",)),)
    service.done(SetAlertRule(begins_at=begins_at, steps=steps, board_wait_s=5, basis="adopted"))
    service.order("u1")
    assert service.states()["next"] == "planned"
    service.wait(3600)
    service.order("u1", incident="i2")
    newest = max(service.callouts(), key=lambda row: str(row["begun_at_ms"]))
    assert newest["incident"] == "i2"
    assert newest["board_wait_s"] == 5
    bad = SetAlertRule(
        begins_at=begins_at, steps=(RuleStep(0, ("all",)),), board_wait_s=1, basis="b"
    )
    refused = service.ask(bad)
    assert isinstance(refused, Refused)
    assert refused.code == "rule_unreadable"


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": "everybody"},
        {"channel": "Pager!"},
        {"rank": 0},
        {"address": Private("a\r\nBcc: b")},
        {"address": Private("")},
    ],
    ids=lambda each: next(iter(each)),
)
def test_an_address_that_cannot_be_used_is_refused(
    service: Service, wrong: dict[str, object]
) -> None:
    given: dict[str, object] = {
        "target": "unit:u1",
        "channel": "pager",
        "rank": 1,
        "address": Private("x"),
    }
    refused = service.ask(SetAddress(id="x", **{**given, **wrong}))  # type: ignore[arg-type]
    assert isinstance(refused, Refused)
    assert refused.code == "address_unusable"


def test_an_address_is_nowhere_on_record_in_the_clear_and_never_leaves(service: Service) -> None:
    harbour = Node(HARBOUR, settings=Settings(catalogue=CATALOGUE, clock=service.clock))
    service.order("u1")
    harbour.hear(service.node)
    for node in (service.node, harbour):
        assert not any(CANARY.encode() in held.raw for held in node.store.facts_after(0, 500))
    theirs = b"".join(held.raw for held in harbour.store.facts_after(0, 500))
    assert b"units_ordered" in theirs
    assert b"alerting." not in theirs
    harbour.close()


def test_who_is_told_is_told_once_and_the_second_person_sees_it(service: Service) -> None:
    service.done(ReportIncident(incident="i1", area=EASTERN))
    told = Inform(incident="i1", who="mayor", how="phone", account="id-a", note=Private(CANARY))
    service.done(told)
    again = service.ask(msgspec.structs.replace(told, account="id-b"))
    assert isinstance(again, Refused)
    assert (again.code, again.values["by"]) == ("already_informed", "duty_officer")
    (row,) = service.node.journal.query.rows(own(EASTTOWN), INFORMED)
    assert (row["who"], row["how"], row["account"]) == ("mayor", "phone", "id-a")
    raws = [held.raw for held in service.node.store.facts_after(0, 500)]
    assert not any(CANARY.encode() in raw for raw in raws)


def test_no_mandate_and_no_gate_stops_a_call_out_and_everything_else_it_does() -> None:
    is_closed = False

    def gate(actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed | Refused:
        if is_closed:
            return Refused(code="no_mandate", says="No.", try_instead="Ask.")
        return owner_may(actor, act, resource, at)

    service = Service(may=gate)
    service.address("first", "unit:u1")
    is_closed = True
    service.order("u1")
    service.wait(180)
    assert service.callout()["state"] == "unanswered"
    for content in (
        SetAddress(id="x", target="unit:u1", channel="p", rank=1, address=Private("x")),
        RemoveAddress(id="first"),
        SetAlertRule(begins_at=service.clock.now, steps=(), board_wait_s=1, basis="b"),
        SetInformRule(
            code="mayor",
            begins_at=service.clock.now,
            danish="B",
            english="M",
            types=(),
            units_least=0,
            basis="b",
        ),
        Inform(incident="i1", who="mayor", how="phone", account="", note=Private("")),
        GiveReceipt(alert=service.alert("first"), sort="acknowledged", by="gateway"),
    ):
        refused = service.ask(content)
        assert isinstance(refused, Refused), content
        assert refused.code == "no_mandate"
    service.node.close()


class Describe(msgspec.Struct, frozen=True, kw_only=True):
    """Have it told that there is a unit."""

    unit: str


def described(_state: None, request: Describe, context: Context) -> list[Draft]:
    body = UnitDescribed(
        type="ASP", callsign="P1", station="port-01", crew=6, capabilities=(), basis="invented"
    )
    about = (Subject(f"unit:{request.unit}"),)
    return [Draft(body=body, about=about, happened_at=context.now)]


def test_anothers_crew_is_called_out_by_its_own_service_with_the_place() -> None:
    describing = Decision(
        act="test.describe", request=Describe, load=lambda *_: None, decide=described
    )
    parts = [OPERATIONS.part, DISPATCH.part, ORGANISATION.part, PART, Part(decisions=(describing,))]
    clock = Clock()
    settings = Settings(catalogue=catalogue_of(parts), clock=clock)
    east, harbour = Node(EAST, settings=settings), Node(HARBOUR, settings=settings)

    def done(node: Node, owner: OrganisationId, content: msgspec.Struct) -> None:
        actor = Actor(organisation=owner, function="duty_officer")
        node.done(Request(owner=owner, actor=actor, content=content))
        for _ in range(3):
            while east.journal.turn() + harbour.journal.turn():
                pass
            harbour.hear(east)
            east.hear(harbour)

    done(harbour, PORT, Describe(unit="p1"))
    address = Private(CANARY)
    for target in ("unit:p1", "station:port-01"):
        id_ = target.replace(":", "-")
        content = SetAddress(id=id_, target=target, channel="pager", rank=1, address=address)
        done(harbour, PORT, content)
    done(
        east,
        EASTTOWN,
        ReportIncident(incident="i1", area=EASTERN, latitude=57.123456, longitude=10.654321),
    )
    # East keeps addresses as well, and alerts nobody of the port's itself.
    mine = SetAddress(id="m", target="unit:p1", channel="pager", rank=1, address=Private("mine"))
    done(east, EASTTOWN, mine)
    done(east, EASTTOWN, OrderUnits(incident="i1", area=EASTERN, units=("p1",)))
    assert east.journal.query.rows(own(EASTTOWN), CALLOUTS) == []
    (row,) = harbour.journal.query.rows(own(PORT), CALLOUTS)
    assert (row["owner"], row["unit"], row["asked_by"]) == (PORT, "p1", EASTTOWN)
    assert (row["latitude"], row["longitude"]) == (57.123456, 10.654321)
    alerts = harbour.journal.query.rows(own(PORT), ALERTS)
    assert {str(each["address"]) for each in alerts} == {"unit-p1", "station-port-01"}
    # What was asked long ago wakes nobody: it is noted for a person.
    clock.forward(minutes=1)
    asked = Request(
        owner=EASTTOWN,
        actor=Actor(organisation=EASTTOWN, function="duty_officer"),
        content=OrderUnits(incident="i2", area=EASTERN, units=("p1",)),
    )
    east.done(asked)
    while east.journal.turn():
        pass
    clock.forward(minutes=31)
    harbour.hear(east)
    while harbour.journal.turn():
        pass
    assert len(harbour.journal.query.rows(own(PORT), CALLOUTS)) == 1
    for node in (east, harbour):
        assert list(node.journal.verify()) == []
        node.close()
