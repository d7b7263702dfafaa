# SPDX-License-Identifier: Apache-2.0
"""The gate: may this actor do this, to this, now; answered by the policies that hold.

An answer is the same until the policies, the day or the organisations change, so it is kept. What
an answer stands on is the policies that gave it: their names go into the fact.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from typing import Protocol

import cedarpy
import msgspec

from bavn.frame.country import holding as in_force
from bavn.kernel.identity import OrganisationId
from bavn.kernel.instants import ms_of
from bavn.kernel.mandate import Actor, Allowed, Circumstances, Resource
from bavn.kernel.refusal import Refused
from bavn.runtime.mandates.book import Book, Policy, groups_of, policy_set

# Answers that are kept; a nation asks for fewer, and who asks for more is asked anew.
KEPT_LIMIT = 100_000
# A no is None, so what was never asked is something else; no policy has such a name.
_UNASKED: tuple[str, ...] = ("",)


class Stands(msgspec.Struct, frozen=True):
    """Where an organisation stands: at which level, and under whom."""

    level: str
    under: tuple[OrganisationId, ...] = ()


class Organisations(msgspec.Struct, frozen=True):
    """All organisations of a day. The same `version` means the same."""

    version: object
    all: Mapping[OrganisationId, Stands]


class Granted(Protocol):
    """What holds beside the policies, by what organisations have told."""

    def in_emergency(self, actor: Actor, at: datetime, /) -> bool:
        """True while the actor's own declaration holds."""

    def delegated(
        self, actor: Actor, act: str, at: datetime, /
    ) -> Sequence[tuple[str, OrganisationId]]:
        """The delegations of an act to the actor: which, and by whom."""


class Nothing:
    """Nothing is delegated, and nobody has declared anything."""

    def in_emergency(self, _actor: Actor, _at: datetime) -> bool:
        """Never."""
        return False

    def delegated(
        self, _actor: Actor, _act: str, _at: datetime
    ) -> Sequence[tuple[str, OrganisationId]]:
        """None."""
        return ()


class Holder(msgspec.Struct, frozen=True):
    """Who could: a function in an organisation."""

    function: str
    organisation: OrganisationId


class Gate:
    """A `May` that policies answer, under one law set."""

    def __init__(
        self,
        book: Book,
        organisations: Callable[[date], Organisations],
        *,
        zone: tzinfo,
        alarms: frozenset[str],
        functions: tuple[str, ...],
        law: str | None = None,
    ) -> None:
        self.book = book
        self.law = law or book.in_force().code
        self._organisations = organisations
        self._zone = zone
        self._alarms = alarms
        self._functions = functions
        self._policies = tuple(each for each in book.policies if self.law in each.laws)
        self._by_id = {each.id: each for each in self._policies}
        # The instants at which what holds changes, and what holds from each on.
        days = sorted(
            {day for each in self._policies for day in (each.valid_from, each.valid_to) if day}
        )
        self._changes = [self._instant(day) for day in days]
        self._sets: dict[int, cedarpy.PolicySet] = {}
        self._entities: tuple[object, cedarpy.Entities] | None = None
        self.granted: Granted = Nothing()
        self._kept: dict[tuple[object, ...], tuple[str, ...] | None] = {}
        # Who could, for whoever is told no: fewer than the answers, and forgotten with them.
        self._could: dict[tuple[object, ...], tuple[Holder, ...]] = {}

    def __call__(
        self, actor: Actor, act: str, resource: Resource, at: datetime
    ) -> Allowed | Refused:
        """Allowed with its grounds, or a refusal that names what is missing and who has it."""
        owner, circumstances = resource.owner, resource.circumstances
        grounds = self.grounds(actor, act, owner, circumstances, at)
        if grounds is not None:
            return Allowed(basis=_basis(grounds))
        if self.granted.in_emergency(actor, at):
            urgent = msgspec.structs.replace(circumstances, emergency=True)
            grounds = self.grounds(actor, act, owner, urgent, at)
            if grounds is not None:
                return Allowed(basis=f"{_basis(grounds)} emergency", flagged=True)
        for delegation, by in self.granted.delegated(actor, act, at):
            # Any function's: no more than its giver has can be delegated.
            for _, grounds in self._of(by, act, owner, circumstances, at):
                return Allowed(basis=f"{_basis(grounds)} delegation:{delegation}")
        if resource.alarm:
            return Allowed(basis="alarm", flagged=True)
        return self._refused(actor, act, resource, at)

    def under(self, law: str) -> "Gate":
        """The same gate under another law set: what that one would say."""
        return Gate(
            self.book,
            self._organisations,
            zone=self._zone,
            alarms=self._alarms,
            functions=self._functions,
            law=law,
        )

    def grounds(
        self,
        actor: Actor,
        act: str,
        owner: OrganisationId,
        circumstances: Circumstances,
        at: datetime,
    ) -> tuple[str, ...] | None:
        """The policies by which it is allowed; None when none does, or one forbids it."""
        holding, version = self._state(at)
        key = (holding, version, actor, act, owner, circumstances)
        # Looked up in one step: the writer's thread asks too, and may forget all between two.
        kept = self._kept.get(key, _UNASKED)
        if kept is not _UNASKED:
            return kept
        asked = _request(actor, act, owner, circumstances)
        answer = cedarpy.is_authorized(
            asked, self._set(holding, at), self._known(self.organisations(at), act)
        )
        found = tuple(sorted(answer.diagnostics.reasons)) if answer.allowed else None
        if len(self._kept) >= KEPT_LIMIT:
            self.forget()
        self._kept[key] = found
        return found

    def organisations(self, at: datetime) -> Organisations:
        """All organisations at an instant."""
        return self._organisations(at.astimezone(self._zone).date())

    def is_alarm(self, act: str) -> bool:
        """True for what nothing may stop."""
        return act in self._alarms

    def forget(self) -> None:
        """Forget all answers."""
        self._kept.clear()
        self._could.clear()

    def policy(self, id_: str) -> Policy:
        """A policy of this law set."""
        return self._by_id[id_]

    def holders(
        self, act: str, owner: OrganisationId, circumstances: Circumstances, at: datetime
    ) -> Sequence[Holder]:
        """Who could do this: the owner's own functions first, then those above it."""
        key = (*self._state(at), act, owner, circumstances)
        found = self._could.get(key)
        if found is None:
            found = self._could[key] = self._holders(act, owner, circumstances, at)
        return found

    def _state(self, at: datetime) -> tuple[int, object]:
        """What an answer depends on beside the question: which policies, which organisations."""
        return bisect_right(self._changes, ms_of(at)), self.organisations(at).version

    def _holders(
        self, act: str, owner: OrganisationId, circumstances: Circumstances, at: datetime
    ) -> tuple[Holder, ...]:
        all_ = self.organisations(at).all
        above = all_[owner].under if owner in all_ else ()
        return tuple(
            Holder(function, organisation)
            for organisation in (owner, *above)
            for function, _ in self._of(organisation, act, owner, circumstances, at)
        )

    def _of(
        self,
        organisation: OrganisationId,
        act: str,
        owner: OrganisationId,
        circumstances: Circumstances,
        at: datetime,
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The functions of an organisation that may, each with its grounds."""
        for function in self._functions:
            actor = Actor(organisation=organisation, function=function)
            grounds = self.grounds(actor, act, owner, circumstances, at)
            if grounds is not None:
                yield function, grounds

    def _set(self, holding: int, at: datetime) -> cedarpy.PolicySet:
        if holding not in self._sets:
            on = at.astimezone(self._zone).date()
            self._sets[holding] = policy_set(in_force(self._policies, on))
        return self._sets[holding]

    def _known(self, organisations: Organisations, act: str) -> cedarpy.Entities:
        mark = organisations.version
        if self._entities is None or self._entities[0] != mark:
            told = [*self._posts(), *_organisations(organisations.all)]
            told += [_act(each, self._alarms) for each in self.book.acts]
            self._entities = mark, cedarpy.Entities.from_json_str(json.dumps(told))
        entities = self._entities[1]
        if act in self.book.acts:
            return entities
        # An act that no table names: its groups may still allow it.
        return entities.with_added_json_str(json.dumps([_act(act, self._alarms)]))

    def _posts(self) -> list[dict[str, object]]:
        return [
            _entity("Function", function, [("Role", role) for role in sorted(roles)])
            for function, roles in sorted(self.book.roles.items())
        ]

    def _instant(self, day: date) -> int:
        return ms_of(datetime.combine(day, time(), self._zone))

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


def _request(
    actor: Actor, act: str, owner: OrganisationId, circumstances: Circumstances
) -> dict[str, object]:
    return {
        "principal": _uid("Function", actor.function),
        "action": _uid("Action", act),
        "resource": _uid("Organisation", owner),
        "context": {
            "organisation": {"__entity": _uid("Organisation", actor.organisation)},
            **msgspec.structs.asdict(circumstances),
        },
    }


def _organisations(all_: Mapping[OrganisationId, Stands]) -> list[dict[str, object]]:
    return [
        _entity(
            "Organisation",
            id_,
            [("Organisation", each) for each in stands.under],
            {"level": stands.level},
        )
        for id_, stands in all_.items()
    ]


def _act(act: str, alarms: frozenset[str]) -> dict[str, object]:
    return _entity("Action", act, [("Action", each) for each in groups_of(act, alarms)])


def _entity(
    sort: str,
    id_: str,
    parents: list[tuple[str, str]],
    attributes: Mapping[str, object] | None = None,
) -> dict[str, object]:
    return {
        "uid": _uid(sort, id_),
        "attrs": dict(attributes or {}),
        "parents": [_uid(*each) for each in parents],
    }


def _uid(sort: str, id_: str) -> dict[str, str]:
    return {"type": sort, "id": id_}
