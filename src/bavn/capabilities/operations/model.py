# SPDX-License-Identifier: Apache-2.0
"""What an incident is made of, and what of it everyone may know."""

import math
import re
from enum import StrEnum

# A code from the list of incident types, such as BR-VIL; which codes there are is data.
_INCIDENT_TYPE = re.compile(r"[A-Z]{2}-[A-Z]{3}")
# A municipality's number in the national register, such as 0851.
_MUNICIPALITY = re.compile(r"[0-9]{4}")
# Hundredths of a degree: about a kilometre, which shows the town and not the house.
_OPEN_DECIMALS = 2
_LATITUDE_MOST, _LONGITUDE_MOST = 90.0, 180.0


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    CLOSED = "closed"


def incident_type_in(text: str | None) -> str | None:
    """The text when it has the form of an incident type, else None: the type is unknown."""
    return text if text is not None and _INCIDENT_TYPE.fullmatch(text) else None


def municipality_in(text: str | None) -> str | None:
    """The text when it has the form of a municipality's number, else None."""
    return text if text is not None and _MUNICIPALITY.fullmatch(text) else None


def open_position(
    latitude: float | None, longitude: float | None
) -> tuple[float | None, float | None]:
    """What everyone may know of a position; nothing when it is none on Earth.

    >>> open_position(57.04881, 9.92172)
    (57.05, 9.92)
    """
    if latitude is None or longitude is None:
        return None, None
    is_place = math.isfinite(latitude) and math.isfinite(longitude)
    if not is_place or abs(latitude) > _LATITUDE_MOST or abs(longitude) > _LONGITUDE_MOST:
        return None, None
    # Adding zero turns a negative zero, which no store keeps, into a plain one.
    return round(latitude, _OPEN_DECIMALS) + 0.0, round(longitude, _OPEN_DECIMALS) + 0.0
