# SPDX-License-Identifier: Apache-2.0
"""Names of things: organisations, nodes, facts, subjects and worlds, each a type of its own."""

import re
from functools import lru_cache
from typing import NewType

OrganisationId = NewType("OrganisationId", str)
NodeId = NewType("NodeId", str)
FactId = NewType("FactId", str)
# What a fact is about: its type and its own id, as in "incident:0199…".
Subject = NewType("Subject", str)
World = NewType("World", str)

REAL = World("real")

# A name stands in file names, channel names and signatures on every system for thirty years:
# small letters, digits and dashes survive all of them.
NAME_CHARACTERS_LIMIT = 64
NAME_PATTERN = r"[a-z0-9][a-z0-9-]{0,63}"
_NAME = re.compile(NAME_PATTERN)
SUBJECT_CHARACTERS_LIMIT = 128
_SUBJECT = re.compile(r"[a-z][a-z0-9_]{0,31}:[A-Za-z0-9._-]{1,95}")

ID_BYTES = 16
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ID_ENTROPY_BYTES = 10


def is_name(text: str) -> bool:
    """True when the text may name a node, an organisation or a world."""
    return _NAME.fullmatch(text) is not None


# What is going on now is told of again and again.
@lru_cache(maxsize=4096)
def is_subject(text: str) -> bool:
    """True when the text is a subject: a type, a colon and an id."""
    return _SUBJECT.fullmatch(text) is not None


def subject_type(subject: str) -> str:
    """The type of a subject.

    >>> subject_type("incident:0199")
    'incident'
    """
    return subject.partition(":")[0]


def uuid7_bytes(at_ms: int, entropy: bytes) -> bytes:
    """The sixteen bytes of a UUIDv7 (RFC 9562 §5.7) of an instant and ten bytes of chance."""
    raw = bytearray(at_ms.to_bytes(6) + entropy)
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return bytes(raw)


def uuid_text(raw: bytes) -> FactId:
    """The text of an id.

    >>> uuid_text(uuid7_bytes(0x017F22E279B0, bytes(10)))
    '017f22e2-79b0-7000-8000-000000000000'
    """
    digits = raw.hex()
    return FactId(f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}")


def id_bytes(fact_id: str) -> bytes:
    """The sixteen bytes of an id; raises ValueError when the text is no UUID."""
    if _UUID.fullmatch(fact_id) is None:
        msg = f"not a UUID: {fact_id!r}"
        raise ValueError(msg)
    return bytes.fromhex(fact_id.replace("-", ""))
