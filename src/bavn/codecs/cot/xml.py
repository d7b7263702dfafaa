# SPDX-License-Identifier: Apache-2.0
"""Events as XML."""

from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

from bavn.codecs.cot.event import UNKNOWN, Event, Unreadable, outside, parsed

HEADER = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_VERSION = "2.0"


def read_xml(raw: bytes) -> Event:
    """The event; raises Unreadable where it is none."""
    event = parsed(raw)
    if event.tag != "event":
        raise Unreadable("event", f"It is a {event.tag[:40]}, not an event.")
    point, detail = event.find("point"), event.find("detail")
    if point is None:
        raise Unreadable("point", "It has no point; nought, nought stands for nowhere.")
    return Event(
        uid=event.get("uid", ""),
        type=event.get("type", ""),
        how=event.get("how", ""),
        time_ms=_ms("time", event.get("time", "")),
        start_ms=_ms("start", event.get("start") or event.get("time") or ""),
        stale_ms=_ms("stale", event.get("stale", "")),
        lat=_number("lat", point.get("lat")),
        lon=_number("lon", point.get("lon")),
        hae=_number("hae", point.get("hae"), UNKNOWN),
        ce=_number("ce", point.get("ce"), UNKNOWN),
        le=_number("le", point.get("le"), UNKNOWN),
        access=event.get("access", ""),
        qos=event.get("qos", ""),
        opex=event.get("opex", ""),
        detail="" if detail is None else outside(list(detail)),
    )


def written_xml(event: Event) -> bytes:
    """An event as XML, with its header, as it stands in a stream."""
    about = {
        "version": _VERSION,
        "uid": event.uid,
        "type": event.type,
        "how": event.how,
        "time": _time(event.time_ms),
        "start": _time(event.start_ms),
        "stale": _time(event.stale_ms),
        "access": event.access,
        "qos": event.qos,
        "opex": event.opex,
    }
    names = " ".join(f"{name}={quoteattr(value)}" for name, value in about.items() if value)
    point = " ".join(f'{name}="{getattr(event, name)!r}"' for name in _POINT)
    told = f"<event {names}><point {point}/><detail>{event.detail}</detail></event>"
    # A lone half of a pair of characters has no bytes; it says nothing either.
    return HEADER + told.encode("utf-8", "replace")


_POINT = ("lat", "lon", "hae", "ce", "le")


def _time(ms: int) -> str:
    second, rest = divmod(ms, 1_000)
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def _ms(name: str, text: str) -> int:
    try:
        told = datetime.fromisoformat(text)
        if told.tzinfo is None:
            # All that speak this mean UTC; some leave its letter out.
            told = told.replace(tzinfo=UTC)
        # Rounded, since a fraction of a second is not exact as a number.
        return round(told.timestamp() * 1_000)
    except (ValueError, OverflowError) as error:
        raise Unreadable(
            name, f"No time: {text[:40]!r}; write 2026-07-01T12:00:00.000Z."
        ) from error


def _number(name: str, text: str | None, missing: float | None = None) -> float:
    if not text and missing is not None:
        return missing
    try:
        return float(text or "")
    except ValueError as error:
        raise Unreadable(name, f"No number: {(text or '')[:40]!r}.") from error
