# SPDX-License-Identifier: Apache-2.0
"""What a person says of a drafted report or bill: corrected, signed, opened again; and tariffs.

The draft itself is no fact: it is computed from others' facts each time. What was signed is kept as
it was read. All about the incident, and told by the organisation whose paper it is.
"""

from datetime import date
from typing import Annotated

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import Instant

# A report or a bill of more than this is a storm, and would not fit into a fact.
UNITS_LIMIT, FIELDS_LIMIT, RATES_LIMIT = 120, 60, 120
# Sums in the smallest coin; more than this an hour is a slip of the pen.
RATE_LIMIT = 100_000_000
MINUTES_LIMIT = 60 * 24 * 60
Code = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$", max_length=40)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=MINUTES_LIMIT)]


class ReportCorrected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person knew a field better than the draft. `was` is what the draft said at that moment.

    What is written in words may name people: it stands in `text`, and `value` is empty.
    """

    field: Code
    was: str = ""
    value: str = ""
    text: Sealed | None = None
    account: str = ""


class SignedField(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A field as it was read: what the draft said, what a person said, and why nothing stands.

    `from_facts` are the facts that the draft had it from. `in_words` tells that what a person wrote
    is among the sealed texts.
    """

    code: str
    drafted: str = ""
    value: str = ""
    missing: str = ""
    from_facts: tuple[str, ...] = ()
    corrected: bool = False
    in_words: bool = False


class SignedCourse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A unit's course as it was read; seconds, or why they are not known."""

    unit: str
    number: int
    alerted_at: Instant | None = None
    left_at: Instant | None = None
    arrived_at: Instant | None = None
    ended_at: Instant | None = None
    turn_out_s: float | None = None
    drive_s: float | None = None
    response_s: float | None = None
    missing: tuple[str, ...] = ()
    crew: int | None = None


class ReportSigned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report was signed as it was read. `texts` holds what was written in words, by field."""

    version: int
    fields: tuple[SignedField, ...]
    courses: tuple[SignedCourse, ...] = ()
    course_count: int = 0
    account: str
    name: Sealed | None = None
    texts: Sealed | None = None


class ReportOpened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signed report was opened again; the signed one stays, and the next is a new version."""

    version: int
    account: str
    reason: Sealed | None = None


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """What an hour of a unit of a type costs, in the smallest coin."""

    type: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    hour: Annotated[int, msgspec.Meta(ge=0, le=RATE_LIMIT)]


class TariffSet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A service's tariff for help, from a day on. `begun_min`: so many minutes begun are paid.

    About `tariff:<service>`. Without rates there is none from that day.
    """

    valid_from: date
    begun_min: Annotated[int, msgspec.Meta(ge=1, le=60)]
    rates: Annotated[tuple[Rate, ...], msgspec.Meta(max_length=RATES_LIMIT)] = ()
    account: str


class BillCorrected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person knew the minutes of a line better. `was` is what the draft said, if anything."""

    line: str
    minutes: Minutes
    was: Minutes | None = None
    account: str = ""


class BillLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One unit's help: from when until when, how long, and what it costs."""

    line: str
    unit: str
    type: str = ""
    began_at: Instant | None = None
    ended_at: Instant | None = None
    drafted_min: Minutes | None = None
    minutes: Minutes | None = None
    hour: int | None = None
    amount: int | None = None
    missing: str = ""
    from_facts: tuple[str, ...] = ()
    corrected: bool = False


class BillSigned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A bill was signed as it was read, and is told to whom it is for."""

    version: int
    payer: OrganisationId
    tariff_from: date
    begun_min: int
    lines: tuple[BillLine, ...]
    sum: int
    account: str


class BillOpened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signed bill was opened again; the next is a new version."""

    version: int
    account: str
    reason: Sealed | None = None


_OWN = frozenset({Scope.OWN})


def _kind(name: str, body: type[msgspec.Struct], scopes: frozenset[Scope] = _OWN) -> Kind:
    return Kind(name=f"reports.{name}", version=1, body=body, scopes=scopes)


KINDS = (
    _kind("report_corrected", ReportCorrected),
    _kind("report_signed", ReportSigned),
    _kind("report_opened", ReportOpened),
    _kind("tariff_set", TariffSet),
    _kind("bill_corrected", BillCorrected),
    # Whoever was helped reads what it is to pay.
    _kind("bill_signed", BillSigned, frozenset({Scope.TO})),
    _kind("bill_opened", BillOpened),
)
