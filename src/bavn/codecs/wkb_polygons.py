# SPDX-License-Identifier: Apache-2.0
"""Polygons out of well-known binary (ISO 19125-1 and ISO 13249-3), and out of nothing else.

Read here, not by a geometry library, because the bytes come from a stranger: a library reads any
kind of geometry, nested as deep as the sender likes.
"""

import math
import struct
from array import array
from typing import Literal, TypeAlias

# x0, y0, x1, y1, …; the first position is the last one again.
Ring: TypeAlias = "array[float]"

_POLYGON, _MULTI_POLYGON = 3, 6
# ISO counts a third number by 1000, a measure by 2000, both by 3000.
_KINDS_A_DIMENSION = 1000
_EXTRA_NUMBERS = (0, 1, 1, 2)
_POSITIONS_OF_A_RING = 4
# Arrays are kept in this machine's own order.
_OWN_ORDER = "<" if struct.pack("=H", 1) == b"\x01\x00" else ">"


class NotPolygons(ValueError):
    """The bytes are not polygons in well-known binary."""


class _Bytes:
    """The bytes that are left to read."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def order(self) -> Literal["<", ">"]:
        """The order of bytes in the geometry that begins here."""
        (said,) = self.take(1)
        if said > 1:
            raise NotPolygons(f"a geometry has the byte order {said}, which does not exist")
        return "<" if said else ">"

    def number(self, order: str) -> int:
        """A whole number."""
        found: int = struct.unpack(f"{order}I", self.take(4))[0]
        return found

    def numbers(self, order: str, count: int) -> Ring:
        """So many numbers; asked for before any room is made for them."""
        found = array("d", self.take(8 * count))
        if order != _OWN_ORDER:
            found.byteswap()
        return found

    def take(self, count: int) -> bytes:
        """So many bytes."""
        end = self._at + count
        if end > len(self._raw):
            raise NotPolygons("a geometry ends before it is whole")
        found = self._raw[self._at : end]
        self._at = end
        return found

    def end(self) -> None:
        """Nothing may be left."""
        if self._at != len(self._raw):
            raise NotPolygons(f"{len(self._raw) - self._at} bytes follow after the geometry")


def polygons(raw: bytes) -> list[list[Ring]]:
    """The polygons, each as its rings, the outer one first; raises NotPolygons."""
    left = _Bytes(raw)
    order = left.order()
    kind, stride = _kind(left.number(order))
    if kind == _POLYGON:
        found = [_polygon(left, order, stride)]
    elif kind == _MULTI_POLYGON:
        found = [_part(left, stride) for _ in range(left.number(order))]
    else:
        raise NotPolygons(f"a geometry of kind {kind} is no polygon")
    left.end()
    return found


def _part(left: _Bytes, stride: int) -> list[Ring]:
    order = left.order()
    kind, own_stride = _kind(left.number(order))
    if (kind, own_stride) != (_POLYGON, stride):
        raise NotPolygons(f"a part of kind {kind} stands among polygons")
    return _polygon(left, order, stride)


def _kind(number: int) -> tuple[int, int]:
    extra, kind = divmod(number, _KINDS_A_DIMENSION)
    if extra >= len(_EXTRA_NUMBERS):
        raise NotPolygons(f"a geometry of kind {number} is no polygon")
    return kind, 2 + _EXTRA_NUMBERS[extra]


def _polygon(left: _Bytes, order: str, stride: int) -> list[Ring]:
    count = left.number(order)
    if count == 0:
        raise NotPolygons("a polygon has no rings")
    return [_ring(left, order, stride) for _ in range(count)]


def _ring(left: _Bytes, order: str, stride: int) -> Ring:
    count = left.number(order)
    if count < _POSITIONS_OF_A_RING:
        raise NotPolygons(f"a ring has {count} positions; it takes {_POSITIONS_OF_A_RING}")
    numbers = left.numbers(order, stride * count)
    plane = array("d", bytes(16 * count))
    plane[0::2], plane[1::2] = numbers[0::stride], numbers[1::stride]
    if plane[:2] != plane[-2:]:
        raise NotPolygons("a ring is not closed")
    if not all(map(math.isfinite, plane)):
        raise NotPolygons("a position is not a number")
    return plane
