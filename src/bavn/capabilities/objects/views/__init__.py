# SPDX-License-Identifier: Apache-2.0
"""Objects as their service has them, which incidents are at one, and who was told a card."""

from bavn.capabilities.objects.facts import (
    CardRead,
    CardShared,
    IncidentAtObject,
    ObjectDescribed,
    ObjectEnded,
    ObjectListed,
)
from bavn.capabilities.objects.model.card import address_key
from bavn.capabilities.objects.model.near import square_of
from bavn.capabilities.operations.facts import IncidentClosed, IncidentReported
from bavn.journal.fact import Fact
from bavn.journal.table import Column, Row, Sort
from bavn.journal.views import SubjectRows, View
from bavn.kernel.audience import Scope
from bavn.kernel.instants import ms_of

# The row that holds all numbers of an object: a fold finds rows by their keys alone.
ALL = ""


def _described(rows: SubjectRows, body: ObjectDescribed, fact: Fact) -> None:
    card, lat, lon = body.card, body.latitude, body.longitude
    rows.put(
        {
            "name": body.name,
            "sort": body.sort,
            "address": body.address,
            "address_key": address_key(body.address),
            "municipality": body.municipality,
            "latitude": body.latitude,
            "longitude": body.longitude,
            "square": None if lat is None or lon is None else square_of(lat, lon),
            "alarm_numbers": " ".join(body.alarm_numbers),
            "basis": body.basis,
            "sealed": None if card is None else card.sealed,
            "sealed_key": None if card is None else card.key,
            "is_over": 0,
            "changed_at_ms": ms_of(fact.happened_at),
            "last_fact": fact.id,
        }
    )


def _ended(rows: SubjectRows, body: ObjectEnded, fact: Fact) -> None:
    row = rows.get()
    if row is not None:
        at_ms = ms_of(fact.happened_at)
        told: Row = {"basis": body.basis, "changed_at_ms": at_ms, "last_fact": fact.id}
        rows.put({**row, "is_over": 1, **told})


OBJECTS = View(
    name="objects",
    version=1,
    about="object",
    scope=Scope.OWN,
    columns=(
        Column("name"),
        Column("sort"),
        Column("address"),
        Column("address_key"),
        Column("municipality", optional=True),
        Column("latitude", Sort.REAL, optional=True),
        Column("longitude", Sort.REAL, optional=True),
        # By which places near it are looked up.
        Column("square", optional=True),
        Column("alarm_numbers"),
        Column("basis"),
        Column("sealed", optional=True),
        Column("sealed_key", optional=True),
        Column("is_over", Sort.INTEGER),
        Column("changed_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={ObjectDescribed: _described, ObjectEnded: _ended},
    indexes=(("subject",), ("address_key",), ("square",)),
)


def _numbered(rows: SubjectRows, body: ObjectDescribed, _fact: Fact) -> None:
    _unnumbered(rows)
    for number in body.alarm_numbers:
        rows.put({"number": number, "numbers": ""})
    rows.put({"number": ALL, "numbers": " ".join(body.alarm_numbers)})


def _no_longer(rows: SubjectRows, _body: ObjectEnded, _fact: Fact) -> None:
    _unnumbered(rows)
    rows.remove(ALL)


def _unnumbered(rows: SubjectRows) -> None:
    before = rows.get(ALL)
    for number in [] if before is None else str(before["numbers"]).split():
        rows.remove(number)


# A row for each number by which an automatic alarm may name an object.
ALARM_NUMBERS = View(
    name="object_alarm_numbers",
    version=1,
    about="object",
    scope=Scope.OWN,
    columns=(Column("number"), Column("numbers")),
    key=("number",),
    folds={ObjectDescribed: _numbered, ObjectEnded: _no_longer},
    indexes=(("number",),),
)


def _listed(rows: SubjectRows, body: ObjectListed, fact: Fact) -> None:
    rows.put(
        {
            "municipality": body.municipality,
            "is_over": int(body.is_over),
            "last_fact": fact.id,
        }
    )


# What everybody may know: that there is one.
OBJECT_LIST = View(
    name="object_list",
    version=1,
    about="object",
    scope=Scope.NATION,
    columns=(
        Column("municipality", optional=True),
        Column("is_over", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={ObjectListed: _listed},
    indexes=(("subject",),),
)


def _at_object(rows: SubjectRows, body: IncidentAtObject, fact: Fact) -> None:
    rows.put(
        {
            "object": body.object,
            "by": body.by,
            "is_open": 1,
            "linked_at_ms": ms_of(fact.happened_at),
            "last_fact": fact.id,
        }
    )


def _closed(rows: SubjectRows, _body: IncidentClosed, _fact: Fact) -> None:
    _opened(rows, is_open=0)


def _reported(rows: SubjectRows, _body: IncidentReported, _fact: Fact) -> None:
    # A report of an incident that was closed opens it again.
    _opened(rows, is_open=1)


def _opened(rows: SubjectRows, *, is_open: int) -> None:
    row = rows.get()
    if row is not None:
        rows.put({**row, "is_open": is_open})


INCIDENT_OBJECTS = View(
    name="incident_objects",
    version=1,
    about="incident",
    scope=Scope.OWN,
    columns=(
        Column("object"),
        Column("by"),
        Column("is_open", Sort.INTEGER),
        Column("linked_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={
        IncidentAtObject: _at_object,
        IncidentClosed: _closed,
        IncidentReported: _reported,
    },
    indexes=(("subject",), ("is_open",)),
)


def _shared(rows: SubjectRows, body: CardShared, fact: Fact) -> None:
    if body.card is None:
        return
    told: Row = {"object": body.object, "sealed": body.card.sealed, "sealed_key": body.card.key}
    rows.put({**told, "told_at_ms": ms_of(fact.happened_at), "last_fact": fact.id})


# A row for each organisation that a card was told to, by the audience.
SHARED_CARDS = View(
    name="shared_object_cards",
    version=1,
    about="incident",
    scope=Scope.TO,
    columns=(
        Column("object"),
        Column("sealed"),
        Column("sealed_key"),
        Column("told_at_ms", Sort.INTEGER),
        Column("last_fact"),
    ),
    folds={CardShared: _shared},
    indexes=(("subject",),),
)


def _read(rows: SubjectRows, body: CardRead, fact: Fact) -> None:
    rows.put(
        {
            "reading": fact.id,
            "whose": body.owner,
            "by": fact.by.function,
            "organisation": fact.by.organisation,
            "account": body.account,
            "incident": body.incident,
            "read_at_ms": ms_of(fact.happened_at),
        }
    )


# Whose the row is, is who has read; `whose` is the object's owner, who is told.
CARD_READINGS = View(
    name="object_card_readings",
    version=1,
    about="object",
    scope=Scope.TO,
    columns=(
        Column("reading"),
        Column("whose"),
        Column("by"),
        Column("organisation"),
        Column("account", optional=True),
        Column("incident", optional=True),
        Column("read_at_ms", Sort.INTEGER),
    ),
    key=("reading",),
    folds={CardRead: _read},
    indexes=(("subject", "whose"),),
)
VIEWS = (OBJECTS, ALARM_NUMBERS, OBJECT_LIST, INCIDENT_OBJECTS, SHARED_CARDS, CARD_READINGS)
