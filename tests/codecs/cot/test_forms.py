# SPDX-License-Identifier: Apache-2.0
"""Both forms hold the same, and what is wrong is told."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from takproto import parse_proto, xml2proto
from takproto.constants import TAKProtoVer

from bavn.codecs.cot import (
    Event,
    Unreadable,
    read_protobuf,
    read_xml,
    written_protobuf,
    written_xml,
)
from bavn.codecs.cot.stream import framed
from tests.codecs.cot.examples import EVENTS, said

PHONE = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<event version="2.0" uid="ANDROID-1" type="a-f-G-U-C" how="m-g" time="2026-11-21T22:00:00.250Z"
 start="2026-11-21T22:00:00Z" stale="2026-11-21T22:06:15Z">
 <point lat="57.0488" lon="9.9217" hae="9999999.0" ce="4.5" le="9999999"/>
 <detail>
  <contact endpoint="*:-1:stcp" callsign="N101"/><__group name="Red" role="Team Lead"/>
  <status battery="81"/><track course="271.5" speed="0.0"/>
  <takv device="X" platform="ATAK-CIV" os="34" version="5.2"/>
  <archive/><archive/><remarks>Ved hydranten &amp; porten</remarks>
 </detail></event>"""


def same(one: Event, other: Event) -> bool:
    bare = msgspec.structs.replace
    return bare(one, detail="") == bare(other, detail="") and said(one) == said(other)


@given(EVENTS)
def test_what_is_written_as_xml_is_read_again(event: Event) -> None:
    assert same(read_xml(written_xml(event)), event)


@given(EVENTS)
def test_protobuf_loses_nothing(event: Event) -> None:
    assert same(read_protobuf(written_protobuf(event)), event)


def test_what_a_phone_says_is_understood() -> None:
    event = read_xml(PHONE)
    assert (event.uid, event.callsign, event.remarks) == (
        "ANDROID-1",
        "N101",
        "Ved hydranten & porten",
    )
    assert event.stale_ms - event.time_ms == 374_750
    assert not event.is_stale(event.stale_ms - 1)
    assert event.is_stale(event.stale_ms)
    assert event.track is not None
    assert (event.track.course, event.track.speed) == (271.5, 0.0)
    assert event.has_place
    assert len([each for each in event.details() if each.tag == "archive"]) == 2


def test_our_protobuf_is_what_the_library_of_the_field_reads_and_the_other_way_round() -> None:
    event = read_xml(PHONE)
    theirs = parse_proto(bytearray(framed(written_protobuf(event)))).cotEvent
    assert (theirs.uid, theirs.detail.contact.callsign) == ("ANDROID-1", "N101")
    assert (theirs.detail.track.course, theirs.detail.status.battery) == (271.5, 81)
    assert theirs.sendTime == event.time_ms
    written = bytes(xml2proto(PHONE.decode().partition("\n")[2], TAKProtoVer.MESH))
    read = read_protobuf(written[3:])
    assert read.callsign == event.callsign
    assert read.remarks == event.remarks
    assert (read.lat, read.lon) == (event.lat, event.lon)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ((b"uid=", b"id="), "uid, type"),
        ((b'lat="57.0488"', b'lat="91"'), "point"),
        ((b'lat="57.0488"', b'lat="nan"'), "point"),
        ((b'lat="57.0488"', b""), "lat"),
        ((b'ce="4.5"', b'ce="inf"'), "point"),
        ((b"22:06:15Z", b"bald"), "stale"),
        ((b"2026-11-21T22:00:00.250Z", b"0001-01-01T00:00:00+14:00"), "time"),
        ((b"<point", b"<place"), "point"),
        ((b"</event>", b""), "event"),
        ((b"<event version", b"<ereignis version"), "event"),
        ((b"<event ", b"<!DOCTYPE x [<!ENTITY a 'b'>]><event "), "event"),
        ((b'uid="ANDROID-1"', b'uid="a&#10;b"'), "uid"),
        ((b'uid="ANDROID-1"', b'uid="' + b"a" * 401 + b'"'), "uid"),
        ((b"</event>", b"</ereignis>"), "event"),
    ],
)
def test_what_is_wrong_is_told(change: tuple[bytes, bytes], where: str) -> None:
    raw = PHONE.replace(*change, 1)
    assert raw != PHONE
    if change[0] == b"<event version":
        raw = raw.replace(b"</event>", b"</ereignis>")
    with pytest.raises(Unreadable) as told:
        read_xml(raw)
    assert told.value.where == where


@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_never_breaks(raw: bytes) -> None:
    for read in (read_xml, read_protobuf):
        try:
            event = read(raw)
        except Unreadable:
            continue
        assert event.uid


@given(EVENTS, st.data())
def test_a_message_with_a_byte_changed_is_read_or_refused(
    event: Event, data: st.DataObject
) -> None:
    for written, read in ((written_xml, read_xml), (written_protobuf, read_protobuf)):
        raw = bytearray(written(event))
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        try:
            changed = read(bytes(raw))
        except Unreadable:
            continue
        # What was taken can be passed on in both forms.
        assert read_xml(written_xml(changed)).uid == changed.uid
        assert read_protobuf(written_protobuf(changed)).uid == changed.uid
