# SPDX-License-Identifier: Apache-2.0
"""Another system's number of an incident, and when it still means the same incident."""

import math
import re
from datetime import datetime, timedelta

import msgspec

NUMBER_CHARACTERS = 64
# A digit somewhere: a name in the wrong field is no number.
_NUMBER = re.compile(r"(?=[^0-9]*[0-9])[0-9A-Za-zÆØÅæøå][0-9A-Za-zÆØÅæøå ./:_#-]*")
_EARTH_KM = 6_371.0


def number_in(text: str | None) -> str | None:
    """The text when it has the form of an incident's number, else None.

    >>> number_in(" 2026-0114 ")
    '2026-0114'
    >>> number_in("Brand hos Hansen") is None
    True
    """
    said = (text or "").strip()
    return said if len(said) <= NUMBER_CHARACTERS and _NUMBER.fullmatch(said) else None


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """For how long, and how near, a number means the same incident. Numbers are used again."""

    days: int = 7
    km: float = 10.0
    basis: str = ""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that has had a number, as it stands now."""

    id: str
    is_open: bool
    reported_at: datetime
    closed_at: datetime | None = None
    place: tuple[float, float] | None = None


def means(known: Incident, rule: Means, now: datetime, place: tuple[float, float] | None) -> bool:
    """True when a number that comes again still means this incident.

    A system that begins anew with its numbers must not hide an alarm in an old incident: what is
    too old, or somewhere else, is another.
    """
    if now - known.reported_at > timedelta(days=rule.days):
        return False
    return place is None or known.place is None or km_between(place, known.place) <= rule.km


def km_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far it is as the crow flies.

    >>> round(km_between((57.05, 9.92), (56.16, 10.20)))
    100
    """
    (lat, lon), (lat2, lon2) = (tuple(map(math.radians, each)) for each in (one, other))
    h = math.sin((lat2 - lat) / 2) ** 2
    h += math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(h))
