# SPDX-License-Identifier: Apache-2.0
"""What is known of another node: when it was heard, what it says it has, and what we told it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bavn.kernel.identity import NodeId
from bavn.runtime.peers.content import Beat, Heads

BEAT_S = 1.0
# A node that was not heard for this long is silent: three beats lost, and some.
SILENT_S = 4.0
# How many beats of ours may be on their way while the other's beat is.
ECHO_LIMIT = 5


@dataclass(slots=True)
class Known:
    """Another node, as far as letters tell."""

    node: NodeId
    # When something of it came that can only have been written just now. Seconds of our own
    # machine's rising clock; None when that never was.
    heard_s: float | None = None
    # When it last asked for beats in return; it may be an old letter that somebody sent again.
    wanted_s: float | None = None
    way: str = ""
    version: str = ""
    incarnation: int = 0
    skew_ms: int = 0
    theirs: Heads = field(default_factory=dict)
    # True when `theirs` is all that it has of what we may hear.
    is_whole: bool = False
    run: int = 0
    number: int = 0
    # Telling it.
    told_beats: int = 0
    # When it was last sent a beat.
    told_s: float | None = None
    told_heads: Heads = field(default_factory=dict)
    pushed: Heads = field(default_factory=dict)
    # When it was first found to have more than we have; None while it has not.
    behind_since_s: float | None = None

    def is_silent(self, now_s: float) -> bool:
        """True when it was not heard for longer than it should be."""
        return self.heard_s is None or now_s - self.heard_s > SILENT_S

    def wants_beats(self, now_s: float) -> bool:
        """True when it has asked for beats a moment ago."""
        return self.wanted_s is not None and now_s - self.wanted_s <= SILENT_S

    def is_told(self, now_s: float) -> bool:
        """True while it is sent beats, so that new entries go to it as well."""
        return self.told_s is not None and now_s - self.told_s <= SILENT_S

    def heard(self, way: str, now_s: float) -> None:
        """It lives, and can be reached this way."""
        self.heard_s = now_s
        self.way = way

    def is_fresh(self, beat: Beat, our_run: int) -> bool:
        """True when the beat can only have been written just now: it knows a late beat of ours."""
        run, number = beat.echo
        return run == our_run and number > self.told_beats - ECHO_LIMIT

    def take_beat(self, beat: Beat, now_ms: int) -> bool:
        """Believe what it says of itself; a beat that was lost makes what it has unsure.

        False when something between us was lost, and other letters may be as well.
        """
        if beat.run != self.run:
            self._begin_anew()
        elif beat.number <= self.number:
            # The same beat on another line, or a late one.
            return True
        follows = beat.run == self.run and beat.number == self.number + 1
        self.run, self.number = beat.run, beat.number
        self.version, self.incarnation = beat.version, beat.incarnation
        self.skew_ms = beat.at_ms - now_ms
        if beat.whole:
            self.has_all(beat.heads)
        else:
            self.theirs.update(beat.heads)
            self.is_whole = self.is_whole and follows
        return follows

    def _begin_anew(self) -> None:
        """It has started again: what it was told may be lost, and what it had may be another."""
        self.is_whole = False
        self.told_heads = {}
        self.pushed.clear()

    def has_all(self, heads: Heads) -> None:
        """It has said all that it has."""
        self.theirs = dict(heads)
        self.is_whole = True

    def has(self, channel: str, number: int) -> None:
        """It must have these entries, since they came from it."""
        self.theirs[channel] = max(number, self.theirs.get(channel, 0))

    def changed(self, heads: Mapping[str, int]) -> Heads:
        """Which of our heads it was not told yet."""
        told = self.told_heads
        return {name: number for name, number in heads.items() if told.get(name) != number}

    def next_beat(self, now_s: float) -> int:
        """The number of the next beat to it."""
        self.told_beats += 1
        self.told_s = now_s
        return self.told_beats

    def lacks_after(self, channel: str) -> int:
        """The number after which it may lack entries of a channel, by all that we know."""
        return max(self.theirs.get(channel, 0), self.pushed.get(channel, 0))
