# SPDX-License-Identifier: Apache-2.0
"""A tiny OpenStreetMap extract as bytes (PBF), written by hand: what the map tests drive on."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

# Degrees are kept in steps of a hundred nanodegrees.
_STEP = 1e-7


class Node(NamedTuple):
    """A point of a road."""

    id: int
    lat: float
    lon: float


class Way(NamedTuple):
    """A road or a ferry: its points, and what is said of it."""

    id: int
    nodes: Sequence[int]
    tags: Mapping[str, str]


def extract(nodes: Iterable[Node], ways: Iterable[Way]) -> bytes:
    """The bytes of an extract."""
    header = _field(4, b"OsmSchema-V0.6") + _field(16, b"bavn's tests")
    return _block(b"OSMHeader", header) + _block(b"OSMData", _data([*nodes], [*ways]))


def _data(nodes: Sequence[Node], ways: Sequence[Way]) -> bytes:
    words = dict.fromkeys(word for way in ways for pair in way.tags.items() for word in pair)
    # The first string is left empty by the format.
    numbers = {word: number for number, word in enumerate(words, start=1)}
    strings = b"".join(_field(1, word.encode()) for word in ("", *words))
    points = b"".join(_field(1, _node(each)) for each in nodes)
    roads = b"".join(_field(3, _way(each, numbers)) for each in ways)
    return _field(1, strings) + _field(2, points) + _field(2, roads)


def _node(node: Node) -> bytes:
    lat, lon = round(node.lat / _STEP), round(node.lon / _STEP)
    return _number(1, _signed(node.id)) + _number(8, _signed(lat)) + _number(9, _signed(lon))


def _way(way: Way, numbers: Mapping[str, int]) -> bytes:
    keys = b"".join(_varint(numbers[each]) for each in way.tags)
    values = b"".join(_varint(numbers[each]) for each in way.tags.values())
    steps = [one - before for before, one in zip((0, *way.nodes[:-1]), way.nodes, strict=True)]
    refs = b"".join(_varint(_signed(each)) for each in steps)
    return _number(1, way.id) + _field(2, keys) + _field(3, values) + _field(8, refs)


def _block(kind: bytes, raw: bytes) -> bytes:
    blob = _number(2, len(raw)) + _field(3, zlib.compress(raw))
    header = _field(1, kind) + _number(3, len(blob))
    return len(header).to_bytes(4, "big") + header + blob


def _field(number: int, raw: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _signed(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
