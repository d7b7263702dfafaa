# SPDX-License-Identifier: Apache-2.0
"""Other nodes, invented: one is silent, catches up, or all are heard, as a test says."""

from datetime import datetime, timedelta

from bavn.capabilities.connections.model.nodes import (
    ConnectionsNow,
    Hosted,
    LineNow,
    NodeNow,
    Noticed,
    NotUnderstood,
    State,
    condition_of,
    worst_first,
)
from bavn.capabilities.situation.ports import CatchingUp, Silence, SilencesNow
from bavn.frame.call import Call
from tests.browser.invented import AREAS, InventedPicture

SILENT = "nordjylland"
SILENT_FOR = timedelta(minutes=6)


class InventedNodes:
    """The nation's view of four areas; answers both who shows nodes and who shows the picture."""

    def __init__(self, picture: InventedPicture) -> None:
        owners = {each.owner for each in picture.incidents.values() if each.area == SILENT}
        owners |= {each.service for each in picture.units.values() if each.area == SILENT}
        self._owners = tuple(sorted(owners | {SILENT}))
        self.word = "heard"
        self._since: datetime | None = None

    def become(self, word: str, now: datetime) -> None:
        """Have the north be silent, catching up, or heard; or have no other node at all."""
        self.word = word
        self._since = now - SILENT_FOR if word == "silent" else None

    @property
    def silent_count(self) -> int:
        """How many are silent."""
        return int(self.word == "silent")

    def mark(self) -> str:
        """The word is all that changes."""
        return self.word

    def told(self) -> SilencesNow:
        """What situation shows of it."""
        silence = Silence(node=SILENT, name="Nordjylland", owners=self._owners, since=self._since)
        return SilencesNow(
            mark=self.word,
            silent=(silence,) if self.word == "silent" else (),
            catching_up=(
                (CatchingUp(name="Nordjylland", count=1204),) if self.word == "catching" else ()
            ),
        )

    def seen(self, now: datetime) -> ConnectionsNow:
        """What the page of nodes shows."""
        nodes = [self._node("nation", "Beredskabsstyrelsen", "here", now)]
        if self.word != "alone":
            nodes += [self._area(area, name, now) for area, name in AREAS.items()]
        return ConnectionsNow(
            at=now,
            node="nation",
            is_alone=self.word == "alone",
            exchanges=self.word != "alone",
            nodes=tuple(worst_first(nodes)),
            lines=(LineNow(name="nats", is_up=True), LineNow(name="https", is_up=False)),
            noticed=(
                Noticed(
                    mark="a1b2c3",
                    sort="clock_astray",
                    what="syddanmark",
                    says="The clock of syddanmark is 12 s ahead.",
                    noticed_at=now - timedelta(minutes=40),
                ),
            ),
            not_understood=(
                NotUnderstood(
                    kind="operations.drone_sent",
                    version=1,
                    node="midtjylland",
                    node_name="Midtjylland",
                    count=31,
                ),
            ),
            set_aside={"not_understood": 31, "disputed": 2},
        )

    def _area(self, area: str, name: str, now: datetime) -> NodeNow:
        if area == SILENT and self.word == "silent":
            return self._node(area, name, "silent", now, unheard=18, ago=SILENT_FOR)
        if area == SILENT and self.word == "catching":
            return self._node(area, name, "heard", now, behind=1204, waiting=2)
        if area == "syddanmark":
            return self._node(area, name, "heard", now, skew_ms=12_300)
        state: State = "relayed" if area == "oestdanmark" else "heard"
        return self._node(area, name, state, now)

    def _node(  # noqa: PLR0913 - a row
        self,
        node: str,
        name: str,
        state: State,
        now: datetime,
        *,
        behind: int = 0,
        waiting: int = 0,
        unheard: int = 0,
        skew_ms: int = 120,
        ago: timedelta = timedelta(seconds=1),
    ) -> NodeNow:
        is_here, catches = state == "here", behind > 0
        return NodeNow(
            id=node,
            name=name,
            hosts=(
                Hosted(id=node, name=name),
                Hosted(id=f"{node}-brand", name=f"{name} Brand og Redning"),
            ),
            state=state,
            condition=condition_of(
                state,
                stopped=False,
                behind_count=behind,
                behind_s=None,
                waiting_count=waiting,
                is_catching_up=catches,
                skew_ms=None if is_here else skew_ms,
            ),
            heard_at=None if is_here else now - ago,
            way="" if is_here else "nats",
            told_by="Midtjylland" if state == "relayed" else None,
            behind_count=behind,
            behind_s=7.0 if behind else None,
            is_catching_up=catches,
            unheard_count=None if is_here else unheard,
            waiting_count=waiting,
            stopped=(),
            skew_ms=None if is_here or state == "relayed" else skew_ms,
            version="0.1.0",
            incarnation=1,
        )


class InventedSilences:
    """The same, as situation asks."""

    def __init__(self, nodes: InventedNodes) -> None:
        self._nodes = nodes

    def mark(self) -> str:
        """What differs."""
        return self._nodes.mark()

    def now(self, call: Call) -> SilencesNow:
        """Who is silent."""
        return self._nodes.told()


class InventedConnections:
    """The same, as the page of nodes asks."""

    def __init__(self, nodes: InventedNodes) -> None:
        self._nodes = nodes

    def now(self, call: Call) -> ConnectionsNow:
        """Every node."""
        return self._nodes.seen(call.now)

    def instant(self, call: Call, at: datetime) -> str:
        """As it is."""
        return f"{at:%H:%M:%S}"
