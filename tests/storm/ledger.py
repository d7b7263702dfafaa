# SPDX-License-Identifier: Apache-2.0
"""What officers were promised, what may be lost of it, and who may hold which canary.

A promise is one fact that somebody was told is done, with the audiences through which it must be
held. Only a restore makes a promise smaller: see `tests.storm.survival`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bavn.journal.store import RefKey
from bavn.kernel.audience import Audience, Scope
from bavn.kernel.identity import FactId, NodeId, OrganisationId
from tests.lilleland.countries import Country


@dataclass(slots=True)
class Promise:
    """One acknowledged fact."""

    fact: FactId
    owner: OrganisationId
    # The node that told it: what is `own` is held there and nowhere else.
    teller: NodeId
    # Through which it must be held; empty when a restore may have lost it.
    audiences: set[Audience]
    key: RefKey | None = None

    @property
    def is_lost(self) -> bool:
        """True when it may be gone."""
        return not self.audiences

    def heard_by(self) -> list[Audience]:
        """The audiences, in order."""
        return sorted(self.audiences)

    def holders(self, country: Country) -> set[NodeId]:
        """The nodes that must hold it, when nothing is under way any more."""
        if self.is_lost:
            return set()
        heard = {n for n in country.nodes for each in self.audiences if country.may_hear(n, each)}
        return heard | {self.teller}


@dataclass
class Ledger:
    """Everything that is checked at the end, as it was told to people on the way."""

    country: Country
    promises: dict[FactId, Promise] = field(default_factory=dict)
    by_key: dict[RefKey, list[FactId]] = field(default_factory=dict)
    # Which nodes may ever hold a canary; nobody may for one that was to be sealed.
    canaries: dict[bytes, set[NodeId]] = field(default_factory=dict)
    # Canaries told to an organisation or its area: they are for whoever takes it over as well.
    told_to: dict[OrganisationId, list[bytes]] = field(default_factory=dict)
    stand_ins: dict[OrganisationId, set[NodeId]] = field(default_factory=dict)
    # Numbers that a restored node had forgotten, or still had to hear back, and took once more.
    taken_anew: set[RefKey] = field(default_factory=set)
    # Numbers that were taken after a backup that was restored, whether or not anybody was answered.
    forgotten: set[RefKey] = field(default_factory=set)
    # Numbers under which, in the end, something else was taken than was first asked.
    taken_otherwise: set[RefKey] = field(default_factory=set)
    # Sealed texts, by hash, that lay only in a record that was replaced by an older one.
    texts_lost: set[str] = field(default_factory=set)
    # Calls that a node heard before it understood them.
    heard_too_early: set[FactId] = field(default_factory=set)
    # The hash of the entry that has each number of each channel.
    numbers: dict[tuple[str, int], bytes] = field(default_factory=dict)
    # How far a channel whose end nobody holds any more can still be held.
    ends: dict[str, int] = field(default_factory=dict)

    def promise(
        self,
        owner: OrganisationId,
        facts: Iterable[FactId],
        audiences: Iterable[Audience],
        key: RefKey | None,
        teller: NodeId,
    ) -> None:
        """Keep what somebody was told is done."""
        new = [fact for fact in facts if fact not in self.promises]
        if new and key is not None and (self.was_done_by(key, teller) or key in self.forgotten):
            self.taken_anew.add(key)
        for fact in new:
            self.promises[fact] = Promise(fact, owner, teller, set(audiences), key)
            if key is not None:
                self.by_key.setdefault(key, []).append(fact)

    def was_done_by(self, key: RefKey, teller: NodeId) -> bool:
        """True when a node has told something under this number before."""
        return any(self.promises[fact].teller == teller for fact in self.by_key.get(key, ()))

    def standing(self, key: RefKey) -> list[FactId]:
        """The facts of a numbered request that must still be there."""
        return [fact for fact in self.by_key.get(key, ()) if not self.promises[fact].is_lost]

    def audiences_of(self, fact: FactId) -> set[Audience]:
        """Through which audiences a promised fact must be held; none when it is not known."""
        promise = self.promises.get(fact)
        return set() if promise is None else set(promise.audiences)

    def plant(self, word: str, owner: OrganisationId, audience: Audience | None) -> str:
        """Remember who may hold a canary: who may hear the audience; nobody a sealed one."""
        nodes: set[NodeId] = set()
        if audience is not None:
            nodes = {self.country.hosts[owner]}
            nodes |= {node for node in self.country.nodes if self.country.may_hear(node, audience)}
            sort, _, organisation = audience.partition(":")
            if sort in (Scope.TO, Scope.AREA):
                # And its answer goes back to the one who asked.
                for each in (OrganisationId(organisation), owner):
                    self.told_to.setdefault(each, []).append(word.encode())
                    nodes |= self.stand_ins.get(each, set())
        self.canaries[word.encode()] = nodes
        return word

    def asked_at(self, words: Iterable[bytes], node: NodeId) -> None:
        """A node is asked for something that has these canaries: it may hold those in clear."""
        for word in words:
            if self.canaries[word]:
                self.canaries[word].add(node)

    def takes_over(self, owner: OrganisationId, node: NodeId) -> None:
        """What is told to an organisation or its area is for whoever takes it over as well."""
        self.stand_ins.setdefault(owner, set()).add(node)
        for word in self.told_to.get(owner, ()):
            self.canaries[word].add(node)
