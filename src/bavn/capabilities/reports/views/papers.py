# SPDX-License-Identifier: Apache-2.0
"""What a report and a bill are when they are read, and how a report is put to be signed."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

import msgspec

from bavn.capabilities.reports.facts import (
    BillLine,
    BillSigned,
    ReportSigned,
    SignedCourse,
    SignedField,
)
from bavn.capabilities.reports.model.bill import Tariff
from bavn.journal.fact import Sealed
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """The last that a person said of a field, and the facts whose words were taken into it."""

    value: str
    text: Sealed | None
    by: str
    account: str
    at: datetime
    sources: tuple[str, ...] = ()


class FieldNow(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a report: what the facts say, and what a person says."""

    code: str
    drafted: str
    missing: str
    sources: tuple[str, ...]
    correction: Correction | None = None

    @property
    def value(self) -> str:
        """What counts: the person's word before the draft's; empty where it stands in words."""
        return self.drafted if self.correction is None else self.correction.value

    @property
    def from_facts(self) -> tuple[str, ...]:
        """The facts that it is from: the draft's, and those that a person took it from."""
        taken = () if self.correction is None else self.correction.sources
        return tuple(dict.fromkeys((*self.sources, *taken)))

    @property
    def is_there(self) -> bool:
        """True where somebody or something says it."""
        return self.correction is not None or not self.missing


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was signed, and why it was opened again if it was."""

    version: int
    fact: str
    by: str
    account: str
    signed_at: datetime
    body: ReportSigned
    opened_at: datetime | None = None
    opened_account: str = ""
    reason: Sealed | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The report of an incident as it is now, and each version that was signed."""

    incident: str
    service: OrganisationId
    label: str
    state: str
    is_signed: bool
    fields: tuple[FieldNow, ...]
    courses: tuple[SignedCourse, ...]
    versions: tuple[Version, ...]

    @property
    def mark(self) -> str:
        """Differs when anything of it does: what is signed is what was read."""
        return sha256(msgspec.json.encode((self.fields, self.courses))).hexdigest()[:32]


class BillVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A bill that was signed."""

    helper: OrganisationId
    fact: str
    account: str
    signed_at: datetime
    body: BillSigned


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What a helper may ask for help at an incident: drafted, and each version that was signed."""

    incident: str
    helper: OrganisationId
    payer: OrganisationId
    label: str
    is_signed: bool
    tariff: Tariff | None
    lines: tuple[BillLine, ...]
    sum: int | None
    versions: tuple[BillVersion, ...]

    @property
    def mark(self) -> str:
        """Differs when anything of it does."""
        return sha256(msgspec.json.encode((self.tariff, self.lines))).hexdigest()[:32]


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """An incident whose report is due and not signed, or one that a service has helped at."""

    incident: str
    service: OrganisationId
    label: str
    since: datetime
    is_overdue: bool = False
    is_signed: bool = False


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """So many times a field was corrected from one value to another."""

    field: str
    was: str
    value: str
    count: int


def texts_json(texts: Mapping[str, str]) -> str:
    """What was written in words, by field, as it is sealed with a signed report."""
    return json.dumps(texts, ensure_ascii=False, sort_keys=True) if texts else ""


def signed_fields(report: Report) -> tuple[SignedField, ...]:
    """The fields as they are signed."""
    return tuple(
        SignedField(
            code=each.code,
            drafted=each.drafted,
            value=each.value,
            missing="" if each.is_there else each.missing,
            from_facts=each.from_facts,
            corrected=each.correction is not None,
            in_words=each.correction is not None and each.correction.text is not None,
        )
        for each in report.fields
    )


def version_of(row: Row) -> Version:
    """A signed version, from its row."""
    opened = row["opened_at_ms"]
    return Version(
        version=whole(row["version"]),
        fact=str(row["fact"]),
        by=str(row["by"]),
        account=str(row["account"]),
        signed_at=at_of(row),
        body=msgspec.json.decode(str(row["body"]), type=ReportSigned),
        opened_at=None if opened is None else instant_of(whole(opened)),
        opened_account=str(row["opened_account"] or ""),
        reason=sealed_in(row, "reason"),
    )


def sealed_in(row: Row, column: str) -> Sealed | None:
    """A sealed text of a row; None where there is none."""
    held, key = row[column], row[f"{column}_key"]
    return None if held is None or key is None else Sealed(sealed=str(held), key=str(key))


def whole(value: Value) -> int:
    """A number of a row."""
    return int(str(value))


def at_of(row: Row) -> datetime:
    """When a row's word was said."""
    return instant_of(whole(row["at_ms"]))
