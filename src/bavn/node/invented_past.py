# SPDX-License-Identifier: Apache-2.0
"""An invented history, so that the normal picture can be seen in a demonstration.

How much happens when, and where, is the play's own calibration: ordinary days, drawn from a seed.
It says of itself that it is invented, and so does every screen that shows what stands on it.
"""

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bavn.engines import days
from bavn.frame.country import Country, holding
from bavn.node.play.ground import sorts_of
from bavn.node.play.manner import manner_of
from bavn.runtime.past.importing import Importer
from bavn.runtime.past.rows import DAY_HOURS, HOUR_S, Turnout
from bavn.runtime.past.store import FILE

NAME = "Opdigtet"
SEED = 34
# Three years and a little, so that three whole ones are in it.
DAYS_COUNT = 1_110
OUTCOMES = ("real", "blind")


def found_past(places: Sequence[Path], country: Country, now: datetime) -> None:
    """Give each world's folder that has no history the invented one, up to the day before now."""
    lacking = [place for place in places if not (place / FILE).exists()]
    if not lacking:
        return
    first, *others = lacking
    until = now.astimezone(ZoneInfo(country.time_zone)).date()
    Importer(first, country).invent(NAME, now, turnouts(country, until, DAYS_COUNT))
    for place in others:
        shutil.copy(first / FILE, place / FILE)


def turnouts(country: Country, until: date, days_count: int) -> Iterator[list[Turnout]]:
    """Draw the days before a day, one batch for each; the same for the same day."""
    sorts, zone = sorts_of(country, manner_of(country.id)), ZoneInfo(country.time_zone)
    chance = np.random.default_rng(SEED)
    owner = {each.municipality: str(each.service) for each in holding(country.memberships, until)}
    within = [each for each in country.municipalities if each.code in owner]
    people = np.array([each.population for each in within], dtype=np.float64)
    shares = people / people.sum()
    codes = [(each.code, each.probability_real) for each in country.incident_types]
    hours = np.cumsum(sorts.hour / sorts.hour.sum(axis=1, keepdims=True), axis=1)
    for back in range(days_count, 0, -1):
        on = until - timedelta(days=back)
        count = chance.poisson(days.expected(sorts, on.month - 1, on.weekday()))
        sort = np.repeat(np.arange(len(count)), count)
        hour = (hours[sort] < chance.random(len(sort))[:, None]).sum(axis=1).clip(0, DAY_HOURS - 1)
        where = chance.choice(len(within), size=len(sort), p=shares)
        real, second = chance.random(len(sort)), chance.integers(HOUR_S, size=len(sort))
        keys = chance.integers(-(2**62), 2**62, size=len(sort))
        midnight = (on.toordinal() - 1) * DAY_HOURS
        began = [
            int(datetime(on.year, on.month, on.day, each, tzinfo=zone).astimezone(UTC).timestamp())
            for each in range(DAY_HOURS)
        ]
        drawn = (keys, hour, second, where, sort, real)
        yield [
            Turnout(
                key=key,
                at=began[at_hour] + at_second,
                hour=midnight + at_hour,
                service=owner[within[place].code],
                type=codes[kind][0],
                municipality=within[place].code,
                x=within[place].town_lon,
                y=within[place].town_lat,
                outcome=OUTCOMES[is_blind > codes[kind][1]],
                station="",
                vehicles=None,
                turnout_s=None,
                drive_s=None,
                response_s=None,
                is_twofold=False,
            )
            for key, at_hour, at_second, place, kind, is_blind in zip(
                *(each.tolist() for each in drawn), strict=True
            )
        ]
