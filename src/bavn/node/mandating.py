# SPDX-License-Identifier: Apache-2.0
"""What mandates asks of the house: the policies in words, what they answer, and what is granted."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bavn.capabilities.mandates.ports import Answer, Holding, LawSet, Question, Rule
from bavn.capabilities.mandates.views.room import Delegation, Room
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.words import Words
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.journal.fact import Fact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import ORDINARY, Actor, Allowed, Circumstances, Resource
from bavn.runtime.functions import MACHINES
from bavn.runtime.live import Live
from bavn.runtime.mandates import Gate, Policy
from bavn.runtime.mandates import LawSet as BookLawSet
from bavn.runtime.mandates.policies import Policies
from bavn.runtime.mandates.refusing import is_given

OURS, STRUCK = "mandates.", "journal.struck"
# Who can have policies mended: the administrators, and on the board, where those do not look, who
# leads the watch.
ADMINISTER = frozenset({"administrator", "watch_leader"})
# More would be a list that nobody reads.
HOLDERS_LIMIT = 8


class CountryMandates:
    """All that mandates is connected with."""

    def __init__(self, gate: Gate, register: Register, operations: Operations) -> None:
        self._gate = gate
        self._register = register
        self._operations = operations
        # Which set of policies holds, for a node that may have its own.
        self.policies: Policies | None = None

    def holding(self) -> Holding | None:
        """Which policies hold, and what is wrong with those that do not."""
        policies = self.policies
        if policies is None:
            return None
        wrong = policies.wrong
        return Holding(
            mark=policies.mark,
            is_own=policies.holds.is_own,
            since=policies.since,
            refused_at=None if wrong is None else wrong.at,
            fault_count=0 if wrong is None else wrong.count,
            faults=() if wrong is None else wrong.problems,
        )

    def administers(self, call: Call) -> bool:
        """True for an administrator and for who leads a watch, of whichever organisation."""
        return not ADMINISTER.isdisjoint(self._gate.book.roles.get(call.actor.function, ()))

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def law_sets(self, call: Call) -> Sequence[LawSet]:
        """The states of the law that are known, the one in force first."""
        return [
            LawSet(
                code=each.code,
                name=each.danish if call.language == "da" else each.english,
                in_force=each.in_force,
            )
            for each in self._laws()
        ]

    def rules(self, call: Call) -> Sequence[Rule]:
        """All policies, by subject."""
        ordered = sorted(self._gate.book.policies, key=lambda each: (each.subject, each.id))
        return [self._rule(call, each) for each in ordered]

    def rules_of(self, function: str) -> frozenset[str]:
        """The policies that may say yes to a function, by any law set."""
        roles = self._gate.book.roles.get(function, frozenset())
        named = ((each.id, each.names().roles) for each in self._gate.book.policies)
        return frozenset(id_ for id_, its in named if not its or its & roles)

    def answer(self, call: Call, question: Question) -> Sequence[Answer]:
        """What each law set answers."""
        return [self._answer(call, question, law.code) for law in self._laws()]

    def may(self, call: Call, act: str) -> bool:
        """True when the caller may do an act at its own organisation."""
        resource = Resource(owner=call.actor.organisation)
        return isinstance(self._gate(call.actor, act, resource, call.now), Allowed)

    def functions(self, call: Call) -> Sequence[tuple[str, str]]:
        """The functions that people may have, with what they are called."""
        words = self._operations.functions
        found = [
            (code, code if each is None else each.danish if call.language == "da" else each.english)
            for code in self._gate.book.roles
            if code not in MACHINES
            for each in (words.get(code),)
        ]
        return sorted(found, key=lambda each: each[1])

    def organisations(self, call: Call) -> Sequence[tuple[OrganisationId, str]]:
        """Whom policies know, with what they are called."""
        words = Words(call, self._operations)
        known = self._gate.organisations(call.now).all
        return sorted(
            ((each, words.organisation(each)) for each in known), key=lambda each: each[1]
        )

    def acts(self, call: Call) -> Sequence[tuple[str, str]]:
        """All acts, with what they are called."""
        found = [(code, self.act_name(call, code)) for code in self._gate.book.acts]
        return sorted(found, key=lambda each: each[1])

    def given(self, call: Call) -> Sequence[tuple[str, str]]:
        """The caller's own acts whose mandate may be given for a time, with their names."""
        gate, actor, at = self._gate, call.actor, call.now
        own = actor.organisation
        return [
            each
            for each in self.acts(call)
            if is_given(gate, each[0]) and gate.grounds(actor, each[0], own, ORDINARY, at)
        ]

    def opened(self, call: Call) -> Sequence[str]:
        """What an emergency would open to the caller at its own organisation, in words."""
        gate, actor, at = self._gate, call.actor, call.now
        own, urgent = actor.organisation, Circumstances(emergency=True)
        return [
            name
            for act, name in self.acts(call)
            if gate.grounds(actor, act, own, ORDINARY, at) is None
            and gate.grounds(actor, act, own, urgent, at) is not None
        ]

    def act_name(self, call: Call, act: str) -> str:
        """What an act is called."""
        named = self._gate.book.acts.get(act)
        if named is None:
            return act
        return named.danish if call.language == "da" else named.english

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""
        return area_told(self._operations.territory, organisation, None, call.now.date())

    def _laws(self) -> list[BookLawSet]:
        return sorted(self._gate.book.law_sets, key=lambda each: not each.in_force)

    def _answer(self, call: Call, question: Question, law: str) -> Answer:
        gate = self._gate.under(law)
        circumstances = Circumstances(
            level=question.level, procedure=question.procedure, emergency=question.emergency
        )
        actor = Actor(organisation=question.organisation, function=question.function)
        grounds = gate.grounds(actor, question.act, question.owner, circumstances, call.now)
        name = next(each.name for each in self.law_sets(call) if each.code == law)
        if grounds is None:
            found = gate.holders(question.act, question.owner, circumstances, call.now)
            return Answer(
                law=name,
                allowed=gate.is_alarm(question.act),
                as_alarm=gate.is_alarm(question.act),
                holders=tuple((each.function, each.organisation) for each in found),
            )
        rules = tuple(self._rule(call, gate.policy(each)) for each in grounds)
        return Answer(law=name, allowed=True, as_alarm=False, rules=rules)

    @staticmethod
    def _rule(call: Call, policy: Policy) -> Rule:
        return Rule(
            id=policy.id,
            subject=policy.subject,
            says=policy.danish if call.language == "da" else policy.english,
            ground=policy.ground,
            basis=(policy.basis_da if call.language == "da" else "") or policy.basis,
            laws=tuple(sorted(policy.laws)),
            valid_from=policy.valid_from,
            valid_to=policy.valid_to,
        )


class ToldGrants:
    """What is delegated and declared, as it was told; read anew when something of it is."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._delegations: tuple[Delegation, ...] = ()
        self._declared: tuple[tuple[Actor, datetime, datetime], ...] = ()
        self.read()

    def hear(self, fact: Fact) -> None:
        """Take note of a fact."""
        if fact.kind.startswith(OURS) or fact.kind == STRUCK:
            self.read()

    def read(self) -> None:
        """Read all of it; whoever asks meanwhile is answered by what was."""
        self._delegations = tuple(self._room.delegations())
        self._declared = tuple(
            (
                Actor(organisation=each.of, function=each.function),
                each.declared_at,
                each.until,
            )
            for each in self._room.declared()
        )

    def state(self, at: datetime) -> object:
        """Which delegations and which declarations hold."""
        return (
            tuple(each.id for each in self._delegations if each.holds(at)),
            tuple(each for each in self._declared if each[1] <= at < each[2]),
        )

    def in_emergency(self, actor: Actor, at: datetime) -> bool:
        """True while the actor's own declaration holds."""
        return any(who == actor and begun <= at < ends for who, begun, ends in self._declared)

    def delegated(
        self, actor: Actor, act: str, at: datetime
    ) -> Sequence[tuple[str, OrganisationId]]:
        """The delegations of an act to the actor that hold."""
        return [
            (each.id, each.of)
            for each in self._delegations
            if each.to == actor.organisation
            and each.function == actor.function
            and act in each.acts
            and each.holds(at)
        ]


def mandates_of(
    live: Live, register: Register, operations: Operations, gate: Gate
) -> dict[str, Room]:
    """What its handlers ask for by name; the gate that is asked hears what is granted."""
    room = Room(live.query, CountryMandates(gate, register, operations))
    grants = ToldGrants(room)
    live.watch(grants.hear)
    gate.granted = grants
    operations.grounds = {each.id: each.ground for each in gate.book.policies}
    return {"mandates": room}
