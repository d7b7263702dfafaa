# SPDX-License-Identifier: Apache-2.0
"""The script of the play: what happens, from a seed, for as many days as one likes.

Time is counted in seconds of the play from the beginning of its first day. The same seed, kind of
day, date and cast give the same script, however far it has been read before: a play that is killed
reads it again from the start and goes on where the wall clock is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from bavn.engines import days
from bavn.engines.days import Day
from bavn.engines.turnouts import Course, Event, Incident, Manners, Need, Spot
from bavn.frame.country import IncidentType
from bavn.node.play.cast import Cast
from bavn.node.play.ground import DECEMBER, NEW_YEAR, NOON, ORDINARY, ground_of, sorts_of, surge_of
from bavn.node.play.manner import needs_of
from bavn.node.play.memory import Guest
from bavn.node.play.objects import Alarmed, invented_objects

# More incidents than this no day has; a number is the day's times this, and the place in the day.
DAY_LIMIT = 100_000
REAL, BLIND_AUTOMATIC, BLIND_OTHER, MALICIOUS = (
    "real",
    "blind_automatic",
    "blind_other",
    "malicious",
)
AUTOMATIC = "automatic_alarm"
# Five decimals of a degree are a metre.
DECIMALS = 5
NEVER = float("inf")
MINUTE_S = 60.0
# Numbers from here on are of incidents that others reported.
GUESTS = 10_000 * DAY_LIMIT


@dataclass(frozen=True, kw_only=True)
class Plot:
    """What makes one play different from another."""

    seed: int
    kind: str
    first_day: date


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is told of an incident beside its course."""

    number: int
    type: str
    lat: float
    lon: float
    municipality: str
    service: str
    outcome: str
    # So long after the report a correction is sent; never when infinite.
    corrected_s: float
    noted: bool
    # The number by which an automatic alarm names its object; None for what is no such alarm.
    alarm_number: str | None = None
    # Reported by somebody else, under this id of the server's.
    guest: str | None = None


class Script:
    """Reads the days of a play, one after the other."""

    def __init__(self, cast: Cast, plot: Plot) -> None:
        self.cast = cast
        self.plot = plot
        self.scenes: dict[int, Scene] = {}
        self.incidents: dict[int, Incident] = {}
        country, manner = cast.country, cast.manner
        self._types = country.incident_types
        self._sorts = sorts_of(country, manner)
        if plot.kind == NEW_YEAR:
            # Its days are counted from noon to noon, so that the night is whole.
            rolled = np.roll(self._sorts.hour, -NOON, axis=1)
            self._sorts = days.Sorts(**{**vars(self._sorts), "hour": rolled})
        self._ground = _ground(cast)
        self._numbers = [each.code for each in country.municipalities]
        self._first = [self._needs(each) for each in self._types]
        self._automatic = set(manner.names(f"group.{AUTOMATIC}"))
        self._alarmed = Alarmed(invented_objects(country.id))
        self.course = Course(cast.columns, cast.roads, manners_of(cast))
        self._days = 0

    def until(self, at_s: float) -> Iterator[Event]:
        """Give everything that happens before the moment; scenes are known when they begin."""
        while self._days * days.DAY_S < at_s:
            # A day is taken in only when the one before it has been played to its end.
            yield from self.course.until(min(at_s, self._days * days.DAY_S))
            for incident in self.day(self._days):
                self.course.report(incident)
            self._days += 1
        yield from self.course.until(at_s)

    def forget(self, number: int) -> None:
        """Let go of an incident that is closed and told."""
        self.incidents.pop(number, None)

    def expected(self, number: int) -> float:
        """How many incidents an ordinary day of that date brings on average."""
        month, weekday = self._date(number)
        return float(days.expected(self._sorts, month, weekday).sum())

    def drawn(self, number: int) -> Day:
        """The incidents of one day as they are drawn."""
        month, weekday = self._date(number)
        kind = self._kind(number)
        surge = surge_of(kind, self.cast.country, self.cast.manner, self._sorts, weekday)
        chance = np.random.default_rng([self.plot.seed, number])
        return days.draw(chance, self._sorts, self._ground, month, weekday, surge)

    def _kind(self, number: int) -> str:
        return self.plot.kind if number == 0 else ORDINARY

    def _date(self, number: int) -> tuple[int, int]:
        """Month and weekday of a day, each from 0; New Year's Eve is in December at any time."""
        on = self.plot.first_day + timedelta(days=number)
        return DECEMBER if self._kind(number) == NEW_YEAR else on.month - 1, on.weekday()

    def day(self, number: int) -> list[Incident]:
        """The incidents of one day with their fates."""
        drawn = self.drawn(number)
        if len(drawn.at_s) > DAY_LIMIT:
            raise ValueError(f"a day of {len(drawn.at_s)} incidents; there is room for {DAY_LIMIT}")
        self._alarmed.begin()
        return [self._incident(number, index, drawn) for index in range(len(drawn.at_s))]

    def take_in(self, guest: Guest, place: int) -> None:
        """Have the services take care of an incident that somebody else reported."""
        codes = [each.code for each in self._types]
        chance = np.random.default_rng([self.plot.seed, GUESTS, place])
        self.course.report(
            self._made(
                Scene(
                    number=GUESTS + place,
                    type=guest.type,
                    lat=guest.lat,
                    lon=guest.lon,
                    municipality=guest.municipality,
                    service=guest.service,
                    outcome=REAL,
                    corrected_s=NEVER,
                    noted=False,
                    guest=guest.id,
                ),
                codes.index(guest.type),
                guest.at_s,
                chance,
            )
        )

    def _incident(self, day: int, index: int, drawn: Day) -> Incident:
        chance = np.random.default_rng([self.plot.seed, day, index])
        lat, lon = (round(float(column[index]), DECIMALS) for column in (drawn.lat, drawn.lon))
        municipality = self._numbers[int(drawn.municipality[index])]
        sort, at_s = int(drawn.sort[index]), float(drawn.at_s[index])
        type_, alarmed = self._types[sort].code, None
        if type_ in self._automatic:
            alarmed = self._alarmed.nearest(municipality, (lat, lon))
        if alarmed is not None:
            lat, lon = alarmed.lat, alarmed.lon
        scene = Scene(
            number=day * DAY_LIMIT + index,
            type=type_,
            lat=lat,
            lon=lon,
            municipality=municipality,
            service=self.cast.owners[municipality],
            outcome=REAL,
            corrected_s=NEVER,
            noted=False,
            alarm_number=None if alarmed is None else alarmed.alarm_number,
        )
        return self._made(scene, sort, day * days.DAY_S + at_s, chance)

    def _made(self, scene: Scene, sort: int, at_s: float, chance: np.random.Generator) -> Incident:
        """Draw the incident's fate, and keep what is told of it."""
        each, manner = self._types[sort], self.cast.manner
        # All is drawn, whether it is used or not: so one parameter moves no other's draws.
        is_real, is_malicious, is_called_off, has_later = chance.random(4)
        is_corrected, is_noted = chance.random(2)
        late, called_off, corrected, longer = chance.standard_normal(4)
        real = bool(is_real < each.probability_real)
        outcome = self._outcome(each.code, real=real, malicious=is_malicious)
        lasts_s = MINUTE_S * each.median_duration_min
        lasts_s *= np.exp(manner.number("way.duration_spread") * longer)
        if not real and outcome != BLIND_AUTOMATIC:
            lasts_s *= manner.number("way.blind_factor")
        share, more = self._later(each.code, each.group)
        off = not real and is_called_off < manner.number("blind.called_off")
        # Where an object is is known; nobody corrects it.
        is_said = scene.guest is None and scene.alarm_number is None
        told = is_said and is_corrected < manner.number("telling.corrected")
        self.scenes[scene.number] = replace(
            scene,
            outcome=outcome,
            corrected_s=self._about("telling.corrected_after", corrected) if told else NEVER,
            noted=real and bool(is_noted < manner.number("telling.noted")),
        )
        incident = Incident(
            number=scene.number,
            at_s=at_s,
            spot=self._spot(scene.lat, scene.lon, scene.municipality),
            service=self.cast.service_numbers[scene.service],
            needs=self._first[sort],
            real=real,
            lasts_s=float(lasts_s),
            later=more if real and has_later < share else (),
            later_s=self._about("later.after", late),
            called_off_s=self._about("blind.called_off_after", called_off) if off else NEVER,
            chance=chance,
        )
        self.incidents[scene.number] = incident
        return incident

    def _outcome(self, code: str, *, real: bool, malicious: float) -> str:
        if real:
            return REAL
        if malicious < self.cast.manner.number("blind.malicious"):
            return MALICIOUS
        return BLIND_AUTOMATIC if code in self._automatic else BLIND_OTHER

    def _about(self, key: str, draw: float) -> float:
        """A stretch of time about a median."""
        median_s, spread = self.cast.manner.numbers(key)
        return float(median_s * np.exp(spread * draw))

    def _later(self, code: str, group: str) -> tuple[float, tuple[Need, ...]]:
        key = self.cast.manner.first(f"later.{code}", f"later.{group}")
        if key is None:
            return 0.0, ()
        share, _, needs = self.cast.manner.text(key).partition(" ")
        return float(share), needs_of(needs, self.cast.type_numbers)

    def _needs(self, each: IncidentType) -> tuple[Need, ...]:
        numbers = self.cast.type_numbers
        return tuple(Need(numbers[need.type], need.count) for need in each.first_dispatch)

    def _spot(self, lat: float, lon: float, municipality: str) -> Spot:
        land = self.cast.lands.of(municipality, np.array([lat]), np.array([lon]))
        return Spot(lat, lon, int(land[0]))


@lru_cache(maxsize=2)
def _ground(cast: Cast) -> days.Ground:
    return ground_of(cast.country, cast.manner, cast.towns, cast.owners)


def manners_of(cast: Cast) -> Manners:
    """How the country's services go about it, by the demonstration's parameters."""
    number = cast.manner.number
    # Who leads is one's own: when all are out, one of them leads two incidents by radio.
    commanders, border_s = cast.manner.names("commanders"), number("way.border")
    return Manners(
        handling_s=number("way.handling"),
        border_s=np.array([NEVER if each in commanders else border_s for each in cast.types]),
        reach_s=number("way.reach"),
        far_s=number("way.far"),
        run_spread=cast.travel.run_spread,
        home_factor=number("road.home_factor"),
        look_s=number("way.look"),
        scene_least_s=number("way.scene_least"),
        leave_from=number("way.leave_from"),
        adequate=cast.adequate,
    )
