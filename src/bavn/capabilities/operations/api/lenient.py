# SPDX-License-Identifier: Apache-2.0
"""What a report says, read leniently."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bavn.capabilities.operations.model.incident import (
    incident_type_in,
    municipality_in,
    urgency_in,
)
from bavn.frame.lenient import Fields
from bavn.kernel.identity import is_name


def numbers_in(fields: Fields, form: Callable[[str], str | None]) -> tuple[str, ...]:
    """What the sender's system calls the incident now, and what it called it before."""
    found = []
    for name in ("number", "was"):
        said = fields.take(name, str)
        number = None if said is None else form(said)
        if number is not None:
            found.append(number)
        elif said is not None:
            fields.wrong(name, f"{said[:40]!r} is no incident's number")
    return tuple(dict.fromkeys(found))


def alarm_fields(fields: Fields, now: datetime) -> Mapping[str, Any]:
    """What a report says, each thing as it should be or unknown."""
    place = fields.place()
    found: dict[str, Any] = {
        "lat": None if place is None else place[0],
        "lon": None if place is None else place[1],
        "address": fields.text("address"),
        "callback": fields.text("callback"),
        "text": fields.text("text"),
        "occurred_at": fields.occurred_at(now),
    }
    forms = {
        "type": (incident_type_in, "is no incident type of this country"),
        "municipality": (municipality_in, "is no municipality's number, such as 0851"),
        "urgency": (urgency_in, "is no urgency, such as immediate"),
        "service": (lambda text: text if is_name(text) else None, "is no organisation"),
    }
    for name, (form, says) in forms.items():
        said = fields.take(name, str)
        value = None if said is None else form(said)
        if said is not None and value is None:
            fields.wrong(name, f"{said[:40]!r} {says}")
        found[name] = value
    found["incident_type"] = found.pop("type")
    return found
