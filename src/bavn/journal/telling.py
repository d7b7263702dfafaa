# SPDX-License-Identifier: Apache-2.0
"""Telling: drafts become facts, each with its place in its channels and in the views."""

from collections.abc import Callable, Sequence

import msgspec

from bavn.journal.carrying import Carrying, Said, Shared
from bavn.journal.chain import link
from bavn.journal.decision import Request
from bavn.journal.drafts import audiences as by_kind
from bavn.journal.drafts import check_draft, too_long, too_long_to_seal
from bavn.journal.fact import (
    FACT_BYTES_LIMIT,
    Draft,
    Fact,
    SenderRef,
    encode_fact,
    pack_stamp,
)
from bavn.journal.handing import Handing
from bavn.journal.kept import ERASED, EVIDENCE, SHARED, TRUST
from bavn.journal.kinds import TRUST_KIND_NAMES, EvidenceSettled, KeyErased, Kind, Struck
from bavn.journal.record import Channel, Record, Transaction
from bavn.journal.sharing import (
    FIRST_EPOCH,
    FactHanded,
    KeyShared,
    Receiver,
    WrapKeyOffered,
    audiences_of,
    variant,
    variants,
)
from bavn.journal.store import AboutRow, EntryRow, FactRow, RefRow
from bavn.journal.table import Row
from bavn.journal.vault import Vault, key_name
from bavn.journal.views import Heard
from bavn.kernel.audience import NATION, Audience
from bavn.kernel.identity import (
    ID_BYTES,
    FactId,
    NodeId,
    OrganisationId,
    uuid_text,
)
from bavn.kernel.refusal import Refused


class Telling:
    """Makes the facts of one request out of its drafts, and puts each where it belongs."""

    def __init__(  # noqa: PLR0913 - what the facts of one request have in common
        self,
        record: Record,
        vault: Vault,
        handing: Handing,
        request: Request,
        *,
        new_id: Callable[[], bytes],
        basis: str,
        epoch: int,
        sender: SenderRef | None,
        now_ms: int,
    ) -> None:
        self._record = record
        self._vault = vault
        self._handing = handing
        self._request = request
        self._new_id = new_id
        self._basis = basis
        self._epoch = epoch
        self._sender = sender
        self._now_ms = now_ms
        self._carrying = Carrying(record, vault, handing, request.owner, now_ms)

    def _carried(self, pending: Transaction, said: Said) -> None:
        told = self._tell(pending, said, self._new_id())
        assert not isinstance(told, Refused), "a ciphertext and a key fit one fact"

    def tell(
        self, pending: Transaction, draft: Draft, fact_id: bytes, *, alarm: bool
    ) -> FactId | Refused:
        """Append one draft to each of its channels and apply it to the views."""
        kind = self._record.catalogue.kinds.of(draft.body)
        check_draft(kind, draft, alarm=alarm)
        unsealable = too_long_to_seal(draft) or self._key_is_gone(pending, draft)
        if unsealable is not None:
            return unsealable
        body = self._sealed(pending, draft)
        if isinstance(body, KeyShared):
            filled = self._carrying.filled(pending, body)
            if filled is None:
                return _not_offered(body)
            body = filled
        receivers = self._receivers(pending, kind, draft)
        told_to = by_kind(kind, draft)
        more = [each for each in audiences_of(receivers) if each not in told_to]
        said = Said(
            kind=kind,
            body=body,
            about=draft.about,
            happened_at=draft.happened_at,
            causes=draft.causes,
            audiences=[*told_to, *more],
            sender=self._sender,
        )
        told = self._tell(pending, said, fact_id)
        if isinstance(told, Refused):
            return told
        if isinstance(body, FactHanded):
            self._carrying.share_handed(pending, draft, told, body, self._carried)
        if draft.seal and receivers:
            texts = [getattr(body, field) for field in draft.seal]
            self._carrying.share(pending, Shared(draft, told, texts, receivers), self._carried)
        if kind.ends_sharing and receivers:
            self._carrying.end(pending, draft)
        return told

    def _tell(self, pending: Transaction, said: Said, fact_id: bytes) -> FactId | Refused:
        record, tick = self._record, self._record.clock.tick(self._now_ms)
        fact = Fact(
            id=uuid_text(fact_id),
            world=record.identity.world,
            node=record.identity.node,
            incarnation=record.incarnation,
            owner=self._request.owner,
            epoch=self._epoch,
            kind=said.kind.name,
            version=said.kind.version,
            about=said.about,
            by=self._request.actor,
            basis=self._basis,
            causes=said.causes,
            sender=said.sender,
            happened_at=said.happened_at,
            recorded_at=tick.text(),
            body=msgspec.Raw(encode_body(said.body)),
        )
        raw = encode_fact(fact)
        if len(raw) > FACT_BYTES_LIMIT:
            return too_long("fact", len(raw), FACT_BYTES_LIMIT)
        stamp = pack_stamp(fact.epoch, fact.incarnation, tick, fact_id)
        self._append(pending, fact, said.body, raw, stamp, said.audiences)
        return fact.id

    # What those are told who may have to go on

    def _receivers(self, pending: Transaction, kind: Kind, draft: Draft) -> list[Receiver]:
        circle, owner = self._handing.circle, self._request.owner
        if circle.is_empty and not isinstance(draft.body, KeyErased):
            return []
        found = circle.of_owner(owner) if kind.for_stand_in else []
        if draft.seal:
            found += circle.of_organisations(draft.to)
        if isinstance(draft.body, KeyErased):
            here = self._record.identity.node
            found += [
                Receiver(OrganisationId(str(row["organisation"])), NodeId(str(row["node"])))
                for name in variants(circle.roster, owner, draft.body.key)
                for row in pending.rows(SHARED, {"key": name})
                if row["node"] != here
            ]
        return list(dict.fromkeys(found))

    def _append(
        self,
        pending: Transaction,
        fact: Fact,
        body: msgspec.Struct,
        raw: bytes,
        stamp: bytes,
        audiences: Sequence[Audience],
    ) -> None:
        record, position = self._record, pending.next_position
        pending.next_position = position + 1
        pending.add_fact(FactRow(position, stamp[-ID_BYTES:], raw, self._now_ms))
        if fact.sender is not None:
            sender = fact.sender
            ref = RefRow(fact.owner, sender.sender, sender.ref, position, sender.digest)
            pending.add_ref(ref)
        self._note_own_kind(pending, fact, body)
        # What a node tells is the newest of its owner's facts, unless it has told something in a
        # later incarnation that it does not remember, or another tells under the same epoch.
        overtaken = record.newest_incarnation > record.incarnation or record.roster.is_contended(
            fact.owner, fact.epoch
        )
        out_of_order = overtaken or isinstance(body, Struck | FactHanded)
        first = True
        for audience in audiences:
            channel = record.channel(pending, record.own_channel(audience))
            sequence = channel.sequence + 1
            head = link(channel.hash, sequence, raw)
            pending.channels[channel.name] = Channel(
                channel.key, channel.name, sequence, head, channel.announced, channel.stopped
            )
            pending.entries.append(EntryRow(channel.key, sequence, position, head, None))
            if fact.kind in TRUST_KIND_NAMES and audience == NATION:
                place: Row = {
                    "channel": channel.key,
                    "sequence": sequence,
                    "position": position,
                }
                pending.put(TRUST, place)
            heard = Heard(fact, body, audience, first)
            first = False
            for subject in fact.about:
                pending.add_about(AboutRow(fact.owner, subject, stamp, channel.key, position))
                if not out_of_order:
                    record.views.fold(pending, heard, subject, hosted=True)
        if out_of_order:
            for subject in fact.about:
                record.refold(pending, fact.owner, subject)

    def _note_own_kind(self, pending: Transaction, fact: Fact, body: msgspec.Struct) -> None:
        """Keep what the journal's own kinds say about the journal."""
        if isinstance(body, KeyErased):
            self._handing.note_erasure(pending, fact.owner, body.key)
        elif isinstance(body, WrapKeyOffered):
            self._handing.note_offer(pending, body, fact)
        elif isinstance(body, EvidenceSettled):
            row = pending.row(EVIDENCE, (body.evidence,))
            assert row is not None, "the decision has looked it up"
            pending.put(EVIDENCE, {**row, "settled_by": fact.id})

    def _key_is_gone(self, pending: Transaction, draft: Draft) -> Refused | None:
        """A text cannot be kept under a key that was erased, if only a moment ago."""
        if not draft.seal:
            return None
        plain, name = self._plain_name(draft), self._key_name(draft)
        gone = (pending.row(ERASED, (each,)) is not None for each in (plain, name))
        if not any(gone) and not any(map(self._vault.keys.is_erased, (plain, name))):
            return None
        return Refused(
            code="key_erased",
            says=f"Texts under {name} were erased, and no more are kept under it.",
            try_instead="Report it without the text, or as a new incident.",
            values={"key": name},
        )

    def _plain_name(self, draft: Draft) -> str:
        return key_name(self._request.owner, draft.seal_under or draft.about[0])

    def _key_name(self, draft: Draft) -> str:
        """The key that a text is sealed under.

        Who has taken the owner over may not know yet which key its first node made.
        """
        name = self._plain_name(draft)
        if self._epoch <= FIRST_EPOCH or self._vault.keys.key(name) is not None:
            return name
        return variant(name, self._record.identity.node)

    def _sealed(self, pending: Transaction, draft: Draft) -> msgspec.Struct:
        if not draft.seal:
            return draft.body
        name = self._key_name(draft)
        sealed = {
            field: self._vault.seal(pending, text, name) for field, text in draft.seal.items()
        }
        return msgspec.structs.replace(draft.body, **sealed)


encode_body = msgspec.json.Encoder().encode


def _not_offered(body: KeyShared) -> Refused:
    return Refused(
        code="no_wrap_key",
        says=f"{body.node} has not offered a key to be given others under.",
        try_instead="It is given as soon as it has.",
        values={"node": body.node},
    )
