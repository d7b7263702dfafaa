# SPDX-License-Identifier: Apache-2.0
"""How what happens in a play is told to a server: one request for each event, each with a number.

The number is made of the play, the incident and what happened in it, so that a play that is killed
and reads its script again sends the same numbers with the same content.
"""

from collections import Counter
from dataclasses import dataclass

from bavn.engines.turnouts import Event, Kind
from bavn.node.play.client import Json
from bavn.node.play.script import Scene, Script
from bavn.node.play.tempo import Tempo, written

API = "/api/v1"
STATUSES = frozenset({Kind.ALERTED, Kind.EN_ROUTE, Kind.AT_SCENE, Kind.RETURNING, Kind.AVAILABLE})
NOTES = frozenset({Kind.ASKED, Kind.WAITING, Kind.CALLED_OFF, Kind.BLIND, Kind.GIVEN_UP})
# A corrected place is off by so many degrees at most: some hundred metres.
CORRECTION_DEGREES = 0.003
STEPS = 7
DECIMALS = 5


@dataclass(frozen=True, kw_only=True)
class Saying:
    """One thing to tell: where to, what, and what it must not come before."""

    at_s: float
    path: str
    body: Json
    # The organisation whose matter it is.
    whose: str
    incident: int
    unit: int = -1
    # The path has a place for the id that the server gave the incident.
    needs_id: bool = True
    is_report: bool = False


class Telling:
    """Makes sayings of events. Each event is to be shown to it once, in order."""

    def __init__(self, script: Script, tempo: Tempo, act: str) -> None:
        self._script = script
        self._tempo = tempo
        self._act = act
        self._count: Counter[tuple[int, int, str]] = Counter()
        self._first: set[int] = set()

    def of(self, event: Event) -> list[Saying]:
        """What is to be said of an event; nothing for what only moves the play on."""
        scene = self._script.scenes[event.incident]
        key = (event.incident, event.unit, event.kind)
        self._count[key] += 1
        match event.kind:
            case Kind.REPORTED if scene.guest is not None:
                return []
            case Kind.REPORTED:
                return [self._report(scene, event.at_s)]
            case Kind.CLOSED:
                body = {"outcome": scene.outcome, "sender_ref": self._ref(scene, "closed")}
                return [self._about(scene, event.at_s, "close", body)]
            case kind if kind in STATUSES:
                said = [self._status(scene, event)]
                return said + self._window(scene, event)
            case kind if kind in NOTES:
                what = self._script.cast.types[event.type] if event.type >= 0 else ""
                text = self._script.cast.manner.text(f"says.{kind.value}").format(type=what)
                return [self._note(scene, event.at_s, f"{kind.value}-{self._count[key]}", text)]
            case _:
                return []

    def correction(self, number: int, at_s: float) -> Saying:
        """The place is corrected: by how much follows from the incident's number."""
        scene = self._script.scenes[number]
        north, east = number % STEPS - STEPS // 2, number // STEPS % STEPS - STEPS // 2
        step = CORRECTION_DEGREES / STEPS
        place = {
            "lat": round(scene.lat + (north or 1) * step, DECIMALS),
            "lon": round(scene.lon + east * step, DECIMALS),
        }
        body = {"place": place, "sender_ref": self._ref(scene, "corrected")}
        return self._about(scene, at_s, "corrections", body)

    def _ref(self, scene: Scene, what: str) -> str:
        return f"{self._act}-{scene.number}-{what}"

    def _report(self, scene: Scene, at_s: float) -> Saying:
        body: Json = {
            "type": scene.type,
            "place": {"lat": scene.lat, "lon": scene.lon},
            "service": scene.service,
            "municipality": scene.municipality,
            "occurred_at": written(self._tempo.wall(at_s)),
            "sender_ref": self._ref(scene, "reported"),
        }
        if scene.alarm_number is not None:
            # As a receiving station hands it over: a code and a number, and no more is needed.
            body = {"code": body.pop("type"), "alarm_number": scene.alarm_number, **body}
        return Saying(
            at_s=at_s,
            path=f"{API}/incidents" if scene.alarm_number is None else f"{API}/alarms",
            body=body,
            whose=scene.service,
            incident=scene.number,
            needs_id=False,
            is_report=True,
        )

    def _status(self, scene: Scene, event: Event) -> Saying:
        sent = self._script.cast.units[event.unit]
        unit = sent.id
        times = self._count[event.incident, event.unit, event.kind]
        body: Json = {
            "status": event.kind.value,
            "at": written(self._tempo.wall(event.at_s)),
            "sender_ref": self._ref(scene, f"{unit}-{event.kind.value}-{times}"),
        }
        return Saying(
            at_s=event.at_s,
            path=f"{API}/units/{unit}/status",
            body=body,
            whose=sent.service,
            incident=scene.number,
            unit=event.unit,
        )

    def _window(self, scene: Scene, event: Event) -> list[Saying]:
        """The first report from the scene, by whoever comes first, at some of the incidents."""
        if event.kind is not Kind.AT_SCENE or scene.number in self._first:
            return []
        self._first.add(scene.number)
        if not scene.noted:
            return []
        manner, group = self._script.cast.manner, scene.type.partition("-")[0]
        key = manner.first(f"says.first.{scene.type}", f"says.first.{group}", "says.first")
        text = manner.text(key or "says.first")
        return [self._note(scene, event.at_s, "first", text)]

    def _note(self, scene: Scene, at_s: float, what: str, text: str) -> Saying:
        body = {"text": text, "sender_ref": self._ref(scene, what)}
        return self._about(scene, at_s, "notes", body)

    def _about(self, scene: Scene, at_s: float, what: str, body: Json) -> Saying:
        path = f"{API}/incidents/{{incident}}/{what}"
        return Saying(at_s=at_s, path=path, body=body, whose=scene.service, incident=scene.number)
