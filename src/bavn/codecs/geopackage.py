# SPDX-License-Identifier: Apache-2.0
"""GeoPackage (OGC 12-128r19): how a file is known, and the head before each of its geometries.

The file is an SQLite database, which whoever may touch the disk opens. What follows a geometry's
head is well-known binary, for which there are other readers.
"""

import struct
from dataclasses import dataclass

# Requirement 1 and 2: an SQLite 3 file with its application's id at byte 68.
SQLITE_MAGIC = b"SQLite format 3\x00"
APPLICATION_AT = 68
# "GPKG" since version 1.2; the others in 1.0 and 1.1.
APPLICATIONS = (b"GPKG", b"GP10", b"GP11")
HEAD_BYTES = APPLICATION_AT + 4

# Table 5, StandardGeoPackageBinary: the sign, a version, flags, and the reference system's number.
_SIGN = b"GP"
_VERSION = 0
_FIXED = struct.Struct("<2sBBi")
_LITTLE_ENDIAN = 0b00_0001
_EMPTY = 0b01_0000
_EXTENDED = 0b10_0000
_ENVELOPE_SHIFT, _ENVELOPE_MASK = 1, 0b111
# Table 6: how many numbers the envelope holds, by its code: none, XY, XYZ, XYM, XYZM.
ENVELOPE_COUNTS = (0, 4, 6, 6, 8)


class NotGeoPackage(ValueError):
    """The bytes are not what the standard says."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry as the file holds it."""

    system: int
    envelope: tuple[float, ...]
    is_empty: bool
    binary: bytes


def is_geopackage(head: bytes) -> bool:
    """True when a file that begins like this says that it is a GeoPackage."""
    return is_database(head) and head[APPLICATION_AT:HEAD_BYTES] in APPLICATIONS


def is_database(head: bytes) -> bool:
    """True when a file that begins like this is an SQLite database of any kind."""
    return head.startswith(SQLITE_MAGIC)


def geometry(blob: bytes) -> Geometry:
    """What a value of a geometry column holds; raises NotGeoPackage when it is none."""
    if len(blob) < _FIXED.size:
        raise NotGeoPackage(f"a geometry of {len(blob)} bytes has no room for its head")
    sign, version, flags, _ = _FIXED.unpack_from(blob)
    if sign != _SIGN:
        raise NotGeoPackage(f"a geometry begins with {sign!r}, not {_SIGN!r}")
    if version != _VERSION:
        raise NotGeoPackage(f"a geometry is of version {version}, which is not known")
    if flags & _EXTENDED:
        raise NotGeoPackage("a geometry is of an extended kind, which is not known")
    code = (flags >> _ENVELOPE_SHIFT) & _ENVELOPE_MASK
    if code >= len(ENVELOPE_COUNTS):
        raise NotGeoPackage(f"a geometry has an envelope of kind {code}, which does not exist")
    order = "<" if flags & _LITTLE_ENDIAN else ">"
    rest = struct.Struct(f"{order}i{ENVELOPE_COUNTS[code]}d")
    begin = _FIXED.size - 4
    if len(blob) < begin + rest.size:
        raise NotGeoPackage("a geometry ends within its envelope")
    system, *envelope = rest.unpack_from(blob, begin)
    return Geometry(
        system=system,
        envelope=tuple(envelope),
        is_empty=bool(flags & _EMPTY),
        binary=blob[begin + rest.size :],
    )
