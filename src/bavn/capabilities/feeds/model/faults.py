# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a row, in a word that texts are kept for, and which value it was."""

import re
from typing import Any

import msgspec

from bavn.frame.feeds import KeptFault

OTHER = "other"
# By what the sender was told; the first that is in it. A test sends each of them and looks.
_REASONS = (
    ("UTF-8", "encoding"),
    ("no JSON", "not_json"),
    ("malformed", "not_json"),
    ("truncated", "not_json"),
    ("must be an object", "not_object"),
    ("must be one of", "no_status"),
    ("is no unit's id", "no_unit"),
    ("is no incident's number", "no_number"),
    ("is known already for another", "number_elsewhere"),
    ("is no incident's id", "no_incident"),
    ("there is no such field", "no_such_field"),
    ("unknown field", "no_such_field"),
    ("missing required field", "missing_field"),
    ("no place on Earth", "no_place"),
    ("ahead of the clock", "clock_ahead"),
    ("more than an hour old", "too_old"),
    ("days ago", "too_old"),
    ("for whom you do not act", "not_yours"),
    ("no unit ", "unknown_unit"),
    ("is no incident type", "no_type"),
    ("is no municipality's number", "no_municipality"),
    ("is no urgency", "no_urgency"),
    ("is no organisation", "no_service"),
    ("at once", "too_many"),
    ("and no more", "too_many"),
    ("too large", "too_large"),
    ("must have 1 to", "bad_ref"),
    ("RFC3339", "bad_time"),
    ("datetime", "bad_time"),
    ("timezone", "bad_time"),
    ("Expected", "wrong_sort"),
)
# By the code of a refusal.
_CODES = {
    "no_incident_number": "no_number",
    "no_such_number": "unknown_number",
    "number_elsewhere": "number_elsewhere",
    "not_hosted_here": "not_hosted",
    "repeat_differs": "ref_reused",
}
REFUSED = "refused"
REASONS = frozenset({*(reason for _, reason in _REASONS), *_CODES.values(), REFUSED, OTHER})
_PLACE = re.compile(r"items\[\d+\]\.?")
VALUE_CHARACTERS = 80


def reason_of(fault: KeptFault) -> str:
    """Why it could not be taken."""
    if fault.code in _CODES:
        return _CODES[fault.code]
    found = next((reason for text, reason in _REASONS if text in fault.says), None)
    if found is None and fault.where == "body":
        return "not_json"
    return found or (REFUSED if fault.code else OTHER)


def field_of(where: str) -> str:
    """The field, without where in a bundle of many it stood.

    >>> field_of("items[17].status")
    'status'
    """
    return _PLACE.sub("", where)


def value_of(fault: KeptFault) -> str:
    """What stood in the field; nothing where the row cannot be read or has no such field."""
    field = field_of(fault.where)
    try:
        row: Any = msgspec.json.decode(fault.raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if not field:
        return _short(row)
    for part in field.split("."):
        row = row.get(part) if isinstance(row, dict) else None
    return "" if row is None else _short(row)


def text_of(raw: bytes) -> str:
    """A row as a person may look at it, whatever it was written in."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        # Every byte is a character here, so nothing is lost.
        return raw.decode("latin-1")


def _short(value: Any) -> str:
    said = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return said if len(said) <= VALUE_CHARACTERS else f"{said[:VALUE_CHARACTERS]}…"
