# SPDX-License-Identifier: Apache-2.0
"""An object and its card, as values."""

import re

import msgspec

# The columns of a card, in the order in which a crew wants them.
CARD_FIELDS = (
    "access",
    "key_box",
    "alarm_plan",
    "water",
    "batteries",
    "hazards",
    "contact",
)
# Half a page each; more belongs in a document that the card names.
CARD_CHARACTERS_LIMIT = 2_000
CELL_CHARACTERS_LIMIT = 200
# A panel's number with its transmitter's, and room for a site that has many panels.
NUMBERS_LIMIT = 20
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,31}")
_BLANKS = re.compile(r"[\s,.]+")


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a crew has to know of an object; all of it may be unknown.

    `batteries` is about stores of energy that burn otherwise than a house: cars, panels, racks.
    """

    access: str = ""
    key_box: str = ""
    alarm_plan: str = ""
    water: str = ""
    batteries: str = ""
    hazards: str = ""
    contact: str = ""

    @property
    def is_empty(self) -> bool:
        """True when nothing is said."""
        return not any(getattr(self, name) for name in CARD_FIELDS)


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What an object is, beside its card."""

    name: str
    sort: str = ""
    address: str = ""
    municipality: str | None = None
    lat: float | None = None
    lon: float | None = None
    alarm_numbers: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An object with its card in one: what is sealed for those who are assigned."""

    described: Described
    card: Card


def number_of(text: str) -> str | None:
    """An alarm number in the form in which numbers are compared; None when it cannot be one.

    >>> number_of(" 4711-2a "), number_of("nr. 4711")
    ('4711-2A', None)
    """
    found = text.strip()
    return found.upper() if _NUMBER.fullmatch(found) else None


def address_key(address: str) -> str:
    """An address in the form in which addresses are compared: letters, digits, single blanks.

    >>> address_key("Boulevarden 13,  9000 Aalborg") == address_key("boulevarden 13 9000 AALBORG")
    True
    """
    return _BLANKS.sub(" ", address).strip().casefold()
