# SPDX-License-Identifier: Apache-2.0
"""The gate: may this actor do this, to this, now; answered by the policies that hold.

An answer is the same until the policies, the day or the organisations change, so it is kept. What
an answer stands on is the policies that gave it: their names go into the fact.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from itertools import islice

import cedarpy
import msgspec

from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import instant_of
from bavn.kernel.mandate import Actor, Allowed, Circumstances, Resource
from bavn.kernel.refusal import Refused
from bavn.runtime.functions import OPERATOR
from bavn.runtime.mandates import told
from bavn.runtime.mandates.beside import Conditions, Granted, Nothing
from bavn.runtime.mandates.book import Book, Policy
from bavn.runtime.mandates.held import Held, Holder
from bavn.runtime.mandates.names import Names
from bavn.runtime.mandates.told import Organisations

# Answers that are kept; a nation asks for fewer, and who asks for more is asked anew.
KEPT_LIMIT = 100_000
# An alarm passes anyway: it waits for no long search through what somebody has delegated.
ALARM_DELEGATIONS_LIMIT = 2
# Who keeps the machine can change the files. That it is told which hold hangs on no policy, and so
# the last good ones come back whatever those say that took their place.
TAKE_POLICIES = "mandates.take_policies"
# A no is None, so what was never asked is something else; no policy has such a name.
_UNASKED: tuple[str, ...] = ("",)


class Gate:
    """A `May` that policies answer, under one law set; another book may take their place."""

    def __init__(
        self,
        book: Book,
        organisations: Callable[[date], Organisations],
        *,
        zone: tzinfo,
        alarms: frozenset[str],
        functions: Mapping[str, str],
        law: str | None = None,
    ) -> None:
        self._organisations = organisations
        self._zone = zone
        self._alarms = alarms
        # Each with the level of the organisations at which somebody may have it.
        self._functions = functions
        # Chosen for a world that plays by another law than the one in force; else None.
        self._chosen = law
        self._held = Held(
            book, law or book.in_force().code, zone, functions=functions, alarms=alarms
        )
        self._others: tuple[Held, dict[str, Gate]] = (self._held, {})
        self.granted: Granted = Nothing()
        # Without it things stand as whoever asks says.
        self.conditions: Conditions | None = None
        # What functions and organisations are called, for a no that people read.
        self.names = Names()

    @property
    def book(self) -> Book:
        """The policies that hold."""
        return self._held.book

    @property
    def law(self) -> str:
        """The law set that is asked."""
        return self._held.law

    def take(self, book: Book, at: datetime) -> None:
        """Have another book hold from now on, by the law that was chosen or is in force in it.

        What was answered by the one before is forgotten with it. Raises ValueError, with the one
        before still holding, when the other cannot be asked.
        """
        self.hold(self.ready(book, at))

    def ready(self, book: Book, at: datetime) -> Held:
        """Another book, made ready to be asked; until it holds, the one before answers.

        May be called in another thread than those that ask: a large book takes half a second.
        """
        law = self._chosen or book.in_force().code
        if law not in {each.code for each in book.law_sets}:
            msg = f"the book has no law set {law}"
            raise ValueError(msg)
        held = Held(book, law, self._zone, functions=self._functions, alarms=self._alarms)
        for act in self._alarms:
            held.slices_at(at).of(act)
        self._entities_of(held, self.organisations(at))
        return held

    def hold(self, held: Held) -> None:
        """Have a book that was made ready hold from now on."""
        self._held = held

    def __call__(
        self, actor: Actor, act: str, resource: Resource, at: datetime
    ) -> Allowed | Refused:
        """Allowed with its grounds, or a refusal that names what is missing and who has it."""
        if act == TAKE_POLICIES and actor.function == OPERATOR:
            return Allowed(basis="operator")
        resource = self.as_it_stands(actor, act, resource, at)
        allowed = self._allowed(actor, act, resource, at)
        if allowed is not None:
            return allowed
        if resource.alarm:
            return Allowed(basis="alarm", flagged=True)
        return self._refused(actor, act, resource, at)

    def allowed(self, actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed | None:
        """Allowed with its grounds; None where it is not, without a look at who could."""
        return self._allowed(actor, act, self.as_it_stands(actor, act, resource, at), at)

    def as_it_stands(self, actor: Actor, act: str, resource: Resource, at: datetime) -> Resource:
        """What is asked about, with the level and the procedure that hold, whatever is said."""
        if self.conditions is None:
            return resource
        told, owner = resource.circumstances, resource.owner
        level = self.conditions.level_of(owner, at)
        procedure = self.conditions.agreed(actor.organisation, act, owner, at)
        if level == told.level and procedure == told.procedure:
            return resource
        stands = msgspec.structs.replace(told, level=level, procedure=procedure)
        return msgspec.structs.replace(resource, circumstances=stands)

    def _allowed(self, actor: Actor, act: str, resource: Resource, at: datetime) -> Allowed | None:
        owner, circumstances = resource.owner, resource.circumstances
        grounds = self.grounds(actor, act, owner, circumstances, at)
        if grounds is not None:
            return Allowed(basis=_basis(grounds))
        if self.granted.in_emergency(actor, at):
            urgent = msgspec.structs.replace(circumstances, emergency=True)
            grounds = self.grounds(actor, act, owner, urgent, at)
            if grounds is not None:
                return Allowed(basis=f"{_basis(grounds)} emergency", flagged=True)
        for delegation, by in self._delegated(actor, act, resource, at):
            # Any function's: no more than its giver has can be delegated.
            for _, grounds in self._of(self._held, by, act, owner, circumstances, at):
                return Allowed(basis=f"{_basis(grounds)} delegation:{delegation}")
        return None

    def state(self, at: datetime) -> tuple[object, ...]:
        """What all answers depend on beside the questions: the same state, the same answers."""
        held = self._held
        stands = None if self.conditions is None else self.conditions.state(at)
        return (held.book.mark, *self._state(held, at), self.granted.state(at), stands)

    def under(self, law: str) -> "Gate":
        """The same gate under another law set: what that one would say."""
        held, others = self._others
        if held is not self._held:
            held, others = self._others = (self._held, {})
        if law not in others:
            others[law] = Gate(
                held.book,
                self._organisations,
                zone=self._zone,
                alarms=self._alarms,
                functions=self._functions,
                law=law,
            )
        return others[law]

    def grounds(
        self,
        actor: Actor,
        act: str,
        owner: OrganisationId,
        circumstances: Circumstances,
        at: datetime,
    ) -> tuple[str, ...] | None:
        """The policies by which it is allowed; None when none does, or one forbids it."""
        return self._grounds(self._held, actor, act, owner, circumstances, at)

    def _grounds(
        self,
        held: Held,
        actor: Actor,
        act: str,
        owner: OrganisationId,
        circumstances: Circumstances,
        at: datetime,
    ) -> tuple[str, ...] | None:
        policies = held.slices_at(at).of(act, actor.function)
        return self._answers(held, policies, [actor], (act, owner, circumstances), at)[0]

    def _answers(
        self,
        held: Held,
        policies: cedarpy.PolicySet | None,
        actors: Sequence[Actor],
        what: tuple[str, OrganisationId, Circumstances],
        at: datetime,
    ) -> list[tuple[str, ...] | None]:
        """The grounds of each actor, by policies that can speak of them all; None permits none."""
        if policies is None:
            return [None] * len(actors)
        state, slices = self._state(held, at), held.slices_at(at)
        keys = [
            (*state, slices.alike(what[0], actor.function), actor.organisation, *what)
            for actor in actors
        ]
        # Looked up in one step: the writer's thread asks too, and may forget all between two.
        found = {key: held.kept.get(key, _UNASKED) for key in keys}
        unasked = {
            key: told.request_of(actor, *what)
            for key, actor in zip(keys, actors, strict=True)
            if found[key] is _UNASKED
        }
        if unasked:
            if len(held.kept) + len(unasked) > KEPT_LIMIT:
                self.forget()
            known = self._known(held, self.organisations(at), what[0])
            answers = cedarpy.is_authorized_batch([*unasked.values()], policies, known)
            for key, answer in zip(unasked, answers, strict=True):
                grounds = tuple(sorted(answer.diagnostics.reasons)) if answer.allowed else None
                found[key] = held.kept[key] = grounds
        return [found[key] for key in keys]

    def organisations(self, at: datetime) -> Organisations:
        """All organisations at an instant."""
        return self._organisations(at.astimezone(self._zone).date())

    def changes(self) -> list[datetime]:
        """The instants at which what holds changes by itself, in order."""
        return [instant_of(each) for each in self._held.changes]

    @property
    def alarms(self) -> frozenset[str]:
        """What nothing may stop."""
        return self._alarms

    def is_alarm(self, act: str) -> bool:
        """True for what nothing may stop."""
        return act in self._alarms

    def forget(self) -> None:
        """Forget all answers."""
        held = self._held
        held.kept.clear()
        held.could.clear()

    def policy(self, id_: str) -> Policy:
        """A policy of this law set."""
        return self._held.by_id[id_]

    def holders(
        self, act: str, owner: OrganisationId, circumstances: Circumstances, at: datetime
    ) -> Sequence[Holder]:
        """Who could do this: the owner's own functions first, then those above it."""
        held = self._held
        key = (*self._state(held, at), act, owner, circumstances)
        found = held.could.get(key)
        if found is None:
            found = held.could[key] = self._holders(held, act, owner, circumstances, at)
        return found

    def _state(self, held: Held, at: datetime) -> tuple[int, object]:
        """What an answer depends on beside the question: which policies, which organisations."""
        return held.holding(at), self.organisations(at).version

    def _delegated(
        self, actor: Actor, act: str, resource: Resource, at: datetime
    ) -> Iterable[tuple[str, OrganisationId]]:
        """What is delegated to the actor; of an alarm the likeliest, the owner's own first."""
        found = self.granted.delegated(actor, act, at)
        if not resource.alarm:
            return found
        ordered = sorted(found, key=lambda each: each[1] != resource.owner)
        return islice(ordered, ALARM_DELEGATIONS_LIMIT)

    def _holders(
        self,
        held: Held,
        act: str,
        owner: OrganisationId,
        circumstances: Circumstances,
        at: datetime,
    ) -> tuple[Holder, ...]:
        return tuple(
            Holder(function, organisation)
            for organisation in self._up_from(owner, at)
            for function, _ in self._of(held, organisation, act, owner, circumstances, at)
        )

    def _up_from(self, owner: OrganisationId, at: datetime) -> list[OrganisationId]:
        """An organisation, and those that it stands under, up to the nation."""
        all_, found = self.organisations(at).all, [owner]
        for each in found:
            above = () if each not in all_ else all_[each].under
            found += [one for one in above if one not in found]
        return found

    def _of(
        self,
        held: Held,
        organisation: OrganisationId,
        act: str,
        owner: OrganisationId,
        circumstances: Circumstances,
        at: datetime,
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The functions of an organisation that may, each with its grounds."""
        slices = held.slices_at(at)
        stands = self.organisations(at).all.get(organisation)
        functions = [
            each
            for each in held.functions
            # Nobody has the watch of the nation in a service, whatever the policies would say.
            if stands is None or self._functions.get(each, stands.level) == stands.level
            if slices.of(act, each) is not None
        ]
        actors = [Actor(organisation=organisation, function=each) for each in functions]
        # All at once, by what can speak of the act: that is half the work of one after the other.
        answers = self._answers(held, slices.of(act), actors, (act, owner, circumstances), at)
        for function, grounds in zip(functions, answers, strict=True):
            if grounds is not None:
                yield function, grounds

    def _known(self, held: Held, organisations: Organisations, act: str) -> cedarpy.Entities:
        entities = self._entities_of(held, organisations)
        if act in held.book.acts:
            return entities
        # An act that no table names: its groups may still allow it.
        return entities.with_added_json_str(json.dumps([told.act_of(act, self._alarms)]))

    def _entities_of(self, held: Held, organisations: Organisations) -> cedarpy.Entities:
        mark, known = organisations.version, held.entities
        if known is None or known[0] != mark:
            there = [*told.posts(held.book), *told.organisations(organisations.all)]
            there += [told.act_of(each, self._alarms) for each in held.book.acts]
            known = held.entities = mark, cedarpy.Entities.from_json_str(json.dumps(there))
        return known[1]

    def _refused(self, actor: Actor, act: str, resource: Resource, at: datetime) -> Refused:
        found = self.holders(act, resource.owner, resource.circumstances, at)
        names = ", ".join(f"{each.function} ({each.organisation})" for each in found) or "-"
        return Refused(
            code="not_by_mandate",
            says=f"{actor.function} of {actor.organisation} has no mandate for {act} at"
            f" {resource.owner}.",
            try_instead=f"These have it: {names}." if found else "Nobody has it by this law.",
            values={
                "act": act,
                "function": actor.function,
                "organisation": actor.organisation,
                "owner": resource.owner,
                "holders": names,
            },
        )


def _basis(grounds: tuple[str, ...]) -> str:
    return " ".join(f"mandate:{each}" for each in grounds)
