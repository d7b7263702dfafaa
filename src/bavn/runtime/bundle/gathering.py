# SPDX-License-Identifier: Apache-2.0
"""Packing what is to be told, as far as it fits.

Each channel is told in order, the one of which least is missing first, so that as many channels as
can be are whole. When a limit leaves something out, half of the room goes to the newest picture.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bavn.journal.chain import SEGMENT_BYTES_LIMIT, ChannelName
from bavn.journal.offer import segments_after
from bavn.journal.record import Channel, Record
from bavn.kernel.identity import NodeId
from bavn.runtime.bundle.form import PARTS_LIMIT, PICTURE_BYTES_LIMIT, Stretch
from bavn.runtime.bundle.picture import Cut, newest
from bavn.runtime.bundle.spool import (
    Piece,
    Spool,
    manifest_bytes,
    room_in,
    share_out,
    too_many_parts,
)
from bavn.runtime.halt import Halt, halt

# Of a bundle that cannot hold all: one half says how it is now, the other mends the record.
PICTURE_SHARE = 2
# A page is packed as a whole, and goes in whole or not at all.
_PAGE_BYTES_LIMIT = 128 * 1024
_PAGE_BYTES_LEAST = 2 * 1024
# A limit is met well when a piece is at most this share of it.
_PIECES_LEAST = 8
# Facts get this much smaller at least when some are packed together, and as a rule twice that.
_PACKED_TIMES = 3
# Below this the room is counted in kilobytes.
_SMALL_BYTES = 1_000_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """For whom a bundle is, what that node has as far as we know, and how large it may be."""

    to: NodeId
    have: Mapping[str, int] | None = None
    since: datetime | None = None
    most_bytes: int | None = None
    part_bytes: int | None = None


@dataclass(slots=True)
class Reach:
    """A channel on its way into a bundle: what the receiver has, and how far the bundle goes."""

    channel: Channel
    start: int
    # The last entry that there is to tell: what is not believed is passed on to nobody.
    last: int
    reached: int = field(init=False)

    def __post_init__(self) -> None:
        self.reached = self.start

    @property
    def missing(self) -> int:
        """How many entries the receiver lacks."""
        return self.last - self.start


def _parts_most(part_bytes: int, whole: int, channels: list[ChannelName], pages: int) -> int:
    """How many parts of this size there may be at most.

    Records are not cut, so of two parts that follow each other one may be almost empty.
    """
    count = 1
    while count <= PARTS_LIMIT:
        room = room_in(part_bytes, 1, manifest_bytes(channels, count, pages))
        needed = 2 * whole // room + 1 if room else PARTS_LIMIT + 1
        if needed <= count:
            return count
        count = needed
    raise too_many_parts()


class Gathering:
    """Packs what is to be told into the spool, as far as it fits."""

    def __init__(
        self,
        record: Record,
        spool: Spool,
        reaches: list[Reach],
        wanted: Wanted,
        progress: Progress,
    ) -> None:
        self._record = record
        self._spool = spool
        self._reaches = reaches
        self._wanted = wanted
        self._progress = progress
        self.pictured = 0

    def shared(self) -> list[list[Piece]]:
        """The records of each part."""
        pieces, part = self.pieces(), self._wanted.part_bytes
        if part is None:
            return [pieces]
        channels = [reach.channel.name for reach in self._reaches]
        pages = sum(isinstance(piece.holds, str) for piece in pieces)
        count = 1
        while True:
            # Each part holds the manifest, and the manifest tells of each part.
            shared = share_out(pieces, room_in(part, 1, manifest_bytes(channels, count, pages)))
            if len(shared) <= count:
                return shared
            count = len(shared)

    def pieces(self) -> list[Piece]:
        """The records of the bundle, the picture first; the reaches say how far they go."""
        room = self._room()
        chains: list[tuple[Reach, Piece]] = []
        filled, whole = 0, True
        for reach, piece in self._packed():
            chains.append((reach, piece))
            filled += piece.size
            if room is not None and filled > room:
                whole = False
                break
        if whole or room is None:
            self._go_as_far_as(chains)
            return [piece for _, piece in chains]
        return self._in_small(chains, room)

    def _in_small(self, chains: list[tuple[Reach, Piece]], room: int) -> list[Piece]:
        """The picture and the next entries of each chain, in half the room each."""
        kept = _fitting(chains, room // PICTURE_SHARE)
        self._go_as_far_as(kept)
        pages = self._pages(room - sum(piece.size for _, piece in kept))
        # What the picture leaves free goes to the chains.
        kept = _fitting(chains, room - sum(page.size for page in pages))
        self._go_as_far_as(kept)
        if not kept and not pages:
            raise _too_small()
        return pages + [piece for _, piece in kept]

    def _go_as_far_as(self, kept: list[tuple[Reach, Piece]]) -> None:
        for reach in self._reaches:
            reach.reached = reach.start
        for reach, piece in kept:
            assert isinstance(piece.holds, Stretch)
            reach.reached = piece.holds.last

    def _room(self) -> int | None:
        """How many bytes of records fit into the whole bundle; None when it has no limit."""
        most, part = self._wanted.most_bytes, self._wanted.part_bytes
        if most is None:
            return None
        channels, pages = [reach.channel.name for reach in self._reaches], _pages_limit(most)
        parts = 1 if part is None else _parts_most(part, most, channels, pages)
        room = room_in(most, parts, manifest_bytes(channels, parts, pages))
        if not room:
            raise _too_small()
        return room

    def _packed(self) -> Iterator[tuple[Reach, Piece]]:
        """What is to be told, in order, in pieces small enough for the limits to be met well."""
        limits = (self._wanted.most_bytes, self._wanted.part_bytes)
        limit = min((each // _PIECES_LEAST for each in limits if each is not None), default=None)
        size = SEGMENT_BYTES_LIMIT if limit is None else _PACKED_TIMES * limit
        done, of = 0, sum(reach.missing for reach in self._reaches)
        for reach in self._reaches:
            for segment in segments_after(
                self._record, reach.channel, reach.start, bytes_limit=min(size, SEGMENT_BYTES_LIMIT)
            ):
                yield reach, self._spool.segment(segment)
                done += len(segment.facts)
                self._progress(done, of)

    def _pages(self, room: int) -> list[Piece]:
        """The newest picture, in pages, as far as there is room."""
        cuts = [Cut(reach.channel, reach.reached, reach.last) for reach in self._reaches]
        limit = max(
            _PAGE_BYTES_LEAST, min(_PAGE_BYTES_LIMIT, _PACKED_TIMES * room // _PIECES_LEAST)
        )
        pages: list[Piece] = []
        filled, grown = 0, 0
        for facts in _in_pages(newest(self._record, cuts), limit):
            raw = b"\n".join(facts)
            page = self._spool.page(raw)
            filled, grown = filled + page.size, grown + len(raw)
            full = len(pages) == _pages_limit(self._wanted.most_bytes or 0)
            if full or filled > room or grown > PICTURE_BYTES_LIMIT:
                break
            pages.append(page)
            self.pictured += len(facts)
        return pages


def _pages_limit(most_bytes: int) -> int:
    """How many pages there may be, since each takes a line in the manifest."""
    return 16 if most_bytes < _SMALL_BYTES else PICTURE_BYTES_LIMIT // _PAGE_BYTES_LIMIT


def _in_pages(subjects: Iterator[list[bytes]], limit: int) -> Iterator[list[bytes]]:
    """The facts of several subjects, in pages of about this size."""
    held: list[bytes] = []
    size = 0
    for facts in subjects:
        if held and size + sum(map(len, facts)) > limit:
            yield held
            held, size = [], 0
        held += facts
        size += sum(len(fact) + 1 for fact in facts)
    if held:
        yield held


def _fitting(chains: list[tuple[Reach, Piece]], room: int) -> list[tuple[Reach, Piece]]:
    """The first of them, as many as there is room for."""
    filled = 0
    for count, (_, piece) in enumerate(chains):
        filled += piece.size
        if filled > room:
            return chains[:count]
    return chains


def _too_small() -> Halt:
    return halt(
        "bundle_too_small",
        "Nothing fits into a bundle of that size.",
        "Let it be larger: --max-mb.",
    )
