# SPDX-License-Identifier: Apache-2.0
"""The fewest units that meet all wants in time; of those the least loss of cover, then the soonest.

A branch and bound. It takes the want with the fewest units to choose from, tries them in turn, and
gives up a branch that cannot become better than the best set so far. Two bounds: each want needs at
least so many of its largest contributions; and losses of cover never shrink when units are put
together, so the least losses of those still missing can be added. Twins (units alike in all that
counts) are taken in the order of their names only.
"""

from bisect import bisect_left
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from bavn.engines.dispatch.case import Case, Soonest
from bavn.engines.dispatch.cover import Cover
from bavn.engines.dispatch.words import Patience, Rule, Whole

Key = tuple[int, int, int, tuple[int, ...]]


class Found(NamedTuple):
    """A set of units for a need: its numbers, what it brings and when, what it costs."""

    units: tuple[int, ...]
    when: Soonest
    loss: int
    proven: bool
    # No set that is as adequate and as soon has fewer.
    least: int


def best(
    case: Case,
    rule: Rule,
    cover: Cover | None,
    patience: Patience,
    without: frozenset[int] = frozenset(),
) -> Found:
    """Give the best set without these units: as adequate and soon as can be, then small."""
    return within(case, case.soonest(without), rule, (cover, patience, without))


def within(
    case: Case,
    soonest: Soonest,
    rule: Rule,
    rest: tuple[Cover | None, Patience, frozenset[int]],
) -> Found:
    """Give the smallest set that is as adequate, and later by no more than the rule allows."""
    cover, patience, without = rest
    got, latest = soonest.got, case.latest(soonest, rule)
    end = int(case.at_ms.searchsorted(latest.max(), side="right"))
    gains = np.minimum(case.gains[:end], got)
    gains[case.at_ms[:end, None] > latest] = 0
    if without:
        gains[[row for row in case.rows(without) if row < end]] = 0
    rows = np.flatnonzero(gains.any(axis=1))
    gains = gains[rows]
    # Whom no others can make up for must go; often they do it alone.
    needed = (gains.sum(axis=0) - gains < got).any(axis=1)
    if (gains[needed].sum(axis=0) >= got).all():
        units = tuple(case.unit[rows[needed]].tolist())
        loss = steps(cover.loss(frozenset(units)), rule) if cover else 0
        # Nothing is sooner than the soonest.
        when = soonest if latest is soonest.at_ms else case.met(rows[needed].tolist())
        return Found(units, when, loss, proven=True, least=len(units))
    return _Search(case, (rows, gains, got), (rule, cover, patience)).found()


def steps(loss: float, rule: Rule) -> int:
    """A loss of cover in whole steps; what floating point takes at an edge is not to decide."""
    return int(loss / rule.cover_step + 1e-9)


class _Search:
    """One search: what can be chosen, in lists of whole numbers, and the best so far."""

    def __init__(
        self,
        case: Case,
        choice: tuple[Whole, Whole, Whole],
        rest: tuple[Rule, Cover | None, Patience],
    ) -> None:
        rows, gains, got = choice
        self._rule, self._cover, self._patience = rest
        self._case = case
        self._rows: list[int] = rows.tolist()
        self._units: list[int] = case.unit[rows].tolist()
        self._ranks: list[int] = case.units.rank[case.unit[rows]].tolist()
        self._gains: list[tuple[int, ...]] = [tuple(row) for row in gains.tolist()]
        self._need: tuple[int, ...] = tuple(got.tolist())
        self._prices = [self._loss_of((unit,)) for unit in self._units]
        self._options = [self._ordered(want) for want in range(len(self._need))]
        # How much the n largest contributions to each want bring.
        self._most = [
            list(accumulate((self._gains[at][want] for at in options), initial=0))
            for want, options in enumerate(self._options)
        ]
        self._groups = self._parts()
        self._twins = self._find_twins()
        self._chosen: list[int] = []
        self._barred = [False] * len(self._rows)
        self._best: Key | None = None
        self._best_set: tuple[int, ...] = ()

    def found(self) -> Found:
        """Search, and give the best set; when time is out, the best so far."""
        least, _ = self._bound(self._need)
        self._greedy()
        self._grow(self._need, 0)
        proven = not self._patience.ended
        key = self._best
        assert key is not None, "what can be had can be had"
        rows = [self._rows[at] for at in self._best_set]
        return Found(
            units=tuple(int(self._case.unit[row]) for row in sorted(rows)),
            when=self._case.met(rows),
            loss=key[1],
            proven=proven,
            least=key[0] if proven else least,
        )

    def _loss_of(self, units: tuple[int, ...]) -> float:
        return self._cover.loss(frozenset(units)) if self._cover else 0.0

    def _least_steps(self, loss: float) -> int:
        # Added up in another order it may be a little less: a bound must not be above it.
        return int(loss / self._rule.cover_step - 1e-6)

    def _ordered(self, want: int) -> list[int]:
        """Who brings something of a want: much before little, then at the least loss, then soon."""
        helps = [at for at, gains in enumerate(self._gains) if gains[want]]
        return sorted(helps, key=lambda at: (-self._gains[at][want], self._prices[at], at))

    def _parts(self) -> list[tuple[list[int], list[float]]]:
        """Wants that share no unit with another part's, and the losses of a part's units added up.

        What the parts need at least adds up.
        """
        groups: list[tuple[set[int], set[int]]] = []
        for want, options in enumerate(self._options):
            mine, others = ({want}, set(options)), []
            for group in groups:
                if group[1] & mine[1]:
                    mine = (mine[0] | group[0], mine[1] | group[1])
                else:
                    others.append(group)
            groups = [*others, mine]
        return [
            (sorted(wants), list(accumulate(sorted(self._prices[at] for at in of), initial=0.0)))
            for wants, of in groups
        ]

    def _find_twins(self) -> list[int]:
        """For each the one before it that is alike in all but its name; -1 when there is none."""
        seen: dict[object, int] = {}
        twins = []
        for at, unit in enumerate(self._units):
            mark = self._cover.signature(unit) if self._cover else ()
            key = (int(self._case.at_ms[self._rows[at]]), self._gains[at], mark)
            twins.append(seen.get(key, -1))
            seen[key] = at
        return twins

    def _bound(self, need: tuple[int, ...]) -> tuple[int, float]:
        """At least so many units are still needed, and lose so much cover, each by itself.

        Infinitely many where a want cannot be met any more.
        """
        count, loss = 0, 0.0
        for wants, losses in self._groups:
            least = max((bisect_left(self._most[w], need[w]) if need[w] > 0 else 0) for w in wants)
            count += least
            loss += losses[min(least, len(losses) - 1)]
        return count, loss

    def _grow(self, need: tuple[int, ...], depth: int) -> None:
        """Try everything that can still be added to the chosen."""
        if self._patience.spent():
            return
        unmet = [want for want, amount in enumerate(need) if amount > 0]
        if not unmet:
            self._consider()
            return
        if not self._worth_it(need, depth):
            return
        want = min(unmet, key=lambda each: (len(self._options[each]), each))
        options = [at for at in self._options[want] if not self._barred[at]]
        left = sum(self._gains[at][want] for at in options)
        tried = []
        for at in options:
            if left < need[want]:
                break
            left -= self._gains[at][want]
            twin = self._twins[at]
            if twin < 0 or twin in self._chosen:
                self._chosen.append(at)
                self._barred[at] = True
                rest = tuple(a - b for a, b in zip(need, self._gains[at], strict=True))
                self._grow(rest, depth + 1)
                self._chosen.pop()
            self._barred[at] = True
            tried.append(at)
            if self._patience.ended:
                break
        for at in tried:
            self._barred[at] = False

    def _worth_it(self, need: tuple[int, ...], depth: int) -> bool:
        if self._best is None:
            return True
        count, loss = self._bound(need)
        if depth + count != self._best[0]:
            return depth + count < self._best[0]
        if not self._cover:
            return True
        so_far = sum(self._prices[at] for at in self._chosen)
        if self._least_steps(so_far + loss) > self._best[1]:
            return False
        exact = self._loss_of(tuple(self._units[at] for at in self._chosen))
        return self._least_steps(exact + loss) <= self._best[1]

    def _consider(self) -> None:
        """Take the chosen set if it is better than the best so far."""
        if self._best is not None and len(self._chosen) > self._best[0]:
            return
        loss = steps(self._loss_of(tuple(self._units[at] for at in self._chosen)), self._rule)
        if self._best is not None and (len(self._chosen), loss) > self._best[:2]:
            return
        when = self._case.met(self._rows[at] for at in self._chosen)
        ranks = tuple(sorted(self._ranks[at] for at in self._chosen))
        key = (len(self._chosen), loss, int(self._case.until_ms(when).sum()), ranks)
        if self._best is None or key < self._best:
            self._best, self._best_set = key, tuple(self._chosen)

    def _greedy(self) -> None:
        """Begin with what comes of always taking the one that brings most."""
        need = self._need
        while any(amount > 0 for amount in need):
            rest = [at for at in range(len(self._rows)) if at not in self._chosen]
            at = max(rest, key=lambda each: (self._share(each, need), -each))
            self._chosen.append(at)
            need = tuple(a - b for a, b in zip(need, self._gains[at], strict=True))
        for at in list(self._chosen):
            others = [self._gains[each] for each in self._chosen if each != at]
            sums = [sum(column) for column in zip(*others, strict=True)] or [0] * len(self._need)
            if all(have >= want for have, want in zip(sums, self._need, strict=True)):
                self._chosen.remove(at)
        self._consider()
        self._chosen.clear()

    def _share(self, at: int, need: tuple[int, ...]) -> float:
        """How much one brings of what is still needed, want by want."""
        rows = zip(self._gains[at], need, self._need, strict=True)
        return sum(min(gain, lack) / whole for gain, lack, whole in rows if lack > 0)
