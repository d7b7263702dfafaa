# SPDX-License-Identifier: Apache-2.0
"""Reactions and timers act exactly once: counted by what stands in the record in the end.

A cause is a fact that is held at the node that reacts; what a restore has lost is no cause. Not to
act is right in two cases only: the call was too old when it was heard, and a person was told so; or
the program was too old to understand it.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from bavn.journal.fact import Fact
from bavn.journal.kept import EVIDENCE
from bavn.kernel.identity import NodeId
from tests.storm.broken import expect
from tests.storm.counting import facts_of
from tests.storm.machine import SimMachine
from tests.storm.watch import HELP_ASKED, ONCE

REACTIONS = ("acknowledge", "answer-help")

if TYPE_CHECKING:
    from tests.storm.world import World


def reactions_act_once(world: "World") -> None:
    """Each cause has one effect at the node that reacts: counted by what stands in the record."""
    for machine in world.machines.values():
        held = facts_of(machine)
        # What was done about something before nobody believed it any more stays done.
        undone = [fact for fact in held if not world.does_count(machine, fact)]
        causes = {_ref(name, fact) for fact in undone for name in REACTIONS}
        counting = [
            fact
            for fact in held
            if world.does_count(machine, fact)
            and (fact.sender is None or fact.sender.ref not in causes)
        ]
        facts = list(_effects_told_anew_left_out(world, counting))
        sure = _sure_owners(world, machine)
        _each_report_is_acknowledged_once(machine.name, facts, sure)
        _each_call_is_answered_once(world, machine, facts, sure)
        _each_timer_fired_once(machine, facts, sure)
        _each_node_acts_once_for_others(machine, facts, sure)


def _sure_owners(world: "World", machine: SimMachine) -> frozenset[str]:
    """The organisations that this node hosts, and no other ever did."""
    found = world.federation.by_hand(machine)
    return frozenset(
        owner
        for owner in world.country.owners_at(machine.name)
        if not world.federation.is_unsure(owner, found)
    )


def _each_node_acts_once_for_others(
    machine: SimMachine, facts: list[Fact], sure: Collection[str]
) -> None:
    """Of an organisation that was taken over, each node acts at most once on one cause.

    Two may do so: the old host that knows of nothing, and the new one. And what was heard before
    the take-over, and not acted on by then, is for people.
    """
    held = {_ref(reaction, fact) for fact in facts for reaction in REACTIONS}
    done = Counter(
        (fact.node, fact.sender.sender, fact.sender.ref)
        for fact in facts
        if fact.owner not in sure and fact.sender is not None and _is_machine(fact)
        if fact.sender.sender != "reaction remind"
    )
    for (node, sender, ref), count in done.items():
        if node == machine.name:
            expect(count == 1, ONCE, f"{count} facts of {sender} {ref} by {node}")
            expect(ref in held, ONCE, f"{sender} of {node} acted on what is not there")


def _ref(reaction: str, fact: Fact) -> str:
    """The number that a reaction to a fact bears."""
    return sha256(f"{reaction}/{fact.node}/{fact.id}/0".encode()).hexdigest()[:32]


def _effects_told_anew_left_out(world: "World", facts: list[Fact]) -> Iterator[Fact]:
    """Facts, but those of one number once, where a restored node had to take the number anew."""
    seen = set()
    for fact in facts:
        sender = fact.sender
        key = None if sender is None else (fact.owner, sender.sender, sender.ref)
        if key in world.ledger.taken_anew and key in seen and _is_machine(fact):
            continue
        seen.add(key)
        yield fact


def _is_machine(fact: Fact) -> bool:
    return fact.by.function == "machine"


def _each_report_is_acknowledged_once(
    name: NodeId, facts: list[Fact], sure: Collection[str]
) -> None:
    balance: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        if fact.owner in sure:
            about = (str(fact.owner), str(fact.about[0]))
            balance[about] += fact.kind == "lilleland.fire_reported"
            balance[about] -= fact.kind == "lilleland.fire_acknowledged"
    for place, left in balance.items():
        expect(left == 0, ONCE, f"{place}: {left:+} reports without acknowledgement at {name}")


def _each_call_is_answered_once(
    world: "World", machine: SimMachine, facts: list[Fact], sure: Collection[str]
) -> None:
    answers: Counter[str] = Counter()
    for fact in facts:
        if fact.kind == "lilleland.help_answered" and fact.owner in sure:
            answers[fact.causes[0]] += 1
    rows = machine.up.record.store.rows(EVIDENCE, {"sort": "too_old_to_act_on"})
    too_old = {str(row["says"]).rpartition(" ")[2] for row in rows}
    for fact in facts:
        if fact.kind != HELP_ASKED or not _is_asked(sure, fact):
            continue
        excused = fact.id in too_old or fact.id in world.ledger.heard_too_early
        count = answers.pop(fact.id, 0)
        expect(
            count == 1 or (count == 0 and excused),
            ONCE,
            f"{count} answers to {fact.id} at {machine.name}",
        )
    expect(not answers, ONCE, f"answers to no call at {machine.name}: {answers}")


def _is_asked(sure: Collection[str], fact: Fact) -> bool:
    return any(f'"of":"{owner}"'.encode() in bytes(fact.body) for owner in sure)


def _each_timer_fired_once(machine: SimMachine, facts: list[Fact], sure: Collection[str]) -> None:
    fired = Counter(
        (str(fact.owner), str(fact.about[0]), bytes(fact.body).decode())
        for fact in facts
        if fact.kind == "lilleland.reminded"
    )
    twice = [timer for timer, count in fired.items() if count > 1]
    expect(not twice, ONCE, f"{len(twice)} timers fired again at {machine.name}: {twice[:1]}")
    record = machine.up.record
    for timer in record.catalogue.timers:
        for row in record.store.rows(record.views.table_of(timer.view), {}):
            due = row[timer.due_column]
            assert isinstance(due, int)
            body = f'{{"due_ms":{due}}}'
            key = (str(row["owner"]), str(row["subject"]), body)
            if row["owner"] not in sure:
                continue  # it may have fired where the owner was before, and stayed there
            expect(key in fired, ONCE, f"{key} is due and did not fire at {machine.name}")
