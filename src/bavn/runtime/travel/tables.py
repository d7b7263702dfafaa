# SPDX-License-Identifier: Apache-2.0
"""What a country's tables say of turning out, driving, how far is too far, and who can stand in.

`turnouts.csv`, `driving.csv`, `reach.csv` and `type_gives.csv` stand beside the country's other
tables. What is wrong in them is listed with row and column; each row says what it stands on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bavn.engines.travel import Speed
from bavn.frame.country import Row
from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime.countries import read_table

MINUTE_S = 60.0


class TurnOutRow(Row, frozen=True, kw_only=True):
    """How long a kind of crew needs until it rolls; units of these `types` have that crew."""

    crew: str
    types: tuple[str, ...] = ()
    median_s: float
    # Of the logarithm.
    spread: float
    # At this time whoever has come leaves.
    limit_s: float
    note: str = ""


class DrivingRow(Row, frozen=True, kw_only=True):
    """One quantity of driving."""

    quantity: str
    value: float
    unit: str
    note: str = ""


class ReachRow(Row, frozen=True, kw_only=True):
    """Who would need longer than this is not proposed by itself, at this urgency."""

    urgency: str
    reach_min: float
    note: str = ""


class GivesRow(Row, frozen=True, kw_only=True):
    """What a type of unit gives of a capability, and the least that a stand-in for it gives."""

    type: str
    capability: str
    gives: float
    least: float | None = None


@dataclass(frozen=True, kw_only=True)
class TravelTables:
    """The tables of one country, read and checked."""

    turnouts: tuple[TurnOutRow, ...]
    speed: Speed
    # How much runs differ: the spread of the logarithm.
    run_spread: float
    # What the times of driving stand on.
    basis: str
    # Seconds, by urgency.
    reach_s: Mapping[str, float]
    # By type: what it gives of each capability, and the least of each that a stand-in gives.
    gives: Mapping[str, Mapping[str, float]]
    least: Mapping[str, Mapping[str, float]]

    def crew_of(self, type_: str, crewing: str) -> str:
        """The kind of crew that a unit of a type has at a station that is crewed like this."""
        return next((each.crew for each in self.turnouts if type_ in each.types), crewing)

    def stands_in(self, type_: str, asked: str) -> bool:
        """True for a type that gives at least what a stand-in for the asked one must give."""
        least, gives = self.least.get(asked), self.gives.get(type_, {})
        if type_ == asked:
            return True
        return bool(least) and all(
            gives.get(each, 0.0) >= amount for each, amount in (least or {}).items()
        )


@cache
def travel_tables(country: str) -> TravelTables:
    """The tables of a country that comes with the program."""
    return read_travel_tables(files("bavn") / "countries" / country)


def read_travel_tables(folder: Traversable | Path) -> TravelTables:
    """The tables in this folder; raises BadInput with every problem that was found."""
    turnouts = read_table(folder, "turnouts", TurnOutRow)
    driving = {each.quantity: each for each in read_table(folder, "driving", DrivingRow)}
    reach = read_table(folder, "reach", ReachRow)
    rows = read_table(folder, "type_gives", GivesRow)
    problems = [
        Problem(where=f"driving.csv, {name}", says="is missing, or not above zero")
        for name in ("cruise", "run_up", "detour", "spread")
        if name not in driving or not driving[name].value > 0
    ]
    problems += [
        Problem(where=f"turnouts.csv row {number}, {column}", says="is not above zero")
        for number, row in enumerate(turnouts, start=2)
        for column in ("median_s", "spread", "limit_s")
        if not getattr(row, column) > 0
    ]
    problems += [
        Problem(where=f"reach.csv row {number}, reach_min", says="is not above zero")
        for number, far in enumerate(reach, start=2)
        if not far.reach_min > 0
    ]
    if problems:
        raise BadInput(*problems)
    gives: dict[str, dict[str, float]] = {}
    least: dict[str, dict[str, float]] = {}
    for row in rows:
        gives.setdefault(row.type, {})[row.capability] = row.gives
        if row.least is not None:
            least.setdefault(row.type, {})[row.capability] = row.least
    return TravelTables(
        turnouts=turnouts,
        speed=Speed(
            cruise_km_h=driving["cruise"].value,
            run_up_km=driving["run_up"].value,
            detour=driving["detour"].value,
        ),
        run_spread=driving["spread"].value,
        basis=driving["cruise"].basis,
        reach_s={each.urgency: each.reach_min * MINUTE_S for each in reach},
        gives=gives,
        least=least,
    )
