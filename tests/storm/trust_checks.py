# SPDX-License-Identifier: Apache-2.0
"""What must hold of trust after a storm over several tiers: found by hand, and then looked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bavn.journal.fact import Fact, decode_fact
from bavn.journal.kept import SET_ASIDE
from bavn.journal.roster import Peer
from bavn.kernel.audience import OWN
from tests.storm.broken import expect
from tests.storm.conflicts_by_hand import conflicts_are_listed
from tests.storm.counting import limits_at
from tests.storm.machine import SimMachine
from tests.storm.trust_by_hand import SORTS, ByHand, Place

if TYPE_CHECKING:
    from tests.storm.world import World

SAME_ROSTER = "all agree on who hosts whom"
BY_HAND = "the roster is what was stated"
NOBODY_PRETENDS = "no view pretends while two claims stand"
ONLY_HOSTS = "nobody hosts what he was not granted"
SHOWN = "what does not count is shown, and nothing else"


def all_agree(world: "World") -> None:
    """Every node has the same roster, since all have heard the same statements."""
    rosters = {name: _plain(world, machine) for name, machine in world.machines.items()}
    first, *others = rosters
    for other in others:
        different = rosters[first] ^ rosters[other]
        expect(not different, SAME_ROSTER, f"{first} and {other}: {sorted(different)[:4]}")


def _plain(world: "World", machine: SimMachine) -> set[str]:
    """A roster as a set of sentences."""
    roster = machine.up.record.roster
    return {
        *(f"{owner} is at {roster.host_of(owner)}" for owner in world.country.owners),
        *(f"{owner} {epoch} is {node}'s" for (owner, epoch), node in roster.settled.items()),
        *(f"{owner} has {stand_ins}" for owner, stand_ins in roster.stand_ins.items()),
        *(f"{node} is two" for node in roster.contested),
        *map(str, roster.grants),
        *map(_peer_in_words, roster.peers.values()),
    }


def _peer_in_words(peer: Peer) -> str:
    cuts = [(cut.key.hex()[:8], sorted(cut.believed.items())) for cut in peer.cuts]
    keys = [(since.incarnation, since.key.hex()[:8]) for since in peer.later_keys]
    return f"{peer.node} under {peer.parent} hears {sorted(peer.hears)}, {peer.span} {keys} {cuts}"


def rosters_are_as_stated(world: "World") -> None:
    """Each node's roster is what comes of its statements by hand."""
    for machine in world.machines.values():
        roster, found = machine.up.record.roster, world.federation.by_hand(machine)
        places = {Place(grant.owner, grant.node, grant.epoch) for grant in roster.grants}
        expect(places == found.places, BY_HAND, f"{machine.name}: {places ^ found.places}")
        peers, nodes = set(roster.peers), set(found.nodes)
        expect(peers == nodes, BY_HAND, f"{machine.name}: {peers ^ nodes}")
        named = {
            owner: {each.node for each in stand_ins}
            for owner, stand_ins in roster.stand_ins.items()
        }
        expect(named == found.stand_ins, BY_HAND, f"{machine.name}: {named}, {found.stand_ins}")
        for owner in world.country.owners:
            is_, should_be = roster.host_of(owner), found.host_of(owner)
            claims = [grant.node for grant in roster.claims_to(owner)]
            by_hand = found.claims(owner)
            expect(
                is_ == should_be and claims == (by_hand if len(by_hand) > 1 else []),
                BY_HAND,
                f"{machine.name} has {owner} at {is_} of {claims}; it is {should_be} of {by_hand}",
            )
        for name in machine.up.record.channels:
            limits = roster.believed_of(name), found.limit_of(name.text())
            expect(limits[0] == limits[1], BY_HAND, f"{name.text()} at {machine.name}: {limits}")


def nobody_pretends(world: "World") -> None:
    """Views of one's own are where the owner is hosted, and nowhere while two claim it."""
    for machine in world.machines.values():
        record, found = machine.up.record, world.federation.by_hand(machine)
        owners = {
            str(row["owner"])
            for view in record.views.all
            for row in record.store.rows(record.views.table_of(view), {})
            if row["audience"] == OWN
        }
        for owner in sorted(owners | set(world.country.owners)):
            host = found.host_of(owner)
            check = NOBODY_PRETENDS if len(found.claims(owner)) > 1 else ONLY_HOSTS
            acts_so = owner in owners or record.hosts(owner)
            expect(
                not acts_so or host == machine.name,
                check,
                f"{machine.name} goes by hosting {owner}, which {host} does",
            )


def what_does_not_count_is_shown(world: "World") -> None:
    """Set aside is what nobody may tell, nobody may state, or nobody believes; and all of it."""
    for machine in world.machines.values():
        shown = {
            int(str(row["position"])): str(row["sort"])
            for row in machine.up.record.store.rows(SET_ASIDE, {})
        }
        expected = _aside(world, machine)
        wrong = {
            position: (expected.get(position), shown.get(position))
            for position in expected.keys() | shown.keys()
            if expected.get(position) != shown.get(position)
        }
        facts = {
            row.position: decode_fact(row.raw)
            for row in machine.up.record.store.facts_after(0, 1_000_000)
            if row.position in wrong
        }
        told = [(facts[position].kind, facts[position].node, wrong[position]) for position in wrong]
        expect(not wrong, SHOWN, f"{machine.name}: {told[:3]}")


def _aside(world: "World", machine: SimMachine) -> dict[int, str]:
    """Which facts a node must set aside, by position, and why."""
    found, limits = world.federation.by_hand(machine), limits_at(world, machine)
    rows = machine.store.connection.execute("SELECT channel, sequence, position FROM entry")
    believed, all_ = set[int](), set[int]()
    for channel, sequence, position in rows:
        all_.add(position)
        if channel not in limits or sequence <= limits[channel]:
            believed.add(position)
    aside = dict.fromkeys(all_ - believed, "revoked")
    for row in machine.up.record.store.facts_after(0, 1_000_000):
        if row.position in believed and (why := _why_not(found, decode_fact(row.raw))):
            aside[row.position] = why
    return aside


def _why_not(found: ByHand, fact: Fact) -> str:
    if fact.kind in SORTS:
        return "" if (fact.node, fact.id) in found.heeded else "no_authority"
    return "" if found.counts(fact) else "disputed"


def _in_tiers(check: Callable[["World"], None]) -> Callable[["World"], None]:
    return lambda world: check(world) if world.country.has_tiers else None


TRUST_CHECKS = tuple(
    _in_tiers(check)
    for check in (
        all_agree,
        rosters_are_as_stated,
        nobody_pretends,
        what_does_not_count_is_shown,
        conflicts_are_listed,
    )
)
