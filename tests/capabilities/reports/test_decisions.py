# SPDX-License-Identifier: Apache-2.0
"""Every refusal of a report, a tariff and a bill; what is missing, and who is asked for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from bavn.capabilities.operations.facts import IncidentReported, UnitStatusChanged
from bavn.capabilities.reports import decisions
from bavn.capabilities.reports.api import sheet_of
from bavn.capabilities.reports.facts import (
    BillLine,
    BillSigned,
    Rate,
    ReportSigned,
    SignedField,
)
from bavn.capabilities.reports.model.states import DUE, ELSEWHERE, OPEN
from bavn.capabilities.reports.views import PAPERS
from bavn.capabilities.reports.views.papers import Version
from bavn.journal.decision import Context
from bavn.journal.fact import Draft, Fact
from bavn.journal.table import Row
from bavn.kernel.identity import REAL, FactId, NodeId, Subject
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.reporting import fields_of
from tests.capabilities.reports.papers import OURS, THEIRS, at

NOW = datetime(2027, 3, 2, tzinfo=UTC)
CONTEXT = Context(
    owner=OURS,
    actor=Actor(organisation=OURS, function="duty_officer"),
    basis="own",
    now=NOW,
    new_id=lambda: "n1",
)
LINE = BillLine(line="w-1/1", unit="w-1", minutes=60, hour=100, amount=100)
CORRECT = decisions.CorrectReport(
    incident="i1", field="saved", was="", value="2", text=Private(""), account="a"
)
SIGN = decisions.SignReport(
    incident="i1",
    read="m",
    now="m",
    lacking=(),
    fields=(SignedField(code="saved", value="2"),),
    courses=(),
    texts=Private(""),
    account="a",
    name=Private("Pia"),
)
OPEN_AGAIN = decisions.OpenReport(incident="i1", reason=Private("Forkert"), account="a")
TARIFF = decisions.SetTariff(
    valid_from=date(2027, 1, 1), begun_min=30, rates=(Rate(type="ASP", hour=1),), account="a"
)
MINUTES = decisions.CorrectBill(incident="i1", line="w-1/1", minutes=60, was=71, account="a")
BILL = decisions.SignBill(
    incident="i1",
    read="m",
    now="m",
    payer=THEIRS,
    tariff_from=date(2027, 1, 1),
    begun_min=30,
    lines=(LINE,),
    account="a",
)
OPEN_BILL = decisions.OpenBill(incident="i1", reason=Private("Forkert"), account="a")


def paper(state: str = DUE, **told: Any) -> Row:
    empty: Row = {"units": '{"w-1":[1,"available"]}', "version": 0, "bill_version": 0}
    return {**empty, "state": state, "is_signed": 0, "bill_signed": 0, **told}


@dataclass(frozen=True)
class Case:
    """Something that is asked, and each way in which it is refused."""

    decide: Callable[..., Any]
    asked: msgspec.Struct
    allowed: Row
    refused: tuple[tuple[str, Row | None, dict[str, Any]], ...] = field(default=())


SIGNED, BILLED = paper(is_signed=1, version=1), paper(ELSEWHERE, bill_signed=1, bill_version=1)
HELPED = paper(ELSEWHERE)
NOBODY: dict[str, Any] = {"account": ""}
CASES = {
    "correct": Case(
        decisions.correct_report,
        CORRECT,
        paper(OPEN),
        (
            ("paper_takes_a_person", paper(), NOBODY),
            ("no_report_here", None, {}),
            ("no_report_here", HELPED, {}),
            ("paper_signed", SIGNED, {}),
            ("nothing_corrected", paper(), {"value": "", "text": Private("  ")}),
        ),
    ),
    "sign": Case(
        decisions.sign_report,
        SIGN,
        paper(),
        (
            ("paper_takes_a_person", paper(), NOBODY),
            ("no_report_here", HELPED, {}),
            ("paper_signed", SIGNED, {}),
            ("report_not_due", paper(OPEN), {}),
            ("paper_changed", paper(), {"read": "older"}),
            ("report_lacks", paper(), {"lacking": ("Udfald",)}),
        ),
    ),
    "open": Case(
        decisions.open_report,
        OPEN_AGAIN,
        SIGNED,
        (
            ("paper_takes_a_person", SIGNED, NOBODY),
            ("no_report_here", None, {}),
            ("paper_not_signed", paper(), {}),
            ("opened_without_reason", SIGNED, {"reason": Private(" ")}),
        ),
    ),
    "tariff": Case(
        lambda _row, asked, context: decisions.set_tariff(None, asked, context),
        TARIFF,
        paper(),
        (
            ("paper_takes_a_person", None, NOBODY),
            ("rate_twice", None, {"rates": TARIFF.rates * 2}),
        ),
    ),
    "minutes": Case(
        decisions.correct_bill,
        MINUTES,
        HELPED,
        (
            ("paper_takes_a_person", HELPED, NOBODY),
            ("no_help_given", None, {}),
            ("no_help_given", paper(), {}),
            ("paper_signed", BILLED, {}),
            ("minutes_odd", HELPED, {"minutes": -1}),
            ("minutes_odd", HELPED, {"minutes": 10**6}),
        ),
    ),
    "bill": Case(
        decisions.sign_bill,
        BILL,
        HELPED,
        (
            ("paper_takes_a_person", HELPED, NOBODY),
            ("no_help_given", paper(), {}),
            ("paper_signed", BILLED, {}),
            ("paper_changed", HELPED, {"read": "older"}),
            ("no_tariff", HELPED, {"tariff_from": None}),
            ("bill_lacks", HELPED, {"lines": ()}),
            ("bill_lacks", HELPED, {"lines": (LINE, BillLine(line="w-2/1", unit="w-2"))}),
        ),
    ),
    "open bill": Case(
        decisions.open_bill,
        OPEN_BILL,
        BILLED,
        (
            ("paper_takes_a_person", BILLED, NOBODY),
            ("paper_not_signed", HELPED, {}),
            ("opened_without_reason", BILLED, {"reason": Private("")}),
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_asked_is_done_once_and_refused_for_each_reason(name: str) -> None:
    case = CASES[name]
    (draft,) = case.decide(case.allowed, case.asked, CONTEXT)
    assert isinstance(draft, Draft)
    for code, row, changed in case.refused:
        outcome = case.decide(row, msgspec.structs.replace(case.asked, **changed), CONTEXT)
        assert isinstance(outcome, Refused)
        assert outcome.code == code


def test_a_signature_keeps_what_was_read_and_seals_who_signed() -> None:
    (draft,) = decisions.sign_report(paper(version=1), SIGN, CONTEXT)  # type: ignore[misc]
    assert isinstance(draft.body, ReportSigned)
    assert (draft.body.version, draft.body.fields) == (2, SIGN.fields)
    assert set(draft.seal) == {"name"}
    (bill,) = decisions.sign_bill(HELPED, BILL, CONTEXT)  # type: ignore[misc]
    assert isinstance(bill.body, BillSigned)
    assert (bill.body.sum, bill.to) == (100, (THEIRS,))


class Rows:
    """The rows of one subject, kept in a variable."""

    def __init__(self) -> None:
        self.row: Row | None = None

    def get(self) -> Row | None:
        return self.row

    def put(self, row: Row) -> None:
        self.row = row


def folded(*told: tuple[msgspec.Struct, float, str]) -> Row:
    rows = Rows()
    for body, minutes, unit in told:
        fact = Fact(
            id=FactId("f"),
            world=REAL,
            node=NodeId("n"),
            incarnation=1,
            owner=OURS,
            epoch=1,
            kind="k",
            version=1,
            about=(Subject("incident:i1"), Subject(f"unit:{unit}")),
            by=Actor(organisation=OURS, function="x"),
            basis="own",
            happened_at=at(minutes),
            recorded_at="x",
            body=msgspec.Raw(b"{}"),
        )
        PAPERS.folds[type(body)](rows, body, fact)  # type: ignore[arg-type]
    assert rows.row is not None
    return rows.row


def test_a_report_is_due_when_the_last_unit_is_free_and_no_more_when_one_goes_again() -> None:
    reported = (IncidentReported(), 0.0, "")
    out = (UnitStatusChanged(status="at_scene"), 5.0, "e-1")
    free = (UnitStatusChanged(status="available"), 60.0, "e-1")
    again = (UnitStatusChanged(status="alerted"), 90.0, "e-1")
    late = (UnitStatusChanged(status="en_route"), 3.0, "e-1")
    assert folded(reported)["state"] == OPEN
    assert folded(reported, out)["state"] == OPEN
    assert folded(reported, out, free)["state"] == DUE
    assert folded(reported, out, free, late)["state"] == DUE, "a late word is history"
    assert folded(reported, out, free, again)["state"] == OPEN
    assert folded(out, free)["state"] == ELSEWHERE


def test_no_cell_of_the_sheet_is_a_formula() -> None:
    body = ReportSigned(
        version=1, fields=(SignedField(code="leaders", value="=1+1\nx"),), account="a"
    )
    version = Version(version=1, fact="f", by="x", account="a", signed_at=NOW, body=body)
    known = [each for each in fields_of("denmark") if each.code == "leaders"]
    written = sheet_of(known, [("i1", version)]).splitlines()
    assert written[0] == "incident,version,signed_at,account,opened_at,leaders"
    assert written[1].endswith(",'=1+1; x")
