# SPDX-License-Identifier: Apache-2.0
"""Events as they may be, for the laws of Cursor on Target."""

from xml.etree import ElementTree as ET

from hypothesis import strategies as st

from bavn.codecs.cot import Event
from bavn.codecs.cot.event import outside

# What XML can hold, and is seen.
WORDS = st.text(
    st.characters(exclude_categories=("C", "Zl", "Zp"), exclude_characters="￾￿"),
    max_size=12,
)
NAMES = WORDS.filter(lambda each: each.isprintable() and each != "")
MOMENTS = st.integers(0, 32_503_679_999_999)
NUMBERS = st.floats(-1e7, 1e7)
TAGS = st.sampled_from(
    ["contact", "__group", "status", "track", "takv", "precisionlocation", "remarks", "archive"]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["callsign", "endpoint", "name", "role", "battery", "speed", "course", "os"]),
    st.one_of(WORDS, st.floats(0, 400).map(repr), st.integers(0, 100).map(str)),
    max_size=3,
)


@st.composite
def details(draw: st.DrawFn) -> str:
    """The inside of a detail: some with fields of their own, some without, some twice."""
    made = []
    for tag in draw(st.lists(TAGS, max_size=5)):
        element = ET.Element(tag, draw(ATTRIBUTES))
        element.text = draw(WORDS)
        made.append(element)
    return outside(made)


EVENTS = st.builds(
    Event,
    uid=NAMES,
    type=st.sampled_from(["a-f-G-U-C", "b-t-f", "b-m-p-s-m", "u-d-f"]),
    how=st.sampled_from(["m-g", "h-e", ""]),
    time_ms=MOMENTS,
    start_ms=MOMENTS,
    stale_ms=MOMENTS,
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    hae=NUMBERS,
    ce=NUMBERS,
    le=NUMBERS,
    access=WORDS.filter(str.isprintable),
    detail=details(),
)


def said(event: Event) -> list[tuple[object, ...]]:
    """What the details say, whatever their order, with numbers as numbers."""
    return sorted(
        (each.tag, sorted((name, _value(text)) for name, text in each.items()), each.text or "")
        for each in event.details()
    )


def _value(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text
