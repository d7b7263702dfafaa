# SPDX-License-Identifier: Apache-2.0
"""All other nodes, as far as this one knows: those it writes with, and those others tell of."""

from collections.abc import Iterator, Sequence

from bavn.kernel.identity import NodeId
from bavn.runtime import clock
from bavn.runtime.peers import tree
from bavn.runtime.peers.content import Seen
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.known import Known


class Acquaintances:
    """The other nodes of one world."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._known: dict[NodeId, Known] = {}
        # What others said of third nodes, and when they said it.
        self._seen: dict[NodeId, tuple[Seen, float]] = {}

    def __iter__(self) -> Iterator[Known]:
        return iter(list(self._known.values()))

    def get(self, node: NodeId) -> Known | None:
        """What is known of a node by its own letters; None when none were written."""
        return self._known.get(node)

    def of(self, node: NodeId) -> Known:
        """What is known of a node, from now on."""
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = Known(node)
        return known

    def above(self) -> Known | None:
        """The node that this one is under."""
        parent = tree.parent(self._home.record.roster, self._home.node)
        return None if parent is None else self.of(parent)

    def correspondents(self) -> dict[NodeId, bool]:
        """The nodes to write to now, and whether we want to hear from each in return."""
        roster, here, now_s = self._home.record.roster, self._home.node, clock.seconds()
        found = tree.neighbours(roster, here)
        found |= tree.far(roster, here, self._home.own_audiences())
        above = self.above()
        if above is not None and above.is_silent(now_s):
            found |= tree.beyond_parent(roster, here)
        answered = {each.node for each in self if each.wants_beats(now_s)} - found
        wanted = dict.fromkeys(answered, False) | dict.fromkeys(found, True)
        return {
            node: wants for node, wants in wanted.items() if node in roster.peers and node != here
        }

    def heard_ago_s(self, node: NodeId) -> float | None:
        """Seconds since a node was heard, by us or by who told us; None when it never was."""
        found = [self._direct_ago_s(node), self._told_ago_s(node)]
        return min((each for each in found if each is not None), default=None)

    def is_told_later(self, node: NodeId, by_s: float) -> bool:
        """True when others heard a node later than we did, by more than this; or we never did."""
        direct_s, told_s = self._direct_ago_s(node), self._told_ago_s(node)
        if told_s is None:
            return False
        return direct_s is None or direct_s - told_s > by_s

    def _direct_ago_s(self, node: NodeId) -> float | None:
        known = self._known.get(node)
        if known is None or known.heard_s is None:
            return None
        return clock.seconds() - known.heard_s

    def _told_ago_s(self, node: NodeId) -> float | None:
        seen = self._seen.get(node)
        return None if seen is None else seen[0].ago_ms / 1000 + clock.seconds() - seen[1]

    def seen(self, node: NodeId) -> Seen | None:
        """What others have said of a node."""
        seen = self._seen.get(node)
        return None if seen is None else seen[0]

    def note_seen(self, told: Sequence[Seen]) -> None:
        """Keep what somebody tells of third nodes, where it is newer than what we know."""
        now_s = clock.seconds()
        for each in told:
            before = self.heard_ago_s(each.node)
            if each.node != self._home.node and (before is None or each.ago_ms / 1000 < before):
                self._seen[each.node] = (each, now_s)

    def seen_for(self, receiver: NodeId) -> tuple[Seen, ...]:
        """What to tell a node of third nodes."""
        found = []
        for node in self._home.record.roster.peers:
            ago_s = self.heard_ago_s(node)
            if ago_s is None or node in {receiver, self._home.node}:
                continue
            known, seen = self._known.get(node), self.seen(node)
            if known is not None and known.heard_s is not None:
                found.append(Seen(node, int(ago_s * 1000), known.version, self._home.node))
            elif seen is not None:
                found.append(Seen(node, int(ago_s * 1000), seen.version, seen.by))
        return tuple(found)

    def agree_on(self, node: NodeId) -> bool:
        """True when somebody has said all that he holds, and nobody has more of a node than we."""
        whole = [known for known in self if known.is_whole]
        ours = f"{node}/"
        return bool(whole) and not any(
            name.startswith(ours) for known in whole for name in self._home.lacks(known.theirs)
        )

    def behind(self, node: NodeId) -> int:
        """How many entries a node has, of what we may hear, that we lack."""
        known = self._known.get(node)
        if known is None:
            return 0
        lacks = self._home.lacks(known.theirs)
        return sum(known.theirs[channel] - number for channel, number in lacks.items())

    def unheard(self, node: NodeId) -> int | None:
        """How many of our entries a node may hear and lacks; None when it has not said."""
        known = self._known.get(node)
        if known is None or not known.is_whole:
            return None
        heads = self._home.heads_for(node)
        return sum(max(0, number - known.theirs.get(name, 0)) for name, number in heads.items())
