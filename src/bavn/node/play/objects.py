# SPDX-License-Identifier: Apache-2.0
"""The demonstration's objects: invented buildings near the stations, each with an alarm number.

`demo_objects.csv` and `demo_cards.csv` of the country hold them, so that who founds the
demonstration and who plays it know the same ones. The real world refuses what nobody has signed.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files

import msgspec

from bavn.capabilities.objects.model.card import CARD_FIELDS, Card, Described
from bavn.capabilities.objects.model.requests import (
    OBJECTS_PER_REQUEST,
    Telling,
    TellObjects,
    sealed_text,
)
from bavn.capabilities.organisation.decisions.founding import SENDER
from bavn.frame.country import Country, holding
from bavn.journal.decision import Request
from bavn.journal.reaction import MACHINE
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from bavn.kernel.place import metres_between

OBJECTS, CARDS = "demo_objects.csv", "demo_cards.csv"


class Invented(msgspec.Struct, frozen=True, kw_only=True):
    """An invented object; `card` is what every one of its sort says."""

    id: str
    name: str
    municipality: str
    sort: str
    address: str
    lat: float
    lon: float
    alarm_number: str
    card: Card


@cache
def invented_objects(country: str) -> tuple[Invented, ...]:
    """All of a country's; none where nobody has invented any."""
    cards = {row["sort"]: row for row in _rows(country, CARDS)}
    return tuple(
        Invented(
            id=row["id"],
            name=row["name"],
            municipality=row["municipality"],
            sort=row["sort"],
            address=row["address"],
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            alarm_number=row["alarm_numbers"],
            card=Card(**{name: cards[row["sort"]][name] for name in CARD_FIELDS}),
        )
        for row in _rows(country, OBJECTS)
    )


class Alarmed:
    """Which object each automatic alarm is at: the nearest that has not sounded that day.

    One that sounds again while its incident is open is the same incident; the script tells of
    different ones, and at a hundred times the clock's speed a whole day is soon over.
    """

    def __init__(self, objects: Sequence[Invented]) -> None:
        self._in: dict[str, list[Invented]] = {}
        for each in objects:
            self._in.setdefault(each.municipality, []).append(each)
        self._sounded: set[str] = set()

    def begin(self) -> None:
        """Begin a day: it is the same whatever was read before it."""
        self._sounded.clear()

    def nearest(self, municipality: str, place: tuple[float, float]) -> Invented | None:
        """The object of another alarm; None where all have sounded."""
        free = [each for each in self._in.get(municipality, ()) if each.id not in self._sounded]
        if not free:
            return None
        found = min(free, key=lambda each: (metres_between(place, (each.lat, each.lon)), each.id))
        self._sounded.add(found.id)
        return found


def _rows(country: str, name: str) -> list[dict[str, str]]:
    file = files("bavn") / "countries" / country / name
    if not file.is_file():
        return []
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))


def telling_objects(country: Country, owners: Sequence[OrganisationId]) -> Iterator[Request]:
    """What tells these services' objects; asked again, nothing is told twice.

    Whose an object is is whose its municipality was when the country's tables begin.
    """
    of: dict[OrganisationId, list[Telling]] = {}
    covers = {
        each.municipality: each.service for each in holding(country.memberships, country.known_from)
    }
    for each in invented_objects(country.id):
        owner = covers.get(each.municipality)
        if owner is not None and owner in owners:
            of.setdefault(owner, []).append(_telling(each))
    for service, told in of.items():
        for at in range(0, len(told), OBJECTS_PER_REQUEST):
            content = TellObjects(told=tuple(told[at : at + OBJECTS_PER_REQUEST]))
            ids = "/".join(each.id for each in content.told)
            yield Request(
                owner=service,
                actor=Actor(organisation=service, function=MACHINE),
                content=content,
                sender=SENDER,
                ref=f"objects-{sha256(ids.encode()).hexdigest()[:32]}",
            )


def _telling(each: Invented) -> Telling:
    described = Described(
        name=each.name,
        sort=each.sort,
        address=each.address,
        municipality=each.municipality,
        lat=each.lat,
        lon=each.lon,
        alarm_numbers=(each.alarm_number,),
    )
    return Telling(id=each.id, described=described, card=sealed_text(each.card))
