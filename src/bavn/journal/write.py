# SPDX-License-Identifier: Apache-2.0
"""The one write path: ask the gate, decide, append, apply the views, note for whom.

One transaction for a group.

There is no other way for this node to tell a fact. A group is committed once for all its requests,
and each request in it stands alone: one that is refused or breaks leaves nothing, and the others go
on. When `commit` returns, the disk has it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from bavn.journal.chain import SEGMENT_BYTES_LIMIT, SEGMENT_FACTS_LIMIT, sign_head
from bavn.journal.decision import (
    FACTS_PER_REQUEST_LIMIT,
    Context,
    Decision,
    Done,
    Failed,
    Outcome,
    Request,
)
from bavn.journal.fact import (
    Draft,
    SenderRef,
    decode_fact,
)
from bavn.journal.handing import Handing
from bavn.journal.kinds import KeyErased
from bavn.journal.reading import TransactionReading
from bavn.journal.record import Record, Transaction
from bavn.journal.store import StoreBroken, StoreFull
from bavn.journal.telling import Telling
from bavn.journal.vault import Vault
from bavn.kernel.identity import ID_ENTROPY_BYTES, FactId, uuid7_bytes, uuid_text
from bavn.kernel.instants import ms_of
from bavn.kernel.mandate import Allowed, May, Resource, ask
from bavn.kernel.private import Private
from bavn.kernel.refusal import BrokenPromise, Refused

# A head is signed at least this often, so that no segment between two signed heads is over its
# limits: an entry more and a fact more than these still fit.
SIGN_EVERY_FACTS = SEGMENT_FACTS_LIMIT // 2
SIGN_EVERY_BYTES = SEGMENT_BYTES_LIMIT // 2

# Chance is asked for in bulk: a question to the system costs as much as the id itself.
IDS_AT_ONCE = 64

Also = Callable[[Transaction, Sequence[Outcome]], None]


class Writer:
    """Turns requests into facts of this node."""

    def __init__(self, record: Record, handing: Handing, vault: Vault, may: May) -> None:
        self._record = record
        self._handing = handing
        self._vault = vault
        self._may = may
        self._entropy = handing.entropy
        self._repeat_key = vault.keys.repeat_key()
        self._chance = b""

    def commit(
        self, requests: Sequence[Request], now: datetime, also: Also | None = None
    ) -> list[Outcome]:
        """The outcome of each request, once the disk has them all.

        `also` writes in the same transaction.

        Raises StoreFull and StoreBroken with nothing written. Any other fault in writing the group
        out is one request's: then each is tried by itself.
        """
        try:
            return self._group(requests, now, also)
        except (StoreFull, StoreBroken):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to one of the requests
            if len(requests) <= 1 and also is None:
                return [Failed(error) for _ in requests]
        outcomes = [outcome for each in requests for outcome in self.commit([each], now)]
        if also is not None:
            with self._record.transaction() as pending:
                also(pending, outcomes)
        return outcomes

    def _group(
        self, requests: Sequence[Request], now: datetime, also: Also | None
    ) -> list[Outcome]:
        with self._record.transaction() as pending:
            numbered = [each.numbered for each in requests]
            pending.look_up_refs([key for key in numbered if key is not None])
            outcomes = [self._one(pending, request, now) for request in requests]
            if also is not None:
                also(pending, outcomes)
            self._sign(pending)
            # A key must be on disk before anything that it sealed is.
            self._vault.keys.flush()
        return outcomes

    def _one(self, pending: Transaction, request: Request, now: datetime) -> Outcome:
        mark, channels = pending.mark(), dict(pending.channels)
        try:
            outcome = self._answer(pending, request, now)
        except (StoreFull, StoreBroken):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this request's alone
            outcome = Failed(error)
        if not isinstance(outcome, Done):
            pending.undo_to(mark)
            pending.channels = channels
        return outcome

    def _answer(self, pending: Transaction, request: Request, now: datetime) -> Outcome:
        now_ms = ms_of(now)
        decision = self._record.catalogue.decision_for(request.content)
        sender = self._sender_ref(request, decision)
        if sender is not None and (before := self._repeat(pending, request, sender)) is not None:
            return before
        roster, here = self._record.roster, self._record.identity.node
        # A grant that has run out stops no alarm.
        epoch = roster.epoch_at(here, request.owner, None if decision.alarm else now_ms)
        if epoch is None:
            return self._not_hosted(request)
        resource = Resource(owner=request.owner, alarm=decision.alarm)
        allowed = ask(self._may, request.actor, decision.act, resource, now)
        if isinstance(allowed, Refused):
            return allowed
        drafts = self._decide(pending, request, decision, allowed, now)
        if isinstance(drafts, Refused):
            return drafts
        telling = Telling(
            self._record,
            self._vault,
            self._handing,
            request,
            new_id=lambda: self._new_id(now_ms),
            basis=allowed.basis,
            epoch=epoch,
            sender=sender,
            now_ms=now_ms,
        )
        facts: list[FactId] = []
        for draft in drafts:
            told = telling.tell(pending, draft, self._new_id(now_ms), alarm=decision.alarm)
            if isinstance(told, Refused):
                return told
            facts.append(told)
        return Done(tuple(facts))

    def _decide(
        self,
        pending: Transaction,
        request: Request,
        decision: Decision,
        allowed: Allowed,
        now: datetime,
    ) -> Sequence[Draft] | Refused:
        reading = TransactionReading(self._record, pending, request.owner)
        state = decision.load(reading, request.content, request.owner)
        context = Context(
            owner=request.owner,
            actor=request.actor,
            basis=allowed.basis,
            now=now,
            new_id=lambda: uuid_text(self._new_id(ms_of(now))),
            world=self._record.identity.world,
            zone=self._record.catalogue.zone,
        )
        drafts = decision.decide(state, request.content, context)
        if isinstance(drafts, Refused):
            return drafts
        if len(drafts) > FACTS_PER_REQUEST_LIMIT:
            msg = f"{decision.act} made {len(drafts)} facts of one request"
            raise BrokenPromise(msg)
        if not decision.erases and any(isinstance(each.body, KeyErased) for each in drafts):
            msg = f"{decision.act} tells of an erasure that nobody would carry out"
            raise BrokenPromise(msg)
        return drafts

    def _new_id(self, now_ms: int) -> bytes:
        if len(self._chance) < ID_ENTROPY_BYTES:
            self._chance = self._entropy(ID_ENTROPY_BYTES * IDS_AT_ONCE)
        chance = self._chance[:ID_ENTROPY_BYTES]
        self._chance = self._chance[ID_ENTROPY_BYTES:]
        return uuid7_bytes(now_ms, chance)

    # Repeats

    def _sender_ref(self, request: Request, decision: Decision) -> SenderRef | None:
        if request.sender is None or request.ref is None:
            return None
        content = msgspec.json.encode(_as_sent(request.content), enc_hook=_revealed)
        digest = blake2b(decision.act.encode() + content, key=self._repeat_key, digest_size=16)
        return SenderRef(sender=request.sender, ref=request.ref, digest=digest.hexdigest())

    def _repeat(
        self, pending: Transaction, request: Request, sender: SenderRef
    ) -> Done | Refused | None:
        rows = pending.refs_of((request.owner, sender.sender, sender.ref))
        facts = [decode_fact(pending.fact_at(row.position).raw) for row in rows]
        # A node that does not host the owner must not be able to use up its senders' numbers.
        facts = [fact for fact in facts if self._record.counts(fact)]
        if not facts:
            return None
        ids = tuple(fact.id for fact in facts)
        here = [fact for fact in facts if fact.node == self._record.identity.node]
        # What another node told of this request was digested under its own key, and cannot be
        # compared.
        if not here or here[0].sender == sender:
            return Done(ids, repeated=True)
        return Refused(
            code="repeat_differs",
            says=f"{sender.sender} has already sent something else under {sender.ref}.",
            try_instead="Send the correction under its own number, or strike what was sent.",
            values={"sender": sender.sender, "ref": sender.ref, "facts": " ".join(ids)},
        )

    def _not_hosted(self, request: Request) -> Refused:
        owner, host = request.owner, self._record.roster.host_of(request.owner)
        if host == self._record.identity.node:
            return Refused(
                code="grant_run_out",
                says=f"This node's grant of {owner} has run out. Alarms are still taken.",
                try_instead="Ask the node above for another.",
                values={"owner": owner},
            )
        return Refused(
            code="not_hosted_here",
            says=f"This node does not write for {owner}.",
            try_instead=f"Send it to {host}."
            if host
            else "No node hosts it: ask the nation's node.",
            values={"owner": owner, "host": host or ""},
        )

    def _sign(self, pending: Transaction) -> None:
        """Sign the head of each channel added to, and in between where that is much."""
        since: dict[int, tuple[int, int]] = {}
        signed_at: set[int] = set()
        last: dict[int, int] = {}
        for index, entry in enumerate(pending.entries):
            facts, size = since.get(entry.channel, (0, 0))
            facts, size = facts + 1, size + len(pending.fact_at(entry.position).raw)
            if facts >= SIGN_EVERY_FACTS or size >= SIGN_EVERY_BYTES:
                signed_at.add(index)
                facts, size = 0, 0
            since[entry.channel] = (facts, size)
            last[entry.channel] = index
        names = {channel.key: channel.name for channel in pending.channels.values()}
        identity = self._record.identity
        for index in signed_at.union(last.values()):
            entry = pending.entries[index]
            signature = sign_head(
                identity.key, identity.world, names[entry.channel], entry.sequence, entry.hash
            )
            pending.entries[index] = entry._replace(signature=signature)


def _as_sent(content: msgspec.Struct) -> msgspec.Struct | dict[str, Any]:
    """What the sender sent, without what was found out here: a repeat may find it otherwise."""
    found_here: frozenset[str] = getattr(type(content), "FOUND_HERE", frozenset())
    if not found_here:
        return content
    names = (each for each in content.__struct_fields__ if each not in found_here)
    return {each: getattr(content, each) for each in names}


def _revealed(value: object) -> object:
    if isinstance(value, Private):
        return value.reveal()
    msg = f"a request cannot hold a {type(value).__name__}"
    raise TypeError(msg)
