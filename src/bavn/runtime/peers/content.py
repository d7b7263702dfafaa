# SPDX-License-Identifier: Apache-2.0
"""What nodes say to each other: three words that nobody waits for, and two questions.

*Beat*: I live, and this has changed since my last beat. *News*: new entries. *Latest*: the last
value of things that move. *What do you have?* and *give me these channels from these numbers*.

A later version may add fields; who does not know them passes them over. A word or question that is
not known is answered with nothing, and never ends a conversation.
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
    seen: tuple[Seen, ...] = ()


class News(msgspec.Struct, frozen=True, tag="news"):
    """New entries, as segments, pushed as soon as the sender's disk has them."""

    segments: tuple[bytes, ...]


class Moved(msgspec.Struct, frozen=True, array_like=True):
    """The last value of something that moves: whose it is, what, when, and the value itself."""

    sort: str
    owner: str
    key: str
    at_ms: int
    value: msgspec.Raw


class Latest(msgspec.Struct, frozen=True, tag="latest"):
    """Last values. Lost ones are not sent again: newer ones come."""

    moved: tuple[Moved, ...]


class AskHave(msgspec.Struct, frozen=True, tag="have?"):
    """What do you have, of what I may hear."""

    question: int


class AskPull(msgspec.Struct, frozen=True, tag="pull?"):
    """Give me these channels, each from beyond this number, and about so many bytes at most."""

    question: int
    after: Heads
    bytes_limit: int


class Held(msgspec.Struct, frozen=True, tag="have"):
    """All that the answering node holds of what the asker may hear."""

    question: int
    heads: Heads
    at_ms: int


class Pulled(msgspec.Struct, frozen=True, tag="pull"):
    """Segments, in order within each channel."""

    question: int
    segments: tuple[bytes, ...]


Word = Beat | News | Latest
Question = AskHave | AskPull
Answer = Held | Pulled
_decode_heard = msgspec.msgpack.Decoder(Word | Question).decode
_decode_answer = msgspec.msgpack.Decoder(Answer).decode
encode = msgspec.msgpack.encode


class NotUnderstood(Exception):
    """The words of a later version, or none."""


def decode_heard(raw: bytes) -> Word | Question:
    """A word or a question; NotUnderstood when it is neither."""
    try:
        heard: Word | Question = _decode_heard(raw)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NotUnderstood(str(error)) from error
    return heard


def decode_answer(raw: bytes) -> Answer:
    """An answer; NotUnderstood when it is none."""
    try:
        answer: Answer = _decode_answer(raw)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NotUnderstood(str(error)) from error
    return answer
