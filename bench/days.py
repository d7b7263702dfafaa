# SPDX-License-Identifier: Apache-2.0
"""How true the demonstration's days are: `python -m bench.days [--seeds N] [--days N]`.

Prints the figures of some seeds beside the published ones, and says which of those were fitted and
which were held out. The seeds that were fitted on are others: they begin at FITTED_ON.
"""

import argparse
from datetime import date, timedelta

from bavn.frame.country import Country
from bavn.node.play.cast import Cast
from bavn.node.play.figures import Figures, count, told_by
from bavn.node.play.ground import ORDINARY
from bavn.node.play.manner import manner_of
from bavn.node.play.script import Plot, Script
from bavn.runtime.countries import built_in

FITTED_ON = 1000
YEAR_DAYS = 365
FIRST_DAY = date(2026, 1, 1)
THISTED = "0787"
# Turn-outs of 2010 by station: figures.csv local.thisted.
THISTED_STATIONS = {"Thisted": 179, "Hurup": 82, "Hanstholm": 28, "Frøstrup": 4}


def played(country: Country, first_seed: int, seeds: int, days: int) -> Figures:
    """Play some days of each seed, spread over the year."""
    cast = Cast(country, manner_of(country.id), told_by(country))
    figures = Figures()
    for number in range(seeds):
        first_day = FIRST_DAY + timedelta(days=YEAR_DAYS * number // seeds)
        plot = Plot(seed=first_seed + number, kind=ORDINARY, first_day=first_day)
        count(Script(cast, plot), days, figures)
    return figures


def rows(country: Country, figures: Figures) -> list[tuple[str, str, float, float]]:
    """What is compared: name, fitted or held out, published, ours."""
    published = {
        (row.key, row.scope): row.number
        for row in reversed(country.figures)
        if row.number is not None
    }

    def of(key: str) -> float:
        return published[key, "Denmark"]

    year = YEAR_DAYS / figures.days
    found = [
        ("turn-outs a day", "fitted", of("turnouts.per_day"), figures.incidents / figures.days),
        ("blind or false, %", "fitted", of("alarms.blind_or_false_share"), 100 * figures.blind),
        ("mean response, s", "fitted", of("response.mean_first_vehicle"), figures.mean_response_s),
        ("own means, %", "fitted", of("handled_alone"), 100 * figures.alone),
        ("within 10 min, %", "held out", of("response.within_10"), 100 * figures.within(10)),
        ("within 15 min, %", "held out", of("response.within_15"), 100 * figures.within(15)),
        ("hours per real alarm", "held out", of("hours.per_real_alarm"), figures.hours_per_real),
        (
            "national help a year",
            "held out",
            of("national.operations") * of("national.share_to_municipal") / 100,
            figures.national * year,
        ),
        (
            "Thisted a year",
            "held out",
            published["local.thisted", "Thisted"],
            figures.by_municipality[THISTED] * year,
        ),
    ]
    stations = {each.id: each for each in country.stations if each.municipality == THISTED}
    total = sum(THISTED_STATIONS.values())
    here = sum(figures.first_station[each] for each in stations) or 1
    for name, turn_outs in THISTED_STATIONS.items():
        ours = sum(figures.first_station[e.id] for e in stations.values() if e.name == name)
        found.append((f"of it {name}, %", "held out", 100 * turn_outs / total, 100 * ours / here))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    country = built_in("denmark")
    figures = played(country, options.first_seed, options.seeds, options.days)
    print(f"{options.seeds} seeds, {figures.days} days, {figures.incidents} turn-outs")
    print(f"{'':24}{'':10}{'published':>10}{'ours':>10}")
    for name, how, published, ours in rows(country, figures):
        print(f"{name:24}{how:10}{published:10.1f}{ours:10.1f}")
    print(f"needs that waited: {figures.unmet}; without a vehicle: {figures.without}")


if __name__ == "__main__":
    main()
