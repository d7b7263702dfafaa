# SPDX-License-Identifier: Apache-2.0
"""The vault and other nodes: keys offered, given, received, opened and destroyed again.

What is heard about keys and texts waits in a table of its own until it was acted on here, so that
a crash in between loses nothing. What cannot be given yet, because the other node has offered no
wrapping key, is given as soon as it has.
"""

from collections.abc import Callable, Iterable

import msgspec

from bavn.journal.decision import Request
from bavn.journal.fact import Fact, Sealed, read_fact
from bavn.journal.giving import OfferWrapKey, ShareKey
from bavn.journal.kept import ARRIVED, ERASED, RECEIVED, SHARED, WRAP_KEY
from bavn.journal.kinds import KeyErased
from bavn.journal.pending import Pending
from bavn.journal.reaction import MACHINE
from bavn.journal.record import Record
from bavn.journal.sharing import (
    Circle,
    KeyShared,
    Receiver,
    TextShared,
    WrapKeyOffered,
    is_usable,
    seat_of,
    unwrapped,
    variants,
    wrap_key_name,
    wrap_key_of,
)
from bavn.journal.store import Store
from bavn.journal.table import Row
from bavn.journal.vault import Vault
from bavn.kernel.identity import NodeId, OrganisationId, Subject
from bavn.kernel.mandate import Actor
from bavn.kernel.refusal import BadInput

# Looked at in one turn: it holds the writer for some milliseconds at most.
TURN_LIMIT = 64
_WRAP_KEY_BYTES = 32


class Handing:
    """Acts on what was heard about keys and texts, and gives what others wait for."""

    def __init__(self, record: Record, vault: Vault, entropy: Callable[[int], bytes]) -> None:
        self._record = record
        self._vault = vault
        self.entropy = entropy
        self._circle = Circle(record.roster, record.identity.node)
        # Keys whose erasure is on record here and that are to be destroyed now.
        self.to_erase: list[str] = []
        self._has_offered = False

    @property
    def circle(self) -> Circle:
        """Who is told what a stand-in would need, as the roster is now."""
        if self._circle.roster is not self._record.roster:
            self._circle = Circle(self._record.roster, self._record.identity.node)
        return self._circle

    # What was heard

    def take_in(self) -> int:
        """Act on what arrived; how much that was."""
        rows = self._record.store.rows(ARRIVED, {}, limit=TURN_LIMIT)
        if not rows:
            return 0
        count, doomed = 0, list[str]()
        with self._record.transaction() as pending:
            for row in rows:
                position = row["position"]
                assert isinstance(position, int), "the table says so"
                if self._take(pending, position, doomed):
                    pending.remove(ARRIVED, (position,))
                    count += 1
            # A key is on disk before it is forgotten that it came.
            self._vault.keys.flush()
        self.to_erase += doomed
        return count

    def _take(self, pending: Pending, position: int, doomed: list[str]) -> bool:
        """True when nothing more is to be done about it; what does not count yet may later."""
        (row,) = self._record.store.facts_after(position - 1, 1)
        try:
            fact = read_fact(row.raw).fact
        except BadInput:
            return True
        if not self._record.counts(fact):
            return False
        match self._record.catalogue.kinds.read(fact):
            case WrapKeyOffered() as body if body.node == fact.node:
                self.note_offer(pending, body, fact)
            case KeyShared() as body if body.node == self._record.identity.node:
                self._open(pending, fact, body)
            case TextShared() as body if body.text.key.startswith(f"{fact.owner}/"):
                place: Row = {
                    "sealed": body.text.sealed,
                    "key": body.text.key,
                    "position": position,
                }
                pending.put(RECEIVED, place)
            case KeyErased() as body if body.key.startswith(f"{fact.owner}/"):
                if fact.node != self._record.identity.node:
                    doomed += self.doomed(pending, fact.owner, body.key)
                    self.note_erasure(pending, fact.owner, body.key)
            case _:
                pass
        return True

    def note_offer(self, pending: Pending, body: WrapKeyOffered, fact: Fact) -> None:
        """Keep the wrapping key that a node offers now; who waits for one is given his keys."""
        before = pending.row(WRAP_KEY, (body.node,))
        if before is not None and str(before["told_at"]) >= fact.recorded_at:
            return
        if not is_usable(body.wrap_key):
            says = f"{body.node} offers a key that nothing can be sealed for"
            self._record.note_evidence(
                pending,
                sort="wrap_key_unusable",
                what=fact.id,
                says=says,
                at_ms=self._record.clock.last.ms,
            )
            return
        pending.put(
            WRAP_KEY,
            {"node": body.node, "wrap_key": body.wrap_key, "told_at": fact.recorded_at},
        )
        for row in pending.rows(SHARED, {"node": body.node, "ended": 0}):
            waits = 1 if row["wrap_key"] != body.wrap_key else 0
            if body.node != self._record.identity.node:
                pending.put(SHARED, {**row, "waits": waits})

    def _open(self, pending: Pending, fact: Fact, body: KeyShared) -> None:
        """Take a key into our own vault."""
        keys, world = self._vault.keys, self._record.identity.world
        if not body.key.startswith(f"{fact.owner}/") or self._is_erased(pending, body.key):
            return
        private = keys.key(wrap_key_name(body.wrap_key))
        if private is None:
            return  # sealed for one that is gone: it is given anew for the one that is offered
        secret = unwrapped(world, body.key, body.box, private)
        if secret is None:
            says = f"a key of {fact.owner} was not sealed for the wrapping key that it names"
            self._record.note_evidence(
                pending,
                sort="key_not_opened",
                what=fact.id,
                says=says,
                at_ms=self._record.clock.last.ms,
            )
            return
        if keys.key(body.key) is None:
            keys.keep(body.key, secret)
        row: Row = {
            "key": body.key,
            "organisation": body.organisation,
            "node": body.node,
            "wrap_key": body.wrap_key,
            "waits": 0,
            "ended": 0,
        }
        pending.put(SHARED, row)

    def _is_erased(self, pending: Pending, key: str) -> bool:
        return pending.row(ERASED, (key,)) is not None or self._vault.keys.is_erased(key)

    def note_erasure(self, pending: Pending, owner: OrganisationId, key: str) -> None:
        """Put on record what is to be destroyed here; it is, once the disk has that."""
        for name in self.doomed(pending, owner, key):
            pending.put(ERASED, {"key": name})
        for name in variants(self._record.roster, owner, key):
            for row in pending.rows(SHARED, {"key": name}):
                pending.put(SHARED, {**row, "waits": 0, "ended": 1})

    def doomed(self, kept: Pending | Store, owner: OrganisationId, key: str) -> list[str]:
        """The keys that go with one that is erased: of all its names, and what it came under."""
        here = self._record.identity.node
        names = list(variants(self._record.roster, owner, key))
        wrap_keys = [
            wrap_key_name(str(row["wrap_key"]))
            for name in names
            for row in kept.rows(SHARED, {"key": name})
            if row["node"] == here
        ]
        return [*names, *dict.fromkeys(wrap_keys)]

    # What is given

    def wishes(self) -> list[Request]:
        """What this node has to tell about keys: its own wrapping key, and those it owes others."""
        circle = self.circle
        if circle.is_empty:
            return []
        found: list[Request] = []
        seat = seat_of(circle.roster, self._record.identity.node)
        if seat is not None and circle.has_us and self._record.hosts(seat):
            found += self._own_offer(seat)
        waiting = self._record.store.rows(SHARED, {"waits": 1}, limit=TURN_LIMIT)
        found += [request for row in waiting for request in self._owed(row)]
        return found

    def _own_offer(self, seat: OrganisationId) -> list[Request]:
        here, keys = self._record.identity.node, self._vault.keys
        row = self._record.store.row(WRAP_KEY, (here,))
        if row is not None and keys.key(wrap_key_name(str(row["wrap_key"]))) is not None:
            self._has_offered = False
            return []
        if self._has_offered:
            return []  # it was refused: asking each second would only make keys
        self._has_offered = True
        private = self.entropy(_WRAP_KEY_BYTES)
        wrap_key = wrap_key_of(private)
        keys.keep(wrap_key_name(wrap_key), private)
        keys.flush()
        return [_request(seat, OfferWrapKey(node=here, wrap_key=wrap_key))]

    def _owed(self, row: Row) -> list[Request]:
        store, key = self._record.store, str(row["key"])
        owner, _, rest = key.partition("/")
        offered = store.row(WRAP_KEY, (row["node"],))
        if offered is None or not self._record.hosts(owner):
            return []
        if self._vault.keys.key(key) is None:
            return []
        subject = Subject(rest.partition("@")[0])
        content = ShareKey(
            key=key,
            about=subject,
            organisation=OrganisationId(str(row["organisation"])),
            node=NodeId(str(row["node"])),
        )
        return [_request(OrganisationId(owner), content)]


def _request(owner: OrganisationId, content: msgspec.Struct) -> Request:
    actor = Actor(organisation=owner, function=MACHINE)
    return Request(owner=owner, actor=actor, content=content)


def share_rows(
    pending: Pending, key: str, receivers: Iterable[Receiver]
) -> list[tuple[Receiver, str]]:
    """Note who is to have a key, and give those back who can be given it now, with what for."""
    now: list[tuple[Receiver, str]] = []
    for receiver in receivers:
        offered = pending.row(WRAP_KEY, (receiver.node,))
        wrap_key = "" if offered is None else str(offered["wrap_key"])
        before = pending.row(SHARED, (key, receiver.organisation, receiver.node))
        has_it = before is not None and wrap_key and before["wrap_key"] == wrap_key
        if wrap_key and not has_it:
            now.append((receiver, wrap_key))
        row: Row = {
            "key": key,
            "organisation": receiver.organisation,
            "node": receiver.node,
            "wrap_key": wrap_key,
            "waits": 0 if wrap_key else 1,
            "ended": 0,
        }
        pending.put(SHARED, row)
    return now


def received(store: Store, sealed: Sealed) -> Row | None:
    """The ciphertext that another node has shared with us; None when it has not."""
    row = store.row(RECEIVED, (sealed.sealed,))
    if row is None or row["key"] != sealed.key:
        return None
    position = row["position"]
    assert isinstance(position, int), "the table says so"
    (kept,) = store.facts_after(position - 1, 1)
    body = msgspec.json.decode(read_fact(kept.raw).fact.body, type=TextShared)
    return {**row, "ciphertext": body.ciphertext}


def is_shared_with(store: Store, key: str, organisations: frozenset[OrganisationId]) -> bool:
    """True when the texts under a key were shared with one of these organisations."""
    return any(row["organisation"] in organisations for row in store.rows(SHARED, {"key": key}))
