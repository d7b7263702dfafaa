# SPDX-License-Identifier: Apache-2.0
"""What the command line asks of whoever writes in a folder, and what it is answered.

The same words are carried out in the command's own process where nobody else writes there, and go
through a socket to the server where one does. A frame is its length in four bytes, and MessagePack.
"""

from datetime import datetime
from typing import Final, TypeVar

import msgspec

from bavn.journal.merge import Merged
from bavn.journal.trust.statements import KeyRevoked
from bavn.kernel.identity import NodeId, World
from bavn.kernel.refusal import Refused
from bavn.runtime.joining.invitation import INVITATION_BYTES_LIMIT
from bavn.runtime.joining.inviting import Guest
from bavn.runtime.program import VERSION

T = TypeVar("T")
HEAD_BYTES: Final = 4
_AROUND_BYTES = 64 * 1024
# The largest segment of a bundle, with what is around it.
ASKED_BYTES_LIMIT = 8 * 1024 * 1024 + _AROUND_BYTES
ANSWER_BYTES_LIMIT = INVITATION_BYTES_LIMIT + _AROUND_BYTES


class Invite(msgspec.Struct, frozen=True, tag="invite"):
    """Take a guest in, and sign an invitation for it."""

    guest: Guest


class Revoke(msgspec.Struct, frozen=True, tag="revoke"):
    """Believe a node's key no further than was heard, or was recorded before an instant."""

    node: NodeId
    new_key: str | None
    since: datetime | None


class Roll(msgspec.Struct, frozen=True, tag="roll"):
    """Sign with another key from now on; without using the old one where that may be stolen."""

    stolen: bool


class TakeIn(msgspec.Struct, frozen=True, tag="take_in"):
    """Take in a segment that was carried here by hand."""

    segment: bytes


class KeyOf(msgspec.Struct, frozen=True, tag="key_of"):
    """Which key a node's word is known by now."""

    node: NodeId


class Settle(msgspec.Struct, frozen=True, tag="settle"):
    """Settle a piece of evidence, by its mark, with what was found."""

    mark: str
    found: str


class Resume(msgspec.Struct, frozen=True, tag="resume"):
    """Let reactions go that a restore has held."""


class UsePolicies(msgspec.Struct, frozen=True, tag="use_policies"):
    """Go by these policies from now on: files by name, or None for the country's.

    `back` for those that held before.
    """

    texts: dict[str, str] | None = None
    back: bool = False


# What is carried out on the record alone.
OfRecord = Invite | Revoke | Roll | TakeIn | KeyOf | Settle | Resume
Asked = OfRecord | UsePolicies


class Invited(msgspec.Struct, frozen=True, tag="invited"):
    """The invitation as a file holds it, and the keys at which trust begins."""

    file: bytes
    roots: dict[NodeId, str]


class Revoked(msgspec.Struct, frozen=True, tag="revoked"):
    """What was stated."""

    revoked: KeyRevoked


class Rolled(msgspec.Struct, frozen=True, tag="rolled"):
    """The public half of the new key."""

    node: NodeId
    key: str


class TakenIn(msgspec.Struct, frozen=True, tag="taken_in"):
    """What came of a segment."""

    merged: Merged


class Key(msgspec.Struct, frozen=True, tag="key"):
    """A node's key; none for one that is not known or not believed."""

    key: bytes | None


class Settled(msgspec.Struct, frozen=True, tag="settled"):
    """It was settled."""


class Resumed(msgspec.Struct, frozen=True, tag="resumed"):
    """Whether reactions were held, and how many facts they have not looked at."""

    were_held: bool
    behind_count: int


class PoliciesUsed(msgspec.Struct, frozen=True, tag="policies_used"):
    """The mark of the set that holds now, and of the one before; the same where it held already."""

    mark: str
    was: str
    is_own: bool


class No(msgspec.Struct, frozen=True, tag="no"):
    """It was refused."""

    refused: Refused


Answer = Invited | Revoked | Rolled | TakenIn | Key | Settled | Resumed | PoliciesUsed | No


class NotUnderstood(Exception):
    """A frame that holds nothing that is known."""


class OtherVersion(Exception):
    """The one who asks is of another version than the one who answers."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version


class _Frame(msgspec.Struct, frozen=True):
    # Who asks and who answers read the same record: so they are to be the same program.
    version: str
    world: World
    said: msgspec.Raw


_encode = msgspec.msgpack.encode
_read_frame = msgspec.msgpack.Decoder(_Frame).decode
_read_asked: msgspec.msgpack.Decoder[Asked] = msgspec.msgpack.Decoder(Asked)
_read_answer: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def frame(world: World, said: Asked | Answer) -> bytes:
    """What is sent."""
    content = _encode(_Frame(VERSION, world, msgspec.Raw(_encode(said))))
    return len(content).to_bytes(HEAD_BYTES) + content


def size_in(head: bytes, most: int) -> int:
    """How long the frame is that begins so; NotUnderstood when it is longer than may be."""
    size = int.from_bytes(head)
    if not 0 < size <= most:
        raise NotUnderstood(f"{size} bytes, and {most} are the most")
    return size


def read_asked(content: bytes, world: World) -> Asked:
    """What is asked; OtherVersion before anything else of it is looked at."""
    return _said(content, world, _read_asked)


def read_answer(content: bytes, world: World) -> Answer:
    """What is answered; OtherVersion before anything else of it is looked at."""
    return _said(content, world, _read_answer)


def _said(content: bytes, world: World, decoder: "msgspec.msgpack.Decoder[T]") -> T:
    try:
        found = _read_frame(content)
        if found.version != VERSION:
            raise OtherVersion(found.version)
        if found.world != world:
            raise NotUnderstood(f"it is about the world {found.world}")
        return decoder.decode(found.said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(str(error)) from error
