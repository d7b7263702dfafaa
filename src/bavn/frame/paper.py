# SPDX-License-Identifier: Apache-2.0
"""A paper to be kept: what stands on it, in what order, and who makes a PDF of it.

A paper is data. All that is typed stands in it as text and as nothing else, so no text can be taken
for an instruction to whoever sets it.
"""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol, TypeAlias

import msgspec
from litestar import Response

from bavn.frame.given import Given

PDF = "application/pdf"


class Heading(msgspec.Struct, frozen=True, kw_only=True, tag="heading"):
    """What the next of it is called."""

    text: str


class Prose(msgspec.Struct, frozen=True, kw_only=True, tag="prose"):
    """A paragraph; `weight` is `plain`, `strong` or `quiet`."""

    text: str
    weight: str = "plain"


class Pairs(msgspec.Struct, frozen=True, kw_only=True, tag="pairs"):
    """Names with what is said of each."""

    items: tuple[tuple[str, str], ...]


class Lines(msgspec.Struct, frozen=True, kw_only=True, tag="lines"):
    """A list of short lines."""

    items: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    """Rows under a head that is repeated on each page; columns of `numbers` stand to the right."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a log: when, what, the texts that came with it, and under it who told it."""

    at: str
    says: str
    texts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    under: str = ""
    struck: bool = False


class Entries(msgspec.Struct, frozen=True, kw_only=True, tag="entries"):
    """Entries of a log, in their order."""

    items: tuple[Entry, ...]


Block: TypeAlias = Heading | Prose | Pairs | Lines | Table | Entries


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """All that stands on a paper; `at` is when what it tells was said, and no clock of today.

    `foot` stands on each page, before `page`, which has the page's number and how many there are in
    it: `Side {page} af {pages}`. `is_wide` tells that it needs the long side.
    """

    language: str
    title: str
    at: datetime
    foot: str
    page: str
    blocks: tuple[Block, ...]
    is_wide: bool = False


class Pressed(NamedTuple):
    """A PDF, and the digest by which it is known again."""

    content: bytes
    digest: str

    @classmethod
    def of(cls, content: bytes) -> "Pressed":
        """The PDF with its digest: SHA-256 of its bytes."""
        return cls(content, sha256(content).hexdigest())


class Press(Protocol):
    """Who makes a PDF of a paper: the same bytes for the same paper."""

    async def pressed(self, paper: Paper) -> Pressed:
        """The paper as a PDF; ends the handler with a refusal where none can be made now."""

    async def digest(self, paper: Paper) -> str:
        """The digest that its PDF has; empty where it cannot be told now, and never a refusal."""


PressGiven: TypeAlias = Given[Press]


def answer_of(pressed: Pressed, name: str) -> Response[bytes]:
    """The PDF as a file of a name; it may name people, so no browser keeps a copy."""
    return Response(
        pressed.content,
        media_type=PDF,
        headers={
            "content-disposition": f'attachment; filename="{name}.pdf"',
            "cache-control": "private, no-store",
            "etag": f'"{pressed.digest}"',
        },
    )
