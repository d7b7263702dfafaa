# SPDX-License-Identifier: Apache-2.0
"""However a stream comes in pieces, the same messages come out of it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.codecs.cot import Cutter, Event, Part, Unreadable, read_protobuf, read_xml
from bavn.codecs.cot import written_protobuf as protobuf
from bavn.codecs.cot import written_xml as xml
from bavn.codecs.cot.stream import MESSAGE_LIMIT, framed
from tests.codecs.cot.examples import EVENTS


def pieces(raw: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(raw), *(each % (len(raw) + 1) for each in cuts)})
    return [raw[a:b] for a, b in itertools.pairwise(places)]


@given(
    st.lists(st.tuples(EVENTS, st.booleans()), max_size=4),
    st.lists(st.integers(0, 10_000), max_size=12),
)
def test_a_stream_is_cut_into_its_messages(told: list[tuple[Event, bool]], cuts: list[int]) -> None:
    raw = b"\n".join(framed(protobuf(each)) if is_pb else xml(each) for each, is_pb in told)
    cutter = Cutter()
    parts = [part for piece in pieces(raw, cuts) for part in cutter.feed(piece)]
    assert [each.is_protobuf for each in parts] == [is_pb for _, is_pb in told]
    read = [(read_protobuf if each.is_protobuf else read_xml)(each.raw) for each in parts]
    assert [each.uid for each in read] == [each.uid for each, _ in told]


def test_messages_without_a_header_and_a_login_that_nobody_asked_for_are_taken() -> None:
    bare = b'<event uid="a"></event>'
    login = b'<auth><cot username="a" password="b" uid="c"/></auth>'
    assert list(Cutter().feed(bare + b" \r\n" + login + bare)) == [Part(bare)] * 2


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\n",
        b"\xbf\xff\xff\xff\xff\xff",
        b"\xbf\xff\xff\x7f",
        b"<event>" + b"a" * (MESSAGE_LIMIT + 1),
        b"<event>" + b"a" * (MESSAGE_LIMIT + 1) + b"</event>",
    ],
)
def test_what_can_become_no_message_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        list(Cutter().feed(raw))
