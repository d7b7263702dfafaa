# SPDX-License-Identifier: Apache-2.0
"""What the house says to field clients: units, incidents, and answers, as events."""

from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

from bavn.capabilities.operations.views.incidents import Incident, Place
from bavn.capabilities.operations.views.units import Unit
from bavn.capabilities.operations.views.words import Words
from bavn.codecs.cot import Event
from bavn.codecs.cot.event import UNKNOWN, outside
from bavn.frame.call import Call
from bavn.kernel.instants import ms_of

# A friendly vehicle, a marker on the map, a word, and that something is there no more.
UNIT, MARKER, WORD, GONE = "a-f-G-E-V", "b-m-p-s-m", "b-t-f", "t-x-d-d"
# A position older than this says nothing of where a unit is.
UNIT_LASTS = timedelta(minutes=15)
INCIDENT_LASTS = timedelta(hours=1)
WORD_LASTS = timedelta(minutes=5)
# Red, as phones have colours: a signed number of 32 bits, opaque.
_RED = "-65536"
HOUSE = "Bavn"


def of_unit(unit: Unit, words: Words, call: Call) -> Event | None:
    """A unit where it was last; None while nobody has said where, or that was long ago."""
    if unit.place is None or unit.place_at is None or call.now - unit.place_at > UNIT_LASTS:
        return None
    return _event(
        f"unit-{unit.id}",
        UNIT,
        unit.place,
        unit.place_at,
        UNIT_LASTS,
        [
            ET.Element("contact", {"callsign": unit.callsign}),
            ET.Element("__group", {"name": HOUSE, "role": "Team Member"}),
            _remarks(words.status(unit.status)),
        ],
    )


def of_incident(incident: Incident, words: Words, call: Call) -> Event | None:
    """An open incident; None while nobody has said where."""
    if incident.place is None:
        return None
    label = words.type(incident.type)
    where = words.municipality(incident.municipality)
    told = [words.urgency(incident.urgency), where, words.organisation(incident.service)]
    return _event(
        f"incident-{incident.id}",
        MARKER,
        incident.place,
        call.now,
        INCIDENT_LASTS,
        [
            ET.Element("contact", {"callsign": label}),
            ET.Element("color", {"argb": _RED}),
            _remarks(" · ".join(each for each in told if each)),
        ],
    )


def gone(uid: str, now: datetime) -> Event:
    """That something is to be shown no longer."""
    link = ET.Element("link", {"uid": f"bavn-{uid}", "relation": "none", "type": "none"})
    details = [link, ET.Element("__forcedelete")]
    return _event(f"gone-{uid}", GONE, None, now, WORD_LASTS, details)


def answered(word: Event, says: str, now: datetime) -> Event:
    """An answer to a word, in the same conversation."""
    return _event(
        f"answer-{word.uid}"[:300], WORD, None, now, WORD_LASTS, [_chat(), _remarks(says)]
    )


def _chat() -> ET.Element:
    return ET.Element("__chat", {"senderCallsign": HOUSE, "chatroom": HOUSE, "id": HOUSE})


def _remarks(says: str) -> ET.Element:
    made = ET.Element("remarks")
    made.text = says
    return made


def _event(
    uid: str,
    sort: str,
    place: Place | None,
    at: datetime,
    lasts: timedelta,
    details: list[ET.Element],
) -> Event:
    return Event(
        uid=f"bavn-{uid}",
        type=sort,
        how="m-g" if sort == UNIT else "h-g-i-g-o",
        time_ms=ms_of(at),
        start_ms=ms_of(at),
        stale_ms=ms_of(at + lasts),
        lat=0.0 if place is None else place.lat,
        lon=0.0 if place is None else place.lon,
        ce=UNKNOWN,
        detail=outside(details),
    )
