# SPDX-License-Identifier: Apache-2.0
"""A week of a made-up foreign control-room system, with all its vices, from a seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

WEEK = timedelta(days=7)
# Its clock was set by hand on the third day.
CLOCK_OFF, CLOCK_OFF_AFTER = timedelta(minutes=7), timedelta(days=3)
# Its line was out for six hours, and it sent all of it at once afterwards.
OUT_FROM, OUT_UNTIL = timedelta(days=4), timedelta(days=4, hours=6)
COURSE = (
    ("alerted", 0),
    ("en_route", 240),
    ("at_scene", 780),
    ("returning", 3_600),
    ("available", 4_500),
)
COURSES_A_DAY = 1
# What is not one of ours: its own codes, another's unit, a name in the wrong encoding, and noise.
RUBBISH: tuple[Any, ...] = (
    {"unit": "{unit}", "status": "S7"},
    {"unit": "{unit}", "status": None},
    {"unit": "Br\u00c3\u00b8nderslev M1", "status": "available"},
    {"status": "available"},
    "\ufffd\ufffd\x00",
    ["unit", "status"],
    42,
)


@dataclass(frozen=True, kw_only=True)
class ForeignWeek:
    """What was sent, in its order; what of it says something, by its number; what does not."""

    sent: list[Any]
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    rubbish_count: int = 0

    def standing(self) -> dict[str, str]:
        """Where each unit stands by the newest of its words."""
        found: dict[str, dict[str, str]] = {}
        for word in self.told.values():
            now = found.get(word["unit"])
            if now is None or word["at"] > now["at"]:
                found[word["unit"]] = word
        return {unit: word["status"] for unit, word in found.items()}


def foreign_week(units: Sequence[str], ends: datetime, seed: int) -> ForeignWeek:
    """A week that ends at an instant, of these units."""
    chance = random.Random(seed)
    words = [word for unit in units for word in _words(unit, ends - WEEK, chance)]
    # By when it is sent: late by up to ten minutes, and all of the outage when it is over.
    words.sort(key=lambda word: word[0])
    sent: list[Any] = []
    rubbish_count = 0
    for _, word in words:
        sent.append(word)
        if chance.random() < 0.1:
            # Sent again by itself, with what it sent before.
            sent.append(chance.choice(sent[-20:]))
            rubbish_count += not (isinstance(sent[-1], dict) and "sender_ref" in sent[-1])
        if chance.random() < 0.05:
            sent.append(_rubbish(chance, units))
            rubbish_count += 1
    told = {word["sender_ref"]: word for _, word in words}
    return ForeignWeek(sent=sent, told=told, rubbish_count=rubbish_count)


def _words(
    unit: str, begins: datetime, chance: random.Random
) -> Iterator[tuple[datetime, dict[str, str]]]:
    for number in range(7 * COURSES_A_DAY):
        start = timedelta(days=number / COURSES_A_DAY, seconds=chance.randrange(9_000))
        for step, (status, after_s) in enumerate(COURSE):
            # Keys that nobody pressed, and closings that never came.
            if chance.random() < (0.3 if status == "available" else 0.1):
                continue
            true = start + timedelta(seconds=after_s + chance.randrange(200))
            off = CLOCK_OFF if true > CLOCK_OFF_AFTER else timedelta()
            is_out = OUT_FROM < true < OUT_UNTIL
            sent = OUT_UNTIL if is_out else true + timedelta(seconds=chance.randrange(600))
            word = {
                "unit": unit,
                "status": status,
                "at": (begins + true - off).isoformat(),
                "sender_ref": f"{unit}-{number}-{step}",
            }
            yield begins + sent, word


def _rubbish(chance: random.Random, units: Sequence[str]) -> Any:
    found = chance.choice(RUBBISH)
    if isinstance(found, dict):
        unit = chance.choice(units)
        return {name: unit if value == "{unit}" else value for name, value in found.items()}
    return found
