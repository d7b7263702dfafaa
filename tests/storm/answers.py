# SPDX-License-Identifier: Apache-2.0
"""Is this the right answer to that request? Asked of every answer, at the moment it is given."""

from typing import TYPE_CHECKING

from bavn.journal.decision import Done, Failed, Outcome
from bavn.kernel.identity import FactId, id_bytes
from bavn.kernel.refusal import Refused
from tests.lilleland.vocabulary import ReportFire
from tests.storm import watch
from tests.storm.broken import Broken, expect
from tests.storm.disk import DISK_BYTES
from tests.storm.machine import SimMachine
from tests.storm.officers import Asked
from tests.storm.watch import TWICE

if TYPE_CHECKING:
    from tests.storm.world import World

# Refusals that the vocabulary's own decisions may give, for reasons that are theirs.
OF_THE_DECISION = frozenset(
    {"no_such_fire", "already_struck", "not_ours_to_strike", "trust_stands"}
)


def check(world: "World", machine: SimMachine, asked: Asked, outcome: Outcome) -> None:
    """Hold an answer against what was promised before, and against the disk."""
    match outcome:
        case Done():
            _done(world, machine, asked, outcome)
        case Refused():
            world.said.append(repr(outcome))
            _refused(world, machine, asked, outcome)
        case Failed():
            world.said.append(repr(outcome))
            # A text cannot be sealed under a key that was destroyed.
            if "was erased" not in str(outcome.error):
                raise Broken("no request fails", f"{asked.request}: {outcome.error!r}")


def _done(world: "World", machine: SimMachine, asked: Asked, done: Done) -> None:
    ledger, key = world.ledger, asked.request.numbered
    for fact in done.facts:
        expect(
            machine.on_platter(id_bytes(fact)),
            "done means on disk",
            f"{machine.name} answered {fact}, which a power loss would take",
        )
    expect(done.facts, "done means on disk", f"{machine.name} answered done without a fact")
    standing = [] if key is None else world.standing_at(machine, key)
    known = set(ledger.promises) & set(done.facts)
    if machine.name not in world.in_the_dark:
        wanted = f"{asked.request.sender} {asked.request.ref}"
        expect(
            not (asked.is_changed and _told_here(world, machine, standing))
            or key in ledger.taken_otherwise,
            "repeats are told apart",
            f"{wanted} was taken with other content",
        )
        expect(
            done.repeated or not standing,
            TWICE,
            f"{wanted} was done as {standing} and again as {done.facts}",
        )
        expect(
            not (standing and done.repeated) or set(done.facts) >= set(standing),
            "a repeat has the first answer",
            f"{wanted} was {standing} and is {done.facts}",
        )
    expect(done.repeated or not known, "facts have ids of their own", f"{known} was there before")
    if asked.is_changed and key is not None:
        ledger.taken_otherwise.add(key)
    _promise(world, machine, asked, done)


def _told_here(world: "World", machine: SimMachine, facts: list[FactId]) -> bool:
    """True when a repeat can be compared: what another node told has a digest of its own."""
    return any(world.ledger.promises[fact].teller == machine.name for fact in facts)


def _promise(world: "World", machine: SimMachine, asked: Asked, done: Done) -> None:
    for fact in done.facts:
        held = machine.held(fact)
        audiences = asked.audiences or watch.audiences_at(machine, held.position)
        key = asked.request.numbered
        new = fact not in world.ledger.promises
        world.ledger.promise(asked.request.owner, [fact], audiences, key, held.fact.node)
        if new and held.fact.node == machine.name:
            expect(
                world.does_count(machine, held.fact),
                "nobody tells for whom he does not host",
                f"{machine.name} told {fact} of {held.fact.owner} for epoch {held.fact.epoch}",
            )


def _refused(world: "World", machine: SimMachine, asked: Asked, refused: Refused) -> None:
    request, key = asked.request, asked.request.numbered
    is_alarm = isinstance(request.content, ReportFire)
    # What a group states about trust counts from its end on.
    owner_here = world.is_hosted_at(machine, request.owner) and request.owner in world.hosted
    may_be = {
        "disk_full": machine.disk.limit_bytes < DISK_BYTES
        and not (is_alarm and machine.reserve.held),
        "repeat_differs": asked.is_changed or key in world.ledger.taken_otherwise,
        "not_hosted_here": not owner_here,
        "no_mandate": request.actor.organisation != request.owner,
        "fire_closed": is_alarm,
        "no_authority": world.federation.may_be_refused(machine, request.content),
        "erasure_stands": True,
        "key_erased": True,
    }
    holds = may_be.get(refused.code, refused.code in OF_THE_DECISION and not is_alarm)
    check = "alarms are taken" if is_alarm else "a refusal has a reason"
    expect(holds, check, f"{machine.name} refused {request.content} with {refused.code}")
