# SPDX-License-Identifier: Apache-2.0
"""What must hold on the disks once all has ended, each check a function with a name."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from bavn.journal.fact import Fact, decode_fact
from bavn.journal.journal import Journal
from bavn.journal.kept import EVIDENCE, SET_ASIDE, WAITING
from bavn.journal.reaction import MACHINE
from bavn.kernel.identity import NodeId
from tests.lilleland.nodes import HOSTS
from tests.storm.broken import expect
from tests.storm_real.ground import Ground
from tests.storm_real.ledger import Ledger
from tests.storm_real.lilleland import OFFICER, SEALED_CANARY, hearers, holders, open_record
from tests.storm_real.member import LOG
from tests.storm_real.promises import (
    ASTRAY,
    LOST,
    NO_EVIDENCE,
    ONCE,
    QUIET,
    REACTED,
    SAME,
    VERIFY,
)

CANARY = re.compile(rb'canary-[0-9a-f]{16}|canary-sealed|"crews":9\d{14}')
ACKNOWLEDGED, ANSWERED = "lilleland.fire_acknowledged", "lilleland.help_answered"
REPORTED, ASKED = "lilleland.fire_reported", "lilleland.help_asked"


@dataclass(frozen=True, slots=True)
class Held:
    """What a node has on its disk."""

    node: NodeId
    facts: list[Fact]
    heads: dict[str, tuple[int, str]]


def check_disks(ground: Ground) -> dict[str, int]:
    """Hold every node's disk against every promise; how much there was."""
    helds = [_held(ground, node) for node in ground.members]
    ledgers = [member.ledger for member in ground.members.values()]
    for held in helds:
        for ledger in ledgers:
            _all_acknowledged(held, ledger)
        _reactions_act_once(held)
    _same_heads(helds)
    _no_byte_astray(ground, ledgers)
    _nothing_broke(ground)
    return {
        "acknowledged": sum(len(ledger.facts) for ledger in ledgers),
        "repeated": sum(ledger.repeated_count for ledger in ledgers),
        "facts": len({fact.id for held in helds for fact in held.facts}),
    }


def _held(ground: Ground, node: NodeId) -> Held:
    journal, store, keys = open_record(ground.place / node, node)
    try:
        faults = list(journal.verify())
        expect(not faults, VERIFY, f"{node}: {faults[:3]}")
        _no_evidence(node, journal)
        rows = store.facts_after(0, 10_000_000)
        channels = journal.record.channels
        return Held(
            node,
            [decode_fact(row.raw) for row in rows],
            {name.text(): (each.sequence, each.hash.hex()) for name, each in channels.items()},
        )
    finally:
        store.close()
        keys.close()


def _no_evidence(node: NodeId, journal: Journal) -> None:
    for table in (EVIDENCE, SET_ASIDE, WAITING):
        rows = journal.record.store.rows(table, {})
        expect(not rows, NO_EVIDENCE, f"{table.name} at {node}: {rows[:1]}")
    for name, channel in journal.record.channels.items():
        expect(not channel.stopped, NO_EVIDENCE, f"{name.text()} at {node}: {channel.stopped}")
        expect(
            channel.announced <= channel.sequence,
            LOST,
            f"{name.text()} at {node}: {channel.sequence} of {channel.announced}",
        )


def _all_acknowledged(held: Held, ledger: Ledger) -> None:
    """All that was acknowledged is where it may be heard, once, and nowhere else."""
    counts = Counter(
        fact.sender.ref for fact in held.facts if fact.sender and fact.sender.sender == OFFICER
    )
    ids = {fact.id for fact in held.facts}
    for ref, facts in ledger.facts.items():
        expected = int(held.node in holders(ledger.asked[ref]))
        found = counts[ref]
        says = f"{ledger.asked[ref]} is {found} times at {held.node}"
        expect(found >= expected, LOST, says)
        expect(found <= expected or not expected, ONCE, says)
        expect(expected or not found, ASTRAY, says)
        expect(not expected or ids.issuperset(facts), LOST, f"{facts} of {ref} at {held.node}")


def _reactions_act_once(held: Held) -> None:
    """Where a report or a call for help is on record at home, one answer is, and no more."""
    own = [fact for fact in held.facts if fact.node == held.node]
    effects = Counter(
        fact.sender.ref for fact in own if fact.sender and fact.sender.sender.startswith(MACHINE)
    )
    twice = [ref for ref, count in effects.items() if count > 1]
    expect(not twice, REACTED, f"{twice[:3]} at {held.node}")
    for cause, effect in ((REPORTED, ACKNOWLEDGED), (ASKED, ANSWERED)):
        causes = sum(
            1 for fact in held.facts if fact.kind == cause and HOSTS[_reacts(fact)] == held.node
        )
        found = sum(1 for fact in own if fact.kind == effect)
        expect(causes == found, REACTED, f"{found} of {effect} for {causes} at {held.node}")


def _reacts(fact: Fact) -> Any:
    return msgspec.json.decode(fact.body)["of"] if fact.kind == ASKED else fact.owner


def _same_heads(helds: list[Held]) -> None:
    """All who may hear a channel have all of it, and it is the same; and no node began anew."""
    names = {name for held in helds for name in held.heads}
    for name in sorted(names):
        seen = {held.node: held.heads.get(name) for held in helds if held.node in hearers(name)}
        expect(len(set(seen.values())) == 1, SAME, f"{name}: {seen}")
        astray = [held.node for held in helds if name in held.heads and held.node not in seen]
        expect(not astray, ASTRAY, f"{name} at {astray}")
    lives = Counter(node for node, _ in {tuple(name.split("/")[:2]) for name in names})
    expect(max(lives.values()) == 1, NO_EVIDENCE, f"incarnations: {lives}")


def _no_byte_astray(ground: Ground, ledgers: list[Ledger]) -> None:
    """No file of a node, nor of its server, bears a word that the node may not hear."""
    allowed: dict[bytes, set[NodeId]] = {SEALED_CANARY.encode(): set()}
    for ledger in ledgers:
        for tell in ledger.asked.values():
            allowed[tell.canary.encode()] = holders(tell)
            allowed[b'"crews":%d' % tell.crews] = holders(tell)
    for node in ground.members:
        for path in (ground.place / node).rglob("*"):
            words = set(CANARY.findall(path.read_bytes())) if path.is_file() else set()
            astray = [word for word in words & allowed.keys() if node not in allowed[word]]
            expect(not astray, ASTRAY, f"{astray[:3]} in {path}")


def _nothing_broke(ground: Ground) -> None:
    """No node wrote in its log that one of its own promises was broken."""
    for node in ground.members:
        path: Path = ground.place / node / LOG
        for line in path.read_text().splitlines():
            is_ours = line.startswith("{")
            level = msgspec.json.decode(line)["level"] if is_ours else "not ours"
            expect(level == "info", QUIET, f"{node}: {line}")
