# SPDX-License-Identifier: Apache-2.0
"""Telling: drafts become facts, each with its place in its channels and in the views."""

from collections.abc import Sequence
from typing import NoReturn

import msgspec

from bavn.journal.chain import link
from bavn.journal.decision import Request
from bavn.journal.fact import (
    FACT_BYTES_LIMIT,
    SUBJECTS_LIMIT,
    Draft,
    Fact,
    SenderRef,
    encode_fact,
    pack_stamp,
)
from bavn.journal.kept import ERASED, EVIDENCE, TRUST
from bavn.journal.kinds import TRUST_KIND_NAMES, EvidenceSettled, KeyErased, Kind, Struck
from bavn.journal.record import Channel, Record, Transaction
from bavn.journal.store import AboutRow, EntryRow, FactRow, RefRow
from bavn.journal.table import Row
from bavn.journal.vault import PRIVATE_BYTES_LIMIT, Vault, key_name
from bavn.journal.views import Heard
from bavn.kernel.audience import NATION, OWN, Audience, Scope, area, to
from bavn.kernel.identity import ID_BYTES, FactId, is_name, is_subject, uuid_text
from bavn.kernel.refusal import BrokenPromise, Refused


class Telling:
    """Makes the facts of one request out of its drafts, and puts each where it belongs."""

    def __init__(  # noqa: PLR0913 - what the facts of one request have in common
        self,
        record: Record,
        vault: Vault,
        request: Request,
        *,
        basis: str,
        epoch: int,
        sender: SenderRef | None,
        now_ms: int,
    ) -> None:
        self._record = record
        self._vault = vault
        self._request = request
        self._basis = basis
        self._epoch = epoch
        self._sender = sender
        self._now_ms = now_ms

    def tell(
        self, pending: Transaction, draft: Draft, fact_id: bytes, *, alarm: bool
    ) -> FactId | Refused:
        """Append one draft to each of its channels and apply it to the views."""
        kind = self._record.catalogue.kinds.of(draft.body)
        _check_draft(kind, draft, alarm=alarm)
        unsealable = _too_long_to_seal(draft) or self._key_is_gone(pending, draft)
        if unsealable is not None:
            return unsealable
        body = self._sealed(pending, draft)
        record, tick = self._record, self._record.clock.tick(self._now_ms)
        fact = Fact(
            id=uuid_text(fact_id),
            world=record.identity.world,
            node=record.identity.node,
            incarnation=record.incarnation,
            owner=self._request.owner,
            epoch=self._epoch,
            kind=kind.name,
            version=kind.version,
            about=draft.about,
            by=self._request.actor,
            basis=self._basis,
            causes=draft.causes,
            sender=self._sender,
            happened_at=draft.happened_at,
            recorded_at=tick.text(),
            body=msgspec.Raw(encode_body(body)),
        )
        raw = encode_fact(fact)
        if len(raw) > FACT_BYTES_LIMIT:
            return _too_long("fact", len(raw), FACT_BYTES_LIMIT)
        stamp = pack_stamp(fact.epoch, fact.incarnation, tick, fact_id)
        self._append(pending, fact, body, raw, stamp, _audiences(kind, draft))
        return fact.id

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
        # later incarnation that it does not remember.
        overtaken = record.newest_incarnation > record.incarnation
        out_of_order = overtaken or isinstance(body, Struck)
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
            pending.put(ERASED, {"key": body.key})
        elif isinstance(body, EvidenceSettled):
            row = pending.row(EVIDENCE, (body.evidence,))
            assert row is not None, "the decision has looked it up"
            pending.put(EVIDENCE, {**row, "settled_by": fact.id})

    def _key_is_gone(self, pending: Transaction, draft: Draft) -> Refused | None:
        """A text cannot be kept under a key that was erased, if only a moment ago."""
        if not draft.seal:
            return None
        name = self._key_name(draft)
        if pending.row(ERASED, (name,)) is None and not self._vault.keys.is_erased(name):
            return None
        return Refused(
            code="key_erased",
            says=f"Texts under {name} were erased, and no more are kept under it.",
            try_instead="Report it without the text, or as a new incident.",
            values={"key": name},
        )

    def _key_name(self, draft: Draft) -> str:
        return key_name(self._request.owner, draft.seal_under or draft.about[0])

    def _sealed(self, pending: Transaction, draft: Draft) -> msgspec.Struct:
        if not draft.seal:
            return draft.body
        name = self._key_name(draft)
        sealed = {
            field: self._vault.seal(pending, text, name) for field, text in draft.seal.items()
        }
        return msgspec.structs.replace(draft.body, **sealed)


encode_body = msgspec.json.Encoder().encode


def _audiences(kind: Kind, draft: Draft) -> Sequence[Audience]:
    if draft.audiences is not None:
        return draft.audiences
    if kind.everywhere is not None:
        return kind.everywhere
    audiences = []
    if Scope.NATION in kind.scopes:
        audiences.append(NATION)
    if Scope.AREA in kind.scopes and draft.area is not None:
        audiences.append(area(draft.area))
    if Scope.TO in kind.scopes:
        audiences += [to(organisation) for organisation in draft.to]
    if Scope.OWN in kind.scopes or not audiences:
        audiences.append(OWN)
    return audiences


def _check_draft(kind: Kind, draft: Draft, *, alarm: bool) -> None:
    """Hold a decision to what it promises about its drafts."""
    about, scopes, strike = draft.about, kind.scopes, draft.audiences is not None
    if alarm and not kind.alarm:
        _broken(kind, "every fact of an alarm decision is of an alarm kind")
    if not 1 <= len(about) <= SUBJECTS_LIMIT or len(set(about)) != len(about):
        _broken(kind, "a fact has one to sixteen different subjects")
    for subject in about:
        if not is_subject(subject):
            _broken(kind, "a subject is a type, a colon and an id")
    if strike and kind.body is not Struck:
        _broken(kind, "only a strike names its audiences")
    if not strike and (draft.area is not None) != (Scope.AREA in scopes):
        _broken(kind, "an area is given exactly for kinds told to one")
    if draft.to and Scope.TO not in scopes:
        _broken(kind, "organisations are given only for kinds told to them")
    if draft.area is not None and not is_name(draft.area):
        _broken(kind, "audiences name organisations")
    if draft.to and not all(map(is_name, draft.to)):
        _broken(kind, "audiences name organisations")


def _broken(kind: Kind, promise: str) -> NoReturn:
    msg = f"{kind.name}: {promise}"
    raise BrokenPromise(msg)


def _too_long_to_seal(draft: Draft) -> Refused | None:
    for name, text in draft.seal.items():
        size = len(text.reveal().encode())
        if size > PRIVATE_BYTES_LIMIT:
            return _too_long(name, size, PRIVATE_BYTES_LIMIT)
    return None


def _too_long(what: str, size: int, limit: int) -> Refused:
    return Refused(
        code="too_long",
        says=f"{what} is {size - limit} bytes longer than the {limit} that are kept.",
        try_instead="Split it into several reports; nothing was cut.",
        values={"what": what, "over": str(size - limit), "limit": str(limit)},
    )
