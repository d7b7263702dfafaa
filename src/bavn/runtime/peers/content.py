# SPDX-License-Identifier: Apache-2.0
"""What nodes say to each other: one word that nobody waits for, and four questions.

*Beat*: I live, and this has changed since my last beat. *What do you have?* *Give me these channels
from these numbers.* *Take these new entries.* *Take these last values* of things that move.

Who pushes asks, and waits for the answer: on a line that is slow, what comes meanwhile gathers and
goes together, and nothing is heaped up on the way. A later version may add fields; who does not
know them passes them over. A question that is not known is answered with nothing.
"""

import msgspec

from bavn.kernel.identity import NodeId

# Numbers held, by channel text (node/incarnation/audience).
Heads = dict[str, int]


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """What the sender knows of a third node: how long ago somebody heard it, and its version."""

    node: NodeId
    ago_ms: int
    version: str
    by: NodeId


class Beat(msgspec.Struct, frozen=True, tag="beat", omit_defaults=True):
    """A node lives.

    `number` counts the beats to this receiver within one `run` of the sender, so that a beat that
    was lost is noticed; `heads` is what changed since the last one, or all when `whole`. `echo` is
    the run and number of the receiver's last beat: who knows it writes now, and is no old letter.
    """

    run: int
    number: int
    at_ms: int
    version: str
    incarnation: int
    heads: Heads = {}
    whole: bool = False
    echo: tuple[int, int] = (0, 0)
    # True where the sender wants beats in return; who only answers does not.
    wants: bool = False
    seen: tuple[Seen, ...] = ()


class Moved(msgspec.Struct, frozen=True, array_like=True):
    """The last value of something that moves: whose it is, what, when, and the value itself."""

    sort: str
    owner: str
    key: str
    at_ms: int
    value: msgspec.Raw


class AskHave(msgspec.Struct, frozen=True, tag="have?"):
    """What do you have, of what I may hear."""

    question: int


class AskPull(msgspec.Struct, frozen=True, tag="pull?"):
    """Give me these channels, each from beyond this number, and about so many bytes at most."""

    question: int
    after: Heads
    bytes_limit: int


class AskTake(msgspec.Struct, frozen=True, tag="take?"):
    """Take these new entries, as segments; pushed as soon as the sender's disk has them."""

    question: int
    segments: tuple[bytes, ...]


class AskLatest(msgspec.Struct, frozen=True, tag="latest?"):
    """Take these last values. Those that are lost are not sent again: newer ones come."""

    question: int
    moved: tuple[Moved, ...]


class Taken(msgspec.Struct, frozen=True, tag="taken"):
    """What came was looked at: the sender may go on with what has gathered meanwhile."""

    question: int


class Held(msgspec.Struct, frozen=True, tag="have"):
    """All that the answering node holds of what the asker may hear."""

    question: int
    heads: Heads
    at_ms: int


class Pulled(msgspec.Struct, frozen=True, tag="pull"):
    """Segments, in order within each channel."""

    question: int
    segments: tuple[bytes, ...]


Question = AskHave | AskPull | AskTake | AskLatest
Answer = Held | Pulled | Taken
_decode_heard = msgspec.msgpack.Decoder(Beat | Question).decode
_decode_answer = msgspec.msgpack.Decoder(Answer).decode
encode = msgspec.msgpack.encode


class NotUnderstood(Exception):
    """The words of a later version, or none."""


def decode_heard(raw: bytes) -> Beat | Question:
    """A beat or a question; NotUnderstood when it is neither."""
    try:
        heard: Beat | Question = _decode_heard(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(str(error)) from error
    return heard


def decode_answer(raw: bytes) -> Answer:
    """An answer; NotUnderstood when it is none."""
    try:
        answer: Answer = _decode_answer(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(str(error)) from error
    return answer
