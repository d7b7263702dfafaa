# SPDX-License-Identifier: Apache-2.0
"""How a node is: each thing that somebody might have to act on, looked up without touching it.

A finding is a code with values; the words for it, and what to do, are among the texts. Values whose
names end in `_s` are seconds, those in `_bytes` are sizes, and are shown in words.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bavn.journal.catalogue import Catalogue
from bavn.journal.kept import ERASED, EVIDENCE, SET_ASIDE, WAITING
from bavn.journal.record import Channel, Record
from bavn.journal.settle import mark_of
from bavn.journal.table import Row
from bavn.kernel.hybrid_clock import PEER_LEAD_MS_LIMIT
from bavn.kernel.identity import REAL, World
from bavn.kernel.instants import instant_of, ms_of
from bavn.runtime.backup import last_backup
from bavn.runtime.folder import Folder
from bavn.runtime.opened import Beside, open_beside, writer_of
from bavn.runtime.peers.lookout import UNHEARD_STATES
from bavn.runtime.peers.overview import NodeSeen
from bavn.runtime.peers.overview_file import Told, read_told, told_path
from bavn.runtime.program import SQLITE_VERSION, VERSION
from bavn.runtime.readings import looked_at
from bavn.runtime.reserve import FREE_LEAST, room_at

# A backup is taken every night; half a day's delay is somebody's holiday, not yet a fault.
BACKUP_AGE_LIMIT = timedelta(hours=36)
# Reactions and timers are looked at several times a second while a node runs.
REACTION_DELAY_LIMIT = timedelta(minutes=1)

# What the serving process has last said of other nodes is written every five seconds.
TOLD_AGE_LIMIT = timedelta(seconds=30)
# Entries are on their way for a moment whenever anything happens.
BEHIND_LIMIT_S = 30.0

Values = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the node, and whether it is well."""

    is_well: bool
    code: str
    values: Values


def well(code: str, **values: str | float) -> Finding:
    """Something to know."""
    return Finding(is_well=True, code=code, values=values)


def ill(code: str, **values: str | float) -> Finding:
    """Something to act on."""
    return Finding(is_well=False, code=code, values=values)


def examine(folder: Folder, world: World, catalogue: Catalogue, now: datetime) -> Iterator[Finding]:
    """Every finding about one world of a node; StoreBroken when its record cannot be opened."""
    with open_beside(folder, world, catalogue) as beside:
        record = beside.record
        yield from _who(folder, record)
        for channel in sorted(record.channels.values(), key=lambda each: each.name):
            yield from _channel(record, channel, now)
        yield from _peers(folder, record, now)
        yield from _noticed(record)
        yield from _reactions(beside, now)
        yield from _views(record)
        yield from _clock(record, now)
        yield from _backup(folder, record, now)
    yield from _readings(folder, world, now)
    yield from _machine(folder, world)


def _who(folder: Folder, record: Record) -> Iterator[Finding]:
    identity = record.identity
    yield well("node", node=identity.node, world=identity.world, incarnation=record.incarnation)
    hosted = sorted(each.owner for each in record.roster.grants if record.hosts(each.owner))
    yield well("hosts", organisations=", ".join(hosted)) if hosted else ill("hosts_none")
    owners = {grant.owner for grant in record.roster.grants}
    for owner in sorted(each for each in owners if record.roster.host_of(each) is None):
        yield ill("two_hosts", organisation=owner)
    others = sorted(node for node in record.roster.peers if node != identity.node)
    yield well("peers", count=len(others), nodes=", ".join(others) or "-")
    yield well("facts", count=record.position)
    pid = writer_of(folder, identity.world)
    yield well("writer", pid=pid) if pid else well("no_writer")


def _channel(record: Record, channel: Channel, now: datetime) -> Iterator[Finding]:
    name = channel.name.text()
    waiting = record.store.rows(WAITING, {"channel": channel.key})
    if channel.stopped:
        yield ill("channel_stopped", channel=name, why=channel.stopped, head=channel.sequence)
    elif channel.announced > channel.sequence:
        missing = channel.announced - channel.sequence
        yield ill(
            "channel_gap",
            channel=name,
            head=channel.sequence,
            missing=missing,
            waiting=len(waiting),
        )
    elif channel.sequence == 0:
        yield well("channel_empty", channel=name)
    else:
        age_s = (now - _heard_at(record, channel)).total_seconds()
        yield well("channel", channel=name, head=channel.sequence, age_s=age_s)


def _heard_at(record: Record, channel: Channel) -> datetime:
    """When this node learnt the newest fact of a channel."""
    head = record.store.head(channel.key)
    rows = [] if head is None else record.store.facts_after(head.position - 1, 1)
    return instant_of(rows[0].heard_at_ms if rows else 0)


def _peers(folder: Folder, record: Record, now: datetime) -> Iterator[Finding]:
    """The other nodes, as the process that serves has last seen them."""
    identity = record.identity
    told = read_told(told_path(folder, identity.world))
    pid = writer_of(folder, identity.world)
    if set(record.roster.peers) <= {identity.node}:
        return
    if told is None:
        # A node that never served with lines to others has nothing to be asked about them.
        if pid:
            yield ill("peers_untold", pid=pid)
        return
    age = now - told.at
    if pid != str(told.pid):
        yield ill("peers_not_served", age_s=age.total_seconds())
    elif age > TOLD_AGE_LIMIT:
        yield ill("peers_old", age_s=age.total_seconds())
    else:
        yield from _told(told, age)


def _told(told: Told, age: timedelta) -> Iterator[Finding]:
    yield well("peers_told", age_s=age.total_seconds())
    for line in told.lines:
        yield well("line_up", line=line.name) if line.is_up else ill("line_down", line=line.name)
    for seen in told.nodes:
        if seen.state != "here":
            yield from _peer(seen, age)


def _peer(seen: NodeSeen, age: timedelta) -> Iterator[Finding]:
    silent_s = (seen.heard_ago_s or 0.0) + age.total_seconds()
    unheard = seen.unheard or 0
    if seen.state == "never":
        yield ill("peer_never", node=seen.node)
    elif seen.state in UNHEARD_STATES:
        yield ill("peer_silent", node=seen.node, age_s=silent_s, unheard=unheard)
    elif seen.behind and (seen.behind_s or 0.0) > BEHIND_LIMIT_S:
        yield ill("peer_behind", node=seen.node, count=seen.behind, time_s=seen.behind_s or 0.0)
    elif seen.behind:
        yield well("peer_fetching", node=seen.node, count=seen.behind)
    elif seen.by is not None:
        yield well("peer_told", node=seen.node, age_s=silent_s, by=seen.by, version=seen.version)
    else:
        yield well("peer_heard", node=seen.node, age_s=silent_s, way=seen.way, version=seen.version)
    if seen.skew_ms is not None and abs(seen.skew_ms) > PEER_LEAD_MS_LIMIT:
        yield ill("peer_skew", node=seen.node, seconds=f"{seen.skew_ms / 1000:+.1f}")


def evidence(row: Row) -> Finding:
    """A piece of evidence as a finding."""
    sort = str(row["sort"])
    what = str(row["id"]).removeprefix(f"{sort} ")
    return ill(f"evidence_{sort}", what=what, says=str(row["says"]), mark=mark_of(str(row["id"])))


def _noticed(record: Record) -> Iterator[Finding]:
    settled = 0
    for row in record.store.rows(EVIDENCE, {}):
        if row["settled_by"] is None:
            yield evidence(row)
        settled += row["settled_by"] is not None
    if settled:
        yield well("evidence_settled", count=settled)
    by_sort: dict[str, list[Row]] = {}
    for row in record.store.rows(SET_ASIDE, {}):
        by_sort.setdefault(str(row["sort"]), []).append(row)
    for sort, rows in sorted(by_sort.items()):
        yield ill(f"set_aside_{sort}", count=len(rows), first=str(rows[0]["says"]))


def _reactions(beside: Beside, now: datetime) -> Iterator[Finding]:
    record = beside.record
    if record.meta("reactions_held") == "1":
        yield ill("reactions_held")
        return
    cursor = int(record.meta("reactions_cursor") or 0)
    rows = record.store.facts_after(cursor, 1) if record.catalogue.reactions else []
    oldest = instant_of(rows[0].heard_at_ms) if rows else now
    if now - oldest > REACTION_DELAY_LIMIT:
        age_s = (now - oldest).total_seconds()
        yield ill("reactions_behind", count=record.position - cursor, age_s=age_s)
    late_count = beside.reactor.overdue(now - REACTION_DELAY_LIMIT)
    if late_count:
        yield ill("timer_overdue", count=late_count)


def _views(record: Record) -> Iterator[Finding]:
    if not record.views_are_current:
        yield ill("views_old")
    left = [str(row["key"]) for row in record.store.rows(ERASED, {})]
    if left:
        yield well("erased", count=len(left))


def _clock(record: Record, now: datetime) -> Iterator[Finding]:
    lead_ms = record.clock.lead_ms(ms_of(now))
    if lead_ms > PEER_LEAD_MS_LIMIT:
        yield ill("clock_behind", lead_s=lead_ms / 1000)


def _backup(folder: Folder, record: Record, now: datetime) -> Iterator[Finding]:
    last = last_backup(folder, record.identity.world)
    if last is None:
        yield ill("backup_none") if record.position else well("backup_not_needed")
        return
    age = now - last.taken_at
    code = "backup_old" if age > BACKUP_AGE_LIMIT else "backup"
    yield Finding(age <= BACKUP_AGE_LIMIT, code, {"age_s": age.total_seconds()})
    if last.keys_taken_at is None:
        yield ill("backup_keys_none")
    elif now - last.keys_taken_at > BACKUP_AGE_LIMIT:
        yield ill("backup_keys_old", age_s=(now - last.keys_taken_at).total_seconds())


def _readings(folder: Folder, world: World, now: datetime) -> Iterator[Finding]:
    """The log of who has opened private texts: whether it can be read, and what it lacks."""
    path = folder.readings_path(world)
    try:
        found = looked_at(path)
        writable = found is None or os.access(path, os.W_OK)
    except OSError as error:
        yield ill("readings_unreadable", path=str(path), why=str(error))
        return
    if found is None:
        return
    oldest = now if found.oldest_at_ms is None else instant_of(found.oldest_at_ms)
    age_s = (now - oldest).total_seconds()
    yield well("readings", count=found.line_count, age_s=age_s)
    if found.lost_count:
        yield ill("readings_lost", count=found.lost_count)
    if not writable:
        yield ill("readings_unreadable", path=str(path), why="not writable")


def _machine(folder: Folder, world: World) -> Iterator[Finding]:
    for path in folder.readable_by_others():
        yield ill("keys_open", path=str(path))
    room = room_at(folder.reserve_path)
    if world == REAL and room.held < room.wanted:
        yield ill("reserve_short", held_bytes=room.held, wanted_bytes=room.wanted)
    elif world == REAL:
        yield well("reserve", held_bytes=room.held)
    tight = room.free < FREE_LEAST.bytes
    yield Finding(not tight, "disk_tight" if tight else "disk", {"free_bytes": room.free})
    yield well("program", version=VERSION, sqlite=SQLITE_VERSION)
