# SPDX-License-Identifier: Apache-2.0
"""What the house says to field clients: units, incidents, and answers, as events."""

from datetime import datetime, timedelta
from hashlib import sha256
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
# What is put on the map by hand: points, and what is friendly, hostile, neutral or unknown there.
MARKS, BY_HAND = ("b-m-p", "a-"), "h-"
# The button for emergencies, and that it is over.
HELP, HELP_OVER = "b-a-o", "b-a-o-can"
OURS = "bavn-"
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
    link = ET.Element("link", {"uid": f"{OURS}{uid}", "relation": "none", "type": "none"})
    details = [link, ET.Element("__forcedelete")]
    return _event(f"gone-{uid}", GONE, None, now, WORD_LASTS, details)


def answered(word: Event, says: str, now: datetime) -> Event:
    """An answer to a word, in the same conversation."""
    return _event(
        f"answer-{word.uid}"[:300], WORD, None, now, WORD_LASTS, [_chat(), _remarks(says)]
    )


def kept_of(event: Event) -> bool:
    """True for what a person says: a word, a mark on the map, and a cry for help.

    A mark is put by hand. What a device says by itself of others, as a radio's gateway does, is no
    word of anybody's; neither is what the house told.
    """
    if event.type.startswith(WORD):
        return bool(event.remarks)
    if event.uid.startswith(OURS) or not event.has_place:
        return False
    return event.type.startswith(HELP) or (
        event.how.startswith(BY_HAND) and event.type.startswith(MARKS)
    )


def in_words(event: Event, call: Call) -> str:
    """What a device says, as it stands in a log."""
    if event.type.startswith(WORD):
        return event.remarks
    sort = "mark"
    if event.type.startswith(HELP):
        sort = "help_over" if event.type == HELP_OVER else "help"
    named = " · ".join(each for each in (event.callsign, event.remarks) if each)
    place = f"{event.lat:.5f}, {event.lon:.5f}"
    return call.say(f"field.{sort}", says=named or event.uid, place=place)


def help_of(event: Event) -> str:
    """By what a cry for help and its end are known to be one."""
    return f"phone-{sha256(event.uid.encode()).hexdigest()[:16]}"


def ref_of(event: Event, text: str) -> str:
    """By what the same is known again. A mark is sent anew when it is moved or called otherwise."""
    if event.type.startswith(WORD):
        return event.uid
    return f"{event.type}-{sha256(f'{event.uid} {text}'.encode()).hexdigest()}"


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
        uid=f"{OURS}{uid}",
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
