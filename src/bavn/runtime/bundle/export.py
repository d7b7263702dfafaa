# SPDX-License-Identifier: Apache-2.0
"""Making a bundle: the entries that a node may hear and lacks, and what of them fits.

Each channel is told in order, the one of which least is missing first, so that as many channels as
can be are whole. When a limit leaves something out, half of the room goes to the newest picture.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from nacl.signing import VerifyKey

from bavn.journal.chain import ChannelName, Segment
from bavn.journal.fact import read_fact
from bavn.journal.offer import may_be_told, segments_after
from bavn.journal.record import Channel, Record
from bavn.kernel.identity import NodeId
from bavn.kernel.instants import ms_of
from bavn.kernel.refusal import BadInput
from bavn.runtime.bundle.form import (
    PARTS_LIMIT,
    PICTURE_BYTES_LIMIT,
    Manifest,
    Stretch,
)
from bavn.runtime.bundle.picture import Cut, newest
from bavn.runtime.bundle.sealing import recipient_text
from bavn.runtime.bundle.spool import (
    Piece,
    Spool,
    Target,
    manifest_bytes,
    part_of,
    room_in,
    share_out,
    too_many_parts,
    write_parts,
)
from bavn.runtime.halt import Halt, halt

# Of a bundle that cannot hold all: one half says how it is now, the other mends the record.
PICTURE_SHARE = 2
# A page is packed as a whole, and goes in whole or not at all.
_PAGE_BYTES_LIMIT = 128 * 1024
_PAGE_BYTES_LEAST = 2 * 1024
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: the files, how many entries they hold, and what had to be left out."""

    paths: list[Path]
    manifest: Manifest
    entries: int
    pictured: int
    size: int

    @property
    def left_out(self) -> int:
        """How many entries the receiver still lacks after this."""
        return sum(each.last - each.first + 1 for each in self.manifest.left)


@dataclass(slots=True)
class _Reach:
    """A channel on its way into a bundle: what the receiver has, and how far the bundle goes."""

    channel: Channel
    start: int
    reached: int = field(init=False)

    def __post_init__(self) -> None:
        self.reached = self.start

    @property
    def missing(self) -> int:
        return self.channel.sequence - self.start


def key_of(record: Record, node: NodeId) -> VerifyKey:
    """The key to which is sealed what this node may read; halts when there is none."""
    peer = record.roster.peers.get(node)
    if peer is None:
        others = sorted(each for each in record.roster.peers if each != record.identity.node)
        raise halt(
            "bundle_unknown_receiver",
            f"{node} is not a node that is known here.",
            f"Give one of these with --to: {', '.join(others) or '-'}.",
            node=node,
            nodes=", ".join(others) or "-",
        )
    if node == record.identity.node:
        raise halt(
            "bundle_to_itself",
            f"{node} is this node itself.",
            "Give another node with --to; a copy for oneself is made with `bavn backup`.",
            node=node,
        )
    key = VerifyKey(peer.key)
    try:
        recipient_text(key)
    except ValueError as error:
        raise halt(
            "bundle_key_unusable",
            f"Nothing can be sealed to the key that stands for {node}.",
            f"Put the key right in node.toml; {node} shows its own with `bavn init`.",
            node=node,
        ) from error
    return key


def export_bundle(
    record: Record,
    wanted: Wanted,
    folders: tuple[Path, Path],
    now: datetime,
    progress: Progress,
) -> Exported:
    """Make a bundle in the first folder, with the second to work in; halts when it would be empty.

    All files are whole and on disk when this returns; none is there when it does not.
    """
    out, work = folders
    identity = record.identity
    to = key_of(record, wanted.to)
    reaches = _reaches(record, wanted)
    with closing(Spool(work)) as spool:
        gathering = _Gathering(record, spool, reaches, wanted, progress)
        shared = gathering.shared()
        left = (Stretch(e.channel.name, e.reached + 1, e.channel.sequence) for e in reaches)
        manifest = Manifest(
            world=identity.world,
            sender=identity.node,
            to=wanted.to,
            number=ms_of(now),
            made_at=now,
            parts=tuple(part_of(spool, each) for each in shared),
            left=tuple(each for each in left if each.first <= each.last),
        )
        name = f"{identity.node}-to-{wanted.to}-{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z"
        paths = write_parts(spool, shared, manifest, identity.key, Target(out, name, to))
    return Exported(
        paths=paths,
        manifest=manifest,
        entries=sum(each.reached - each.start for each in reaches),
        pictured=gathering.pictured,
        size=sum(path.stat().st_size for path in paths),
    )


def _reaches(record: Record, wanted: Wanted) -> list[_Reach]:
    """The channels that the receiver may hear, the one of which least is missing first.

    Halts when it lacks nothing, as far as is known.
    """
    found = []
    for channel in record.channels.values():
        told_by_receiver = channel.name.node == wanted.to
        # What it told itself it has, unless it says that it has not, as after a restore.
        if not may_be_told(record, wanted.to, channel) or (told_by_receiver and not wanted.have):
            continue
        start = min((wanted.have or {}).get(channel.name.text(), 0), channel.sequence)
        if wanted.since is not None:
            start = max(start, _before(record, channel, ms_of(wanted.since)))
        found.append(_Reach(channel, start))
    if not any(each.missing for each in found):
        raise halt(
            "bundle_nothing",
            f"There is nothing to tell {wanted.to} that it does not have, as far as is known here.",
            "No file was made. If it lacks something all the same, export without --have, --since.",
            node=wanted.to,
        )
    return sorted(found, key=lambda each: (each.missing, each.channel.name))


def _before(record: Record, channel: Channel, at_ms: int) -> int:
    """The number of the last entry before an instant; a channel's clock only rises."""
    low, high = 0, channel.sequence
    while low < high:
        middle = (low + high + 1) // 2
        if _told_before(record.store.chain(channel.key, middle, 1)[0].raw, at_ms):
            low = middle
        else:
            high = middle - 1
    return low


def _told_before(raw: bytes, at_ms: int) -> bool:
    try:
        return read_fact(raw).tick.ms < at_ms
    except BadInput:
        return False  # rather too much than too little


class _Parts(NamedTuple):
    room: int
    most: int


def _parts(part_bytes: int, whole: int, channels: list[ChannelName], pages: int) -> _Parts:
    """What fits into each part, and how many parts there will be at most.

    Each part holds the manifest, and the manifest tells of each part.
    """
    count = 1
    while count <= PARTS_LIMIT:
        room = room_in(part_bytes, 1, manifest_bytes(channels, count, pages))
        # Records are not cut: of two parts that follow each other one may be almost empty.
        needed = 2 * whole // room + 1 if room else PARTS_LIMIT + 1
        if needed <= count:
            return _Parts(room, count)
        count = needed
    raise too_many_parts()


class _Gathering:
    """Packs what is to be told into the spool, as far as it fits."""

    def __init__(
        self,
        record: Record,
        spool: Spool,
        reaches: list[_Reach],
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
        return share_out(pieces, _parts(part, sum(p.size for p in pieces), channels, pages).room)

    def pieces(self) -> list[Piece]:
        """The records of the bundle, the picture first; the reaches say how far they go."""
        room = self._room()
        chains: list[tuple[_Reach, Piece]] = []
        filled, whole = 0, True
        for reach, segment in self._segments():
            piece = self._spool.segment(segment)
            chains.append((reach, piece))
            filled += piece.size
            if room is not None and filled > room:
                whole = False
                break
        if whole or room is None:
            self._go_as_far_as(chains)
            return [piece for _, piece in chains]
        return self._in_small(chains, room)

    def _in_small(self, chains: list[tuple[_Reach, Piece]], room: int) -> list[Piece]:
        """The picture and the next entries of each chain, in half the room each."""
        # One segment at least, if it fits at all: a picture alone would never mend the record.
        kept = _fitting(chains, max(room // PICTURE_SHARE, min(room, chains[0][1].size)))
        self._go_as_far_as(kept)
        pages = self._pages(room - sum(piece.size for _, piece in kept))
        # What the picture leaves free goes to the chains.
        kept = _fitting(chains, room - sum(page.size for page in pages))
        self._go_as_far_as(kept)
        if not kept and not pages:
            raise _too_small()
        return pages + [piece for _, piece in kept]

    def _go_as_far_as(self, kept: list[tuple[_Reach, Piece]]) -> None:
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
        parts = 1 if part is None else _parts(part, most, channels, pages).most
        room = room_in(most, parts, manifest_bytes(channels, parts, pages))
        if not room:
            raise _too_small()
        return room

    def _segments(self) -> Iterator[tuple[_Reach, Segment]]:
        done, of = 0, sum(reach.missing for reach in self._reaches)
        for reach in self._reaches:
            for segment in segments_after(self._record, reach.channel, reach.start):
                yield reach, segment
                done += len(segment.facts)
                self._progress(done, of)

    def _pages(self, room: int) -> list[Piece]:
        """The newest picture, in pages, as far as there is room."""
        cuts = [Cut(reach.channel, reach.reached) for reach in self._reaches]
        # Facts get about six times smaller, and of eight pages some will fit.
        limit = max(_PAGE_BYTES_LEAST, min(_PAGE_BYTES_LIMIT, room * 6 // 8))
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


def _fitting(chains: list[tuple[_Reach, Piece]], room: int) -> list[tuple[_Reach, Piece]]:
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
