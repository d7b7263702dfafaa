# SPDX-License-Identifier: Apache-2.0
"""Who reads what: readers, as the gate answers for each organisation and area.

A reader is made once for each function, account's limits and state of the gate, and remembered
until that state changes: another set of policies, another day, a delegation, an emergency. Looking
back in time takes the reader of today, since there is no other.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from bavn.journal.reader import Reader
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, May, Resource
from bavn.runtime.log import log_error
from bavn.runtime.mandates.gate import Gate

# What an organisation keeps to itself, asked for each organisation.
HEAR_OWN = "audience.hear_own"
# What is told to an area: asked for each, and for those that an account names beside its own.
HEAR_AREA, HEAR_NAMED_AREA = "audience.hear_area", "audience.hear_named_area"
# Texts that may name people: in the work that a page is for, and for a purpose that the reader has
# stated.
OPEN_PERSONAL, OPEN_STATED = "audience.open_personal", "audience.open_stated"
ACTS = (HEAR_OWN, HEAR_AREA, HEAR_NAMED_AREA, OPEN_PERSONAL, OPEN_STATED)
# A node has some hundred functions in organisations; who is beyond that is made anew.
READERS_LIMIT = 2_000


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Whose reader it is, and what narrows it.

    `acts_for` are the organisations that it acts for; `named` are areas that its account or token
    names; a machine reads nothing beyond these. `personal` is False where the account may not.
    """

    actor: Actor
    acts_for: frozenset[OrganisationId]
    named: frozenset[OrganisationId] = frozenset()
    personal: bool = False
    is_machine: bool = False
    has_stated: bool = False


class Scope(msgspec.Struct, frozen=True):
    """A reader, and whether it would read more for a purpose that it states."""

    reader: Reader
    may_state: bool = False


class Readers:
    """Makes readers by one gate, and remembers them."""

    def __init__(self, may: May, known: Callable[[], Iterable[OrganisationId]]) -> None:
        self._may = may
        # Organisations that the record knows of and no table: what a node holds is read as well.
        self._known = known
        self._kept: OrderedDict[object, Scope] = OrderedDict()

    def state(self, at: datetime) -> object:
        """What readers depend on: while it is the same, so are they. None means: never sure."""
        return self._may.state(at) if isinstance(self._may, Gate) else None

    def scope(self, wanted: Wanted, at: datetime) -> Scope:
        """What somebody may read now.

        A gate that cannot be asked must stop no alarm, and hide nothing from its own people: they
        read what is their own organisation's, nothing that names people, and the fault is told.
        """
        try:
            state = self.state(at)
            if state is None:
                return self._made(wanted, at)
            known = frozenset(self._known()) if not wanted.is_machine else frozenset()
            key = (wanted, state, known)
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = self._made(wanted, at)
                if len(self._kept) > READERS_LIMIT:
                    self._kept.popitem(last=False)
        except Exception as error:  # noqa: BLE001 - whoever takes alarms goes on taking them
            log_error("reading.gate_broken", error)
            return Scope(Reader(organisations=wanted.acts_for))
        return found

    def _made(self, wanted: Wanted, at: datetime) -> Scope:
        others, areas = self._candidates(wanted, at)
        own = frozenset(
            each
            for each in wanted.acts_for
            if self._allows(_acting(wanted, each), HEAR_OWN, each, at)
        )
        also = {each for each in others if self._allows(wanted.actor, HEAR_OWN, each, at)}
        heard = {each for each in areas if self._allows(wanted.actor, HEAR_AREA, each, at)}
        heard |= {
            each for each in wanted.named if self._allows(wanted.actor, HEAR_NAMED_AREA, each, at)
        }
        home = wanted.actor.organisation
        in_work = wanted.personal and self._allows(wanted.actor, OPEN_PERSONAL, home, at)
        may_state = (
            wanted.personal
            and not in_work
            and not wanted.is_machine
            and self._allows(wanted.actor, OPEN_STATED, home, at)
        )
        reader = Reader(
            organisations=own | also,
            areas=frozenset(heard),
            personal=in_work or (may_state and wanted.has_stated),
        )
        return Scope(reader, may_state)

    def _candidates(
        self, wanted: Wanted, at: datetime
    ) -> tuple[frozenset[OrganisationId], frozenset[OrganisationId]]:
        """The organisations beyond its own, and the areas, that somebody might read."""
        if wanted.is_machine or not isinstance(self._may, Gate):
            return frozenset(), wanted.acts_for if not wanted.is_machine else frozenset()
        all_ = self._may.organisations(at).all
        areas = frozenset(each for each, stands in all_.items() if stands.level == "area")
        return frozenset({*all_, *self._known()}) - wanted.acts_for, areas

    def _allows(self, actor: Actor, act: str, owner: OrganisationId, at: datetime) -> bool:
        resource = Resource(owner=owner)
        if isinstance(self._may, Gate):
            # Without a look at who could: most of these are asked to be told no.
            return self._may.allowed(actor, act, resource, at) is not None
        return isinstance(self._may(actor, act, resource, at), Allowed)


def _acting(wanted: Wanted, organisation: OrganisationId) -> Actor:
    return Actor(organisation=organisation, function=wanted.actor.function)
