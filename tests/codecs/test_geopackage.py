# SPDX-License-Identifier: Apache-2.0
"""A GeoPackage is known by its head, and so is each geometry in it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.codecs.geopackage import (
    ENVELOPE_COUNTS,
    NotGeoPackage,
    geometry,
    is_database,
    is_geopackage,
)


def blob(
    envelope: list[float], code: int, order: str = "<", flags: int = 0, binary: bytes = b""
) -> bytes:
    """Write a geometry as table 5 of the standard has it."""
    flags |= code << 1 | (order == "<")
    head = struct.pack("2sBB", b"GP", 0, flags)
    return head + struct.pack(f"{order}i{len(envelope)}d", 25832, *envelope) + binary


@given(
    code=st.integers(0, len(ENVELOPE_COUNTS) - 1),
    order=st.sampled_from("<>"),
    empty=st.booleans(),
    binary=st.binary(max_size=40),
    data=st.data(),
)
def test_every_kind_of_head_is_read(
    code: int, order: str, empty: bool, binary: bytes, data: st.DataObject
) -> None:
    count = ENVELOPE_COUNTS[code]
    number = st.floats(allow_nan=False)
    envelope = data.draw(st.lists(number, min_size=count, max_size=count))
    found = geometry(blob(envelope, code, order, flags=0b1_0000 * empty, binary=binary))
    assert (found.system, found.envelope) == (25832, tuple(envelope))
    assert (found.is_empty, found.binary) == (empty, binary)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no room"),
        (b"GP\x00\x01\x00\x00", "no room"),
        (b"PG\x00\x01" + bytes(4), "begins with"),
        (b"GP\x01\x01" + bytes(4), "version 1"),
        (b"GP\x00\x21" + bytes(4), "extended"),
        (b"GP\x00\x0b" + bytes(80), "kind 5"),
        (b"GP\x00\x0f" + bytes(80), "kind 7"),
        (b"GP\x00\x03" + bytes(4 + 31), "ends within"),
    ],
)
def test_what_is_no_geometry_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(NotGeoPackage, match=says):
        geometry(raw)


@given(st.binary(max_size=120))
def test_rubbish_is_refused_in_one_way(raw: bytes) -> None:
    try:
        geometry(raw)
    except NotGeoPackage:
        return
    assert raw.startswith(b"GP\x00")


@pytest.mark.parametrize("application", [b"GPKG", b"GP10", b"GP11"])
def test_a_file_is_known_by_its_head(application: bytes) -> None:
    head = b"SQLite format 3\x00" + bytes(52) + application
    assert is_geopackage(head)
    assert is_database(head)


def test_another_database_is_no_geopackage() -> None:
    head = b"SQLite format 3\x00" + bytes(56)
    assert is_database(head)
    assert not is_geopackage(head)
    assert not is_database(b'{"type": "FeatureCollection"}')
