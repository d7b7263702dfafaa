# SPDX-License-Identifier: Apache-2.0
"""What a pick list asks of the fleet at one moment: wants of the engine, and lines to tell of.

A line asks for vehicles: of its type, or of one that gives the same, with the crew that it wants
aboard. A capability is counted up over all that come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bavn.capabilities.dispatch.ports import Flags, Fleet, Floats, Need
from bavn.capabilities.dispatch.views.moment import Moment
from bavn.engines.dispatch import (
    FINE,
    SHARED_LINES_LIMIT,
    Line,
    Units,
    Want,
    groups,
    shared_out,
    still_wanted,
    wants_of,
)


@dataclass(frozen=True)
class Asking:
    """A pick list beside the units: what each brings, what is wanted, and what is still wanted."""

    # Those that ask for vehicles come first.
    needs: tuple[Need, ...]
    lines: tuple[Line, ...]
    # Unit by line: may stand in it.
    fits: Flags
    # Unit by capability: what it gives of those that are counted up, in the order of `needs`.
    amounts: Floats
    units: Units
    wants: tuple[Want, ...]
    # Rows of units that count already.
    coming: tuple[int, ...]
    # What is left to be met, and which of the wants each of it is.
    left: tuple[Want, ...]
    numbers: tuple[int, ...]

    def within_reach(self, can: Flags) -> "Asking":
        """Ask no more of a group of lines than these units could fill with those that come.

        Where a line cannot be filled, another vehicle for the line beside it is no help.
        """
        brings = self.units.fine[np.asarray(can)]
        if all(brings[:, w.capability].sum() >= round(w.amount * FINE) for w in self.left):
            # Each group of lines can be filled, so the whole list can.
            return self
        counted = len(self.needs) - len(self.lines)
        members = list(groups(self.fits, self.lines))
        kept = []
        for want, number in zip(self.left, self.numbers, strict=True):
            if number < len(self.needs):
                kept.append((want, number))
                continue
            group = members[number - counted]
            team = [*self.coming, *(row for row in np.flatnonzero(can).tolist())]
            stands = shared_out(self.fits, [self.lines[at] for at in group], team)
            most = sum(at >= 0 for at in stands)
            here = self.fits[list(self.coming)][:, list(group)].any(axis=1).sum()
            if most > here:
                least = min(want.amount, float(most - here))
                kept.append((want._replace(amount=least), number))
        return replace(
            self,
            left=tuple(want for want, _ in kept),
            numbers=tuple(number for _, number in kept),
        )

    def need_of(self, want: int, unit: int) -> Need:
        """The line that one of the wants left is about, as far as this unit is concerned."""
        number = self.numbers[want]
        if number < len(self.needs):
            return self.needs[number]
        # A group of lines that share units: the first that the unit could stand in.
        fitting = [at for at in range(len(self.lines)) if unit >= 0 and self.fits[unit, at]]
        return self.needs[fitting[0] if fitting else 0]

    def shares(self, team: Sequence[int]) -> tuple[int, ...]:
        """The line that each of those coming, and then of the team, stands in; -1: in none."""
        return shared_out(self.fits, self.lines, [*self.coming, *team])


class Lists:
    """Asks of one day's fleet; what hardly changes is kept."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        units = fleet.units
        self.type = np.array([each.type for each in units], dtype=np.str_)
        names = np.array([each.id for each in units], dtype=np.str_)
        nothing = np.zeros((len(units), 0))
        self._base = Units(name=names, standing=np.zeros(len(units), dtype=np.int64), gives=nothing)
        self._fits: dict[str, Flags] = {}
        self._gives: dict[str, Floats] = {}

    def asked(self, needs: Sequence[Need], moment: Moment, coming: Sequence[int]) -> Asking:
        """What a list asks at a moment, beside those that come already."""
        needs = (
            *(each for each in needs if not each.capability),
            *(each for each in needs if each.capability),
        )
        of_types = [each for each in needs if not each.capability]
        fits = self._who_fits(of_types, moment)
        lines = tuple(Line(at, each.count, each.within_s) for at, each in enumerate(of_types))
        table, wants = wants_of(fits, lines)
        counted = needs[len(lines) :]
        amounts = self._amounts([each.capability for each in counted], moment)
        first = table.shape[1]
        # Amounts stand behind the lines and before the groups, as they are told.
        own = [
            Want(first + at, float(each.count), each.within_s) for at, each in enumerate(counted)
        ]
        wants = (*wants[: len(lines)], *own, *wants[len(lines) :])
        units = self._base.bringing(np.hstack([table, amounts]), moment.standing)
        left = still_wanted(units, wants, coming)
        return Asking(
            needs=needs,
            lines=lines,
            fits=fits,
            amounts=amounts,
            units=units,
            wants=wants,
            coming=tuple(coming),
            left=tuple(want for _, want in left),
            numbers=tuple(number for number, _ in left),
        )

    def types_of(self, needs: Sequence[Need]) -> Flags:
        """The units of the types asked for, and of those that may stand in."""
        found = np.zeros(len(self.type), dtype=np.bool_)
        for each in needs:
            if not each.capability:
                found |= self._of_type(each.type)
        return found

    def _who_fits(self, lines: Sequence[Need], moment: Moment) -> Flags:
        manned = ~moment.unmanned
        columns = [self._of_type(each.type) & manned & (moment.crew >= each.crew) for each in lines]
        fits = np.array(columns, dtype=np.bool_).reshape(len(lines), len(self.type)).T
        if _sharing(fits) > SHARED_LINES_LIMIT:
            # So long a list is met type by type: an alarm does not wait for what could stand in.
            exact = [self.type == each.type for each in lines]
            fits = fits & np.array(exact, dtype=np.bool_).T
        return fits

    def _of_type(self, asked: str) -> Flags:
        if asked not in self._fits:
            types = self._fleet.stand_ins.get(asked, frozenset()) | {asked}
            self._fits[asked] = np.isin(self.type, sorted(types))
        return self._fits[asked]

    def _amounts(self, capabilities: Sequence[str], moment: Moment) -> Floats:
        units = self._fleet.units
        columns = [
            [moment.amount(row, unit, each) for row, unit in enumerate(units)]
            for each in capabilities
        ]
        found = np.array(columns, dtype=np.float64).reshape(len(capabilities), len(units)).T
        found[moment.unmanned] = 0.0
        return found


def _sharing(fits: Flags) -> int:
    """How many lines share units with another."""
    # As floats: for these the processor has a fast product, and for whole numbers it has none.
    whole = fits.astype(np.float32)
    meets = whole.T @ whole
    np.fill_diagonal(meets, 0)
    return int((meets.sum(axis=1) > 0).sum())
