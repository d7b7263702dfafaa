# SPDX-License-Identifier: Apache-2.0
"""One incident: the set that is proposed, the runner-up, the reason, and what is short."""

import numpy as np

from bavn.engines.dispatch.case import Case, Soonest
from bavn.engines.dispatch.cover import Cover
from bavn.engines.dispatch.search import Found, best
from bavn.engines.dispatch.words import (
    FILLERS_LIMIT,
    FINE,
    Arrival,
    Filler,
    Met,
    Patience,
    Reason,
    Recommendation,
    Rule,
    Sent,
    Shortfall,
    Standing,
    Team,
    Units,
    Want,
    Why,
)


def recommend(
    units: Units,
    wants: tuple[Want, ...],
    arrival: Arrival,
    rule: Rule,
    *,
    cover: Cover | None = None,
    patience: Patience | None = None,
) -> Recommendation:
    """Propose the units for one need, beside the next best set, with the reason.

    Adequate comes before soon, soon before few, few before cover; `rule` may let fewer units or
    more cover win where nothing comes later by more than a near-tie.
    """
    case = Case(units, wants, arrival)
    return proposal(case, rule, cover, patience or Patience())


def proposal(
    case: Case,
    rule: Rule,
    cover: Cover | None,
    patience: Patience,
    without: frozenset[int] = frozenset(),
) -> Recommendation:
    """Propose units for one need without those that are needed elsewhere."""
    found = best(case, rule, cover, patience, without)
    strict = Rule(cover_step=rule.cover_step)
    soonest = found
    if rule.near_tie_s > 0 or rule.wider:
        soonest = best(case, strict, cover, patience, without)
    return told(case, found, soonest, (rule, cover, patience, without))


def told(
    case: Case,
    found: Found,
    soonest: Found,
    rest: tuple[Rule, Cover | None, Patience, frozenset[int]],
) -> Recommendation:
    """Tell of a set that was found: who is the next best, and why this one."""
    rule, cover, patience, without = rest
    want, unit = deciding(case, found)
    other = None
    if unit >= 0:
        other = best(case, rule, cover, patience, without | {unit})
        if not other.units:
            other = None
    is_broken = soonest.units != found.units
    return Recommendation(
        best=team(case, found, cover),
        runner_up=team(case, other, cover) if other else None,
        soonest=team(case, soonest, cover) if is_broken else None,
        reason=_reason(case, found, soonest if is_broken else other, (want, unit, cover)),
        shortfalls=shortfalls(case, found.when, found.units),
        proven=found.proven and soonest.proven and not patience.ended,
        least_units=found.least,
    )


def deciding(case: Case, found: Found) -> tuple[int, int]:
    """Give the want and the unit that decide: what comes last of what is to be there first."""
    timed = case.timed & (found.when.got > 0)
    helped = np.flatnonzero(timed if timed.any() else found.when.got > 0).tolist()
    if not helped:
        return -1, -1
    first_ms = min(case.within_ms[want] for want in helped)
    pressing = [want for want in helped if case.within_ms[want] == first_ms]
    want = max(pressing, key=lambda each: (found.when.at_ms[each], -each))
    at_ms = found.when.at_ms[want]
    for row in sorted(case.rows(found.units)):
        if case.gains[row, want] and case.at_ms[row] == at_ms:
            return want, int(case.unit[row])
    return want, -1


def team(case: Case, found: Found, cover: Cover | None) -> Team:
    """Tell a set unit by unit and want by want."""
    when = found.when
    sent = []
    for row in sorted(case.rows(found.units)):
        unit = int(case.unit[row])
        in_time = (case.gains[row] > 0) & (case.at_ms[row] <= when.at_ms)
        median_s, p90_s = case.arrival.median_s[unit], case.arrival.p90_s[unit]
        wants = tuple(np.flatnonzero(in_time).tolist())
        sent.append(Sent(unit, float(median_s), float(p90_s), wants))
    late_ms = case.late_ms(when)
    met = tuple(
        Met(
            want,
            float(when.got[want]) / FINE,
            float(when.at_ms[want]) / FINE if when.got[want] else float("inf"),
            float(late_ms[want]) / FINE if when.got[want] else float("inf"),
        )
        for want in range(len(case.wants))
    )
    return Team(
        sent=tuple(sent),
        met=met,
        adequate=bool((when.got == case.amount).all()),
        left=cover.left(frozenset(found.units)) if cover else None,
    )


def _reason(
    case: Case, found: Found, other: Found | None, rest: tuple[int, int, Cover | None]
) -> Reason:
    """Say why this set and not the other one."""
    want, unit, cover = rest
    if not found.units:
        return Reason(why=Why.NOBODY)
    if case.missing(found.when.got):
        return _compared(case, found, other, rest, Why.SHORT)
    if other is None or case.missing(other.when.got):
        return Reason(why=Why.ONLY, deciding=unit, want=want)
    later_ms = case.until_ms(other.when) - case.until_ms(found.when)
    if (later_ms > 0).any() and not (later_ms < 0).any():
        why = Why.SOONEST
    elif len(other.units) > len(found.units):
        why = Why.FEWER
    elif cover and other.loss > found.loss:
        why = Why.COVER
    else:
        why = Why.SOONEST if later_ms.sum() > 0 else Why.NAME
    return _compared(case, found, other, rest, why)


def _compared(
    case: Case,
    found: Found,
    other: Found | None,
    rest: tuple[int, int, Cover | None],
    why: Why,
) -> Reason:
    want, unit, cover = rest
    if other is None:
        return Reason(why=why, deciding=unit, want=want)
    mine, theirs = set(found.units), set(other.units)
    instead = [at for at in sorted(case.rows(theirs - mine)) if case.gains[at, want]]
    both = found.when.got[want] == other.when.got[want]
    later_ms = int(other.when.at_ms[want] - found.when.at_ms[want]) if both else 0
    losses = [cover.loss(frozenset(each)) if cover else 0.0 for each in (theirs, mine)]
    return Reason(
        why=why,
        deciding=unit,
        instead=int(case.unit[instead[0]]) if instead else -1,
        want=want,
        later_s=later_ms / FINE,
        more_units=len(theirs) - len(mine),
        more_loss=losses[0] - losses[1],
    )


def shortfalls(case: Case, when: Soonest, taken: tuple[int, ...]) -> tuple[Shortfall, ...]:
    """Name what is short of each want, and who could fill it: freed, asked for, or far away."""
    found = []
    is_far = case.units.free & (case.arrival.median_s > case.arrival.reach_s)
    standing = np.where(is_far, Standing.FAR, case.units.standing)
    sendable = case.units.free & ~is_far
    for number in np.flatnonzero(when.got < case.amount).tolist():
        want = case.wants[number]
        brings = case.units.fine[:, want.capability].copy()
        brings[list(taken)] = 0
        at_s = case.arrival.median_s
        others = np.flatnonzero((brings > 0) & ~sendable & np.isfinite(at_s))
        order = others[np.lexsort((case.units.rank[others], at_s[others]))]
        missing = int(case.amount[number] - when.got[number])
        sums = brings[order].cumsum()
        enough = int(np.searchsorted(sums, missing))
        fillers = tuple(
            Filler(
                unit,
                Standing(int(standing[unit])),
                float(case.units.gives[unit, want.capability]),
                float(at_s[unit]),
            )
            for unit in order[:FILLERS_LIMIT].tolist()
        )
        filled_s = float(at_s[order[enough]]) if enough < len(order) else float("inf")
        found.append(Shortfall(number, missing / FINE, fillers, filled_s))
    return tuple(found)
