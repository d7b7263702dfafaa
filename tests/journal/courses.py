# SPDX-License-Identifier: Apache-2.0
"""Random courses of events in Lilleland: nodes tell, strike, hear a little of each other, react.

Everything that must not be known everywhere bears a canary: a word that names who may hear it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from bavn.journal.chain import Segment
from bavn.journal.decision import Done, Failed
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import FactId, NodeId, OrganisationId
from bavn.kernel.private import Private
from tests.lilleland.nodes import (
    AREA_OF,
    EASTERN,
    EASTTOWN,
    HEARS_AREA,
    HOSTS,
    NODES,
    PORT,
    WESTERN,
    WESTTOWN,
    Clock,
    Node,
    Settings,
    request,
)
from tests.lilleland.vocabulary import AskHelp, CloseFire, Note, ReportFire, SendCrew

OWNERS = (EASTERN, EASTTOWN, PORT, WESTERN, WESTTOWN)
SORTS = ("report", "report", "send", "note", "help", "close", "strike")


@dataclass(frozen=True, kw_only=True)
class Tell:
    """Some owners are asked for something, in one commit group at each node."""

    asks: tuple[tuple[OrganisationId, str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Hear:
    """A node pulls from another: the given ones of the segments offered, in the given order."""

    node: NodeId
    other: NodeId
    picks: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Time passes, and a node lets its reactions and timers act."""

    node: NodeId
    minutes: int


Step = Tell | Hear | Pass

_asks = st.tuples(st.sampled_from(OWNERS), st.sampled_from(SORTS), st.integers(0, 3))
_tells = st.builds(Tell, asks=st.lists(_asks, min_size=1, max_size=6).map(tuple))
_hears = st.builds(
    Hear,
    node=st.sampled_from(NODES),
    other=st.sampled_from(NODES),
    picks=st.lists(st.integers(0, 5), min_size=1, max_size=6).map(tuple),
)
_passes = st.builds(Pass, node=st.sampled_from(NODES), minutes=st.integers(0, 15))
steps = st.one_of(_tells, _tells, _hears, _hears, _passes)
courses = st.lists(steps, min_size=3, max_size=14)
tellings = st.lists(_tells, min_size=2, max_size=8)


@dataclass
class Country:
    """Lilleland's four nodes, and what was put into them that not all may know."""

    clock: Clock = field(default_factory=Clock)
    # Which nodes may ever hold a canary.
    canaries: dict[str, frozenset[NodeId]] = field(default_factory=dict)
    told: list[tuple[OrganisationId, FactId]] = field(default_factory=list)
    nodes: dict[NodeId, Node] = field(init=False)

    def __post_init__(self) -> None:
        """Open the nodes."""
        self.nodes = {name: Node(name, settings=Settings(clock=self.clock)) for name in NODES}

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()

    def play(self, course: Sequence[Step]) -> None:
        """Let a course of events happen; nothing in it may break."""
        for step in course:
            self.clock.forward(seconds=1)
            match step:
                case Tell(asks=asks):
                    self._tell(asks)
                case Hear(node=node, other=other, picks=picks):
                    self._hear(self.nodes[node], self.nodes[other], picks)
                case Pass(node=node, minutes=minutes):
                    self.clock.forward(minutes=minutes)
                    self.nodes[node].journal.turn()

    def _tell(self, asks: Sequence[tuple[OrganisationId, str, int]]) -> None:
        for name, node in self.nodes.items():
            group = [
                request(owner, self._content(owner, sort, number))
                for owner, sort, number in asks
                if HOSTS[owner] == name
            ]
            if not group:
                continue
            for asked, outcome in zip(group, node.journal.commit(group), strict=True):
                assert not isinstance(outcome, Failed), outcome
                if isinstance(outcome, Done):
                    self.told += [(asked.owner, fact) for fact in outcome.facts]

    def _content(self, owner: OrganisationId, sort: str, number: int) -> object:
        fire, area = f"{number}", AREA_OF[owner]
        home = HOSTS[owner]
        match sort:
            case "report":
                return ReportFire(fire=fire, what="smoke", place=owner, area=area)
            case "send":
                crew = self._canary("area", *(n for n in NODES if HEARS_AREA.get(n) == area), home)
                return SendCrew(fire=fire, crew=crew, area=area)
            case "note":
                text = Private(self._canary("sealed"))
                return Note(fire=fire, mark=self._canary("own", home), text=text)
            case "help":
                of = OWNERS[(OWNERS.index(owner) + 1 + number) % len(OWNERS)]
                # The number of crews is the canary of a call for help.
                crews = 9_000_000 + len(self.canaries)
                self.canaries[f'"crews":{crews}'] = frozenset({HOSTS[of], home})
                return AskHelp(fire=fire, of=of, crews=crews)
            case "close":
                return CloseFire(fire=fire, area=area)
            case _:
                mine = [fact for by, fact in self.told if by == owner]
                return StrikeFact(fact=mine[-1 - number % len(mine)] if mine else FactId("none"))

    def _canary(self, sort: str, *nodes: NodeId) -> str:
        word = f"canary-{sort}-{len(self.canaries)}-"
        self.canaries[word] = frozenset(nodes)
        return word

    def _hear(self, node: Node, other: Node, picks: Sequence[int]) -> None:
        offered = other.journal.offer(node.name, node.journal.have())
        for pick in picks:
            if pick < len(offered):
                node.journal.merge(Segment.from_bytes(offered[pick].to_bytes()))

    def exchange(self) -> None:
        """Let every node hear every other until nobody has more to tell."""
        applied = 1
        while applied:
            applied = sum(
                node.hear(*(other for other in self.nodes.values() if other is not node))
                for node in self.nodes.values()
            )
