# SPDX-License-Identifier: Apache-2.0
"""Safety as it is read: teams inside, the roll call, and what waits for somebody."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from bavn.capabilities.safety.facts import KINDS
from bavn.capabilities.safety.model.roll import RollNow, RollSort, roll_now
from bavn.capabilities.safety.model.teams import Signal, Step, StepSort, TeamNow, teams_now
from bavn.capabilities.safety.model.told import roll_word_of, step_of
from bavn.capabilities.safety.ports import Around, CylinderKnown, Scene, UnitThere
from bavn.capabilities.safety.views import ROLLS, STEPS
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.reader import Query
from bavn.journal.table import Row
from bavn.journal.views import View
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of, ms_of

INCIDENT = "incident:"
# Our facts by what they are called in the log.
SAID = {kind.body: kind.name.partition(".")[2] for kind in KINDS}
# A team that was never told to be out is a matter of the log after this.
WAITS = timedelta(hours=24)
_INSIDE = frozenset({StepSort.ENTERED, StepSort.MAYDAY})
# What the board is told of a team, the most pressing first; only a mayday sounds there.
_TOLD = (Signal.MAYDAY, Signal.RESERVE_NOW, Signal.CONTACT_OVER)


class SafetyNow(msgspec.Struct, frozen=True, kw_only=True):
    """Who is inside at an incident, the roll call, and units there that are in none."""

    id: str
    teams: tuple[TeamNow, ...]
    steps: tuple[Step, ...]
    roll: RollNow | None
    units: tuple[UnitThere, ...]
    others: tuple[UnitThere, ...] = ()
    # False for who is not told of it: then that there is nothing says nothing.
    is_told: bool = True

    @property
    def inside(self) -> tuple[TeamNow, ...]:
        """The teams that are inside."""
        return tuple(each for each in self.teams if each.is_inside)

    def inside_of(self, unit: str) -> int:
        """How many of a unit are inside."""
        return sum(each.count or 0 for each in self.inside if each.unit == unit)


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query

    def of(self, call: Call, scene: Scene) -> SafetyNow:
        """All of one incident, as the caller may read it."""
        subject = f"{INCIDENT}{scene.incident}"
        steps, roll = self._steps(call, subject), self._roll(call, subject)
        units = tuple(self.around.units_at(call, scene.incident))
        called = set() if roll is None or not roll.is_open else {each.unit for each in roll.units}
        return SafetyNow(
            id=scene.incident,
            teams=self._teams(call, steps),
            steps=tuple(sorted(steps, key=lambda each: (each.at_ms, each.step))),
            roll=roll,
            units=units,
            is_told=bool(call.reader.organisations & {scene.service, *scene.assigned}),
            others=tuple(each for each in units if roll is not None and each.unit not in called),
        )

    def cylinder_of(self, code: str) -> tuple[CylinderKnown, bool]:
        """A cylinder by its code, and whether that is known.

        Of one that is not, the one that lasts the shortest is counted by.
        """
        known = next((each for each in self.around.cylinders if each.code == code), None)
        return known or min(self.around.cylinders, key=_minutes), known is not None

    def writers(self, call: Call, incident: str) -> set[OrganisationId]:
        """Who has told of safety at an incident, as far as the caller may know."""
        where = {"subject": f"{INCIDENT}{incident}"}
        return {
            OrganisationId(str(row["owner"]))
            for view in (STEPS, ROLLS)
            for row in self._query.rows(call.reader, view, where)
        }

    def says(self, call: Call, body: msgspec.Struct) -> str | None:
        """A fact of ours in the log, with what it says; None where its kind's name says it."""
        name = SAID.get(type(body))
        if name is None:
            return None
        values = {each: getattr(body, each) for each in body.__struct_fields__}
        plain = {each: value for each, value in values.items() if isinstance(value, str | int)}
        dashed = {each: "–" if value == "" else value for each, value in plain.items()}
        return call.say(f"safety.says.{name}", **dashed)

    def wanting(self, call: Call) -> Sequence[Attention]:
        """A mayday, a team that should have been heard or out, and who is missing."""
        found: list[Attention] = []
        for subject in self._subjects(call, STEPS, _INSIDE):
            scene = self._own(call, subject)
            if scene is not None:
                teams = self._teams(call, self._steps(call, subject))
                found += [each for team in teams for each in self._team_wants(call, scene, team)]
        for subject in self._subjects(call, ROLLS, frozenset({RollSort.COUNTED})):
            scene, roll = self._own(call, subject), self._roll(call, subject)
            if scene is not None and roll is not None and roll.is_open:
                found += self._missing(call, scene, roll)
        return found

    def _own(self, call: Call, subject: str) -> Scene | None:
        """The scene where the caller's own work, while the incident is open."""
        scene = self.around.known(call, subject.removeprefix(INCIDENT))
        if scene is None or not scene.is_open:
            return None
        return scene if call.organisations & {scene.service, *scene.assigned} else None

    def _team_wants(self, call: Call, scene: Scene, team: TeamNow) -> Iterable[Attention]:
        signal = next((each for each in _TOLD if each in team.signals), None)
        if signal is None or call.now - instant_of(team.since_ms) > WAITS:
            return
        air_ms = 0 if team.air is None else team.air.reserve_ms
        since_ms = {Signal.MAYDAY: team.mayday_ms or 0, Signal.RESERVE_NOW: air_ms}
        since = instant_of(since_ms.get(signal, team.contact_ms))
        yield self._attention(
            call,
            scene,
            id_=f"safety.{signal.value}:{team.team}:{ms_of(since)}",
            text=f"safety.attention.{signal.value}",
            since=since,
            path="divers",
            is_loud=signal is Signal.MAYDAY,
            team=team.callsign or call.say("safety.team_unknown"),
        )

    def _missing(self, call: Call, scene: Scene, roll: RollNow) -> Iterable[Attention]:
        for each in roll.units:
            if each.missing and each.at is not None:
                yield self._attention(
                    call,
                    scene,
                    id_=f"safety.missing:{scene.incident}:{each.unit}:{ms_of(each.at)}",
                    text="safety.attention.missing",
                    since=each.at,
                    path="roll-call",
                    is_loud=True,
                    unit=each.callsign or each.unit,
                    found=str(each.found),
                    expected=str(each.expected),
                )

    def _attention(  # noqa: PLR0913 - what waits, and where it is dealt with
        self,
        call: Call,
        scene: Scene,
        *,
        id_: str,
        text: str,
        since: datetime,
        path: str,
        is_loud: bool,
        **values: str,
    ) -> Attention:
        here = since.astimezone(self.around.zone)
        return Attention(
            id=id_,
            text=text,
            values={"incident": scene.label, "at": f"{here:%H:%M}", **values},
            since=min(since, call.now),
            about=Subject(f"{INCIDENT}{scene.incident}"),
            path=f"/incidents/{scene.incident}/{path}",
            service=scene.service,
            loud=is_loud,
        )

    def _subjects(self, call: Call, view: View, sorts: frozenset[str]) -> list[str]:
        """The incidents of the last day of which one of these was told."""
        days = {(call.now - timedelta(days=back)).date() for back in (0, 1)}
        rows = [
            row
            for day in sorted(days)
            for row in self._query.rows(call.reader, view, {"told_on": day.isoformat()})
        ]
        return sorted({str(row["subject"]) for row in rows if str(row["sort"]) in sorts})

    def _rows(self, call: Call, view: View, subject: str) -> list[Row]:
        return self._query.rows(call.reader, view, {"subject": subject})

    def _steps(self, call: Call, subject: str) -> list[Step]:
        # One fact told to several has a row for each of them that the caller reads.
        found = {str(row["fact"]): step_of(row) for row in self._rows(call, STEPS, subject)}
        return list(found.values())

    def _roll(self, call: Call, subject: str) -> RollNow | None:
        return roll_now(roll_word_of(row) for row in self._rows(call, ROLLS, subject))

    def _teams(self, call: Call, steps: Iterable[Step]) -> tuple[TeamNow, ...]:
        return tuple(teams_now(steps, self.around.rules, ms_of(call.now)))


def _minutes(each: CylinderKnown) -> float:
    figures = each.figures
    return (figures.working_bar - figures.reserve_bar) * figures.litres / figures.use_l_min


RoomGiven: TypeAlias = Given[Room]
