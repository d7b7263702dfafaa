# SPDX-License-Identifier: Apache-2.0
"""What was carried here by hand and is not proved yet: the newest picture out of small bundles.

DATA/worlds/WORLD/carried.jsonl   a line for each fact: who vouches for it, since when, the fact

These facts stand in no view and are passed on to nobody: they are the word of the node that made
the bundle, and are shown as that. Each goes away when its channel has brought the same fact.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bavn.journal.fact import ReadFact, read_fact
from bavn.journal.record import Record
from bavn.kernel.identity import NodeId, World, is_subject
from bavn.kernel.instants import Instant
from bavn.kernel.refusal import BadInput
from bavn.runtime.bundle.importing import Page
from bavn.runtime.folder import Folder, write_whole
from bavn.runtime.halt import halt
from bavn.runtime.opened import WriterLock

# Four pictures of the largest size: whoever holds more has bundles that nobody's chain follows.
CARRIED_BYTES_LIMIT = 32 * 1024 * 1024
_STEP = 256


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A fact on the word of a node, out of a page of one of its bundles."""

    sender: NodeId
    made_at: Instant
    page: str
    fact: msgspec.Raw


_decode = msgspec.json.Decoder(Carried).decode
_encode = msgspec.json.encode


def carried_path(folder: Folder, world: str) -> Path:
    """Where a world's carried facts lie."""
    return folder.path / "worlds" / world / "carried.jsonl"


@contextmanager
def carried_lock(folder: Folder, world: World) -> Iterator[None]:
    """While the file is read and written anew: two imports may be given beside one server."""
    lock = WriterLock(folder.world_path(world) / "carried.lock")
    try:
        yield
    finally:
        lock.release()


def read_carried(path: Path) -> list[Carried]:
    """What was carried here, as it was kept last; halts when the file is not what was written."""
    try:
        lines = path.read_bytes().splitlines()
        return [_decode(line) for line in lines]
    except FileNotFoundError:
        return []
    except msgspec.MsgspecError as error:
        raise halt(
            "carried_unreadable",
            f"{path} cannot be read.",
            "Remove it, and take the bundles in again; the record itself is not touched by it.",
            path=path,
        ) from error


def keep_carried(path: Path, pages: Iterable[Page], record: Record) -> list[Carried]:
    """Keep the facts of the pages with those that are kept, less what the record holds by now.

    What a node may not tell is not kept. When there is too much, what was made first goes.
    """
    brought = [
        Carried(
            sender=page.manifest.sender,
            made_at=page.manifest.made_at,
            page=page.name,
            fact=msgspec.Raw(raw),
        )
        for page in pages
        for raw in page.facts
        if _may_be_shown(raw, record)
    ]
    before = read_carried(path)
    newest_first = sorted([*before, *brought], key=lambda each: each.made_at, reverse=True)
    unproved = unheard({bytes(each.fact): each for each in reversed(newest_first)}.values(), record)
    kept = _within_limit(sorted(unproved, key=lambda each: each.made_at, reverse=True))
    if kept != before:
        write_whole(path, b"".join(_encode(each) + b"\n" for each in kept))
    return kept


def unheard(carried: Iterable[Carried], record: Record) -> list[Carried]:
    """Those of them that the record does not hold yet."""
    left = list(carried)
    found: list[Carried] = []
    for first in range(0, len(left), _STEP):
        block = [(each, _read(bytes(each.fact))) for each in left[first : first + _STEP]]
        rows = record.store.facts_with([read.id for _, read in block if read is not None])
        held = {row.raw for row in rows}
        found += [each for each, read in block if read and bytes(each.fact) not in held]
    return found


def by_subject(carried: Iterable[Carried]) -> Iterator[list[tuple[Carried, ReadFact]]]:
    """The facts about each owner's subject in its owner's order; the last touched comes first."""
    subjects: dict[tuple[str, str], list[tuple[Carried, ReadFact]]] = {}
    for each in carried:
        read = _read(bytes(each.fact))
        if read is not None:
            subjects.setdefault((read.fact.owner, read.fact.about[0]), []).append((each, read))
    for facts in subjects.values():
        facts.sort(key=lambda pair: pair[1].stamp)
    yield from sorted(subjects.values(), key=lambda facts: facts[-1][1].tick, reverse=True)


def _within_limit(carried: list[Carried]) -> list[Carried]:
    size = 0
    for count, each in enumerate(carried):
        size += len(bytes(each.fact))
        if size > CARRIED_BYTES_LIMIT:
            return carried[:count]
    return carried


def _may_be_shown(raw: bytes, record: Record) -> bool:
    read = _read(raw)
    if read is None:
        return False
    fact = read.fact
    return fact.world == record.identity.world and record.counts(fact)


def _read(raw: bytes) -> ReadFact | None:
    try:
        read = read_fact(raw)
    except BadInput:
        return None
    return read if read.fact.about and all(map(is_subject, read.fact.about)) else None
