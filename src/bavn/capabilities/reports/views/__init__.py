# SPDX-License-Identifier: Apache-2.0
"""Papers as they stand: which are missing, what was corrected, what was signed; tariffs; crews."""

import json

import msgspec

from bavn.capabilities.crews.facts import UnitManned
from bavn.capabilities.operations.facts import (
    IncidentClosed,
    IncidentCorrected,
    IncidentReported,
    UnitStatusChanged,
)
from bavn.capabilities.reports.facts import (
    BillCorrected,
    BillOpened,
    BillSigned,
    ReportCorrected,
    ReportOpened,
    ReportSigned,
    TariffSet,
)
from bavn.capabilities.reports.model.courses import OUTRANKED
from bavn.capabilities.reports.model.states import DUE, ELSEWHERE, OPEN, SIGNED
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

# What a unit says while an incident has it; every other word lets it go.
OUT = frozenset({"alerted", "en_route", "at_scene"})


def _paper(rows: SubjectRows) -> Row:
    return rows.get() or {
        "state": ELSEWHERE,
        "type": None,
        "reported_at_ms": None,
        "closed_at_ms": None,
        "due_at_ms": None,
        "units": "{}",
        "version": 0,
        "is_signed": 0,
        "bill_version": 0,
        "bill_signed": 0,
        "helped_at_ms": None,
    }


def _put(rows: SubjectRows, row: Row) -> None:
    words: dict[str, tuple[int, str]] = json.loads(str(row["units"]))
    is_home = bool(words) and not any(status in OUT for _, status in words.values())
    home_ms = max(at for at, _ in words.values()) if is_home else None
    # Whoever helps has units here, and no report of its own.
    is_ours = row["reported_at_ms"] is not None
    over = [each for each in (row["closed_at_ms"], home_ms) if isinstance(each, int)]
    state = OPEN if is_ours else ELSEWHERE
    if is_ours and over:
        state = SIGNED if row["is_signed"] else DUE
    rows.put({**row, "state": state, "due_at_ms": min(over, default=None), "helped_at_ms": home_ms})


def _reported(rows: SubjectRows, body: IncidentReported, fact: Fact) -> None:
    row = _paper(rows)
    begun = row["reported_at_ms"] or ms_of(fact.happened_at)
    told: Row = {"reported_at_ms": begun, "type": body.incident_type or row["type"]}
    # A report of an incident that was closed opens it again.
    _put(rows, {**row, **told, "closed_at_ms": None})


def _corrected(rows: SubjectRows, body: IncidentCorrected, _fact: Fact) -> None:
    row = _paper(rows)
    _put(rows, {**row, "type": body.incident_type or row["type"]})


def _closed(rows: SubjectRows, _body: IncidentClosed, fact: Fact) -> None:
    row = _paper(rows)
    begun = row["reported_at_ms"] or ms_of(fact.happened_at)
    _put(rows, {**row, "reported_at_ms": begun, "closed_at_ms": ms_of(fact.happened_at)})


def _stood(rows: SubjectRows, body: UnitStatusChanged, fact: Fact) -> None:
    unit = next((each for each in fact.about if each.startswith("unit:")), None)
    if unit is None or OUTRANKED in body.flags:
        return  # its word is kept beside: it is not where the unit stood
    row, at_ms = _paper(rows), ms_of(fact.happened_at)
    words: dict[str, tuple[int, str]] = json.loads(str(row["units"]))
    if unit not in words or words[unit][0] <= at_ms:
        words[unit] = (at_ms, body.status)
    _put(rows, {**row, "units": json.dumps(words, sort_keys=True)})


def _signed(rows: SubjectRows, body: ReportSigned, _fact: Fact) -> None:
    _put(rows, {**_paper(rows), "version": body.version, "is_signed": 1})


def _opened(rows: SubjectRows, _body: ReportOpened, _fact: Fact) -> None:
    _put(rows, {**_paper(rows), "is_signed": 0})


def _billed(rows: SubjectRows, body: BillSigned, _fact: Fact) -> None:
    _put(rows, {**_paper(rows), "bill_version": body.version, "bill_signed": 1})


def _bill_opened(rows: SubjectRows, _body: BillOpened, _fact: Fact) -> None:
    _put(rows, {**_paper(rows), "bill_signed": 0})


PAPERS = View(
    name="reports_papers",
    version=2,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("state"),
        Column("type", optional=True),
        Column("reported_at_ms", Sort.INTEGER, optional=True),
        Column("closed_at_ms", Sort.INTEGER, optional=True),
        Column("due_at_ms", Sort.INTEGER, optional=True),
        Column("units"),
        Column("version", Sort.INTEGER),
        Column("is_signed", Sort.INTEGER),
        Column("bill_version", Sort.INTEGER),
        Column("bill_signed", Sort.INTEGER),
        Column("helped_at_ms", Sort.INTEGER, optional=True),
    ),
    folds={
        IncidentReported: _reported,
        IncidentCorrected: _corrected,
        IncidentClosed: _closed,
        UnitStatusChanged: _stood,
        ReportSigned: _signed,
        ReportOpened: _opened,
        BillSigned: _billed,
        BillOpened: _bill_opened,
    },
    indexes=(("state",), ("subject",)),
)


def _by(fact: Fact, account: str) -> Row:
    return {"by": fact.by.function, "account": account, "at_ms": ms_of(fact.happened_at)}


_BY = (Column("by"), Column("account"), Column("at_ms", Sort.INTEGER))


def _field(rows: SubjectRows, body: ReportCorrected, fact: Fact) -> None:
    told: Row = {"field": body.field, "was": body.was, "value": body.value, "fact": fact.id}
    sealed = body.text
    told |= {
        "text": None if sealed is None else sealed.sealed,
        "text_key": None if sealed is None else sealed.key,
        "sources": " ".join(fact.causes),
    }
    rows.put({**told, **_by(fact, body.account)})


# Every correction, the earlier ones too: what is corrected again and again teaches.
CORRECTIONS = View(
    name="reports_corrections",
    version=2,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("field"),
        Column("was"),
        Column("value"),
        Column("text", optional=True),
        Column("text_key", optional=True),
        Column("sources"),
        Column("fact"),
        *_BY,
    ),
    key=("fact",),
    folds={ReportCorrected: _field},
    indexes=(("subject",),),
)


def _version(rows: SubjectRows, body: ReportSigned, fact: Fact) -> None:
    told: Row = {"version": body.version, "fact": fact.id}
    rows.put({**told, "body": msgspec.json.encode(body).decode(), **_by(fact, body.account)})


def _version_opened(rows: SubjectRows, body: ReportOpened, fact: Fact) -> None:
    row = rows.get(body.version)
    if row is None:
        return  # the signature was struck
    sealed = body.reason
    told: Row = {"opened_at_ms": ms_of(fact.happened_at), "opened_account": body.account}
    if sealed is not None:
        told |= {"reason": sealed.sealed, "reason_key": sealed.key}
    rows.put({**row, **told})


# Reports as they were signed, each version.
REPORTS = View(
    name="reports_signed",
    version=2,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("version", Sort.INTEGER),
        Column("fact"),
        Column("body"),
        Column("opened_at_ms", Sort.INTEGER, optional=True),
        Column("opened_account", optional=True),
        Column("reason", optional=True),
        Column("reason_key", optional=True),
        *_BY,
    ),
    key=("version",),
    folds={ReportSigned: _version, ReportOpened: _version_opened},
    indexes=(("subject",),),
)


def _tariff(rows: SubjectRows, body: TariffSet, fact: Fact) -> None:
    told: Row = {"valid_from": body.valid_from.isoformat(), "fact": fact.id}
    rates = msgspec.json.encode(body.rates).decode()
    rows.put({**told, "begun_min": body.begun_min, "rates": rates, **_by(fact, body.account)})


TARIFFS = View(
    name="reports_tariffs",
    version=1,
    about="tariff",
    scope=Scope.OWN,
    columns=(
        Column("valid_from"),
        Column("begun_min", Sort.INTEGER),
        Column("rates"),
        Column("fact"),
        *_BY,
    ),
    key=("valid_from",),
    folds={TariffSet: _tariff},
    indexes=(("subject",),),
)


def _line(rows: SubjectRows, body: BillCorrected, fact: Fact) -> None:
    told: Row = {"line": body.line, "minutes": body.minutes, "was": body.was, "fact": fact.id}
    rows.put({**told, **_by(fact, body.account)})


LINES = View(
    name="reports_bill_lines",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("line"),
        Column("minutes", Sort.INTEGER),
        Column("was", Sort.INTEGER, optional=True),
        Column("fact"),
        *_BY,
    ),
    key=("line",),
    folds={BillCorrected: _line},
    indexes=(("subject",),),
)


def _bill(rows: SubjectRows, body: BillSigned, fact: Fact) -> None:
    told: Row = {"version": body.version, "payer": body.payer, "fact": fact.id}
    rows.put({**told, "body": msgspec.json.encode(body).decode(), **_by(fact, body.account)})


# Bills as they were signed: for whoever sends them, and for whom they are.
BILLS = View(
    name="reports_bills",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("version", Sort.INTEGER),
        Column("payer"),
        Column("fact"),
        Column("body"),
        *_BY,
    ),
    key=("version",),
    folds={BillSigned: _bill},
    indexes=(("subject",),),
)


def _manned(rows: SubjectRows, body: UnitManned, fact: Fact) -> None:
    rows.put({"fact": fact.id, "count": body.count, "at_ms": ms_of(fact.happened_at)})


# Every word of a unit about its crew: who was aboard then, not who is now.
CREWS = View(
    name="reports_crew_words",
    version=1,
    about="unit",
    scope=Scope.NATION,
    columns=(Column("fact"), Column("count", Sort.INTEGER), Column("at_ms", Sort.INTEGER)),
    key=("fact",),
    folds={UnitManned: _manned},
    indexes=(("subject",),),
)
VIEWS = (PAPERS, CORRECTIONS, REPORTS, TARIFFS, LINES, BILLS, CREWS)
