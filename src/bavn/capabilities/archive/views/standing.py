# SPDX-License-Identifier: Apache-2.0
"""How things stand with what is kept, read inside the transaction that decides."""

from collections.abc import Iterable

import msgspec

from bavn.capabilities.archive.model.retention import ACCESS as ACCESS_SORT
from bavn.capabilities.archive.model.retention import INCIDENT, mark_of
from bavn.capabilities.archive.model.standing import ErasureStands, Standing
from bavn.capabilities.archive.model.states import RUNNING, Erasure
from bavn.capabilities.archive.views import DELIVERED, DELIVERIES, ERASURES, HOLDS, INCIDENTS, ITEMS
from bavn.capabilities.archive.views.access import ACCESS
from bavn.journal.decision import Reading
from bavn.journal.table import Row
from bavn.journal.views import View
from bavn.kernel.identity import OrganisationId, Subject, is_subject, subject_type


def standing(reading: Reading, subject: str, owner: OrganisationId) -> Standing:
    """How things stand with a subject of the owner's."""
    if not is_subject(subject):
        return Standing(subject=subject)
    if subject_type(subject) == INCIDENT:
        return _of_incident(reading, subject, owner)
    if subject_type(subject) == ACCESS_SORT:
        return _of_access(reading, subject, owner)
    return Standing(subject=subject)


def of_erasure(reading: Reading, erasure: str, owner: OrganisationId) -> ErasureStands | None:
    """How things stand with an erasure and with each of its items; None where there is none."""
    row = _own(reading, ERASURES, f"erasure:{erasure}")
    if row is None:
        return None
    told = [line.partition(" ") for line in str(row["items"]).split("\n")]
    return ErasureStands(
        state=str(row["state"]),
        account=str(row["asked_account"]),
        items=tuple((subject, rule) for subject, _, rule in told),
        standings=tuple(standing(reading, subject, owner) for subject, _, _ in told),
    )


def of_package(
    reading: Reading, digest: str, incidents: Iterable[str], owner: OrganisationId
) -> tuple[bool, tuple[Standing, ...]]:
    """Whether the package was delivered before, and how things stand with what is in it."""
    before = reading.rows(DELIVERIES, {"owner": owner, "digest": digest})
    found = [_row_of(reading, f"{INCIDENT}:{each}") for each in incidents]
    return bool(before), tuple(found)


def of_hold(reading: Reading, subject: str, hold: str) -> Row | None:
    """A hold of an incident; None where there is none."""
    return reading.row(HOLDS, subject, hold) if is_subject(subject) else None


def of_request(reading: Reading, access: str) -> Row | None:
    """A request to see something; None where there is none."""
    return _own(reading, ACCESS, f"access:{access}")


def _own(reading: Reading, view: View, subject: str) -> Row | None:
    return reading.row(view, subject) if is_subject(subject) else None


def _row_of(reading: Reading, subject: str) -> Standing:
    """An incident as far as its own row tells: what a delivery wants to know of thousands."""
    row = _own(reading, INCIDENTS, subject)
    if row is None or row["reported_at_ms"] is None:
        return Standing(subject=subject)
    closed = row["closed_at_ms"]
    return Standing(
        subject=subject,
        is_ours=True,
        over_at_ms=closed if isinstance(closed, int) else None,
        outcome=str(row["outcome"]),
        is_erased=bool(row["is_erased"]),
    )


def _of_incident(reading: Reading, subject: str, owner: OrganisationId) -> Standing:
    known = _row_of(reading, subject)
    if not known.is_ours:
        return known
    incident = subject.partition(":")[2]
    holds = reading.rows(HOLDS, {"owner": owner, "subject": subject})
    asked = reading.rows(ACCESS, {"owner": owner, "incident": incident})
    delivered = reading.rows(DELIVERED, {"owner": owner, "incident": incident})
    held = [str(each["hold"]) for each in holds if each["lifted_at_ms"] is None]
    held += [str(each["subject"]) for each in asked if each["state"] in RUNNING]
    return msgspec.structs.replace(
        known,
        held_by=tuple(held),
        delivered=frozenset(str(each["mark"]) for each in delivered),
        mark=mark_of(reading.about(Subject(subject))),
        erasure=_asked_in(reading, subject, owner),
    )


def _of_access(reading: Reading, subject: str, owner: OrganisationId) -> Standing:
    row = _own(reading, ACCESS, subject)
    if row is None:
        return Standing(subject=subject)
    over = row["over_at_ms"]
    return Standing(
        subject=subject,
        is_ours=True,
        over_at_ms=over if isinstance(over, int) else None,
        is_erased=bool(row["is_erased"]),
        erasure=_asked_in(reading, subject, owner),
    )


def _asked_in(reading: Reading, subject: str, owner: OrganisationId) -> str:
    for item in reading.rows(ITEMS, {"owner": owner, "item": subject}):
        case = _own(reading, ERASURES, str(item["subject"]))
        if case is not None and case["state"] == Erasure.ASKED:
            return str(item["subject"])
    return ""
