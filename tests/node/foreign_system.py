# SPDX-License-Identifier: Apache-2.0
"""A made-up foreign system with incidents and all its vices, from a seed: what it sends, and when.

It repeats itself, numbers anew, has a clock that goes wrong on the way, forgets closings, has units
that jump, sends out of order and in the wrong letters, and everything at once after an outage.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

REPORT, STATUSES, POSITIONS = "/api/v1/incidents", "/api/v1/statuses", "/api/v1/positions"
NUMBERS = "/api/v1/feeds/numbers"
# Its clock was set by hand when three sevenths of the time had gone.
CLOCK_OFF, CLOCK_OFF_AFTER = timedelta(minutes=7), 3 / 7
# Its line was out for a while after four sevenths, and it sent all of it at once afterwards.
OUT_FROM, OUT_LASTED = 4 / 7, timedelta(hours=6)
KM_LAT = 0.009
COURSE = (("alerted", 0), ("en_route", 180), ("at_scene", 700), ("returning", 3_000))
# Of its own codes, of another's unit, in the wrong letters, and noise: rows of a bundle of words.
ROWS: tuple[Any, ...] = (
    {"unit": "{unit}", "status": "S7"},
    {"unit": "Br\u00c3\u00b8nderslev M1", "status": "available"},
    {"status": "available"},
    "\ufffd\ufffd",
    ["unit", "status"],
    42,
)
PLACES: tuple[Any, ...] = (
    {"unit": "ukendt-1", "lat": 57.0, "lon": 9.9, "at": "{now}"},
    {"unit": "{unit}", "lat": 157.0, "lon": 9.9, "at": "{now}"},
    {"unit": "{unit}", "lat": 57.0, "lon": 9.9},
    None,
)
# Whole bodies that nobody can take: no alarm is among them.
BODIES: tuple[tuple[str, bytes], ...] = (
    (REPORT, b'{"type": '),
    (REPORT, b"[]"),
    (STATUSES, '{"items": "Ørsted"}'.encode("latin-1")),
    (STATUSES, b"{}"),
    (POSITIONS, b"\x00\x01"),
    (NUMBERS, b'{"number": "N-9999", "was": "N-9998"}'),
)


@dataclass(frozen=True, order=True)
class Message:
    """A request of it; `{id:KEY}` in path or body is the id that it was given for an incident."""

    sent: datetime
    number: int
    path: str
    body: bytes
    # The incident that the answer names, and how many rows of it nobody can take.
    key: str = ""
    fault_count: int = 0


@dataclass
class Truth:
    """What really was, to hold the record against."""

    numbers: dict[str, set[str]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    status_refs: set[str] = field(default_factory=set)
    faults: int = 0
    words: int = 0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of it there is."""

    units: Sequence[str]
    begins: datetime
    lasts: timedelta
    incidents: int
    seed: int


class ForeignSystem:
    """The messages of one system, in the order in which they come, and what is true."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.truth = Truth()
        self._chance = random.Random(plan.seed)
        self._made: list[Message] = []
        # Words that wait for the next bundle: when they are sent, and each row.
        self._words: list[tuple[datetime, Any, bool]] = []
        for number in range(plan.incidents):
            self._incident(number)
        self._bundles()
        self._noise()
        self.messages = sorted(self._made)

    # Time as it tells it, and as it is

    def _told(self, true: datetime) -> str:
        off = true - self.plan.begins > self.plan.lasts * CLOCK_OFF_AFTER
        return (true - CLOCK_OFF if off else true).isoformat()

    def _sent(self, true: datetime, within_s: int = 60) -> datetime:
        out = self.plan.begins + self.plan.lasts * OUT_FROM
        lasted = min(OUT_LASTED, self.plan.lasts / 8)
        if out <= true < out + lasted:
            return out + lasted
        return true + timedelta(seconds=self._chance.randrange(1, within_s))

    def _say(self, sent: datetime, path: str, body: Any, **more: Any) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.truth.faults += more.get("fault_count", 0)
        self._made.append(Message(sent, len(self._made), path, raw, **more))

    # An incident, and what it says of it

    def _incident(self, number: int) -> None:
        chance, key = self._chance, f"i{number}"
        true = self.plan.begins + self.plan.lasts * (number + chance.random()) / (
            self.plan.incidents + 1
        )
        name = f"N-{number:05d}"
        numbers = self.truth.numbers[key] = {name}
        # Two fires far from each other on one day: none is taken for another by its place alone.
        place = {
            "lat": round(57.0488 + chance.uniform(-3, 3) * KM_LAT, 5),
            "lon": round(9.9217 + chance.uniform(-3, 3) * KM_LAT, 5),
        }
        report = {
            "number": name,
            "sender_ref": f"{key}-report",
            "type": chance.choice(("BR-VIL", "BR-ABA", "FU-FRI")),
            "place": place,
            "text": "Bål på Ågade",
            "occurred_at": self._told(true),
        }
        first = sent = self._sent(true)
        is_latin = chance.random() < 0.15
        body = json.dumps(report, ensure_ascii=False)
        raw = body.encode("latin-1") if is_latin else body.encode()
        self._say(first, REPORT, raw, key=key, fault_count=int(is_latin))
        for again in self._again(report, numbers, name):
            sent += timedelta(seconds=chance.randrange(1, 900))
            path, what = again
            self._say(sent, path, what, key=key)
        ended = self._course(key, true, first, place)
        if chance.random() < 0.7:
            self.truth.closed.add(key)
            closing = {"sender_ref": f"{key}-close", "outcome": "real"}
            at = max(self._sent(ended), sent, first) + timedelta(seconds=1)
            self._say(at, f"{REPORT}/{{id:{key}}}/close", closing)
            if chance.random() < 0.3:
                later = at + timedelta(minutes=chance.randrange(1, 30))
                self._say(later, f"{REPORT}/{{id:{key}}}/close", closing)
                # All of it once more: what it said before the end opens nothing.
                self._say(later, REPORT, {**report, "sender_ref": f"{key}-whole"}, key=key)

    def _again(
        self, report: dict[str, Any], numbers: set[str], name: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Its repeats, and the numbers that it gives anew."""
        chance, key = self._chance, report["sender_ref"].removesuffix("-report")
        without = {each: value for each, value in report.items() if each != "text"}
        if chance.random() < 0.3:
            yield REPORT, report
        if chance.random() < 0.3:
            yield REPORT, {**without, "sender_ref": f"{key}-more"}
        if chance.random() < 0.3:
            numbers.add(anew := f"{name}-B")
            if chance.random() < 0.5:
                yield NUMBERS, {"number": anew, "was": name}
            else:
                yield REPORT, {**without, "number": anew, "was": name, "sender_ref": f"{key}-b"}
        if chance.random() < 0.2:
            numbers.add(anew := f"{name}-C")
            yield REPORT, {**report, "number": anew}

    def _course(
        self, key: str, true: datetime, first: datetime, place: dict[str, float]
    ) -> datetime:
        """What a unit says of it, and where that is; when the last of it was."""
        chance, plan = self._chance, self.plan
        unit, at = chance.choice(plan.units), true
        last_s = 3_600 + chance.randrange(600)
        for step, (status, after_s) in enumerate((*COURSE, ("available", last_s))):
            at = true + timedelta(seconds=after_s + chance.randrange(60))
            if chance.random() < 0.1:
                continue
            word = {
                "unit": unit,
                "status": status,
                "at": self._told(at),
                "sender_ref": f"{key}-{step}",
            }
            if status not in {"available", "returning"}:
                word["incident"] = f"{{id:{key}}}"
            sent = max(self._sent(at, 600), first + timedelta(seconds=1))
            self._words.append((sent, word, True))
            self.truth.status_refs.add(word["sender_ref"])
        for minute in range(2, 50, 6):
            when = true + timedelta(minutes=minute)
            # A unit that jumps: over the country, and out to sea.
            jump = chance.choice((0.0,) * 8 + (3.0, -40.0))
            item = {"unit": unit, "lat": place["lat"] + jump, "lon": place["lon"]}
            sent = self._sent(when, 240)
            told = self._told(when)
            # What waited out the outage says nothing of where a unit is now.
            is_old = sent - datetime.fromisoformat(told) > timedelta(hours=1)
            self._say(sent, POSITIONS, {"items": [{**item, "at": told}]}, fault_count=int(is_old))
        return at

    # Bundles, and what nobody can take

    def _bundles(self) -> None:
        chance = self._chance
        self._words.sort(key=lambda each: each[0])
        for sent, word, _ in list(self._words):
            if chance.random() < 0.1:
                self._words.append((sent + timedelta(seconds=30), word, True))
            if chance.random() < 0.08:
                self._words.append((sent, self._filled(chance.choice(ROWS)), False))
        self._words.sort(key=lambda each: each[0])
        while self._words:
            count = chance.randrange(1, 6)
            bundle, self._words = self._words[:count], self._words[count:]
            rows = [row for _, row, _ in bundle]
            wrong = sum(not is_word for _, _, is_word in bundle)
            self.truth.words += len(rows) - wrong
            self._say(bundle[-1][0], STATUSES, {"items": rows}, fault_count=wrong)

    def _noise(self) -> None:
        chance, plan = self._chance, self.plan
        for number in range(max(4, plan.incidents // 2)):
            sent = plan.begins + plan.lasts * chance.random()
            if number % 2:
                path, raw = chance.choice(BODIES)
                self._say(sent, path, raw, fault_count=1)
            else:
                row = self._filled(chance.choice(PLACES), sent)
                self._say(sent, POSITIONS, {"items": [row]}, fault_count=1)

    def _filled(self, row: Any, now: datetime | None = None) -> Any:
        if not isinstance(row, dict):
            return row
        put = {
            "{unit}": self._chance.choice(self.plan.units),
            "{now}": str(now and now.isoformat()),
        }
        return {name: put.get(value, value) for name, value in row.items()}
