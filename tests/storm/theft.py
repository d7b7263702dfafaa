# SPDX-License-Identifier: Apache-2.0
"""A node's key is stolen with a copy of its record; the thief tells in its name, until revoked."""

from typing import TYPE_CHECKING

from bavn.journal.chain import ChannelName
from bavn.journal.decision import Request
from bavn.journal.trust.deciding import GrantOrganisation, RevokeKey
from bavn.journal.trust.statements import Granted, KeyRevoked
from bavn.kernel.audience import OWN, Audience
from bavn.kernel.identity import NodeId
from bavn.kernel.mandate import Actor
from tests.lilleland.nodes import NATION, key_of
from tests.lilleland.vocabulary import ReportFire, SendCrew
from tests.storm import survival
from tests.storm.clocks import MachineClock
from tests.storm.disk import SimDisk
from tests.storm.federation import Theft
from tests.storm.machine import SimMachine, WentDown

if TYPE_CHECKING:
    from tests.storm.world import World

FIRES_OF_A_THIEF = 3


def steal(world: "World", machine: SimMachine) -> None:
    """Take a copy of a machine's record and its key, and go on with both somewhere else."""
    federation, name = world.federation, machine.name
    if federation.theft is not None or name == NATION or name in federation.new_keys:
        return
    if machine.older:
        return
    disk = SimDisk("storm-thief", world.own_chance("disk thief"))
    twin = SimMachine(name, disk, MachineClock(world.true), world.own_chance("thief"), machine.base)
    twin.restore(machine.back_up(0), by_the_book=True)
    twin.start()
    heads = {
        channel.text(): held.sequence
        for channel, held in machine.up.record.channels.items()
        if channel.node == name and channel.audience != OWN
    }
    federation.theft = Theft(name, twin, {twin.up.record.incarnation}, heads)
    world.forgetful.add(name)
    world.note("stolen", name)


def act(world: "World", machine: SimMachine) -> None:
    """The thief tells of fires, or grants what it has the key to, and somebody hears it."""
    theft = world.federation.theft
    if theft is None:
        return
    chance, journal = world.chance, theft.twin.up
    owners = journal.record.roster.hosted_by(theft.victim)
    if owners:
        owner = chance.choice(owners)
        area = world.country.area_of[owner]
        fires = [f"fire{chance.randrange(4)}" for _ in range(chance.randint(1, FIRES_OF_A_THIEF))]
        actor = Actor(organisation=owner, function="thief")
        contents: list[object] = [ReportFire(fire=fire, what="a lie", area=area) for fire in fires]
        contents += [SendCrew(fire=fire, crew="nobody", area=area) for fire in fires]
        if chance.random() < 0.25:
            to = chance.choice([node for node in world.machines if node != theft.victim])
            contents.append(GrantOrganisation(granted=_granted(world, owner, to)))
            world.ledger.takes_over(owner, to)
        journal.commit([Request(owner=owner, actor=actor, content=each) for each in contents])  # type: ignore[arg-type]
        theft.incarnations.add(journal.record.incarnation)
    world.note("thief", machine.name)
    told = journal.offer(machine.name, machine.ask(lambda other: other.have()))
    for segment in told:
        # What he has copied he keeps to himself: it could mend what a restore has lost.
        if world.federation.is_thiefs(segment.channel):
            world.hear(machine, segment.to_bytes())


def _granted(world: "World", owner: str, to: NodeId) -> Granted:
    theft = world.federation.theft
    assert theft is not None
    epoch = theft.twin.up.record.roster.epoch_at(theft.victim, owner) or 0  # type: ignore[arg-type]
    return Granted(
        owner=owner,  # type: ignore[arg-type]
        node=to,
        epoch=epoch + 1,
        valid_from=None,
        valid_to=None,
        ground="a theft",
        knew={},
        decider=None,
        under=(),
    )


def revoke_some_day(world: "World", _machine: SimMachine) -> None:
    """The theft is found out."""
    if world.federation.theft is not None:
        revoke(world)


def revoke(world: "World") -> None:
    """Believe the stolen key no further than the node itself told; give the node a new one.

    By the book: the node is stopped, told of it by hand, and goes on with its new key.
    """
    federation = world.federation
    theft, nation = federation.theft, world.machines[NATION]
    assert theft is not None
    if theft.is_revoked or nation.older:
        return
    victim = world.machines[theft.victim]
    for machine in world.machines.values():
        machine.mend()
        if not machine.is_up:
            world.start(machine)
    theft.is_revoked = True
    revoked = _revoked(world, theft)
    while not _is_revoked(nation, theft):
        _carried_out(world, nation, revoked)
    world.note("revoked", theft.victim, sorted(revoked.believed.items()))
    _forget_what_is_beyond(world, victim, revoked)
    victim.kill()
    world.went_down(victim)
    victim.key = federation.new_keys[theft.victim]
    world.start(victim)
    world.tell_all(nation, victim)
    world.in_the_dark.add(theft.victim)


def _carried_out(world: "World", nation: SimMachine, revoked: KeyRevoked) -> None:
    owner = world.federation.owner_at(world, nation)
    assert owner is not None
    try:
        world.commit(nation, [world.officers.states(owner, RevokeKey(revoked=revoked))])
    except WentDown:
        world.went_down(nation)
    if not nation.is_up:
        world.start(nation)


def _is_revoked(nation: SimMachine, theft: Theft) -> bool:
    return bool(nation.up.record.roster.peers[theft.victim].cuts)


def _revoked(world: "World", theft: Theft) -> KeyRevoked:
    """What the node told itself is believed as far as anybody has it; or as far as at the theft."""
    names = {
        channel
        for machine in world.machines.values()
        for channel in machine.up.record.channels
        if channel.node == theft.victim and channel.audience != OWN
    }
    mine = {name for name in names if name.incarnation not in theft.incarnations}
    by_name = sorted(mine, key=ChannelName.text)
    believed = {name.text(): survival.reach_of(world, name) for name in by_name}
    at_theft = all(theft.heads.get(name, 0) <= reach for name, reach in believed.items())
    if at_theft and theft.victim not in world.restored and world.chance.random() < 0.4:
        believed = {name: head for name, head in theft.heads.items() if name in believed}
    lives = {name.incarnation for name in names} | theft.incarnations
    victim = world.machines[theft.victim].up.record
    return KeyRevoked(
        node=theft.victim,
        key=key_of(theft.victim).verify_key.encode().hex(),
        believed=believed,
        new_key=world.federation.make_key(theft.victim).verify_key.encode().hex(),
        from_incarnation=max(*lives, victim.newest_incarnation) + 1,
    )


def _forget_what_is_beyond(world: "World", victim: SimMachine, revoked: KeyRevoked) -> None:
    """What the node told beyond what is believed of it is held by itself alone."""
    record = victim.up.record
    for name, channel in record.channels.items():
        believed = revoked.believed.get(name.text(), 0)
        if name.node != victim.name or name.audience == OWN or channel.sequence <= believed:
            continue
        for told in survival.told_in(victim, name):
            promise = world.ledger.promises.get(told.fact)
            if told.sequence > believed and promise is not None:
                promise.audiences.discard(Audience(name.audience))
                promise.audiences.add(OWN)
