# SPDX-License-Identifier: Apache-2.0
"""What an incident is made of, and what of it everyone may know."""

import re
from enum import StrEnum

from bavn.kernel.place import is_on_earth

# A code from the list of incident types, such as BR-VIL; which codes there are is data.
_INCIDENT_TYPE = re.compile(r"[A-Z]{2}-[A-Z]{3}")
# A municipality's number in the national register, such as 0851.
_MUNICIPALITY = re.compile(r"[0-9]{4}")
# A word from the list of urgencies; which there are is data.
_URGENCY = re.compile(r"[a-z][a-z_]{0,31}")
# Hundredths of a degree: about a kilometre, which shows the town and not the house.
_OPEN_DECIMALS = 2
# Six decimals are about a decimetre: better than any receiver, and nothing that was sent is lost.
_EXACT_DECIMALS = 6


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    CLOSED = "closed"
    # All that was told of it is struck through. It is on no board; who asks for it is told so.
    STRUCK = "struck"


class ClosedAs(StrEnum):
    """What an incident turned out to be."""

    REAL = "real"
    # An automatic alarm with nothing behind it, and any other alarm with nothing behind it.
    BLIND_AUTOMATIC = "blind_automatic"
    BLIND_OTHER = "blind_other"
    MALICIOUS = "malicious"


class PlaceBy(StrEnum):
    """What stands for a place that nobody has told: its point, and no more exact than that."""

    STATION = "station"
    MUNICIPALITY = "municipality"
    # The middle of a street, where no number is known.
    STREET = "street"


class OwnerBy(StrEnum):
    """How it was found whose incident it is."""

    NAMED = "named"
    TERRITORY = "territory"
    # As the territory, but its borders are guessed from points.
    APPROXIMATE = "approximate"
    NEAREST_STATION = "nearest_station"
    # Nothing is known of the place: it is the caller's own until somebody knows better.
    CALLER = "caller"


def incident_type_in(text: str | None) -> str | None:
    """The text when it has the form of an incident type, else None: the type is unknown."""
    return text if text is not None and _INCIDENT_TYPE.fullmatch(text) else None


def municipality_in(text: str | None) -> str | None:
    """The text when it has the form of a municipality's number, else None."""
    return text if text is not None and _MUNICIPALITY.fullmatch(text) else None


def urgency_in(text: str | None) -> str | None:
    """The text when it has the form of an urgency, else None: the type's own holds."""
    return text if text is not None and _URGENCY.fullmatch(text) else None


def place_by_in(text: str | None) -> PlaceBy | None:
    """What a text says stands for the place; None when it says nothing of that."""
    return PlaceBy(text) if text in frozenset(PlaceBy) else None


def outcome_in(text: str | None) -> ClosedAs | None:
    """The outcome that a text names; None when it names none."""
    return ClosedAs(text) if text in frozenset(ClosedAs) else None


def open_position(
    latitude: float | None, longitude: float | None
) -> tuple[float | None, float | None]:
    """What everyone may know of a position; nothing when it is none on Earth.

    >>> open_position(57.04881, 9.92172)
    (57.05, 9.92)
    """
    return _rounded(latitude, longitude, _OPEN_DECIMALS)


def exact_position(
    latitude: float | None, longitude: float | None
) -> tuple[float | None, float | None]:
    """A position as a crew needs it; nothing when it is none on Earth.

    >>> exact_position(57.0488123, 9.9217234)
    (57.048812, 9.921723)
    """
    return _rounded(latitude, longitude, _EXACT_DECIMALS)


def _rounded(
    latitude: float | None, longitude: float | None, decimals: int
) -> tuple[float | None, float | None]:
    if latitude is None or longitude is None or not is_on_earth(latitude, longitude):
        return None, None
    # Adding zero turns a negative zero, which no store keeps, into a plain one.
    return round(latitude, decimals) + 0.0, round(longitude, decimals) + 0.0


def told_apart(text: str, bytes_limit: int) -> list[str]:
    """A text in parts that are no longer than the limit in UTF-8, cut between characters.

    An alarm is not refused because somebody said much: what is too long for one fact is told in
    several, and nothing of it is lost.
    """
    raw, parts = text.encode("utf-8", "replace"), []
    while len(raw) > bytes_limit:
        end = bytes_limit
        # A byte of the form 10xxxxxx goes on with a character that began before it.
        while raw[end] & 0xC0 == 0x80:  # noqa: PLR2004 - the encoding's own bits, RFC 3629 §3
            end -= 1
        parts.append(raw[:end].decode())
        raw = raw[end:]
    return [*parts, raw.decode()]
