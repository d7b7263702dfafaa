# SPDX-License-Identifier: Apache-2.0
"""Facts and segments as bytes: what goes out comes back, and what was touched is found."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.journal.chain import (
    SEGMENT_BYTES_LIMIT,
    SEGMENT_FACTS_LIMIT,
    ChannelName,
    Segment,
    genesis,
    head_is_signed,
    link,
)
from bavn.journal.fact import (
    COUNT_LIMIT,
    FACT_BYTES_LIMIT,
    Fact,
    SenderRef,
    decode_fact,
    encode_fact,
    read_fact,
)
from bavn.kernel.audience import NATION, OWN, area, to
from bavn.kernel.hybrid_clock import COUNTER_LIMIT, Tick
from bavn.kernel.identity import FactId, NodeId, OrganisationId, Subject, World
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import BadInput
from tests.journal.segments import signed
from tests.lilleland.nodes import EAST, EASTERN, START, WORLD, key_of

CHANNEL = ChannelName(EAST, 1, NATION)
names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True)
ids = st.uuids().map(lambda uuid: FactId(str(uuid)))
ticks = st.builds(Tick, st.integers(0, 253_402_300_799_999), st.integers(0, COUNTER_LIMIT))
facts = st.builds(
    Fact,
    id=ids,
    world=names.map(World),
    node=names.map(NodeId),
    incarnation=st.integers(0, COUNT_LIMIT),
    owner=names.map(OrganisationId),
    epoch=st.integers(0, 2**32 - 1),
    kind=st.text(),
    version=st.integers(0, 99),
    about=st.lists(names.map(lambda name: Subject(f"fire:{name}")), max_size=3).map(tuple),
    by=st.builds(Actor, organisation=names.map(OrganisationId), function=st.text()),
    basis=st.text(),
    causes=st.lists(ids, max_size=3).map(tuple),
    sender=st.none() | st.builds(SenderRef, sender=st.text(), ref=st.text(), digest=st.text()),
    happened_at=st.datetimes(timezones=st.just(START.tzinfo)),
    recorded_at=ticks.map(Tick.text),
    body=st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=3).map(
        lambda body: msgspec.Raw(msgspec.json.encode(body))
    ),
)
raws = st.binary(max_size=40).filter(lambda raw: b"\n" not in raw)


def fact(**changes: Any) -> Fact:
    plain = Fact(
        id=FactId("01234567-89ab-7def-8123-456789abcdef"),
        world=WORLD,
        node=EAST,
        incarnation=1,
        owner=EASTERN,
        epoch=1,
        kind="lilleland.fire_reported",
        version=2,
        about=(Subject("fire:1"),),
        by=Actor(organisation=EASTERN, function="duty_officer"),
        basis="owner",
        happened_at=START,
        recorded_at=Tick(0, 0).text(),
        body=msgspec.Raw(b"{}"),
    )
    return msgspec.structs.replace(plain, **changes)


def stamp_of(told: Fact) -> bytes:
    return read_fact(encode_fact(told)).stamp


# Facts


@given(facts)
def test_a_fact_comes_back_from_its_bytes(told: Fact) -> None:
    again = decode_fact(encode_fact(told))
    assert encode_fact(again) == encode_fact(told)
    assert (again.id, again.by, again.recorded_at) == (told.id, told.by, told.recorded_at)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_fact_are_bad_input(raw: bytes) -> None:
    with pytest.raises(BadInput):
        decode_fact(raw)


@given(facts, st.data())
def test_a_fact_with_a_byte_changed_is_a_fact_or_bad_input(told: Fact, data: st.DataObject) -> None:
    raw = bytearray(encode_fact(told))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(BadInput):
        assert len(read_fact(bytes(raw)).stamp) == len(stamp_of(told))


BAD_FACTS: dict[str, dict[str, Any]] = {
    "no id": {"id": "1"},
    "an id with spaces": {"id": "0123456789ab7def8123456789abcdef    "},
    "an id in capitals": {"id": "01234567-89AB-7DEF-8123-456789ABCDEF"},
    "a time of another form": {"recorded_at": "2027-01-01 00:00:00.000Z/0000"},
    "a time without a zone": {"recorded_at": "2027-01-01T00:00:00.0000/0000"},
    "a time before 1970": {"recorded_at": "1969-12-31T23:59:59.999Z/0000"},
    "a counter of another form": {"recorded_at": "2027-01-01T00:00:00.000Z/00A0"},
    "happened without a zone": {"happened_at": "2027-01-01T00:00:00"},
    "an epoch below zero": {"epoch": -1},
    "an epoch beyond all": {"epoch": 2**32},
    "an incarnation below zero": {"incarnation": -1},
    "an incarnation beyond all": {"incarnation": COUNT_LIMIT + 1},
    "a number for a name": {"owner": 1},
    "nobody": {"by": None},
    "no list of subjects": {"about": "fire:1"},
}


@pytest.mark.parametrize("what", BAD_FACTS)
def test_a_field_out_of_its_bounds_is_bad_input(what: str) -> None:
    fields = msgspec.json.decode(encode_fact(fact()))
    assert decode_fact(msgspec.json.encode(fields)) == fact()
    with pytest.raises(BadInput):
        decode_fact(msgspec.json.encode({**fields, **BAD_FACTS[what]}))


@pytest.mark.parametrize("field", Fact.__struct_fields__)
def test_every_field_of_the_envelope_is_needed_but_causes_and_sender(field: str) -> None:
    fields = msgspec.json.decode(encode_fact(fact()))
    fields.pop(field, None)
    raw = msgspec.json.encode(fields)
    if field in {"causes", "sender"}:
        assert decode_fact(raw) == fact()
    else:
        with pytest.raises(BadInput):
            decode_fact(raw)


def test_a_field_of_a_newer_program_is_passed_over() -> None:
    fields = msgspec.json.decode(encode_fact(fact()))
    assert decode_fact(msgspec.json.encode({**fields, "mood": "good"})) == fact()


orders = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, COUNT_LIMIT), ticks)


@given(orders, orders)
def test_stamps_are_ordered_by_epoch_then_incarnation_then_clock(
    left: tuple[int, int, Tick], right: tuple[int, int, Tick]
) -> None:
    stamps = [
        stamp_of(fact(epoch=epoch, incarnation=incarnation, recorded_at=tick.text()))
        for epoch, incarnation, tick in (left, right)
    ]
    assert (stamps[0] < stamps[1]) == (left < right)
    assert (stamps[0] == stamps[1]) == (left == right)


def test_stamps_of_one_instant_are_told_apart_by_the_facts_id() -> None:
    other = FactId("01234567-89ab-7def-8123-456789abcdee")
    assert stamp_of(fact(id=other)) < stamp_of(fact())


# Segments


segments = st.builds(
    Segment,
    channel=st.builds(
        ChannelName,
        names.map(NodeId),
        st.integers(0, COUNT_LIMIT),
        st.one_of(
            st.just(NATION),
            st.just(OWN),
            names.map(lambda name: area(OrganisationId(name))),
            names.map(lambda name: to(OrganisationId(name))),
        ),
    ),
    first=st.integers(1, COUNT_LIMIT),
    previous=st.binary(min_size=32, max_size=32),
    facts=st.lists(raws, min_size=1, max_size=5).map(tuple),
    signature=st.binary(min_size=64, max_size=64),
)


@given(segments)
def test_a_segment_comes_back_from_its_bytes(segment: Segment) -> None:
    again = Segment.from_bytes(segment.to_bytes())
    assert again == segment
    assert again.hashes() == segment.hashes()
    assert again.last == segment.first + len(segment.facts) - 1


def verified(raw: bytes) -> Segment | None:
    """Give the segment of these bytes if it can be read and is what its node signed."""
    try:
        segment = Segment.from_bytes(raw)
    except BadInput:
        return None
    signed_by_its_node = head_is_signed(
        key_of(segment.channel.node).verify_key.encode(),
        segment.signature,
        world=WORLD,
        channel=segment.channel,
        sequence=segment.last,
        head=segment.hashes()[-1],
    )
    return segment if signed_by_its_node else None


@given(st.lists(raws, min_size=1, max_size=4), st.data())
def test_a_segment_cut_short_or_with_a_bit_turned_is_found_out_or_the_very_same(
    told: list[bytes], data: st.DataObject
) -> None:
    segment = signed(CHANNEL, told)
    raw = bytearray(segment.to_bytes())
    assert verified(bytes(raw)) == segment
    place = data.draw(st.integers(0, len(raw) - 1))
    assert verified(bytes(raw[:place])) is None
    raw[place] ^= 1 << data.draw(st.integers(0, 7))
    # Capital letters in a hexadecimal number are the same number.
    assert verified(bytes(raw)) in {None, segment}


@given(st.binary(max_size=300))
def test_bytes_that_are_no_segment_are_bad_input(raw: bytes) -> None:
    with pytest.raises(BadInput):
        Segment.from_bytes(raw)


def headed(**changes: Any) -> bytes:
    """Give a segment's bytes with something else in its first line."""
    first, *rest = signed(CHANNEL, [b"{}", b"{}"]).to_bytes().split(b"\n")
    head = {**msgspec.json.decode(first), **changes}
    return b"\n".join((msgspec.json.encode(head), *rest))


BAD_HEADS: dict[str, dict[str, Any]] = {
    "a count too small": {"facts": 1},
    "a count too large": {"facts": 3},
    "no count": {"facts": None},
    "number zero": {"first": 0},
    "a number below zero": {"first": -1},
    "a number beyond all": {"first": COUNT_LIMIT + 1},
    "no hash": {"previous": ""},
    "a short hash": {"previous": "00" * 31},
    "a long hash": {"previous": "00" * 33},
    "a hash that is none": {"previous": "zz" * 32},
    "a signature that is none": {"signature": "zz"},
    "an audience that is none": {"channel": [EAST, 1, "all"]},
    "no node": {"channel": ["", 1, NATION]},
    "a node that is no name": {"channel": ["../east", 1, NATION]},
    "an incarnation below zero": {"channel": [EAST, -1, NATION]},
    "an incarnation beyond all": {"channel": [EAST, 2**64, NATION]},
    "a field more": {"more": 1},
}


@pytest.mark.parametrize("what", BAD_HEADS)
def test_a_first_line_out_of_its_bounds_is_bad_input(what: str) -> None:
    assert Segment.from_bytes(headed()).last == 2
    with pytest.raises(BadInput):
        Segment.from_bytes(headed(**BAD_HEADS[what]))


@pytest.mark.parametrize("first", [10**30, 2**64, 2**63])
def test_a_number_beyond_all_is_bad_input_however_it_is_spelled(first: int) -> None:
    raw = headed().replace(b'"first":1,', b'"first":%d,' % first)
    assert raw != headed()
    with pytest.raises(BadInput):
        Segment.from_bytes(raw)


@pytest.mark.parametrize("over", [0, 1])
def test_a_segment_has_no_more_facts_than_the_limit(over: int) -> None:
    raw = signed(CHANNEL, [b"{}"] * (SEGMENT_FACTS_LIMIT + over)).to_bytes()
    assert (verified(raw) is None) == bool(over)


@pytest.mark.parametrize("over", [0, 1])
def test_a_fact_in_a_segment_is_no_longer_than_the_limit(over: int) -> None:
    raw = signed(CHANNEL, [b"x" * (FACT_BYTES_LIMIT + over)]).to_bytes()
    assert (verified(raw) is None) == bool(over)


@pytest.mark.parametrize("over", [0, 1])
def test_a_segment_is_no_longer_than_the_limit(over: int) -> None:
    count = SEGMENT_BYTES_LIMIT // FACT_BYTES_LIMIT
    long = [b"x" * (FACT_BYTES_LIMIT - 100)] * count
    spare = SEGMENT_BYTES_LIMIT - len(signed(CHANNEL, [*long, b""]).to_bytes())
    raw = signed(CHANNEL, [*long, b"x" * (spare + over)]).to_bytes()
    # One digit more in the count of facts may cost a byte.
    assert len(raw) == SEGMENT_BYTES_LIMIT + over
    assert (verified(raw) is None) == bool(over)


# Chains


def test_no_two_channels_start_from_the_same_hash() -> None:
    channels = [
        (world, ChannelName(node, incarnation, audience))
        for world in (WORLD, World("exercise-1"))
        for node in (EAST, NodeId("west"))
        for incarnation in (1, 11)
        for audience in (NATION, OWN, area(EASTERN), to(EASTERN))
    ]
    assert len({genesis(*each) for each in channels}) == len(channels)


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**63), raws, raws)
def test_the_hash_of_an_entry_depends_on_all_that_it_is_made_of(
    previous: bytes, sequence: int, raw: bytes, other: bytes
) -> None:
    head = link(previous, sequence, raw)
    assert head == link(previous, sequence, raw)
    assert head != link(head, sequence, raw)
    assert head != link(previous, sequence + 1, raw)
    assert (head == link(previous, sequence, other)) == (raw == other)


SIGNED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "world": lambda said: {**said, "world": World("exercise-1")},
    "node": lambda said: {**said, "channel": ChannelName(NodeId("west"), 1, NATION)},
    "incarnation": lambda said: {**said, "channel": ChannelName(EAST, 2, NATION)},
    "audience": lambda said: {**said, "channel": ChannelName(EAST, 1, area(EASTERN))},
    "sequence": lambda said: {**said, "sequence": 2},
    "head": lambda said: {**said, "head": bytes(32)},
}


@pytest.mark.parametrize("field", SIGNED)
def test_every_field_of_a_head_is_under_the_signature(field: str) -> None:
    segment = signed(CHANNEL, [b"{}"])
    key = key_of(EAST).verify_key.encode()
    said: dict[str, Any] = {
        "world": WORLD,
        "channel": CHANNEL,
        "sequence": 1,
        "head": segment.hashes()[-1],
    }
    assert head_is_signed(key, segment.signature, **said)
    assert not head_is_signed(key, segment.signature, **SIGNED[field](said))


@pytest.mark.parametrize("signature", [b"", b"x", b"x" * 63, b"x" * 64, b"x" * 65])
@pytest.mark.parametrize("key", [b"", b"x" * 31, key_of(EAST).verify_key.encode()])
def test_what_is_no_signature_or_no_key_proves_nothing(signature: bytes, key: bytes) -> None:
    head = signed(CHANNEL, [b"{}"]).hashes()[-1]
    assert not head_is_signed(key, signature, world=WORLD, channel=CHANNEL, sequence=1, head=head)


def test_a_channel_is_shown_by_its_name() -> None:
    assert CHANNEL.text() == "east/1/nation"
    assert replace(signed(CHANNEL, [b"{}"]), first=7).last == 7
