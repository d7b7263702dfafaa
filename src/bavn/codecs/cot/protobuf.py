# SPDX-License-Identifier: Apache-2.0
"""Events as TAK's protobuf, version 1.

Some details have fields of their own there. One goes into its field only where the field holds all
that it says; what has more to say, or comes twice, stays XML.
"""

import math
from typing import Any
from xml.etree import ElementTree as ET

from takproto.proto import TakMessage

from bavn.codecs.cot.event import Event, Unreadable, inside, outside

# Of each detail with a field of its own: the field, and the attributes that it holds.
_FIELDS: dict[str, tuple[str, dict[str, type]]] = {
    "contact": ("contact", {"endpoint": str, "callsign": str}),
    "__group": ("group", {"name": str, "role": str}),
    "precisionlocation": ("precisionLocation", {"geopointsrc": str, "altsrc": str}),
    "status": ("status", {"battery": int}),
    "takv": ("takv", {"device": str, "platform": str, "os": str, "version": str}),
    "track": ("track", {"speed": float, "course": float}),
}
_TAGS = {field: tag for tag, (field, _) in _FIELDS.items()}
_INTEGER_MOST = (1 << 32) - 1
_SAME = ("uid", "type", "how", "lat", "lon", "hae", "ce", "le", "access", "qos", "opex")


def read_protobuf(raw: bytes) -> Event:
    """The event of a message; raises Unreadable where there is none."""
    message = TakMessage()
    try:
        message.ParseFromString(raw)
    except Exception as error:
        # The library's own exception has another name in each of its two makes.
        raise Unreadable("event", "It is no protobuf of TAK's.") from error
    told = message.cotEvent
    return Event(
        **{name: getattr(told, name) for name in _SAME},
        time_ms=told.sendTime,
        start_ms=told.startTime,
        stale_ms=told.staleTime,
        detail=_detail(told.detail),
    )


def written_protobuf(event: Event) -> bytes:
    """An event as a message, without what frames it in a stream."""
    message = TakMessage()
    told = message.cotEvent
    for name in _SAME:
        setattr(told, name, getattr(event, name))
    told.sendTime, told.startTime = event.time_ms, event.start_ms
    told.staleTime = event.stale_ms
    details, rest = event.details(), []
    tags = [each.tag for each in details]
    for each in details:
        values = _values(each) if tags.count(each.tag) == 1 else None
        if values is None:
            rest.append(each)
            continue
        field = getattr(told.detail, _FIELDS[each.tag][0])
        # Also where all are empty: that it was there is something said.
        field.SetInParent()
        for name, value in values.items():
            setattr(field, name, value)
    told.detail.xmlDetail = outside(rest)
    raw: bytes = message.SerializeToString()
    return raw


def _values(element: ET.Element) -> dict[str, Any] | None:
    """What goes into its field; None where that would lose anything."""
    known = _FIELDS.get(element.tag)
    if known is None or len(element) or (element.text or "").strip():
        return None
    sorts, given = known[1], dict(element.items())
    # A number that is missing would come back as nought.
    numbers = {name for name, sort in sorts.items() if sort is not str}
    if not numbers <= given.keys() <= sorts.keys():
        return None
    try:
        found = {name: sorts[name](text) for name, text in given.items()}
    except ValueError:
        return None
    return found if all(map(_is_held, found.values())) else None


def _is_held(value: object) -> bool:
    """True for what a field gives back as it got it; an empty word comes back as none."""
    match value:
        case int():
            return 0 <= value <= _INTEGER_MOST
        case float():
            return math.isfinite(value)
        case _:
            return bool(value)


def _detail(told: Any) -> str:
    """A detail's inside as XML. What stands as XML wins over a field of the same name."""
    rest = inside(told.xmlDetail)
    taken = {each.tag for each in rest}
    found = []
    for descriptor, value in told.ListFields():
        tag = _TAGS.get(descriptor.name)
        if tag is None or tag in taken:
            continue
        made = ET.Element(tag)
        for name in _FIELDS[tag][1]:
            said = str(getattr(value, name))
            if said:
                made.set(name, said)
        found.append(made)
    detail = outside([*found, *rest])
    # A field may hold characters that no XML can.
    inside(detail)
    return detail
