# SPDX-License-Identifier: Apache-2.0
"""Deliver, then erase: over any order of requests, on a real journal with real keys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bavn.capabilities.archive.decisions.asking import (
    ApproveErasure,
    AskErasure,
    DeliverPackage,
    DropErasure,
    EndAccess,
    LiftHold,
    OpenAccess,
    PlaceHold,
)
from bavn.capabilities.archive.facts import DeliveredIncident
from bavn.capabilities.archive.model.retention import Rule, Then, mark_of
from bavn.capabilities.archive.views import ERASURES, HOLDS, INCIDENTS
from bavn.capabilities.archive.views.access import ACCESS
from bavn.capabilities.operations.decisions.deciding import (
    CloseIncident,
    NoteIncident,
    ReportIncident,
)
from bavn.journal.decision import Done, Outcome
from bavn.journal.kinds import KeyErased
from bavn.journal.reader import Reader
from bavn.journal.vault import key_name
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.archive import rules_of
from bavn.node.wiring import COUNTRY, catalogue
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, Clock, Node, Settings, request

ALL = Reader(organisations=frozenset({EASTTOWN}), personal=True)
YEARS = timedelta(days=1826)


@dataclass
class Kept:
    """A node with some incidents, and what the test itself remembers of what was done."""

    clock: Clock = field(default_factory=lambda: Clock(datetime(2027, 1, 1, tzinfo=UTC)))
    delivered: dict[str, set[str]] = field(default_factory=dict)
    askers: dict[str, str] = field(default_factory=dict)
    packages: int = 0

    def __post_init__(self) -> None:
        self.node = Node(EAST, settings=Settings(catalogue=catalogue(), clock=self.clock))
        self.incidents = [self._incident(number) for number in range(3)]

    def _incident(self, number: int) -> str:
        content = ReportIncident(
            incident_type="BR-GRD",
            municipality="0851",
            latitude=57.0,
            longitude=9.9,
            area=EASTERN,
            address=Private(f"Skovvej {number}"),
        )
        done = self.node.done(request(EASTTOWN, content))
        about = self.node.journal.query.item(ALL, done.facts[0])
        assert about is not None
        return about.fact.about[0].partition(":")[2]

    def ask(self, content: object) -> Outcome:
        outcome = self.node.ask(request(EASTTOWN, content))
        assert isinstance(outcome, Done | Refused), outcome
        return outcome

    def mark(self, incident: str) -> str:
        items = self.node.journal.query.history(ALL, EASTTOWN, f"incident:{incident}")
        return mark_of(each.fact for each in items)

    def row(self, incident: str) -> dict[str, object]:
        where = {"subject": f"incident:{incident}"}
        (row,) = self.node.journal.query.rows(ALL, INCIDENTS, where)
        return dict(row)

    def held(self, incident: str) -> bool:
        query = self.node.journal.query
        holds = query.rows(ALL, HOLDS, {"subject": f"incident:{incident}"})
        asked = query.rows(ALL, ACCESS, {"incident": incident})
        return any(each["lifted_at_ms"] is None for each in holds) or any(
            each["state"] in {"open", "waiting", "approved"} for each in asked
        )

    def is_gone(self, incident: str) -> bool:
        return self.node.keys.is_erased(key_name(EASTTOWN, f"incident:{incident}"))


def erasure_of(done: Done, kept: Kept) -> str:
    item = kept.node.journal.query.item(ALL, done.facts[0])
    assert item is not None
    return item.fact.about[0].partition(":")[2]


def _deliver(kept: Kept, incident: str, account: str) -> None:
    mark = kept.mark(incident)
    kept.packages += 1
    content = DeliverPackage(
        package="p",
        digest=f"{kept.packages:064x}",
        receiver="Arkivet",
        receipt="1",
        begin=date(2027, 1, 1),
        end=date(2028, 1, 1),
        incidents=(DeliveredIncident(incident=incident, mark=mark),),
        account=account,
    )
    if isinstance(kept.ask(content), Done):
        kept.delivered.setdefault(incident, set()).add(mark)


def _hold(kept: Kept, incident: str, account: str) -> None:
    note = Private("")
    kept.ask(PlaceHold(incident=incident, reason="open_case", note=note, account=account))


def _lift(kept: Kept, incident: str, account: str) -> None:
    where = {"subject": f"incident:{incident}"}
    for row in kept.node.journal.query.rows(ALL, HOLDS, where):
        kept.ask(LiftHold(incident=incident, hold=str(row["hold"]), account=account))


def _open(kept: Kept, incident: str, account: str) -> None:
    content = OpenAccess(
        incident=incident,
        law="offentlighedsloven",
        received_on=date(2027, 1, 1),
        requester=Private("Bo"),
        account=account,
    )
    kept.ask(content)


def _end(kept: Kept, incident: str, account: str) -> None:
    for row in kept.node.journal.query.rows(ALL, ACCESS, {"incident": incident}):
        name = str(row["subject"]).partition(":")[2]
        kept.ask(EndAccess(access=name, outcome="refused", account=account))


def _ask(kept: Kept, incident: str, account: str) -> None:
    outcome = kept.ask(AskErasure(subjects=(f"incident:{incident}",), account=account))
    if isinstance(outcome, Done):
        kept.askers[erasure_of(outcome, kept)] = account


def _decide(sort: type[ApproveErasure | DropErasure], kept: Kept, account: str) -> None:
    for row in kept.node.journal.query.rows(ALL, ERASURES, {"state": "asked"}):
        name = str(row["subject"]).partition(":")[2]
        approve(kept, sort(erasure=name, account=account), name)


PAPERS: dict[str, Callable[[Kept, str, str], None]] = {
    "deliver": _deliver,
    "hold": _hold,
    "lift": _lift,
    "open": _open,
    "end": _end,
    "ask": _ask,
    "approve": lambda kept, _, account: _decide(ApproveErasure, kept, account),
    "drop": lambda kept, _, account: _decide(DropErasure, kept, account),
}


def do(kept: Kept, step: tuple[str, int, str]) -> None:
    """One request of a person, whatever comes of it."""
    what, number, account = step
    incident = kept.incidents[number]
    match what:
        case "close":
            kept.ask(CloseIncident(incident=incident, area=EASTERN))
        case "note":
            kept.ask(NoteIncident(incident=incident, text=Private("Ringede til Olsen")))
        case "wait":
            kept.clock.forward(days=900)
        case _:
            PAPERS[what](kept, incident, account)


def approve(kept: Kept, content: ApproveErasure | DropErasure, name: str) -> None:
    """Approve or drop; what is gone afterwards was allowed to go before."""
    before = {each: kept.is_gone(each) for each in kept.incidents}
    might = {each: _might_go(kept, each) for each in kept.incidents}
    outcome = kept.ask(content)
    went = [each for each in kept.incidents if kept.is_gone(each) and not before[each]]
    if went:
        assert isinstance(outcome, Done)
        assert isinstance(content, ApproveErasure)
        assert content.account != kept.askers[name], "one person has erased"
    for each in went:
        assert might[each], "it was held, not due, or not delivered as it stood"
        items = kept.node.journal.query.history(ALL, EASTTOWN, f"incident:{each}")
        read = catalogue().kinds.read
        assert [i for i in items if isinstance(read(i.fact), KeyErased)], "it is not named"
        assert kept.row(each)["is_erased"] == 1


def _might_go(kept: Kept, incident: str) -> bool:
    """By what the test knows itself, without the decision's own words."""
    closed = kept.row(incident)["closed_at_ms"]
    if not isinstance(closed, int) or kept.held(incident):
        return False
    over = datetime.fromtimestamp(closed / 1000, UTC)
    is_delivered = kept.mark(incident) in kept.delivered.get(incident, set())
    return is_delivered and kept.clock.now - over >= timedelta(days=1825)


STEPS = st.tuples(
    st.sampled_from(
        (
            *("close", "note", "wait", "deliver", "hold", "lift", "open", "end", "drop"),
            *("ask", "approve", "approve"),
        )
    ),
    st.integers(0, 2),
    st.sampled_from(("a", "b")),
)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(STEPS, max_size=30))
def test_nothing_is_erased_that_was_not_delivered_or_is_held(steps: list) -> None:  # type: ignore[type-arg]
    kept = Kept()
    try:
        # Most random walks would end before anything is due.
        for start in (("close", 0, "a"), ("wait", 0, "a"), ("wait", 0, "a"), ("wait", 0, "a")):
            do(kept, start)
        before = {each: kept.is_gone(each) for each in kept.incidents}
        for step in steps:
            do(kept, step)
            after = {each: kept.is_gone(each) for each in kept.incidents}
            if step[0] != "approve":
                assert after == before, f"{step} erased something"
            before = after
    finally:
        kept.node.close()


GOES = (
    ("close", 0, "a"),
    ("wait", 0, "a"),
    ("wait", 0, "a"),
    ("wait", 0, "a"),
    ("deliver", 0, "a"),
    ("ask", 0, "a"),
)


def test_what_was_delivered_goes_by_two_persons_and_is_in_no_file() -> None:
    kept = Kept()
    for step in GOES:
        do(kept, step)
    do(kept, ("approve", 0, "a"))
    assert not kept.is_gone(kept.incidents[0]), "one person is not two"
    do(kept, ("approve", 0, "b"))
    assert kept.is_gone(kept.incidents[0])
    assert kept.node.keys.key(key_name(EASTTOWN, f"incident:{kept.incidents[0]}")) is None
    assert not kept.is_gone(kept.incidents[1])
    kept.node.close()


@pytest.mark.parametrize("between", ["note", "hold", "open"])
def test_what_comes_between_asking_and_approving_stops_it(between: str) -> None:
    kept = Kept()
    for step in (*GOES, (between, 0, "a"), ("approve", 0, "b")):
        do(kept, step)
    assert not kept.is_gone(kept.incidents[0])
    undo = {"note": "deliver", "hold": "lift", "open": "end"}[between]
    for step in ((undo, 0, "a"), ("approve", 0, "b")):
        do(kept, step)
    assert kept.is_gone(kept.incidents[0]), "and it goes when that is seen to"
    kept.node.close()


def test_a_rule_without_delivery_erases_and_one_that_keeps_does_not() -> None:
    rules = {each.code: each for each in rules_of(COUNTRY)}
    assert rules["access"].erases
    assert not rules["access"].needs_delivery
    assert not rules["paper"].erases
    assert all(each.basis.startswith("own calibration") for each in rules.values())
    assert all(each.days > 0 for each in rules.values() if each.erases)
    assert isinstance(rules["incident"], Rule)
    assert rules["incident"].then is Then.ARCHIVE_ERASE
