# SPDX-License-Identifier: Apache-2.0
"""What levels asks of the house; and how things stand, found for the gate from what was told."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from bavn.capabilities.levels.facts import LOWEST
from bavn.capabilities.levels.model import LevelTold, Procedure, Word, held, highest, named_in
from bavn.capabilities.levels.ports import Law, Opens
from bavn.capabilities.levels.views.room import SET, Room
from bavn.capabilities.operations.ports import area_told
from bavn.capabilities.operations.views.room import Room as Operations
from bavn.capabilities.operations.views.words import Words
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.call import Call
from bavn.frame.country import Level
from bavn.journal.fact import Fact
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import ORDINARY, Actor, Allowed, Circumstances, Resource
from bavn.runtime.live import Live
from bavn.runtime.mandates import Book, Gate, Policy

OURS, STRUCK = "levels.", "journal.struck"
# What an agreed procedure is about, and the only act that one covers.
REDISTRIBUTE = "reinforcement.redistribute"


class CountryLevels:
    """All that levels is connected with."""

    def __init__(self, gate: Gate, register: Register, operations: Operations) -> None:
        self._gate = gate
        self._register = register
        self._operations = operations

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""
        return self._operations.zone

    def counts(self, act: str, word: Word) -> bool:
        """True when the policies of this node allow an organisation to say this of itself.

        Judged as things stood then, on an ordinary day: no level helps to set a level. What it says
        it stands on has to be what allows it here.
        """
        grounds = self._gate.grounds(word.by, act, word.owner, ORDINARY, word.at)
        return grounds is not None and not {*grounds}.isdisjoint(named_in(word.basis))

    def above(self, organisation: OrganisationId, at: datetime) -> tuple[OrganisationId, ...]:
        """What covers an organisation: itself, its area, the nation; nearest first."""
        return chain_of(self._gate, organisation, at)

    def services_of(self, area: OrganisationId, at: datetime) -> Sequence[OrganisationId]:
        """The services of an area; none where it is no area."""
        return [
            each
            for each, stands in self._gate.organisations(at).all.items()
            if stands.level == Level.SERVICE and area in stands.under
        ]

    def opens(self, call: Call, owner: OrganisationId, level: int, before: int) -> Sequence[Opens]:
        """What the policies allow at a level that they do not allow at another."""
        found: dict[tuple[str, str, OrganisationId], Opens] = {}
        for actor, act, covered in self._asked(owner, call.now):
            now, then = (
                self._gate.grounds(actor, act, covered, Circumstances(level=each), call.now)
                for each in (level, before)
            )
            if now is not None and then is None:
                found[act, actor.function, actor.organisation] = Opens(
                    act=act,
                    function=actor.function,
                    organisation=actor.organisation,
                    ground=self._gate.policy(now[0]).ground,
                    planned=self._gate.book.acts[act].planned,
                )
        return list(found.values())

    def law(self, call: Call) -> Law:
        """By which law set this world is judged."""
        law = next(each for each in self._gate.book.law_sets if each.code == self._gate.law)
        name = law.danish if call.language == "da" else law.english
        return Law(code=law.code, name=name, in_force=law.in_force)

    def knows_levels(self, call: Call) -> bool:  # noqa: ARG002 - as the port has it
        """True when anybody may set a level by that law set."""
        return any(each.permits and SET in each.names().acts for each in self._policies())

    def may(self, call: Call, act: str) -> bool:
        """True when the caller may do an act at its own organisation."""
        resource = Resource(owner=call.actor.organisation)
        return isinstance(self._gate(call.actor, act, resource, call.now), Allowed)

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation tells."""
        return area_told(self._operations.territory, organisation, None, call.now.date())

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""
        return Words(call, self._operations).organisation(organisation)

    def function_name(self, call: Call, function: str) -> str:
        """What a function is called."""
        return Words(call, self._operations).function(function)

    def act_name(self, call: Call, act: str) -> str:
        """What an act is called."""
        named = self._gate.book.acts.get(act)
        if named is None:
            return act
        return named.danish if call.language == "da" else named.english

    def types(self, call: Call) -> Sequence[tuple[str, str]]:
        """The types of units, with what they are called."""
        return sorted(
            (
                (each.code, each.danish if call.language == "da" else each.english)
                for each in self._register.country.resource_types
            ),
            key=lambda each: each[1],
        )

    def basis(self, call: Call, basis: str) -> str:
        """Why something was allowed, in words."""
        return Words(call, self._operations).basis(basis)

    def _policies(self) -> Iterator[Policy]:
        return (each for each in self._gate.book.policies if self._gate.law in each.laws)

    def _asked(
        self, owner: OrganisationId, at: datetime
    ) -> Iterator[tuple[Actor, str, OrganisationId]]:
        """Who might be allowed something by a level: only policies that speak of it are asked."""
        for policy in self._policies():
            if not speaks_of_level(policy.rule):
                continue
            named = policy.names()
            acts = [each for each in self._gate.book.acts if named.covers(each, frozenset())]
            for function, roles in self._gate.book.roles.items():
                if named.roles and not roles & named.roles:
                    continue
                for covered in self._examples(owner, at):
                    for organisation in self.above(covered, at):
                        actor = Actor(organisation=organisation, function=function)
                        yield from ((actor, act, covered) for act in acts)

    def _examples(self, owner: OrganisationId, at: datetime) -> list[OrganisationId]:
        """What a level covers: its owner, and one of each sort that lies under it."""
        first: dict[str, OrganisationId] = {}
        for each, stands in self._gate.organisations(at).all.items():
            if each != owner and owner in self.above(each, at):
                first.setdefault(stands.level, each)
        return [owner, *first.values()]


def chain_of(gate: Gate, organisation: OrganisationId, at: datetime) -> tuple[OrganisationId, ...]:
    """An organisation, what it lies under, and so on upward."""
    all_, found = gate.organisations(at).all, [organisation]
    for each in found:
        stands = all_.get(each)
        if stands is not None:
            found += [above for above in stands.under if above not in found]
    return tuple(found)


def speaks_of_level(rule: object) -> bool:
    """True for a rule, as Cedar's own JSON has it, that asks for the level of the circumstances."""
    if isinstance(rule, Mapping):
        asked = rule.get(".")
        if isinstance(asked, Mapping) and asked.get("attr") == "level":
            left = asked.get("left")
            if isinstance(left, Mapping) and left.get("Var") == "context":
                return True
        return any(map(speaks_of_level, rule.values()))
    return isinstance(rule, list) and any(map(speaks_of_level, rule))


class _Read(NamedTuple):
    """What was told, as it was read."""

    levels: Sequence[LevelTold]
    procedures: Sequence[Procedure]


class _Judged(NamedTuple):
    """What counts of it, by a book."""

    book: Book
    read: _Read
    levels: Mapping[OrganisationId, Sequence[LevelTold]]
    procedures: Sequence[Procedure]


class ToldConditions:
    """How things stand, as it was told; read anew when something of it is.

    What is read is judged by the policies once, and again when another book has taken their place:
    whoever asks, in whatever thread, looks at what is ready.
    """

    def __init__(self, room: Room, gate: Gate) -> None:
        self._room = room
        self._gate = gate
        self._read = _Read([], [])
        self._judged = self._judge()
        self.read()

    def hear(self, fact: Fact) -> None:
        """Take note of a fact."""
        if fact.kind.startswith(OURS) or fact.kind == STRUCK:
            self.read()

    def read(self) -> None:
        """Read all of it; whoever asks meanwhile is answered by what was."""
        levels = [each for words in self._room.told().values() for each in words]
        self._read = _Read(levels, self._room.procedures())
        self._judged = self._judge()

    def level_of(self, owner: OrganisationId, at: datetime) -> int:
        """The highest preparedness level that covers an organisation."""
        levels = self._now().levels
        if not levels:
            return LOWEST
        chain = chain_of(self._gate, owner, at)
        found = highest([held(levels.get(each, ()), at) for each in chain])
        return LOWEST if found is None else found.level

    def agreed(self, by: OrganisationId, act: str, owner: OrganisationId, at: datetime) -> bool:
        """True when a procedure that is in force lets one organisation do this to another."""
        if act != REDISTRIBUTE:
            return False
        procedures, zone = self._now().procedures, self._room.around.zone
        return any(each.covers(by, owner, at, zone) for each in procedures)

    def state(self, at: datetime) -> object:
        """Which levels hold, and which procedures are in force."""
        judged, zone = self._now(), self._room.around.zone
        levels = (held(words, at) for words in judged.levels.values())
        return (
            tuple(each.fact for each in levels if each is not None),
            tuple((each.fact, each.state(at, zone)) for each in judged.procedures),
        )

    def _now(self) -> "_Judged":
        """What counts of what was read last, by the book that holds."""
        judged = self._judged
        # Two threads may judge at once: what the slower one made of an older reading is seen here.
        if judged.read is not self._read or judged.book is not self._gate.book:
            judged = self._judged = self._judge()
        return judged

    def _judge(self) -> "_Judged":
        book, read = self._gate.book, self._read
        counting: dict[OrganisationId, list[LevelTold]] = {}
        for each in map(self._room.judged_level, read.levels):
            if each.counts:
                counting.setdefault(each.owner, []).append(each)
        procedures = map(self._room.judged_procedure, read.procedures)
        return _Judged(book, read, counting, [each for each in procedures if each.counts])


def levels_of(
    live: Live, register: Register, operations: Operations, gate: Gate
) -> dict[str, Room]:
    """What its handlers ask for by name; the gate that is asked finds how things stand."""
    room = Room(live.query, CountryLevels(gate, register, operations))
    conditions = ToldConditions(room, gate)
    live.watch(conditions.hear)
    gate.conditions = conditions
    return {"levels": room}
