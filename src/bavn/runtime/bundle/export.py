# SPDX-License-Identifier: Apache-2.0
"""Making a bundle: what a node may hear and lacks, as far as is known here, in sealed files."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nacl.signing import SigningKey, VerifyKey

from bavn.journal.fact import read_fact
from bavn.journal.offer import may_be_told
from bavn.journal.record import Channel, Record
from bavn.kernel.identity import NodeId
from bavn.kernel.instants import ms_of
from bavn.kernel.refusal import BadInput
from bavn.runtime.bundle.form import (
    Manifest,
    Stretch,
)
from bavn.runtime.bundle.gathering import Gathering, Progress, Reach, Wanted
from bavn.runtime.bundle.sealing import recipient_text
from bavn.runtime.bundle.spool import (
    Spool,
    Target,
    part_of,
    write_parts,
)
from bavn.runtime.halt import halt


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


def key_of(record: Record, node: NodeId) -> VerifyKey:
    """The key to which is sealed what this node may read; halts when there is none."""
    roster = record.roster
    raw = None if roster.is_cut_off(node) else roster.line_key_of(node)
    if raw is None:
        others = sorted(each for each in roster.peers if each != record.identity.node)
        raise halt(
            "bundle_unknown_receiver",
            f"{node} is not a node that is known and believed here.",
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
    key = VerifyKey(raw)
    try:
        recipient_text(key)
    except ValueError as error:
        raise halt(
            "bundle_key_unusable",
            f"Nothing can be sealed to the key that stands for {node}.",
            f"Put the key right in node.toml; {node} shows its own with `bavn node show`.",
            node=node,
        ) from error
    return key


def export_bundle(
    record: Record,
    wanted: Wanted,
    key: SigningKey,
    folders: tuple[Path, Path],
    now: datetime,
    progress: Progress,
) -> Exported:
    """Make a bundle in the first folder, with the second to work in; halts when it would be empty.

    It is signed with the key that others know this node's letters by.
    All files are whole and on disk when this returns; none is there when it does not.
    """
    out, work = folders
    identity = record.identity
    to = key_of(record, wanted.to)
    reaches = _reaches(record, wanted)
    with closing(Spool(work)) as spool:
        gathering = Gathering(record, spool, reaches, wanted, progress)
        shared = gathering.shared()
        left = (Stretch(e.channel.name, e.reached + 1, e.last) for e in reaches)
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
        paths = write_parts(spool, shared, manifest, key, Target(out, name, to))
    return Exported(
        paths=paths,
        manifest=manifest,
        entries=sum(each.reached - each.start for each in reaches),
        pictured=gathering.pictured,
        size=sum(path.stat().st_size for path in paths),
    )


def _reaches(record: Record, wanted: Wanted) -> list[Reach]:
    """The channels that the receiver may hear, the one of which least is missing first.

    Halts when it lacks nothing, as far as is known.
    """
    found = []
    for channel in record.channels.values():
        told_by_receiver = channel.name.node == wanted.to
        # What it told itself it has, unless it says that it has not, as after a restore.
        if not may_be_told(record, wanted.to, channel) or (told_by_receiver and not wanted.have):
            continue
        believed = record.roster.believed_of(channel.name)
        last = channel.sequence if believed is None else min(believed, channel.sequence)
        start = min((wanted.have or {}).get(channel.name.text(), 0), last)
        if wanted.since is not None:
            start = max(start, min(last, _before(record, channel, ms_of(wanted.since))))
        found.append(Reach(channel, start, last))
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
