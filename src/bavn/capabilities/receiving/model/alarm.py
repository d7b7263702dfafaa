# SPDX-License-Identifier: Apache-2.0
"""A coded alarm as it came in, and when another is the same again."""

import re
from datetime import datetime
from enum import StrEnum

import msgspec

from bavn.kernel.private import Private

# A panel repeats itself while it burns, and its second loop follows the first within minutes; a
# new alarm half an hour later is looked into anew. Own calibration.
REPEAT_MS = 15 * 60 * 1000
# A code is a word of some system; what is longer is a text, and goes with what was said.
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


class LinkedBy(StrEnum):
    """How the object of an alarm was found."""

    ALARM_NUMBER = "alarm_number"
    ADDRESS = "address"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of an incident beside code and number; all of it may be unknown."""

    lat: float | None = None
    lon: float | None = None
    municipality: str | None = None
    service: str | None = None
    urgency: str | None = None
    address: Private | None = None
    callback: Private | None = None
    text: Private | None = None
    occurred_at: datetime | None = None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A coded alarm as it came in."""

    code: str | None = None
    number: str | None = None
    # An address that may name an object, where there is no number.
    address: str | None = None
    by_hand: bool = False
    said: Said = Said()


def code_in(text: str | None) -> str | None:
    """A code in the form in which codes are compared; None when the text cannot be one.

    >>> code_in(" br-aba "), code_in("brand i kælder")
    ('BR-ABA', None)
    """
    found = (text or "").strip()
    return found.upper() if _CODE.fullmatch(found) else None
