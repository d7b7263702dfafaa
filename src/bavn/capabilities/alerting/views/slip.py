# SPDX-License-Identifier: Apache-2.0
"""What an alert says: what it is, where, who else comes, on which talk group, and where to look.

Composed when it is handed over, from what stands then. It names no caller and no call-back, and
nothing that was said: only what a crew needs to turn out.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo

import msgspec

from bavn.capabilities.alerting.model.requests import RECALL


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known for an alert; what is empty is left out."""

    sort: str
    unit: str
    callsign: str
    incident: str
    type: str
    urgency: str
    municipality: str
    address: str
    latitude: float | None
    longitude: float | None
    is_exact: bool
    callsigns: tuple[str, ...]
    groups: tuple[str, ...]
    link: str
    ordered_at: datetime


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as it is handed over: in words, and the same for programs."""

    title: str
    lines: tuple[str, ...]
    fields: dict[str, object]


def slip(say: Callable[..., str], parts: Parts, zone: tzinfo) -> Slip:
    """The alert in a language."""
    name = "alerting.slip.recall" if parts.sort == RECALL else "alerting.slip.turn_out"
    what = parts.type or say("alerting.slip.unknown_type")
    title = say(name, callsign=parts.callsign, type=what)
    place = _place(parts)
    told = (
        ("urgency", parts.urgency),
        ("address", parts.address),
        ("municipality", parts.municipality),
        (
            "place",
            place if parts.is_exact or not place else f"{say('alerting.slip.about')} {place}",
        ),
        ("units", ", ".join(parts.callsigns)),
        ("group", ", ".join(parts.groups)),
        ("at", parts.ordered_at.astimezone(zone).strftime("%H:%M:%S")),
        ("link", parts.link),
    )
    lines = tuple(f"{say(f'alerting.slip.{label}')}: {text}" for label, text in told if text)
    fields: dict[str, object] = {
        "sort": parts.sort,
        "incident": parts.incident,
        "unit": parts.unit,
        "callsign": parts.callsign,
        "title": title,
        "text": "\n".join((title, *lines)),
        "type": parts.type,
        "address": parts.address,
        "municipality": parts.municipality,
        "place": None
        if parts.latitude is None
        else {"lat": parts.latitude, "lon": parts.longitude, "exact": parts.is_exact},
        "units": list(parts.callsigns),
        "talk_groups": list(parts.groups),
        "link": parts.link,
        "ordered_at": parts.ordered_at.isoformat(),
    }
    return Slip(title=title, lines=lines, fields=fields)


def _place(parts: Parts) -> str:
    if parts.latitude is None or parts.longitude is None:
        return ""
    decimals = 5 if parts.is_exact else 2
    return f"{parts.latitude:.{decimals}f}, {parts.longitude:.{decimals}f}"
