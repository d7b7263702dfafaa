# SPDX-License-Identifier: Apache-2.0
"""One event, whatever it was written in, and what its details say."""

import math
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import msgspec

# Stands for "not known" in heights and errors.
UNKNOWN = 9_999_999.0
# Longer is no word of a phone's; attributes are as long in the protocol's own examples at most.
DETAIL_LIMIT, NAME_LIMIT = 512 * 1024, 400
_LATITUDE_MOST, _LONGITUDE_MOST = 90.0, 180.0
# Years that no clock stands at: whoever says so has none.
_EARLIEST_MS, _LATEST_MS = 0, 32_503_680_000_000


class Unreadable(Exception):
    """No event: which part of it is wrong, and how."""

    def __init__(self, where: str, says: str) -> None:
        super().__init__(f"{where}: {says}")
        self.where, self.says = where, says


class Track(msgspec.Struct, frozen=True):
    """Which way, in degrees from north, and how fast, in metres a second."""

    course: float
    speed: float


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What is where, who says so how, and from when until before when it holds.

    `detail` is the inside of its `detail`, as XML.
    """

    uid: str
    type: str
    how: str
    time_ms: int
    start_ms: int
    stale_ms: int
    lat: float
    lon: float
    hae: float = UNKNOWN
    ce: float = UNKNOWN
    le: float = UNKNOWN
    access: str = ""
    qos: str = ""
    opex: str = ""
    detail: str = ""

    def __post_init__(self) -> None:
        """Refuse what is nowhere or at no time."""
        if not self.uid or not self.type:
            raise Unreadable("uid, type", "An event has a uid and a type.")
        for name in ("uid", "type", "how", "access", "qos", "opex"):
            value = getattr(self, name)
            if len(value) > NAME_LIMIT or not value.isprintable():
                raise Unreadable(
                    name, f"At most {NAME_LIMIT} characters, and none that nobody sees."
                )
        if len(self.detail) > DETAIL_LIMIT:
            raise Unreadable("detail", f"Longer than {DETAIL_LIMIT} characters.")
        for name in ("time_ms", "start_ms", "stale_ms"):
            if not _EARLIEST_MS <= getattr(self, name) < _LATEST_MS:
                raise Unreadable(name.removesuffix("_ms"), "No time that a clock could show.")
        if not abs(self.lat) <= _LATITUDE_MOST or not abs(self.lon) <= _LONGITUDE_MOST:
            raise Unreadable("point", "No place on the Earth: lat is -90 to 90, lon -180 to 180.")
        if not all(map(math.isfinite, (self.hae, self.ce, self.le))):
            raise Unreadable("point", f"No number in hae, ce or le; {UNKNOWN:.0f} says unknown.")

    @property
    def has_place(self) -> bool:
        """False for what only speaks: its point is nought, nought."""
        return (self.lat, self.lon) != (0.0, 0.0)

    def is_stale(self, now_ms: int) -> bool:
        """True from the moment it no longer holds."""
        return now_ms >= self.stale_ms

    def details(self) -> list[ET.Element]:
        """What its detail holds, in the order that it came in."""
        return inside(self.detail)

    def find(self, tag: str) -> ET.Element | None:
        """The first detail of a kind."""
        return next((each for each in self.details() if each.tag == tag), None)

    @property
    def callsign(self) -> str:
        """What it is called; empty where nobody says."""
        contact = self.find("contact")
        return "" if contact is None else contact.get("callsign", "")

    @property
    def remarks(self) -> str:
        """What was typed with it."""
        found = self.find("remarks")
        return "" if found is None else (found.text or "").strip()

    @property
    def track(self) -> Track | None:
        """Which way it goes; None where that is not told, or in no numbers."""
        found = self.find("track")
        if found is None:
            return None
        try:
            track = Track(float(found.get("course", "")), float(found.get("speed", "")))
        except ValueError:
            return None
        return track if math.isfinite(track.course) and math.isfinite(track.speed) else None


def inside(detail: str) -> list[ET.Element]:
    """The elements of a detail's inside; raises Unreadable where it is no XML."""
    return list(parsed(f"<detail>{detail}</detail>")) if detail else []


def parsed(text: str | bytes) -> ET.Element:
    """An element. Declarations of a document's type are refused: they only ever do harm here."""
    declares = b"<!DOCTYPE" in text if isinstance(text, bytes) else "<!DOCTYPE" in text
    if declares:
        raise Unreadable("event", "It declares a document type; leave that out.")
    try:
        # Without a document type there are no entities that could grow.
        return ET.fromstring(text)  # noqa: S314
    except (ET.ParseError, ValueError, LookupError) as error:
        raise Unreadable("event", f"It is no XML: {error}.") from error


def outside(elements: Iterator[ET.Element] | list[ET.Element]) -> str:
    """Elements as the inside of a detail."""
    return "".join(_alone(each) for each in elements)


def _alone(element: ET.Element) -> str:
    # What stands between elements says nothing.
    tail, element.tail = element.tail, None
    text = ET.tostring(element, encoding="unicode")
    element.tail = tail
    return text
