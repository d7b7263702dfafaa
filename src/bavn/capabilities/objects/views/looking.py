# SPDX-License-Identifier: Apache-2.0
"""Objects as they are read: one, by number, by address, by place, and those of a list."""

from datetime import datetime

import msgspec

from bavn.capabilities.objects.model.card import Described, address_key
from bavn.capabilities.objects.model.near import AT_OBJECT_M, squares_near
from bavn.capabilities.objects.views import ALARM_NUMBERS, CARD_READINGS, OBJECTS
from bavn.journal.fact import Sealed
from bavn.journal.reader import Query, Reader
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.kernel.place import metres_between

# What a screen shows of a list; who looks for one types more of its name.
SHOWN_LIMIT = 200
READINGS_SHOWN = 50


class ObjectHere(msgspec.Struct, frozen=True, kw_only=True):
    """An object of a service, without its card. `sealed` is where that is."""

    owner: OrganisationId
    id: str
    described: Described
    basis: str
    is_over: bool
    changed_at: datetime
    sealed: Sealed | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has read a card: a function in an organisation, an account that names nobody."""

    at: datetime
    organisation: OrganisationId
    function: str
    incident: str | None


def one(query: Query, reader: Reader, owner: str, id_: str) -> ObjectHere | None:
    """One object, also one that is over; None when there is none that the reader may read."""
    rows = query.rows(reader, OBJECTS, {"owner": owner, "subject": f"object:{id_}"})
    return _object(rows[0]) if rows else None


def by_number(query: Query, reader: Reader, number: str) -> list[ObjectHere]:
    """The objects that an automatic alarm names by this number; two only by a mistake."""
    rows = query.rows(reader, ALARM_NUMBERS, {"number": number})
    found = [one(query, reader, str(row["owner"]), id_of(row)) for row in rows]
    return sorted((each for each in found if each is not None), key=_place_in_list)


def by_address(query: Query, reader: Reader, address: str) -> list[ObjectHere]:
    """The objects at an address, however it is written."""
    key = address_key(address)
    rows = query.rows(reader, OBJECTS, {"address_key": key, "is_over": 0}) if key else []
    return sorted(map(_object, rows), key=_place_in_list)


def near(
    query: Query, reader: Reader, owner: str, place: tuple[float, float]
) -> list[tuple[float, ObjectHere]]:
    """The owner's objects at a place, the nearest first, each with its distance in metres."""
    found: list[tuple[float, ObjectHere]] = []
    for square in dict.fromkeys(squares_near(*place)):
        for row in query.rows(reader, OBJECTS, {"owner": owner, "square": square, "is_over": 0}):
            here = _object(row)
            lat, lon = here.described.lat, here.described.lon
            assert lat is not None, "what has no place is in no square"
            assert lon is not None, "same"
            away_m = metres_between(place, (lat, lon))
            if away_m <= AT_OBJECT_M:
                found.append((away_m, here))
    return sorted(found, key=lambda each: (each[0], each[1].id))


def all_of(query: Query, reader: Reader, owner: str | None = None) -> list[ObjectHere]:
    """Every object that there still is, of one service or of all that the reader is of."""
    where: dict[str, Value] = {"is_over": 0}
    if owner is not None:
        where["owner"] = owner
    return sorted(map(_object, query.rows(reader, OBJECTS, where)), key=_place_in_list)


def searched(objects: list[ObjectHere], text: str) -> list[ObjectHere]:
    """Those with all the words in their id, name, sort, address or numbers."""
    words = text.casefold().split()
    return [each for each in objects if all(word in _words(each) for word in words)]


def readings(query: Query, reader: Reader, here: ObjectHere) -> list[Reading]:
    """Who has read a card, the latest first: of the object's own service, and of others."""
    rows = query.rows(reader, CARD_READINGS, {"subject": f"object:{here.id}", "whose": here.owner})
    found = [
        Reading(
            at=instant_of(int(str(row["read_at_ms"]))),
            organisation=OrganisationId(str(row["organisation"])),
            function=str(row["by"]),
            incident=None if row["incident"] is None else str(row["incident"]),
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)


def id_of(row: Row) -> str:
    """The id of what a row is about."""
    return str(row["subject"]).partition(":")[2]


def _object(row: Row) -> ObjectHere:
    lat, lon, place = row["latitude"], row["longitude"], row["municipality"]
    return ObjectHere(
        owner=OrganisationId(str(row["owner"])),
        id=id_of(row),
        described=Described(
            name=str(row["name"]),
            sort=str(row["sort"]),
            address=str(row["address"]),
            municipality=None if place is None else str(place),
            lat=lat if isinstance(lat, float) else None,
            lon=lon if isinstance(lon, float) else None,
            alarm_numbers=tuple(str(row["alarm_numbers"]).split()),
        ),
        basis=str(row["basis"]),
        is_over=bool(row["is_over"]),
        changed_at=instant_of(int(str(row["changed_at_ms"]))),
        sealed=None
        if row["sealed"] is None
        else Sealed(sealed=str(row["sealed"]), key=str(row["sealed_key"])),
    )


def _words(here: ObjectHere) -> str:
    said = here.described
    return " ".join((here.id, said.name, said.sort, said.address, *said.alarm_numbers)).casefold()


def _place_in_list(here: ObjectHere) -> tuple[str, str, str]:
    return here.described.name.casefold(), here.owner, here.id
