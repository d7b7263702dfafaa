# SPDX-License-Identifier: Apache-2.0
"""The roster folded from where trust begins and from what nodes have stated.

The same statements give the same roster, in whatever order they were heard and how often. So the
fold is made anew of the whole set, which is small (a country has some hundred nodes and some
hundred organisations), and only when something about trust was told.

It goes from the root downwards. A node is *settled* once: with its key, its parent and what is
believed of it, all of which only those above it can say. What it stated counts from then on, and
may settle others. Names that two nodes gave to different keys are nobody's, until the root says
whose they are.
"""

from collections.abc import Iterable
from dataclasses import replace

from bavn.journal.roster import ALWAYS, Grant, Roster, Span, StandIn
from bavn.journal.trust.authority import Known, refusal
from bavn.journal.trust.keys import Signing, signing_of
from bavn.journal.trust.naming import Candidate, candidates, ready, word_on
from bavn.journal.trust.statements import (
    ClaimSettled,
    Granted,
    KeyChanged,
    KeyRevoked,
    NodeJoined,
    StandInEnded,
    StandInNamed,
    Statement,
    StatementKey,
)
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.kernel.instants import Instant, ms_of


def fold(base: Roster, statements: Iterable[Statement]) -> Roster:
    """The roster that comes of the statements, beginning from the one that is trusted anyway."""
    told = {each.key: each for each in statements}
    if not told:
        return base
    folding = _Folding(base, sorted(told.values(), key=_canonical))
    folding.run()
    return folding.roster()


def _canonical(told: Statement) -> tuple[object, ...]:
    return (told.tick, told.node, told.fact)


class _Folding:
    def __init__(self, base: Roster, statements: list[Statement]) -> None:
        self._base = base
        self._known = Known(base.roots)
        self._signing: dict[NodeId, Signing] = {}
        self._contested: set[NodeId] = set()
        # What is not decided yet; those of nodes that are not settled come last.
        self._open = {each.key: each for each in statements}
        self._heeded: dict[StatementKey, Statement] = {}
        self._unheeded: dict[StatementKey, str] = {}
        # What is said of keys, by the node whose key it is; and the words on a node that count.
        self._on_keys: dict[NodeId, list[Statement]] = {}
        self._words: dict[NodeId, list[Statement]] = {}
        for told in statements:
            if isinstance(told.body, KeyRevoked | KeyChanged):
                self._on_keys.setdefault(told.body.node, []).append(told)
        for grant in base.grants:
            self._known.add_grant(grant)
        for owner, others in base.under.items():
            self._known.under.setdefault(owner, set()).update(others)

    def run(self) -> None:
        """Settle nodes from the root downwards, and heed what they state."""
        for node in sorted(self._base.roots & self._base.peers.keys()):
            self._settle(Candidate(self._base.peers[node], ()))
        while True:
            self._heed_all()
            batch = self._next()
            if not batch:
                return
            for each in batch:
                self._settle(each)

    # Nodes

    def _next(self) -> list[Candidate]:
        """The nodes that can be settled now: those whose parent is settled come first."""
        known = self._known
        joined = [each for each in self._believed() if isinstance(each.body, NodeJoined)]
        settled = known.peers.keys() | self._contested
        found = candidates(
            known.roots,
            {node: peer for node, peer in self._base.peers.items() if node not in settled},
            [
                each
                for each in joined
                if isinstance(each.body, NodeJoined)
                and each.body.node not in settled
                and not refusal(known, each)
            ],
        )
        return ready(found)

    def _settle(self, candidate: Candidate) -> None:
        for told, why in candidate.passed_over:
            self._pass_over(told, why)
        if candidate.peer is None:
            self._contested.add(candidate.node)
            return
        node = candidate.node
        self._known.peers[node] = candidate.peer
        for told in candidate.heeded:
            self._heed(told)
        # Believed at once: only those above a node revoke its key, and they are settled.
        on_keys = [each for each in self._on_keys.get(node, ()) if not refusal(self._known, each)]
        revoked = [
            each
            for each in on_keys
            if isinstance(each.body, KeyRevoked) and self._is_believed(each)
        ]
        changed = [each for each in on_keys if isinstance(each.body, KeyChanged)]
        signing = signing_of(candidate.peer.key, revoked, changed, self._known.roots)
        self._signing[node] = signing
        for told in (*revoked, *signing.changes):
            self._heed(told)
        self._known.peers[node] = replace(
            candidate.peer, later_keys=signing.later_keys, cuts=signing.cuts
        )

    # Statements

    def _believed(self) -> list[Statement]:
        """What settled nodes have stated, within what is believed of them, and is not decided."""
        return [each for each in self._open.values() if self._is_believed(each)]

    def _is_believed(self, told: Statement) -> bool:
        signing = self._signing.get(told.node)
        return (
            signing is not None
            and signing.believes(told)
            and self._known.peers[told.node].span.nearly_holds(told.tick.ms)
        )

    def _heed_all(self) -> None:
        """Heed all that may be stated, until nothing more may."""
        while True:
            fresh = [
                each
                for each in self._believed()
                if self._is_due(each) and not refusal(self._known, each)
            ]
            if not fresh:
                return
            for each in fresh:
                self._heed(each)
                if isinstance(each.body, NodeJoined):
                    self._rejoin(each.body.node)

    def _is_due(self, told: Statement) -> bool:
        """True for what needs no node to be settled first, or is about one that is."""
        if isinstance(told.body, NodeJoined):
            peer = self._known.peers.get(told.body.node)
            return peer is not None and word_on(peer, told, self._known.roots) == ""
        return isinstance(told.body, Granted | StandInNamed | StandInEnded | ClaimSettled)

    def _heed(self, told: Statement) -> None:
        if self._open.pop(told.key, None) is None:
            return
        self._heeded[told.key] = told
        body, known = told.body, self._known
        match body:
            case Granted():
                span = _span(body.valid_from, body.valid_to)
                known.add_grant(
                    Grant(owner=body.owner, node=body.node, epoch=body.epoch, span=span)
                )
                known.under.setdefault(body.owner, set()).update(body.under)
            case StandInNamed():
                known.stand_ins.setdefault(body.owner, set()).add(body.stand_in)
                known.on_stand_ins.setdefault((body.owner, body.stand_in), []).append(told)
            case StandInEnded():
                known.on_stand_ins.setdefault((body.owner, body.stand_in), []).append(told)
            case NodeJoined():
                self._words.setdefault(body.node, []).append(told)
            case _:
                pass

    def _rejoin(self, node: NodeId) -> None:
        """Let the last word count: the root's before the parent's."""
        last = max(
            self._words[node],
            key=lambda told: (told.node in self._known.roots, *_canonical(told)),
        )
        body = last.body
        assert isinstance(body, NodeJoined)
        peer = self._known.peers[node]
        self._known.peers[node] = replace(
            peer,
            hears=frozenset(body.hears),
            parent=body.parent,
            span=_span(body.valid_from, body.valid_to),
        )

    def _pass_over(self, told: Statement, why: str) -> None:
        if self._open.pop(told.key, None) is not None:
            self._unheeded[told.key] = why

    # What came of it

    def roster(self) -> Roster:
        """The roster, with the reason for each statement that was not followed."""
        known = self._known
        for told in list(self._open.values()):
            self._pass_over(told, self._why_not(told))
        return Roster(
            peers=dict(sorted(known.peers.items())),
            grants=frozenset(self._while_valid(grant) for grant in known.grants),
            roots=known.roots,
            under={owner: frozenset(others) for owner, others in known.under.items() if others},
            stand_ins=self._stand_ins(),
            settled=self._settled(),
            contested=frozenset(self._contested),
            unheeded=self._unheeded,
        )

    def _why_not(self, told: Statement) -> str:
        if told.node in self._contested:
            return f"{told.node} is the name of two nodes"
        signing = self._signing.get(told.node)
        if signing is None:
            return f"{told.node} was invited by nobody who may"
        if not signing.believes(told):
            return f"the key of {told.node} was revoked"
        if not self._known.peers[told.node].span.nearly_holds(told.tick.ms):
            return f"the invitation of {told.node} did not hold then"
        if isinstance(told.body, NodeJoined):
            peer = self._known.peers.get(told.body.node)
            if peer is not None and (why := word_on(peer, told, self._known.roots)):
                return why
        return refusal(self._known, told) or "it is about a node that is not known"

    def _while_valid(self, grant: Grant) -> Grant:
        """The grant, as long as the invitation of its node holds."""
        peer = self._known.peers.get(grant.node)
        if peer is None or peer.span == ALWAYS:
            return grant
        return replace(grant, span=grant.span.within(peer.span))

    def _stand_ins(self) -> dict[OrganisationId, tuple[StandIn, ...]]:
        """Each organisation's stand-ins by the last word on each, the lowest order first."""
        order: dict[OrganisationId, dict[NodeId, int]] = {}
        for told in sorted(self._heeded.values(), key=_canonical):
            if isinstance(told.body, StandInNamed):
                order.setdefault(told.body.owner, {})[told.body.stand_in] = told.body.order
            elif isinstance(told.body, StandInEnded):
                order.get(told.body.owner, {}).pop(told.body.stand_in, None)
        return {
            owner: tuple(
                StandIn(order=number, node=node)
                for number, node in sorted((number, node) for node, number in named.items())
            )
            for owner, named in sorted(order.items())
            if named
        }

    def _settled(self) -> dict[tuple[OrganisationId, int], NodeId]:
        """Which claim holds: the root's word, or the one word of those who see to the owner.

        The last word of each counts; where several of equal standing differ, nothing is settled.
        """
        words: dict[tuple[OrganisationId, int], dict[NodeId, Statement]] = {}
        for told in sorted(self._heeded.values(), key=lambda each: (each.node, each.order)):
            if isinstance(told.body, ClaimSettled):
                words.setdefault((told.body.owner, told.body.epoch), {})[told.node] = told
        found: dict[tuple[OrganisationId, int], NodeId] = {}
        for claim, by_teller in sorted(words.items()):
            of_roots = [told for node, told in by_teller.items() if node in self._known.roots]
            counted = of_roots or list(by_teller.values())
            named = {told.body.node for told in counted if isinstance(told.body, ClaimSettled)}
            if len(named) == 1:
                found[claim] = named.pop()
        return found


def _span(valid_from: Instant | None, valid_to: Instant | None) -> Span:
    begins = None if valid_from is None else ms_of(valid_from)
    return Span(begins, None if valid_to is None else ms_of(valid_to))
