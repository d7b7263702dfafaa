# SPDX-License-Identifier: Apache-2.0
"""Lilleland in a storm: its machines, a network, officers, and everything that goes wrong."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from bavn.journal.chain import Segment
from bavn.journal.decision import Outcome
from bavn.journal.fact import Count, Fact
from bavn.journal.journal import DISK_FULL, Journal
from bavn.journal.merge import Merged
from bavn.journal.roster import Roster
from bavn.journal.store import RefKey
from bavn.kernel.identity import FactId, NodeId, OrganisationId
from bavn.kernel.refusal import BadInput, Refused
from tests.lilleland.countries import LARGE, SMALL, Country
from tests.storm import answers, watch
from tests.storm.clocks import MachineClock, TrueTime
from tests.storm.disk import SimDisk
from tests.storm.federation import Federation
from tests.storm.ledger import Ledger
from tests.storm.machine import Backup, SimMachine, WentDown
from tests.storm.network import Message, Network
from tests.storm.officers import Asked, Officers
from tests.storm.secrets_kept import may_be_sent

_have = msgspec.json.Decoder(dict[str, Count])
# Segments in one answer: few, so that an exchange takes several messages.
OFFER_LIMIT = 3


def country_of(seed: int) -> Country:
    """Every other storm is over the small country: what it finds, it finds sooner."""
    return LARGE if seed % 2 else SMALL


def drawn_from(seed: int) -> int:
    """What chance is drawn from: an even seed plays its half, as when all storms were small."""
    return seed if seed % 2 else seed // 2


@dataclass(eq=False)
class World:
    """The whole country, played from one seed."""

    seed: int
    # Hears of everything as it happens, when somebody wants to know.
    tell: Callable[[str], None] | None = None
    country: Country = field(init=False)
    chance: random.Random = field(init=False)
    federation: Federation = field(init=False)
    ledger: Ledger = field(init=False)
    true: TrueTime = field(default_factory=TrueTime)
    machines: dict[NodeId, SimMachine] = field(default_factory=dict)
    backups: dict[NodeId, list[Backup]] = field(default_factory=dict)
    # Restored nodes that have not heard all others yet; their reactions are held.
    in_the_dark: set[NodeId] = field(default_factory=set)
    restored: set[NodeId] = field(default_factory=set)
    # Those of which a life turns up that they know nothing of: restored, or robbed of their key.
    forgetful: set[NodeId] = field(default_factory=set)
    # Requests whose answer never came, by node: they are sent again until it does.
    unanswered: dict[NodeId, list[Asked]] = field(default_factory=dict)
    # Machines that are about to fail, and the step in which their last backup is put in place.
    doomed: dict[NodeId, int] = field(default_factory=dict)
    rebuilds: dict[NodeId, Iterator[int]] = field(default_factory=dict)
    # Of whom was asked last, those that the node hosted before it was.
    hosted: set[OrganisationId] = field(default_factory=set)
    step_count: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    # All refusals and failures as they would be logged: nobody's words may be in there.
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set up the machines and start them."""
        self.country = country_of(self.seed)
        nodes = self.country.nodes
        self._drawn_from = drawn_from(self.seed)
        self.chance = random.Random(f"storm {self._drawn_from}")
        self._trace = sha256()
        # What each node last heard that another has.
        self._heard_of: dict[tuple[NodeId, NodeId], dict[str, int]] = {
            (a, b): {} for a in nodes for b in nodes
        }
        self._quiet: dict[tuple[NodeId, NodeId], object] = {}
        self.ledger = Ledger(self.country)
        self.network = Network(self.own_chance("network"), nodes)
        self.officers = Officers(self.own_chance("officers"), self.ledger, self.country)
        self.federation = Federation(self.country, self.own_chance("federation"))
        older = self.chance.choice((*nodes, None))
        for name in nodes:
            if name != self.federation.invited:
                self.set_up(name, self.federation.base, older=name == older)

    def set_up(self, name: NodeId, base: Roster, *, older: bool = False) -> SimMachine:
        """Put a new machine up and start it."""
        disk = SimDisk(f"storm-{name}", self.own_chance(f"disk {name}"))
        clock, chance = MachineClock(self.true), self.own_chance(f"machine {name}")
        machine = SimMachine(name, disk, clock, chance, base, older=older)
        self.unanswered[name] = []
        self.backups[name] = []
        machine.start()
        self.machines[name] = machine
        return machine

    def own_chance(self, name: str) -> random.Random:
        """Chance for one part alone: what one part draws does not change what another does."""
        return random.Random(f"storm {self._drawn_from} {name}")

    def close(self) -> None:
        """Put everything away."""
        self.federation.close()
        self.rebuilds.clear()
        for machine in self.machines.values():
            machine._let_go()
            machine.disk.close()

    # The trace

    def note(self, event: str, *values: object) -> None:
        """Add to the trace: two runs of one seed have the same, to the last byte."""
        self.counts[event] = self.counts.get(event, 0) + 1
        happened = repr((self.true.ms, event, *values))
        self._trace.update(happened.encode())
        if self.tell is not None:
            self.tell(happened)

    def trace(self) -> str:
        """The hash of all that happened, and of all that is on the disks."""
        whole = self._trace.copy()
        for machine in self.machines.values():
            for path, data in sorted(machine.disk.snapshot().files.items()):
                whole.update(f"{machine.name} {path} ".encode() + sha256(data).digest())
        return whole.hexdigest()

    # Time

    def pass_time(self, by_ms: int) -> None:
        """Let time pass; what arrives meanwhile is heard."""
        self.true.ms += by_ms
        for message in self.network.arriving(self.true.ms):
            self._receive(message)

    def up(self) -> list[SimMachine]:
        """The machines that run."""
        return [machine for machine in self.machines.values() if machine.is_up]

    def went_down(self, machine: SimMachine) -> None:
        """Note that a machine stopped in the middle of something."""
        self.rebuilds.pop(machine.name, None)
        self.note("down", machine.name)

    def start(self, machine: SimMachine) -> None:
        """Start a machine that is down."""
        self.rebuilds.pop(machine.name, None)
        machine.start()
        self.note("start", machine.name)
        watch.record_is_sound(self, machine)
        watch.no_number_is_used_twice(self, machine, 0)
        self.federation.look_at_key(self, machine)

    # Asking

    def owners_at(self, machine: SimMachine) -> tuple[OrganisationId, ...]:
        """The organisations that a node hosts, as it thinks itself."""
        if not self.country.has_tiers:
            return self.country.owners_at(machine.name)
        return machine.up.record.roster.hosted_by(machine.name)

    def is_hosted_at(self, machine: SimMachine, owner: OrganisationId) -> bool:
        """True when a node hosts an organisation, by what it has heard and by hand."""
        if not self.country.has_tiers:
            return self.country.hosts[owner] == machine.name
        return self.federation.by_hand(machine).host_of(owner) == machine.name

    def does_count(self, machine: SimMachine, fact: Fact) -> bool:
        """True when a fact counts at a node, by what it has heard and by hand."""
        return not self.country.has_tiers or self.federation.by_hand(machine).counts(fact)

    def standing_at(self, machine: SimMachine, key: RefKey) -> list[FactId]:
        """The facts of a number that a node knows of: it held them before, and they count."""
        standing = self.ledger.standing(key)
        if not self.country.has_tiers:
            return standing
        here = self.ledger.promises
        return [
            fact
            for fact in standing
            if here[fact].teller == machine.name or self.federation.counts_at(machine, fact)
        ]

    def commit(self, machine: SimMachine, group: Sequence[Asked]) -> bool:
        """Ask for a group; what comes back is promised, what does not is asked again."""
        requests = [each.request for each in group]
        before = machine.up.record.position
        waiting = self.unanswered[machine.name]
        for each in group:
            self.ledger.asked_at(each.words, machine.name)
        owners = {each.request.owner for each in group}
        self.hosted = {owner for owner in owners if self.is_hosted_at(machine, owner)}
        try:
            outcomes = machine.ask(lambda journal: journal.commit(requests))
        except WentDown:
            self.went_down(machine)
            waiting += [each for each in group if each.request.numbered]
            return False
        self.note("commit", machine.name, [_shown(outcome) for outcome in outcomes])
        watch.each_has_an_answer(group, outcomes)
        for asked, outcome in zip(group, outcomes, strict=True):
            answers.check(self, machine, asked, outcome)
            if isinstance(outcome, Refused) and outcome.code == DISK_FULL.code:
                waiting += [asked] if asked.request.numbered else []
            else:
                self.officers.heard(asked)
        watch.clock_is_in_bounds(machine, before)
        watch.no_number_is_used_twice(self, machine, before)
        return True

    # Telling and hearing

    def pull(self, hearer: SimMachine, teller: NodeId) -> None:
        """Tell another what we have, so that it tells us what we lack."""
        have = hearer.ask(lambda journal: journal.have())
        self._send(hearer, teller, b"have\n" + msgspec.json.encode(have))

    def push(self, teller: SimMachine, hearer: NodeId) -> None:
        """Tell another the last of what it may hear, without being asked."""
        have = self._heard_of[teller.name, hearer] if self.chance.random() < 0.9 else {}
        offered = teller.ask(lambda journal: journal.offer(hearer, have, limit=2 * OFFER_LIMIT))
        for segment in self.chance.sample(offered, min(len(offered), OFFER_LIMIT)):
            self._send(teller, hearer, b"segment\n" + segment.to_bytes())

    def _send(self, teller: SimMachine, hearer: NodeId, data: bytes) -> None:
        message = Message(teller.name, hearer, data)
        may_be_sent(self, message)
        self.network.send(message, self.true.ms)

    def _receive(self, message: Message) -> None:
        machine = self.machines.get(message.receiver)
        if machine is None or not machine.is_up:
            return
        sort, _, rest = message.data.partition(b"\n")
        try:
            if sort == b"have":
                self._answer(machine, message.sender, rest)
            elif sort == b"segment":
                self.hear(machine, rest)
        except WentDown:
            self.went_down(machine)

    def _answer(self, machine: SimMachine, peer: NodeId, raw: bytes) -> None:
        try:
            have = _have.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return
        self._heard_of[machine.name, peer] = have
        for segment in machine.ask(lambda journal: journal.offer(peer, have, limit=OFFER_LIMIT)):
            self._send(machine, peer, b"segment\n" + segment.to_bytes())

    def hear(self, machine: SimMachine, raw: bytes) -> Merged | Refused | None:
        """Let a machine hear the bytes of a segment."""
        try:
            segment = Segment.from_bytes(raw)
        except BadInput:
            return None
        lead = machine.up.record.clock.last.ms
        merged = machine.ask(lambda journal: journal.merge(segment))
        self.note("hear", machine.name, segment.channel.text(), segment.first, _shown(merged))
        restored = machine.name in self.in_the_dark
        watch.hearing_is_right(machine, segment, merged, lead, restored=restored)
        if machine.name in self.forgetful and machine.up.reactor.held:
            # It has heard of a life of its own that it had forgotten, and waits for a person again.
            self.in_the_dark.add(machine.name)
        return merged

    def turn(self, machine: SimMachine) -> int:
        """Let reactions and timers act; what they told is promised as if an officer had asked."""
        before = machine.up.record.position
        looked = machine.ask(lambda journal: journal.turn())
        self.note("turn", machine.name, looked)
        watch.told_by_itself(self, machine, before)
        watch.no_number_is_used_twice(self, machine, before)
        if machine.older:
            self.ledger.heard_too_early.update(watch.calls_held(machine))
        return looked

    # Quiet

    def settle(self) -> None:
        """Let all that run tell each other everything, without the network's whims."""
        told = True
        while told:
            told = False
            stamps = {machine.name: _stamp(machine) for machine in self.up()}
            for hearer in self.up():
                for teller in self.up():
                    pair = (teller.name, hearer.name)
                    both = (stamps[teller.name], stamps[hearer.name])
                    # Those who had nothing to tell each other, and have heard nothing since.
                    if teller is hearer or self._quiet.get(pair) == both:
                        continue
                    if self.tell_all(teller, hearer):
                        stamps[hearer.name] = _stamp(hearer)
                        told = True
                    else:
                        self._quiet[pair] = both

    def tell_all(self, teller: SimMachine, hearer: SimMachine) -> bool:
        """Let one tell another all that it may hear; True when that was something new."""
        told = False
        while True:
            have = hearer.ask(lambda journal: journal.have())
            segments = self._offered(teller, hearer.name, have)
            for segment in segments:
                raw = segment.to_bytes()
                may_be_sent(self, Message(teller.name, hearer.name, raw))
                merged = self.hear(hearer, raw)
                watch.peer_is_believed(merged, excused=self.federation.excused(hearer, segment))
            if not segments or hearer.ask(lambda journal: journal.have()) == have:
                return told
            told = True

    @staticmethod
    def _offered(teller: SimMachine, hearer: NodeId, have: dict[str, int]) -> list[Segment]:
        def offer(journal: Journal) -> list[Segment]:
            return journal.offer(hearer, have)

        return teller.ask(offer)


def _stamp(machine: SimMachine) -> tuple[int, ...]:
    """What changes with whatever a machine tells or hears."""
    record = machine.up.record
    entries = sum(channel.sequence for channel in record.channels.values())
    return (machine.start_count, record.position, entries, len(record.channels))


def _shown(answer: Outcome | Merged) -> object:
    if isinstance(answer, Refused):
        return answer.code
    return repr(answer)
