# SPDX-License-Identifier: Apache-2.0
"""Which keys a node has signed with, and what of each is believed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bavn.journal.chain import ChannelName
from bavn.journal.roster import Cut, KeySince
from bavn.journal.trust.statements import KeyChanged, KeyRevoked, Statement
from bavn.kernel.audience import NATION
from bavn.kernel.identity import NodeId


@dataclass(frozen=True, slots=True)
class Signing:
    """A node's keys in the order of its incarnations, and those that were revoked."""

    first: bytes
    later_keys: tuple[KeySince, ...]
    cuts: tuple[Cut, ...]
    # The node's own changes that were believed.
    changes: tuple[Statement, ...]

    def key_at(self, incarnation: int) -> bytes:
        """The key of an incarnation."""
        found = self.first
        for since in self.later_keys:
            if since.incarnation <= incarnation:
                found = since.key
        return found

    def believes(self, told: Statement) -> bool:
        """True unless the statement lies beyond what is believed of a revoked key."""
        key = self.key_at(told.incarnation)
        cut = next((each for each in self.cuts if each.key == key), None)
        if cut is None:
            return True
        channel = ChannelName(told.node, told.incarnation, NATION)
        return told.sequence <= cut.believed.get(channel.text(), 0)


def signing_of(
    first: bytes,
    revoked: Sequence[Statement],
    changed: Sequence[Statement],
    roots: frozenset[NodeId],
) -> Signing:
    """The keys of a node that joined with `first`.

    Its own changes are taken in its own order. One that lies beyond what is believed of the key it
    was signed with never happened.
    """
    cuts = _cuts(revoked, roots)
    renewed = [KeySince(cut.from_incarnation, cut.new_key) for cut in cuts if cut.new_key]
    signing = Signing(first, _in_order(renewed), cuts, ())
    for told in sorted(changed, key=lambda each: each.order):
        if isinstance(told.body, KeyChanged) and signing.believes(told):
            since = KeySince(told.body.from_incarnation, bytes.fromhex(told.body.key))
            signing = Signing(
                first,
                _in_order([*signing.later_keys, since]),
                cuts,
                (*signing.changes, told),
            )
    return signing


def _in_order(keys: Iterable[KeySince]) -> tuple[KeySince, ...]:
    # Of two for one incarnation the one that came later counts: the sort is stable.
    return tuple(sorted(keys, key=lambda since: since.incarnation))


def _cuts(revoked: Sequence[Statement], roots: frozenset[NodeId]) -> tuple[Cut, ...]:
    """Each revoked key once, as the last word has it: the root's before the parent's."""
    words: dict[str, Cut] = {}
    for told in sorted(revoked, key=lambda each: (each.node in roots, each.tick, each.fact)):
        if isinstance(told.body, KeyRevoked):
            body = told.body
            words[body.key] = Cut(
                key=bytes.fromhex(body.key),
                believed=body.believed,
                new_key=None if body.new_key is None else bytes.fromhex(body.new_key),
                from_incarnation=body.from_incarnation,
                signatures={
                    channel: bytes.fromhex(each) for channel, each in body.signatures.items()
                },
            )
    return tuple(sorted(words.values(), key=lambda cut: (cut.from_incarnation, cut.key)))
