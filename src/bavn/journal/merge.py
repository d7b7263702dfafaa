# SPDX-License-Identifier: Apache-2.0
"""Hearing others: a segment is checked, kept and applied.

Late, twice or out of order gives the same state.

What proves itself is kept. A segment whose predecessors are missing waits, visibly, and nothing is
applied past the gap. A fact that is not understood, or that its node may not tell, is kept and
passed on but stands in no view. Two signed heads for one number are a fork: both are kept as
evidence, and nothing more is taken from that channel until a person has decided.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bavn.journal.chain import ChannelName, Segment, head_is_signed
from bavn.journal.intake import Intake, Run
from bavn.journal.kept import CHANNEL, EVIDENCE, WAITING
from bavn.journal.record import Channel, Record, Transaction
from bavn.journal.table import Row, Value
from bavn.journal.trust.effect import key_counts_after
from bavn.kernel.audience import OWN
from bavn.kernel.instants import ms_of
from bavn.kernel.refusal import Refused

# Segments that may wait per channel: 64 of the largest are 512 MiB, far more than a node that works
# will ever see. What does not fit is not lost, it is asked for again when the gap has closed.
WAITING_LIMIT = 64


# Chance in an incarnation's number: 20 bits of it are used.
INCARNATION_CHANCE_BYTES = 3
# How often a node begins anew because of its own later incarnations before it waits for a person:
# two running copies would otherwise go on overtaking each other.
OVERTAKEN_LIMIT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What came of a segment.

    Entries applied, entries that were known, entries that wait behind a gap.
    """

    applied: int = 0
    known: int = 0
    waiting: int = 0
    stopped: str = ""


class Merger:
    """Takes in what other nodes tell."""

    def __init__(self, record: Record, entropy: Callable[[int], bytes]) -> None:
        self._record = record
        self._entropy = entropy

    def merge(self, segment: Segment, now: datetime) -> Merged | Refused:
        """Take a segment in; when this returns, what was taken is on disk.

        A refused segment leaves no trace.
        """
        refused = self._refused(segment)
        if refused is not None:
            return refused
        hashes = segment.hashes()
        if not self._is_signed(segment, hashes[-1]):
            return _not_signed(segment.channel)
        if self._is_revoked(segment):
            return self._key_revoked(segment, ms_of(now))
        with self._record.transaction() as pending:
            taking = _Taking(self._record, pending, segment.channel, ms_of(now))
            merged = taking.take(segment, hashes)
        # A channel that nobody takes more of is no channel to go on telling in.
        spoilt = segment.channel == self._record.own_channel(segment.channel.audience)
        if (spoilt and merged.stopped) or self._is_overtaken_by(segment.channel):
            self._record.begin_incarnation(ms_of(now), self._entropy(INCARNATION_CHANCE_BYTES))
        elif (after := key_counts_after(self._record)) is not None:
            chance = self._entropy(INCARNATION_CHANCE_BYTES)
            self._record.begin_incarnation(ms_of(now), chance, after=after, hold=False)
        return merged

    def _is_overtaken_by(self, channel: ChannelName) -> bool:
        """True when this node hears that it has told something in a later incarnation than its own.

        Runbook for evidence `overtaken`. It means: this node was restored more than once, the last
        time with its clock set back or from an older backup; or a copy of it is running. What still
        works: everything; the node goes on in an incarnation after the one it heard of, and hears
        it back. Reactions are held. Look for a copy first, and stop it: while two run, both will
        overtake each other, and after some rounds neither begins anew. Set the clock right. Then
        let the reactions go with `bavn resume`.
        """
        record = self._record
        if channel.node != record.identity.node or channel.incarnation <= record.incarnation:
            return False
        return len(record.store.rows(EVIDENCE, {"sort": "overtaken"})) <= OVERTAKEN_LIMIT

    def _refused(self, segment: Segment) -> Refused | None:
        channel, record = segment.channel, self._record
        if channel.node not in record.roster.peers:
            return Refused(
                code="unknown_node",
                says=f"{channel.node} is not a node that is known here.",
                try_instead="Join the federation first.",
                values={"node": channel.node},
            )
        here = record.identity.node
        may = record.roster.may_hear(here, channel.audience)
        if channel.audience == OWN or not (may or channel.node == here):
            return Refused(
                code="not_for_us",
                says=f"{here} may not hear {channel.audience} of {channel.node}.",
                try_instead="Send it to those that it is for.",
                values={"channel": channel.text()},
            )
        return None

    def _is_revoked(self, segment: Segment) -> bool:
        """True beyond what is believed of a key. A node does not disbelieve itself."""
        believed = self._record.roster.believed_of(segment.channel)
        theirs = segment.channel.node != self._record.identity.node
        return theirs and believed is not None and segment.last > believed

    def _key_revoked(self, segment: Segment, now_ms: int) -> Refused:
        """Refuse what a revoked key has signed, and have a person see that it turned up.

        Runbook for evidence `key_revoked`. It means: entries came that bear the true signature of a
        key that is not believed any more. Either a node that has not heard of the revocation yet
        passes them on, or somebody who has the key uses it. What still works: everything; nothing
        of it was taken. Do: look at when the key was revoked. Where entries keep coming after all
        nodes have heard of it, somebody uses the key: tell the police and the one who is
        responsible for that node.
        """
        record, name = self._record, segment.channel.text()
        sort, believed = "key_revoked", record.roster.believed_of(segment.channel)
        if record.store.row(EVIDENCE, (f"{sort} {name}",)) is None:
            with record.transaction() as pending:
                record.note_evidence(
                    pending,
                    sort=sort,
                    what=name,
                    channel=name,
                    sequence=segment.last,
                    says=f"believed up to {believed}, and {segment.last} was sent",
                    at_ms=now_ms,
                )
        return Refused(
            code=sort,
            says=f"The key of {segment.channel.node} was revoked; {name} is believed up to"
            f" {believed}.",
            try_instead="The node must go on with a new key, and tell again what is missing.",
            values={"channel": name, "node": segment.channel.node, "believed": str(believed)},
        )

    def _is_signed(self, segment: Segment, head: bytes) -> bool:
        name = segment.channel
        key = self._record.roster.key_of(name.node, name.incarnation)
        return key is not None and head_is_signed(
            key,
            segment.signature,
            world=self._record.identity.world,
            channel=segment.channel,
            sequence=segment.last,
            head=head,
        )


def _not_signed(channel: ChannelName) -> Refused:
    return Refused(
        code="not_signed",
        says=f"The segment of {channel.text()} does not bear the signature of {channel.node}.",
        try_instead="Ask the node itself, or another that holds the channel.",
        values={"channel": channel.text()},
    )


class _Taking:
    """One segment on its way into one channel, with those that waited for it."""

    def __init__(
        self, record: Record, pending: Transaction, name: ChannelName, now_ms: int
    ) -> None:
        self._record = record
        self._pending = pending
        self._name = name
        self._now_ms = now_ms
        self._intake = Intake(record, pending, name, now_ms)

    @property
    def _channel(self) -> Channel:
        return self._record.channel(self._pending, self._name)

    def take(self, segment: Segment, hashes: list[bytes]) -> Merged:
        """Apply the segment and what waited for it, or let it wait, or stop the channel."""
        channel, record = self._channel, self._record
        if channel.stopped:
            return Merged(stopped=channel.stopped)
        own = self._name.node == record.identity.node
        if own and self._name.incarnation > record.incarnation:
            self._note_overtaken()
        if segment.last > channel.announced:
            self._change(channel._replace(announced=segment.last))
        if self._is_ours_to_write() and segment.last > channel.sequence:
            return self._rolled_back(segment)
        if segment.first > channel.sequence + 1:
            return self._wait(segment)
        before = channel.sequence
        if self._continue(segment, hashes):
            self._drain()
        self._intake.refold()
        return Merged(
            applied=self._channel.sequence - before,
            known=max(0, min(segment.last, before) - segment.first + 1),
            stopped=self._channel.stopped,
        )

    def _note_overtaken(self) -> None:
        self._record.note_evidence(
            self._pending,
            sort="overtaken",
            what=f"{self._name.incarnation}",
            channel=self._name.text(),
            says="this node has told something in a later incarnation than its present one",
            at_ms=self._now_ms,
        )

    def _is_ours_to_write(self) -> bool:
        record = self._record
        return self._name == record.own_channel(self._name.audience)

    def _change(self, channel: Channel) -> None:
        self._pending.channels[self._name] = channel
        self._pending.put(CHANNEL, channel.row())

    def _wait(self, segment: Segment) -> Merged:
        key = (self._channel.key, segment.first)
        waiting = self._pending.rows(WAITING, {"channel": self._channel.key})
        raw = segment.to_bytes()
        held = self._pending.row(WAITING, key)
        if held is not None and len(raw) <= len(_bytes(held["raw"])):
            return Merged(waiting=len(segment.facts))
        if held is None and len(waiting) >= WAITING_LIMIT:
            # Keep those nearest to the gap: they are needed first, and the choice does not hang on
            # the order heard.
            farthest = max(_number(row["first"]) for row in waiting)
            if segment.first >= farthest:
                return Merged()
            self._pending.remove(WAITING, (self._channel.key, farthest))
        row: Row = {"channel": self._channel.key, "first": segment.first, "raw": raw}
        self._pending.put(WAITING, row)
        return Merged(waiting=len(segment.facts))

    def _drain(self) -> None:
        """Apply what waited and now follows, up to the next gap or a fork."""
        waiting = self._pending.rows(WAITING, {"channel": self._channel.key})
        for row in sorted(waiting, key=lambda row: _number(row["first"])):
            if _number(row["first"]) > self._channel.sequence + 1:
                break
            self._pending.remove(WAITING, WAITING.key_of(row))
            segment = Segment.from_bytes(_bytes(row["raw"]))
            if not self._continue(segment, segment.hashes()):
                break

    def _continue(self, segment: Segment, hashes: list[bytes]) -> bool:
        """Apply the entries beyond the head.

        False when the segment does not agree with what is held.
        """
        channel = self._channel
        if segment.last <= channel.sequence:
            held = self._pending.entry(channel.key, segment.last)
            return (held is not None and held.hash == hashes[-1]) or self._forked(segment)
        at = channel.sequence - segment.first + 1
        theirs = hashes[at - 1] if at else segment.previous
        if theirs != channel.hash:
            return self._forked(segment)
        run = Run(segment.first + at, segment.facts[at:], hashes[at:], segment.signature)
        self._intake.take(channel.key, run)
        self._change(self._channel._replace(sequence=segment.last, hash=hashes[-1]))
        return True

    # Stopping

    def _forked(self, segment: Segment) -> bool:
        """Keep the evidence of a fork and stop the channel.

        Runbook. It means: the node signed two different heads for one number, as when a copy of it
        runs twice or an old disk image was started without `bavn restore`. What still works:
        everything else, all other channels of that node included; what was heard of the channel
        before stays. Look at `bavn doctor` here and at the node itself. Do: find out which of its
        copies is the real one, stop the other, run `bavn restore` on the real one so that it starts
        a new incarnation, and report again what only the other had. Wake the one who is responsible
        for that node.
        """
        return self._stop("fork", segment, "two signed heads for one number")

    def _rolled_back(self, segment: Segment) -> Merged:
        """Keep the evidence that this node has forgotten what it told, and close its incarnation.

        Runbook. It means: others hold entries of this node that it does not have itself, so its
        disk is an older copy, or a twin of it is running. What still works: everything; the node
        goes on in a new incarnation and hears its own lost entries back, except those of `own`,
        which never left. Reactions are held. Look for a twin first. Then compare the log of open
        incidents with the units, and let the reactions go with `bavn resume`.
        """
        record = self._record
        record.note_evidence(
            self._pending,
            sort="rolled_back",
            what=f"{self._name.text()} {self._channel.sequence}",
            channel=self._name.text(),
            sequence=self._channel.sequence,
            says=f"others hold up to {segment.last}",
            at_ms=self._now_ms,
        )
        return Merged(stopped="rolled_back")

    def _stop(self, sort: str, segment: Segment, says: str) -> bool:
        channel = self._channel
        self._change(channel._replace(stopped=sort))
        self._record.note_evidence(
            self._pending,
            sort=sort,
            what=self._name.text(),
            channel=self._name.text(),
            sequence=channel.sequence,
            says=says,
            at_ms=self._now_ms,
            raw=segment.to_bytes(),
        )
        return False


def _number(value: Value) -> int:
    assert isinstance(value, int)
    return value


def _bytes(value: Value) -> bytes:
    assert isinstance(value, bytes)
    return value
