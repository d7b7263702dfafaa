# SPDX-License-Identifier: Apache-2.0
"""Which subjects two nodes have told about, neither knowing of the other: counted by hand.

A fact is unknown to whoever took over when its numbers lie beyond what the grant says was heard.
What is struck through stands for nothing, and neither does the strike.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bavn.journal.conflicts import Conflicts
from bavn.journal.fact import Fact, decode_fact
from bavn.kernel.audience import OWN
from tests.storm.broken import expect
from tests.storm.counting import limits_at, struck_among
from tests.storm.machine import SimMachine
from tests.storm.trust_by_hand import PREFIX, ByHand

if TYPE_CHECKING:
    from tests.storm.world import World

CONFLICTS = "what both touched is a conflict"


class _Held(NamedTuple):
    fact: Fact
    # Its number in each channel through which others may hear it.
    places: dict[str, int]


def conflicts_are_listed(world: "World") -> None:
    """Each node lists the subjects that two have touched, with exactly the facts to be weighed."""
    for machine in world.machines.values():
        new = _plain(Conflicts(machine.up.record))
        kept = _plain(world.federation.conflicts_at(machine))
        expect(kept == new, CONFLICTS, f"{machine.name} keeps {kept}, and would find {new}")
        expected = _by_hand(world, machine)
        wrong = {
            subject: (sorted(expected.get(subject, ())), sorted(new.get(subject, ())))
            for subject in expected.keys() | new.keys()
            if expected.get(subject) != new.get(subject)
        }
        world.note("conflicts", machine.name, len(new))
        expect(not wrong, CONFLICTS, f"{machine.name}: {wrong}")


def _plain(conflicts: Conflicts) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
    return {
        (each.owner, each.subject): frozenset(
            (fact.node, fact.id) for course in each.courses for fact in course.facts
        )
        for each in conflicts.all()
    }


def _by_hand(
    world: "World", machine: SimMachine
) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
    found = world.federation.by_hand(machine)
    told: dict[tuple[str, str], list[_Held]] = defaultdict(list)
    for held in _held(world, machine):
        if found.counts(held.fact) and not held.fact.kind.startswith(PREFIX_OF_NO_COURSE):
            for subject in held.fact.about:
                told[held.fact.owner, subject].append(held)
    conflicts = {subject: _to_be_weighed(found, subject[0], all_) for subject, all_ in told.items()}
    return {subject: facts for subject, facts in conflicts.items() if facts}


# Who is who, and the keys of texts; strikes are the journal's own as well, and count.
PREFIX_OF_NO_COURSE = tuple(
    PREFIX + name
    for name in (
        "node_joined",
        "granted",
        "stand_in_named",
        "claim_settled",
        "key_",
        "wrap_key_offered",
        "text_shared",
    )
)


def _held(world: "World", machine: SimMachine) -> list[_Held]:
    """What a node holds, believes, and others may hear."""
    limits, names = limits_at(world, machine), machine.up.record.names
    rows = machine.store.connection.execute("SELECT channel, sequence, position FROM entry")
    places: dict[int, dict[str, int]] = defaultdict(dict)
    for channel, sequence, position in rows:
        name = names[channel]
        if name.audience != OWN and sequence <= limits.get(channel, sequence):
            places[position][name.text()] = sequence
    return [
        _Held(decode_fact(row.raw), places[row.position])
        for row in machine.up.record.store.facts_after(0, 1_000_000)
        if row.position in places
    ]


def _to_be_weighed(found: ByHand, owner: str, all_: list[_Held]) -> frozenset[tuple[str, str]]:
    struck = struck_among(held.fact for held in all_)
    standing = [
        held
        for held in all_
        if held.fact.id not in struck and not held.fact.kind.endswith("struck")
    ]
    weighed: set[tuple[str, str]] = set()
    for grant in found.said:
        body = grant.body
        if grant.sort != "granted" or (grant.node, grant.fact) not in found.heeded:
            continue
        if body["owner"] != owner or body["ground"] != "take_over":
            continue
        node, epoch, knew = body["node"], body["epoch"], body["knew"]
        mine = [held for held in standing if (held.fact.node, held.fact.epoch) == (node, epoch)]
        others = [
            held
            for held in standing
            if (held.fact.epoch < epoch and not _was_known(held, knew))
            or (
                held.fact.epoch == epoch
                and held.fact.node != node
                and found.settled(owner, epoch) != node
            )
        ]
        if mine and others:
            weighed |= {(held.fact.node, held.fact.id) for held in (*mine, *others)}
    return frozenset(weighed)


def _was_known(held: _Held, knew: dict[str, int]) -> bool:
    return any(number <= knew.get(channel, 0) for channel, number in held.places.items())
