# SPDX-License-Identifier: Apache-2.0
"""Who is alerted, in which order: a rule and an address book make the plan of a call-out.

The whole plan is made when the call-out begins, so that it can be shown, and so that a change of
the rule in the middle of the night changes nothing that is under way.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from bavn.capabilities.alerting.facts import (
    ALERTS_LIMIT,
    STEPS_LIMIT,
    PlannedAlert,
    PlannedStep,
    RuleStep,
)

# A whole unit or station, or a function: `unit/1`, `station/*`, `function:duty_officer/*`.
TO = re.compile(r"(?P<target>unit|station|function:[a-z][a-z0-9_]{0,63})/(?P<rank>[1-9]|\*)")
TARGET = re.compile(r"(?:unit|station):[a-z0-9][a-z0-9-]{0,63}|function:[a-z][a-z0-9_]{0,63}")
CHANNEL = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
RANK_MOST = 9


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is alerted, without the address itself."""

    id: str
    target: str
    channel: str
    rank: int


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How it is escalated, and on what that stands."""

    steps: tuple[RuleStep, ...]
    board_wait_s: int
    basis: str
    begins_at: datetime | None = None


def plan(
    callout: str, steps: Sequence[RuleStep], addresses: Iterable[Address], unit: str, station: str
) -> tuple[PlannedStep, ...]:
    """The steps of a call-out: nobody twice, nobody whom a step names left out.

    A step that finds nobody new is passed over at once. Whoever is more than a step can hold is
    alerted in a step of its own right after it.
    """
    rest = sorted(addresses, key=lambda each: (each.rank, each.target, each.id))
    found: list[PlannedStep] = []
    count = 0
    for step in steps:
        wanted = [
            each for each in rest if any(_is_meant(to, each, unit, station) for to in step.to)
        ]
        rest = [each for each in rest if each not in wanted]
        for start in range(0, len(wanted), ALERTS_LIMIT):
            here = wanted[start : start + ALERTS_LIMIT]
            alerts = tuple(
                PlannedAlert(f"{callout}-{number}", each.id, each.channel)
                for number, each in enumerate(here, count)
            )
            count += len(here)
            # Whoever comes first waits for nobody.
            found.append(PlannedStep(step.wait_s if found and not start else 0, alerts))
    return tuple(found)


def rule_faults(steps: Sequence[RuleStep]) -> list[tuple[int, str]]:
    """What is wrong with a rule, by the number of its step."""
    found = [(STEPS_LIMIT, "too_many")] if len(steps) > STEPS_LIMIT else []
    for number, step in enumerate(steps, 1):
        if not step.to:
            found.append((number, "nobody"))
        found += [(number, "unreadable") for each in step.to if not TO.fullmatch(each)]
    return found


def holding(rules: Iterable[Rule], now: datetime, otherwise: Rule) -> Rule:
    """The rule that holds at an instant; the country's where the service has none."""
    begun = [each for each in rules if each.begins_at is not None and each.begins_at <= now]
    return max(begun, key=lambda each: each.begins_at or now, default=otherwise)


def _is_meant(to: str, address: Address, unit: str, station: str) -> bool:
    match = TO.fullmatch(to)
    if match is None:
        return False
    target = {"unit": f"unit:{unit}", "station": f"station:{station}"}.get(
        match["target"], match["target"]
    )
    return address.target == target and match["rank"] in ("*", str(address.rank))
