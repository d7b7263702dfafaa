# SPDX-License-Identifier: Apache-2.0
"""Ten minutes with the demonstration: steps in order, each with one thing to do and to look at."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

import msgspec

from bavn.kernel.identity import NodeId
from bavn.node.federated.conductor import Conductor, Report, Turn
from bavn.node.federated.states import Act
from bavn.node.play.manner import Manner
from bavn.runtime import clock

STAND_IN, CONFLICTS = "/connections/take-over", "/connections/conflicts"


class Step(StrEnum):
    """The steps, in their order."""

    CUT = "cut"
    GOES_ON = "goes_on"
    REPORT = "report"
    NOT_KNOWN = "not_known"
    RESTORE = "restore"
    ONCE = "once"
    KILL = "kill"
    TAKE_OVER = "take_over"
    BRING_BACK = "bring_back"
    SETTLE = "settle"
    GIVE_BACK = "give_back"


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the story is about, and the incident in it."""

    area: NodeId
    service: NodeId
    stand_in: NodeId
    type: str
    lat: float
    lon: float
    municipality: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a step brought: when, and how it went."""

    at: datetime
    is_well: bool
    incident: str = ""


def cast_of(manner: Manner) -> Cast:
    """Whom the country's table names."""
    kind, lat, lon, municipality = manner.text("federation.story.incident").split()
    return Cast(
        area=NodeId(manner.text("federation.story.area")),
        service=NodeId(manner.text("federation.story.service")),
        stand_in=NodeId(manner.text("federation.story.stand_in")),
        type=kind,
        lat=float(lat),
        lon=float(lon),
        municipality=municipality,
    )


class Story:
    """The story, and how far it has come."""

    def __init__(self, conductor: Conductor, cast: Cast) -> None:
        self.cast = cast
        self.told: dict[Step, Told] = {}
        self._conductor = conductor
        self._report: Report | None = None

    @property
    def fits(self) -> bool:
        """True when everybody in it is there: a small federation has no such story."""
        there = {each.node for each in self._conductor.plan.nodes}
        return {self.cast.area, self.cast.service, self.cast.stand_in} <= there

    @property
    def next(self) -> Step | None:
        """The step that comes now; None at the end."""
        return next((step for step in Step if step not in self.told), None)

    def begin_again(self) -> None:
        """Forget how far it has come; what was done stays done."""
        self.told.clear()
        self._report = None

    def leads_to(self, step: Step) -> tuple[NodeId, str] | None:
        """The node and page to look at in a step; None for one that is looked at here."""
        top = self._conductor.plan.top.node
        return {
            Step.GOES_ON: (self.cast.service, "/incidents"),
            Step.NOT_KNOWN: (top, "/"),
            Step.TAKE_OVER: (self.cast.stand_in, f"{STAND_IN}/{self.cast.area}"),
            Step.SETTLE: (self.cast.stand_in, CONFLICTS),
            Step.GIVE_BACK: (self.cast.stand_in, STAND_IN),
        }.get(step)

    async def do(self, step: Step) -> None:
        """Do what there is to do in a step."""
        doing: dict[Step, Callable[[], Awaitable[bool]]] = {
            Step.CUT: lambda: self._turned(Turn.CUT),
            Step.REPORT: self._reported,
            Step.RESTORE: lambda: self._turned(Turn.RESTORE),
            Step.ONCE: self._is_there_once,
            Step.KILL: lambda: self._conductor.tend(self.cast.area, Act.KILL),
            Step.BRING_BACK: lambda: self._conductor.tend(self.cast.area, Act.BRING_BACK),
        }
        # Where there is only something to look at, having looked is all.
        is_well = await doing[step]() if step in doing else True
        incident = "" if self._report is None else self._report.id
        self.told[step] = Told(at=clock.now(), is_well=is_well, incident=incident)

    async def _turned(self, turn: Turn) -> bool:
        await self._conductor.turn(self.cast.area, turn)
        return True

    async def _reported(self) -> bool:
        cast, now = self.cast, clock.now()
        body = {
            "type": cast.type,
            "place": {"lat": cast.lat, "lon": cast.lon},
            "municipality": cast.municipality,
            "service": cast.service,
            # Pressed twice within a second it is one incident.
            "sender_ref": f"story-{int(now.timestamp())}",
        }
        self._report = await self._conductor.report(cast.service, body)
        return self._report is not None

    async def _is_there_once(self) -> bool:
        if self._report is None:
            return False
        return await self._conductor.knows(self._conductor.plan.top.node, self._report.id)
