# SPDX-License-Identifier: Apache-2.0
"""Taking a bundle in: each part by itself, in any order, again and again, as far as it is whole.

Who calls hands in how a segment is merged; nothing here knows a journal, a file's name or a person.
A segment is handed on as soon as it is whole, since it proves itself: what comes before a tear is
used, and nothing is left half done, because each merge is one transaction. A page of the picture is
used when the signed manifest names it.
"""

from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import BinaryIO

from nacl.signing import SigningKey

from bavn.journal.chain import Segment
from bavn.journal.merge import Merged
from bavn.journal.record import Record
from bavn.kernel.identity import NodeId, World
from bavn.kernel.refusal import BadInput, Refused
from bavn.runtime.bundle.form import (
    LABEL_BYTES_LIMIT,
    MANIFEST,
    PAGE,
    PICTURE_BYTES_LIMIT,
    SEGMENT,
    Label,
    Manifest,
    NotABundle,
    NotSigned,
    Records,
    Stretch,
    UnknownSender,
    page_name,
    read_label,
    read_manifest,
)
from bavn.runtime.bundle.sealing import SealedToAnother, Torn, unseal
from bavn.runtime.halt import Halt, halt

Merge = Callable[[Segment], Merged | Refused]
Progress = Callable[[int], None]
# A refusal of the journal after which nothing else will be taken either.
_FULL = "disk_full"
# What may hang on something about trust that stands further on in the same bundles.
_FOR_NOW = frozenset({"not_for_us", "not_signed", "unknown_node"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """The node that a bundle is taken in by."""

    node: NodeId
    world: World
    key: SigningKey
    key_of: Callable[[NodeId], bytes | None]


def receiver_of(record: Record, key: SigningKey) -> Receiver:
    """The node of this record, with the key that letters to it are sealed for."""

    def key_of(node: NodeId) -> bytes | None:
        # As it is known now: a bundle may tell of a node that made the next one.
        return None if record.roster.is_cut_off(node) else record.roster.line_key_of(node)

    identity = record.identity
    return Receiver(node=identity.node, world=identity.world, key=key, key_of=key_of)


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a bundle: what people call it, and its bytes from the beginning."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the newest picture: facts line by line, on the word of the bundle's sender."""

    manifest: Manifest
    name: str
    facts: tuple[bytes, ...]


@dataclass(slots=True)
class Seen:
    """What came of one bundle: which of its parts were whole."""

    manifest: Manifest
    whole: set[int] = field(default_factory=set)

    @property
    def missing(self) -> list[int]:
        """The parts that did not come whole."""
        return [n for n in range(1, len(self.manifest.parts) + 1) if n not in self.whole]


@dataclass(slots=True)
class Report:
    """What came of the files: entries counted, parts that are missing, files that were no use."""

    new: int = 0
    known: int = 0
    waiting: int = 0
    # Proven, but too many wait in its channel already: to be brought again.
    unkept: int = 0
    stopped: dict[str, str] = field(default_factory=dict)
    refused: dict[tuple[str, str], tuple[Refused, int]] = field(default_factory=dict)
    bundles: dict[tuple[NodeId, int], Seen] = field(default_factory=dict)
    useless: list[tuple[str, Refused]] = field(default_factory=list)
    # The file that has to be copied again, and what its label says that it is.
    torn: list[tuple[str, Label]] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """True when every file was whole and everything in it was kept or known."""
        return not (self.useless or self.torn or self.refused or self.stopped or self.unkept)

    def count(self, segment: Segment, merged: Merged | Refused) -> None:
        """Count what came of a segment."""
        entries, channel = len(segment.facts), segment.channel.text()
        if isinstance(merged, Refused):
            key = (merged.code, channel)
            before = self.refused.get(key, (merged, 0))[1]
            self.refused[key] = (merged, before + entries)
            return
        self.new += merged.applied
        self.known += merged.known
        # What is applied beyond the segment itself had waited for it.
        drained = max(0, merged.applied - entries)
        self.waiting = max(0, self.waiting - drained) + merged.waiting
        if merged.stopped:
            self.stopped[channel] = merged.stopped
        elif not (merged.applied or merged.known or merged.waiting):
            self.unkept += entries

    @property
    def is_full(self) -> bool:
        """True when the disk of the receiver takes nothing more."""
        return any(code == _FULL for code, _ in self.refused)


def import_bundle(
    merge: Merge, sources: Sequence[Source], receiver: Receiver, progress: Progress
) -> Report:
    """Take in files of one or several bundles, in the best order; what came of it.

    Nothing is raised for a bad file: what can be used is, and the report says what was wrong.
    """
    report = _take_all(merge, sources, receiver, progress)
    fresh = report.new
    while fresh and not report.is_full and any(code in _FOR_NOW for code, _ in report.refused):
        for source in sources:
            source.stream.seek(0)
        again = _take_all(merge, sources, receiver, progress)
        # What is new to this round was refused in the one before; the rest of it was known then.
        fresh, again.known, again.new = again.new, report.known, again.new + report.new
        report = again
    return report


def _take_all(
    merge: Merge, sources: Sequence[Source], receiver: Receiver, progress: Progress
) -> Report:
    report = Report()
    labelled: list[tuple[Label, Source]] = []
    for source in sources:
        try:
            labelled.append((_label(source, receiver), source))
        except Halt as halted:
            report.useless.append((source.name, halted.refused))
    # In the order in which they were made, nothing has to wait for what comes later.
    for label, source in sorted(labelled, key=lambda each: (each[0].number, each[0].part)):
        try:
            _Taking(merge, receiver, report, progress).take(label, source)
        except Halt as halted:
            report.useless.append((source.name, halted.refused))
        if report.is_full:
            break
    return report


def still_needed(
    seen: Seen, holds: Callable[[Stretch], bool], held_pages: Container[str]
) -> list[int]:
    """The parts of a bundle that would still bring something, those heard earlier left out."""
    behind = not all(map(holds, seen.manifest.left))
    needed = []
    for number in seen.missing:
        part = seen.manifest.parts[number - 1]
        pictures = behind and any(page not in held_pages for page in part.pages)
        if pictures or not all(map(holds, part.holds)):
            needed.append(number)
    return needed


def _label(source: Source, receiver: Receiver) -> Label:
    line = b""
    with suppress(OSError):
        line = source.stream.readline(LABEL_BYTES_LIMIT)
    try:
        label = read_label(line)
    except NotABundle as error:
        raise halt(
            "bundle_not_one",
            f"{source.name} is no bundle, or not all of its beginning is there.",
            "Copy the file again; a bundle's name ends in .bavn.",
            file=source.name,
        ) from error
    if label.to != receiver.node:
        raise _for_another(source, label)
    if label.world != receiver.world:
        raise _other_world(source, label.world)
    return label


def _for_another(source: Source, label: Label) -> Halt:
    return halt(
        "bundle_for_another",
        f"{source.name} is for {label.to}, and only that node can open it.",
        "Bring it there; or have one made for this node: `bavn bundle export --to`.",
        file=source.name,
        node=label.to,
    )


def _other_world(source: Source, world: World) -> Halt:
    return halt(
        "bundle_other_world",
        f"{source.name} is of the world {world}.",
        f"Give the command with --world {world}.",
        file=source.name,
        world=world,
    )


class _Taking:
    """One part on its way in."""

    def __init__(
        self, merge: Merge, receiver: Receiver, report: Report, progress: Progress
    ) -> None:
        self._merge = merge
        self._receiver = receiver
        self._report = report
        self._progress = progress
        self._manifest: Manifest | None = None
        self._digest = sha256()
        self._pictured = 0
        self._full = False

    def take(self, label: Label, source: Source) -> None:
        """Take the part in; halts when nothing of it can be believed."""
        records = Records(self._record)
        is_torn = False
        try:
            unseal(self._receiver.key, source.stream, records.feed)
            is_torn = not records.is_between
        except SealedToAnother as error:
            raise _other_key(source, label) from error
        except Torn:
            is_torn = True
        except _Full:
            return
        except (NotABundle, BadInput, NotSigned, UnknownSender) as error:
            raise _not_to_be_believed(source, error) from error
        self._finish(label, source, is_torn=is_torn)

    def _finish(self, label: Label, source: Source, *, is_torn: bool) -> None:
        report, manifest = self._report, self._manifest
        if manifest is None:
            report.torn.append((source.name, label))
            return
        if not any(part.holds or part.pages for part in manifest.parts):
            raise halt(
                "bundle_empty",
                f"{source.name} has nothing to tell.",
                "Have another made; `bavn bundle have` says what this node has.",
                file=source.name,
            )
        seen = report.bundles.setdefault((manifest.sender, manifest.number), Seen(manifest))
        if is_torn:
            report.torn.append((source.name, label))
            return
        hashes = [part.sha256 for part in manifest.parts]
        digest = self._digest.hexdigest()
        if digest not in hashes:
            raise _not_to_be_believed(source, NotSigned(manifest.sender))
        # By what it holds: its label stands in clear, and anybody may have written on it.
        seen.whole.add(hashes.index(digest) + 1)

    def _record(self, sort: bytes, raw: bytes, record: bytes) -> None:
        if self._manifest is None:
            if sort != MANIFEST:
                raise NotABundle("it does not begin with its manifest")
            self._manifest = self._checked(read_manifest(raw, self._receiver.key_of))
            return
        self._digest.update(record)
        if sort == SEGMENT:
            self._segment(raw)
        elif sort == PAGE:
            self._page(raw, self._manifest)
        else:
            raise NotABundle("it has two manifests")

    def _checked(self, manifest: Manifest) -> Manifest:
        here = (self._receiver.world, self._receiver.node)
        if (manifest.world, manifest.to) != here:
            raise NotABundle(f"its manifest is for {manifest.to} in the world {manifest.world}")
        return manifest

    def _segment(self, raw: bytes) -> None:
        segment = Segment.from_bytes(raw)
        merged = self._merge(segment)
        self._report.count(segment, merged)
        self._progress(len(segment.facts))
        if self._report.is_full:
            raise _Full

    def _page(self, raw: bytes, manifest: Manifest) -> None:
        self._pictured += len(raw)
        if self._pictured > PICTURE_BYTES_LIMIT:
            raise NotABundle("its picture is larger than a picture may be")
        name = page_name(raw)
        if not any(name in part.pages for part in manifest.parts):
            raise NotABundle("it holds a page that its manifest does not name")
        if all(page.name != name for page in self._report.pages):
            self._report.pages.append(Page(manifest, name, tuple(raw.split(b"\n"))))


class _Full(Exception):
    """The receiver's disk is full: what comes after is not read."""


def _other_key(source: Source, label: Label) -> Halt:
    return halt(
        "bundle_other_key",
        f"{source.name} is sealed to another key than this node's.",
        f"See that {label.sender} has this node's present key in its node.toml, and export again.",
        file=source.name,
        sender=label.sender,
    )


def _not_to_be_believed(source: Source, error: Exception) -> Halt:
    name = source.name
    if isinstance(error, UnknownSender):
        node = error.args[0]
        return halt(
            "bundle_unknown_sender",
            f"{name} was made by {node}, which is not a node that is known and believed here.",
            "Take nothing from it. If the node is to be known, add it to node.toml first.",
            file=name,
            node=node,
        )
    if isinstance(error, NotSigned):
        node = error.args[0]
        return halt(
            "bundle_not_signed",
            f"{name} is not as {node} signed it.",
            f"Trust nothing else in it, and ask {node} by voice for another.",
            file=name,
            node=node,
        )
    return halt(
        "bundle_not_as_one",
        f"{name} opens, and does not hold what a bundle holds: {error}.",
        "Have it made anew; if it comes so again, both nodes should run the same version.",
        file=name,
        fault=error,
    )
