# SPDX-License-Identifier: Apache-2.0
"""What people do about trust in a storm: stand-ins, take-over, return, settling, keys, inviting."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from bavn.journal.trust.deciding import (
    ChangeKey,
    GrantOrganisation,
    InviteNode,
    NameStandIn,
    SettleClaim,
)
from bavn.journal.trust.statements import (
    ClaimSettled,
    Granted,
    KeyChanged,
    KeyRevoked,
    NodeJoined,
    StandInNamed,
)
from bavn.kernel.identity import NodeId, OrganisationId
from tests.lilleland.countries import LARGE
from tests.lilleland.nodes import NATION, START, key_of
from tests.storm import theft
from tests.storm.asking import ask
from tests.storm.broken import expect
from tests.storm.liars import ClaimFalsely
from tests.storm.machine import SimMachine, WentDown

if TYPE_CHECKING:
    from tests.storm.world import World

STAND_INS = (
    NATION,
    *dict.fromkeys(node for node in LARGE.parents if LARGE.parents[node] == NATION),
)
# What a centre hosts may be taken over; services and municipalities have no stand-in here.
TAKEN_OVER = tuple(owner for owner, node in LARGE.hosts.items() if node in STAND_INS[1:])


def state(world: "World", machine: SimMachine, content: object) -> bool:
    """Have people at a node state something; True when it was done."""
    if machine.older:
        return False
    owner = world.federation.owner_at(world, machine)
    if owner is None:
        return False
    asked = world.officers.states(owner, content)
    done = world.commit(machine, [asked]) and asked.answered_count > 0
    if done and world.chance.random() < 0.15 and machine.is_up:
        # Somebody states it once more, under another number.
        world.commit(machine, [world.officers.states(owner, content)])
    if machine.is_up:
        world.federation.look_at_key(world, machine)
    return done and machine.is_up


# Take-over and return


def name_stand_in(world: "World", machine: SimMachine) -> None:
    """Name who may take an organisation over."""
    chance = world.chance
    mine = [owner for owner in world.owners_at(machine) if owner in TAKEN_OVER]
    owners = TAKEN_OVER if machine.name == NATION else tuple(mine)
    if owners:
        owner = chance.choice(owners)
        other = chance.choice([node for node in STAND_INS if node != LARGE.hosts[owner]])
        named = StandInNamed(owner=owner, stand_in=other, order=chance.randint(1, 3))
        state(world, machine, NameStandIn(named=named))


def grant(
    world: "World", machine: SimMachine, owner: OrganisationId, to: NodeId, ground: str
) -> bool:
    """Grant an organisation for the next epoch, with what is known of the old host here."""
    found = world.federation.by_hand(machine)
    before = found.claims(owner)
    knew = {
        channel: sequence
        for channel, sequence in machine.up.have().items()
        if channel.partition("/")[0] in before
    }
    world.ledger.takes_over(owner, to)
    granted = Granted(
        owner=owner,
        node=to,
        epoch=found.newest(owner) + 1,
        valid_from=None,
        valid_to=None,
        ground=ground,
        knew=knew,
        decider=f"officer {world.chance.randrange(100)}",
        under=(),
    )
    world.note("grant", machine.name, owner, to, granted.epoch, ground)
    if not state(world, machine, GrantOrganisation(granted=granted)):
        return False
    places = world.federation.by_hand(machine).places
    expect(
        (owner, to, granted.epoch) in places,
        "what was granted is granted",
        f"{machine.name} granted {owner} to {to} for {granted.epoch}, and holds {sorted(places)}",
    )
    return True


def take_over(world: "World", machine: SimMachine) -> None:
    """A centre falls silent, a stand-in takes over; both are asked, and perhaps another claims."""
    chance = world.chance
    if machine.name not in STAND_INS:
        machine = world.machines[chance.choice(STAND_INS)]
    if not machine.is_up:
        return
    found = world.federation.by_hand(machine)
    may = [
        owner
        for owner in TAKEN_OVER
        if machine.name == NATION or machine.name in found.stand_ins.get(owner, ())
        if machine.name not in found.claims(owner)
    ]
    if not may or machine.older:
        return
    owner = chance.choice(may)
    silent = [world.machines[NodeId(node)] for node in found.claims(owner)]
    for old in silent:
        falls_silent(world, old)
    # An alarm reaches the stand-in before anybody has decided.
    ask(world, machine)
    if machine not in world.up():
        return
    if not grant(world, machine, owner, machine.name, "take_over"):
        return
    others = [
        each
        for each in world.up()
        if each.name in world.federation.by_hand(each).stand_ins.get(owner, ())
        and each is not machine
        and each not in silent
    ]
    if others and chance.random() < 0.6:
        other = chance.choice(others)
        if other.name not in world.federation.by_hand(other).claims(owner):
            _at(world, other, lambda: grant(world, other, owner, other.name, "take_over"))
            _at(world, other, lambda: ask(world, other))
    # The old host knows of nothing and goes on.
    for each in (*silent, machine):
        _at(world, each, lambda each=each: ask(world, each))  # type: ignore[misc]


def falls_silent(world: "World", machine: SimMachine) -> None:
    """Cut all links of a machine, or stop it."""
    world.note("silent", machine.name)
    world.network.silence(machine.name)
    if world.chance.random() < 0.3 and machine.is_up:
        machine.kill()
        world.went_down(machine)


def give_back(world: "World", _machine: SimMachine) -> None:
    """Whoever took an organisation over hands it back, or on to a third."""
    holders = [each for each in world.up() if any(_taken_at(world, each))]
    if not holders:
        return
    machine = world.chance.choice(holders)
    owner = world.chance.choice(_taken_at(world, machine))
    third = world.chance.choice(STAND_INS)
    to, ground = LARGE.hosts[owner], "return"
    if world.chance.random() < 0.3 and third != machine.name:
        to, ground = third, "take_over"
    grant(world, machine, owner, to, ground)


def _taken_at(world: "World", machine: SimMachine) -> list[OrganisationId]:
    """What a node hosts that was another's at first."""
    owners = world.owners_at(machine)
    return [each for each in owners if each in TAKEN_OVER and LARGE.hosts[each] != machine.name]


def settle(world: "World", _machine: SimMachine) -> None:
    """Somebody at the nation says whose claim holds."""
    machine = world.machines[NATION]
    if not machine.is_up:
        return
    found = world.federation.by_hand(machine)
    open_ = [owner for owner in TAKEN_OVER if found.host_of(owner) is None]
    if open_:
        owner = world.chance.choice(open_)
        node = NodeId(world.chance.choice(found.claims(owner)))
        settled = ClaimSettled(owner=owner, epoch=found.newest(owner), node=node)
        if state(world, machine, SettleClaim(settled=settled)):
            world.note("settled", owner, node)
            _go_on(world, [world.machines[NodeId(each)] for each in found.claims(owner)])


def _go_on(world: "World", claimants: Sequence[SimMachine]) -> None:
    """Those who claimed hear of it and of each other by telephone and bundle, and go on."""
    nation = world.machines[NATION]
    for each in claimants:
        for other in (nation, *claimants):
            if other is not each and other in world.up():
                _at(world, each, lambda each=each, other=other: world.tell_all(other, each))  # type: ignore[misc]
    for each in claimants:
        _at(world, each, lambda each=each: ask(world, each))  # type: ignore[misc]


def look_at_conflicts(world: "World", machine: SimMachine) -> None:
    """Somebody looks at the list of conflicts, which is kept up from then on."""
    world.federation.conflicts_at(machine).all()


def claim_falsely(world: "World", machine: SimMachine) -> None:
    """A service states what it may not."""
    chance, found = world.chance, world.federation.by_hand(machine)
    owner = chance.choice(TAKEN_OVER)
    mine = world.federation.owner_at(world, machine)
    if machine.name in STAND_INS or machine.older or mine is None:
        return
    body = chance.choice(
        (
            Granted(
                owner=owner,
                node=machine.name,
                epoch=found.newest(owner) + chance.choice((0, 1)),
                valid_from=None,
                valid_to=None,
                ground="a lie",
                knew={},
                decider=None,
                under=(),
            ),
            StandInNamed(owner=owner, stand_in=machine.name, order=0),
            ClaimSettled(owner=owner, epoch=found.newest(owner), node=machine.name),
            KeyRevoked(
                node=LARGE.hosts[owner],
                key=key_of(LARGE.hosts[owner]).verify_key.encode().hex(),
                believed={},
                new_key=None,
                from_incarnation=2,
            ),
        )
    )
    world.note("lie", machine.name, type(body).__name__, owner)
    world.commit(machine, [world.officers.states(mine, ClaimFalsely(body=body))])


# Keys and invitations


def roll_key(world: "World", machine: SimMachine) -> None:
    """A node goes over to a new key."""
    federation, name = world.federation, machine.name
    if name in federation.new_keys or federation.is_victim(name) or machine.older:
        return
    if federation.owner_at(world, machine) is None:
        return
    key = federation.make_key(name).verify_key.encode().hex()
    since = machine.up.record.newest_incarnation + 1
    changed = KeyChanged(node=name, key=key, from_incarnation=since)
    state(world, machine, ChangeKey(changed=changed))


def invite(world: "World", machine: SimMachine) -> None:
    """Invite the node that is not there yet; or set it up, where its invitation is known."""
    federation = world.federation
    guest = federation.invited
    if guest is None or guest in world.machines or machine.older:
        return
    parent = LARGE.parents[guest]
    if guest in federation.by_hand(machine).nodes:
        new = world.set_up(guest, federation.base_of(guest))
        world.note("joined", guest, machine.name)
        _at(world, machine, lambda: world.tell_all(machine, new))
    elif machine.name in (parent, NATION):
        joined = NodeJoined(
            node=guest,
            key=key_of(guest).verify_key.encode().hex(),
            parent=parent,
            hears=tuple(sorted(LARGE.hears(guest))),
            valid_from=START - timedelta(days=365),
            valid_to=None,
        )
        grants = tuple(
            Granted(
                owner=owner,
                node=guest,
                epoch=1,
                valid_from=None,
                valid_to=None,
                ground="invitation",
                knew={},
                decider=None,
                under=(),
            )
            for owner in LARGE.owners_at(guest)
        )
        state(world, machine, InviteNode(joined=joined, grants=grants))


def begin(world: "World") -> None:
    """Before the storm stand-ins are named; in some storms nobody has heard of it yet."""
    if not world.country.has_tiers:
        return
    for _ in range(2):
        for node in STAND_INS:
            name_stand_in(world, world.machines[node])
    if world.chance.random() < 0.7:
        world.settle()


def settle_all(world: "World") -> None:
    """After the storm: what is left open is done, but not every claim is settled."""
    if not world.country.has_tiers:
        return
    nation = world.machines[NATION]
    while world.federation.invited not in (None, *world.machines):
        invite(world, nation)
    if world.federation.theft is not None:
        theft.revoke(world)
    world.settle()
    open_ = [o for o in TAKEN_OVER if world.federation.by_hand(nation).host_of(o) is None]
    for _ in open_:
        if world.chance.random() < 0.7:
            settle(world, nation)


def _at(world: "World", machine: SimMachine, act: Callable[[], object]) -> None:
    """Have something happen at another machine than the one whose turn it is."""
    try:
        if machine in world.up():
            act()
    except WentDown:
        if machine not in world.up():
            world.went_down(machine)


TIERED: dict[Callable[["World", SimMachine], None], int] = {
    name_stand_in: 5,
    take_over: 24,
    give_back: 18,
    settle: 14,
    look_at_conflicts: 8,
    claim_falsely: 12,
    roll_key: 5,
    invite: 12,
    theft.steal: 6,
    theft.act: 20,
    theft.revoke_some_day: 4,
}
