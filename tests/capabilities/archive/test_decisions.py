# SPDX-License-Identifier: Apache-2.0
"""Every refusal of what is asked about what is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from bavn.capabilities.archive.decisions import access, asking, keeping
from bavn.capabilities.archive.facts import (
    DELIVERED_LIMIT,
    ERASED_LIMIT,
    AccessOpened,
    Choice,
    DeliveredIncident,
    GivenFile,
    PackageDelivered,
)
from bavn.capabilities.archive.model.retention import Rule, Then, due_at, rule_for
from bavn.capabilities.archive.model.standing import ErasureStands, Standing
from bavn.capabilities.archive.model.states import MOVES, Access, Move
from bavn.journal.decision import Context
from bavn.journal.fact import Draft
from bavn.journal.kinds import KeyErased
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import ms_of
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

NOW = datetime(2027, 3, 1, tzinfo=UTC)
OURS = OrganisationId("east")
CONTEXT = Context(
    owner=OURS,
    actor=Actor(organisation=OURS, function="organisation_administrator"),
    basis="own",
    now=NOW,
    new_id=lambda: "n1",
)
MARK, DIGEST = "0" * 32, "0" * 64


def rule(code: str, subject: str, then: Then, days: int = 10, **more: Any) -> Rule:
    told: dict[str, Any] = {"outcomes": (), "danish": code, "english": code, "basis": "x", **more}
    return Rule(code=code, subject=subject, days=days, then=then, **told)


RULES = (
    rule("false", "incident", Then.ARCHIVE_ERASE, 5, outcomes=("malicious",)),
    rule("incident", "incident", Then.ARCHIVE_ERASE),
    rule("access", "access", Then.ERASE),
    rule("paper", "paper", Then.KEEP, 0),
)
OVER = ms_of(NOW - timedelta(days=10))
DUE = Standing(
    subject="incident:i1",
    is_ours=True,
    over_at_ms=OVER,
    delivered=frozenset({MARK}),
    mark=MARK,
)
ASKED = ErasureStands(
    state="asked", account="a", items=(("incident:i1", "incident"),), standings=(DUE,)
)


def but(**changed: Any) -> Standing:
    return msgspec.structs.replace(DUE, **changed)


def waiting(standing: Standing) -> ErasureStands:
    return msgspec.structs.replace(ASKED, standings=(standing,))


# Why the texts of something do not go, whoever asks or approves.
STANDS: tuple[tuple[str, Standing], ...] = (
    ("nothing_kept", Standing(subject="incident:i1")),
    ("erased_already", but(is_erased=True)),
    ("erasure_without_rule", but(subject="paper:1")),
    ("erasure_without_rule", but(subject="nothing:1")),
    ("erasure_not_due", but(over_at_ms=None)),
    ("erasure_not_due", but(over_at_ms=OVER + 1)),
    ("erasure_held", but(held_by=("h1",))),
    ("erasure_not_delivered", but(delivered=frozenset())),
    ("erasure_not_delivered", but(mark="1" * 32)),
)
ITEM = DeliveredIncident(incident="i1", mark=MARK)
DELIVER = asking.DeliverPackage(
    package="p",
    digest=DIGEST,
    receiver="Arkivet",
    receipt="7",
    begin=date(2026, 1, 1),
    end=date(2027, 1, 1),
    incidents=(ITEM,),
    account="a",
)


@dataclass(frozen=True)
class Case:
    """Something that is asked, and each way in which it is refused."""

    decide: Callable[..., Any]
    asked: Any
    allowed: Any
    refused: tuple[tuple[str, Any, dict[str, Any]], ...] = field(default=())


NOBODY: dict[str, Any] = {"account": ""}


def at(state: Access, **more: Any) -> Row:
    return {"state": state.value, "mark": MARK, "submitted_account": "a", **more}


def moves(move: Move, **changed: Any) -> tuple[tuple[str, Any, dict[str, Any]], ...]:
    """The states in which a move is refused, from the table."""
    barred = [state for state in Access if (state, move) not in MOVES]
    return (
        ("archive_takes_a_person", at(Access.OPEN), NOBODY),
        ("access_stands", None, {}),
        *(("access_stands", at(state), {}) for state in barred),
        *((str(code), row, told) for code, (row, told) in changed.items()),
    )


CASES = {
    "hold": Case(
        keeping.place_hold,
        asking.PlaceHold(incident="i1", reason="access", note=Private(""), account="a"),
        DUE,
        (
            ("archive_takes_a_person", DUE, NOBODY),
            ("nothing_kept", Standing(subject="incident:i1"), {}),
            ("erased_already", but(is_erased=True), {}),
            ("hold_without_reason", DUE, {"reason": "no_such"}),
        ),
    ),
    "lift": Case(
        keeping.lift_hold,
        asking.LiftHold(incident="i1", hold="h1", account="a"),
        {"lifted_at_ms": None},
        (
            ("archive_takes_a_person", {"lifted_at_ms": None}, NOBODY),
            ("hold_unknown", None, {}),
            ("hold_unknown", {"lifted_at_ms": 1}, {}),
        ),
    ),
    "deliver": Case(
        keeping.deliver_package,
        DELIVER,
        (False, (DUE,)),
        (
            ("archive_takes_a_person", (False, (DUE,)), NOBODY),
            ("package_delivered", (True, (DUE,)), {}),
            ("delivery_without_receipt", (False, (DUE,)), {"receiver": " "}),
            ("delivery_without_receipt", (False, (DUE,)), {"receipt": ""}),
            ("package_not_ours", (False, (but(is_ours=False),)), {}),
            ("package_not_ours", (False, (but(over_at_ms=None),)), {}),
            ("package_not_ours", (False, ()), {"incidents": ()}),
        ),
    ),
    "ask": Case(
        keeping.ask_erasure(RULES),
        asking.AskErasure(subjects=("incident:i1",), account="a"),
        (DUE,),
        (
            ("archive_takes_a_person", (DUE,), NOBODY),
            ("erasure_size", (), {}),
            ("erasure_size", (DUE,) * (ERASED_LIMIT + 1), {}),
            ("erasure_waits", (but(erasure="erasure:e1"),), {}),
            *((code, (standing,), {}) for code, standing in STANDS),
        ),
    ),
    "approve": Case(
        keeping.approve_erasure(RULES),
        asking.ApproveErasure(erasure="e1", account="b"),
        ASKED,
        (
            ("archive_takes_a_person", ASKED, NOBODY),
            ("erasure_takes_two", ASKED, {"account": "a"}),
            ("erasure_over", None, {}),
            ("erasure_over", msgspec.structs.replace(ASKED, state="approved"), {}),
            ("erasure_over", msgspec.structs.replace(ASKED, state="dropped"), {}),
            *((code, waiting(standing), {}) for code, standing in STANDS),
        ),
    ),
    "drop": Case(
        keeping.drop_erasure,
        asking.DropErasure(erasure="e1", account="a"),
        ASKED,
        (("archive_takes_a_person", ASKED, NOBODY), ("erasure_over", None, {})),
    ),
    "open": Case(
        access.open_access,
        asking.OpenAccess(
            incident="i1",
            law="offentlighedsloven",
            received_on=date(2027, 1, 1),
            requester=Private("Bo"),
            account="a",
        ),
        DUE,
        (
            ("archive_takes_a_person", DUE, NOBODY),
            ("access_elsewhere", Standing(subject="incident:i1"), {}),
            ("access_without_request", DUE, {"law": "no_such"}),
            ("access_without_request", DUE, {"requester": Private(" ")}),
        ),
    ),
    "choose": Case(
        access.choose_access,
        asking.ChooseAccess(access="c", choices=(Choice(piece="p", ground=""),), account="a"),
        at(Access.OPEN),
        moves(Move.CHOOSE, nothing_chosen=(at(Access.OPEN), {"choices": ()})),
    ),
    "submit": Case(
        access.submit_access,
        asking.SubmitAccess(
            access="c", read=MARK, now=MARK, lacking_count=0, unreadable_count=0, account="a"
        ),
        at(Access.OPEN),
        moves(
            Move.SUBMIT,
            access_changed=(at(Access.OPEN), {"read": "x"}),
            access_undecided=(at(Access.OPEN), {"lacking_count": 1}),
            access_unreadable=(at(Access.OPEN), {"unreadable_count": 1}),
        ),
    ),
    "return": Case(
        access.return_access,
        asking.ReturnAccess(access="c", account="a"),
        at(Access.APPROVED),
        moves(Move.RETURN),
    ),
    "approve access": Case(
        access.approve_access,
        asking.ApproveAccess(access="c", read=MARK, now=MARK, account="b"),
        at(Access.WAITING),
        (
            *moves(
                Move.APPROVE,
                access_takes_two=(at(Access.WAITING), {"account": "a"}),
                access_changed=(at(Access.WAITING), {"read": "x"}),
            ),
            ("access_changed", at(Access.WAITING, mark="x"), {}),
        ),
    ),
    "give": Case(
        access.give_access,
        asking.GiveAccess(
            access="c",
            now=MARK,
            files=(GivenFile(name="f", digest=DIGEST, size=1),),
            left_out={},
            account="a",
        ),
        at(Access.APPROVED),
        moves(Move.GIVE, access_changed=(at(Access.APPROVED, mark="x"), {})),
    ),
    "end": Case(
        access.end_access,
        asking.EndAccess(access="c", outcome="refused", account="a"),
        at(Access.WAITING),
        moves(Move.END, access_end_unknown=(at(Access.OPEN), {"outcome": "x"})),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_asked_is_done_once_and_refused_for_each_reason(name: str) -> None:
    case = CASES[name]
    drafts = case.decide(case.allowed, case.asked, CONTEXT)
    assert not isinstance(drafts, Refused), drafts
    assert all(isinstance(each, Draft) for each in drafts)
    for code, state, changed in case.refused:
        outcome = case.decide(state, msgspec.structs.replace(case.asked, **changed), CONTEXT)
        assert isinstance(outcome, Refused), (code, state, changed)
        assert outcome.code == code


def test_an_approval_destroys_the_key_of_each_in_the_same_breath() -> None:
    case = CASES["approve"]
    approved, erased = case.decide(case.allowed, case.asked, CONTEXT)
    assert approved.body.count == 1
    assert erased.about == ("incident:i1",)
    assert erased.body == KeyErased(key="east/incident:i1", ground="erasure:e1 incident")


def test_a_rule_without_delivery_lets_go_what_was_not_delivered() -> None:
    asked = but(subject="access:c1", delivered=frozenset())
    assert keeping.may_be_erased(asked, RULES, CONTEXT) is None


def test_the_first_rule_that_fits_holds() -> None:
    found = rule_for(RULES, "incident", "malicious")
    assert found is not None
    assert found.code == "false"
    other = rule_for(RULES, "incident", "real")
    assert other is not None
    assert (other.code, due_at(other, NOW)) == ("incident", NOW + timedelta(days=10))
    assert rule_for(RULES, "unit") is None


def test_a_large_package_is_named_whole_in_several_facts() -> None:
    many = tuple(DeliveredIncident(incident=f"i{n}", mark=MARK) for n in range(DELIVERED_LIMIT + 1))
    asked = msgspec.structs.replace(DELIVER, incidents=many)
    drafts = keeping.deliver_package((False, (DUE,)), asked, CONTEXT)
    assert not isinstance(drafts, Refused)
    bodies = [each.body for each in drafts if isinstance(each.body, PackageDelivered)]
    assert [each.part for each in bodies] == [1, 2]
    assert sum((each.incidents for each in bodies), ()) == many


def test_who_asks_is_sealed_under_the_request_and_not_under_the_incident() -> None:
    case = CASES["open"]
    (draft,) = case.decide(case.allowed, case.asked, CONTEXT)
    assert isinstance(draft.body, AccessOpened)
    assert draft.about == ("access:n1",)
    assert set(draft.seal) == {"requester"}
