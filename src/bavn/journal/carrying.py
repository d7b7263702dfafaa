# SPDX-License-Identifier: Apache-2.0
"""Carrying texts to those who may have to go on: beside a fact, its ciphertexts and their keys."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from bavn.journal.fact import Draft, Sealed, SenderRef
from bavn.journal.handed import handed_body
from bavn.journal.handing import Handing, share_rows
from bavn.journal.kept import SEALED, SHARED, WRAP_KEY
from bavn.journal.kinds import Kind, NotUnderstood
from bavn.journal.record import Record, Transaction
from bavn.journal.sharing import (
    FactHanded,
    KeyShared,
    Receiver,
    TextShared,
    about_texts,
    audiences_of,
    variants,
    wrapped,
)
from bavn.journal.store import StoreBroken, StoreFull
from bavn.journal.vault import Vault, key_name
from bavn.kernel.audience import Audience
from bavn.kernel.identity import FactId, OrganisationId, Subject


class Said(NamedTuple):
    """What a fact says, beside what all facts of its request have in common."""

    kind: Kind
    body: msgspec.Struct
    about: tuple[Subject, ...]
    happened_at: datetime
    causes: tuple[FactId, ...]
    audiences: Sequence[Audience]
    sender: SenderRef | None


class Shared(NamedTuple):
    """Texts that are to be read elsewhere as well: of which fact, and where."""

    draft: Draft
    cause: FactId
    texts: Sequence[Sealed]
    receivers: Sequence[Receiver]


# Handed in each time, and not kept: whoever tells has us, and two that have each other would keep
# the store of a node that is gone open for as long as nobody looks for garbage.
Tell = Callable[[Transaction, Said], None]


class Carrying:
    """Tells ciphertexts and keys on, for the facts of one request."""

    def __init__(
        self,
        record: Record,
        vault: Vault,
        handing: Handing,
        owner: OrganisationId,
        now_ms: int,
    ) -> None:
        self._record = record
        self._vault = vault
        self._handing = handing
        self._owner = owner
        self._now_ms = now_ms

    def share(self, pending: Transaction, shared: Shared, tell: Tell) -> None:
        """Tell ciphertexts and keys on; what is wrong with that stops nothing that was reported.

        Runbook for evidence `not_shared`. It means: something was reported and is on record, and
        its texts could not be made ready for who stands in. What still works: everything here. Do:
        tell the stand-in by telephone what it would need, and have the program looked at.
        """
        mark, channels = pending.mark(), dict(pending.channels)
        try:
            self._share(pending, shared, tell)
        except (StoreFull, StoreBroken):
            raise
        except Exception as error:  # noqa: BLE001 - an alarm is never stopped by who is told of it
            pending.undo_to(mark)
            pending.channels = channels
            self._record.note_evidence(
                pending,
                sort="not_shared",
                what=shared.cause,
                says=f"texts of {shared.cause} could not be shared: {type(error).__name__}",
                at_ms=self._now_ms,
            )

    def share_handed(
        self, pending: Transaction, draft: Draft, told: FactId, body: FactHanded, tell: Tell
    ) -> None:
        """Tell the texts of a fact that is handed on; those that are gone stay gone."""
        held = handed_body(self._record.catalogue.kinds, body)
        assert not isinstance(held, NotUnderstood), "its kind is one that is for stand-ins"
        texts = [
            text
            for name in held.__struct_fields__
            if isinstance(text := getattr(held, name), Sealed)
            and pending.row(SEALED, (text.sealed,)) is not None
            and self._vault.keys.key(text.key) is not None
        ]
        if texts:
            receivers = [Receiver(each, body.node) for each in draft.to]
            self.share(pending, Shared(draft, told, texts, receivers), tell)

    def _share(self, pending: Transaction, shared: Shared, tell: Tell) -> None:
        """Tell ciphertexts and keys on, beside the fact that refers to them."""
        draft, receivers = shared.draft, shared.receivers
        bodies: list[tuple[msgspec.Struct, Sequence[Audience]]] = []
        for text in shared.texts:
            row = pending.row(SEALED, (text.sealed,))
            assert row is not None, "it was sealed here"
            ciphertext = row["ciphertext"]
            assert isinstance(ciphertext, bytes), "the table says so"
            told = TextShared(text=text, ciphertext=ciphertext)
            bodies.append((told, audiences_of(receivers)))
        for name in dict.fromkeys(text.key for text in shared.texts):
            for receiver, wrap_key in share_rows(pending, name, receivers):
                box = self._boxed(name, receiver, wrap_key)
                bodies.append((box, audiences_of([receiver])))
        kinds = self._record.catalogue.kinds
        for body, audiences in bodies:
            said = Said(
                kind=kinds.of(body),
                body=body,
                about=(about_texts(draft.seal_under or draft.about[0]),),
                happened_at=draft.happened_at,
                causes=(shared.cause,),
                audiences=audiences,
                # The sender's number is of what was reported, and not of how it was carried.
                sender=None,
            )
            tell(pending, said)

    def _boxed(self, name: str, receiver: Receiver, wrap_key: str) -> KeyShared:
        secret = self._vault.keys.key(name)
        assert secret is not None, "a text was sealed with it"
        return KeyShared(
            key=name,
            organisation=receiver.organisation,
            node=receiver.node,
            wrap_key=wrap_key,
            box=wrapped(
                self._record.identity.world, (name, secret), wrap_key, self._handing.entropy
            ),
        )

    def filled(self, pending: Transaction, body: KeyShared) -> KeyShared | None:
        """A key sealed for what its receiver offers now; None when it offers nothing."""
        offered = pending.row(WRAP_KEY, (body.node,))
        if offered is None or self._vault.keys.key(body.key) is None:
            return None
        receiver, wrap_key = Receiver(body.organisation, body.node), str(offered["wrap_key"])
        row = pending.row(SHARED, (body.key, body.organisation, body.node))
        if row is not None:
            pending.put(SHARED, {**row, "wrap_key": wrap_key, "waits": 0})
        return self._boxed(body.key, receiver, wrap_key)

    def end(self, pending: Transaction, draft: Draft) -> None:
        """What is over is given to nobody anew."""
        key = key_name(self._owner, draft.about[0])
        for name in variants(self._record.roster, self._owner, key):
            for row in pending.rows(SHARED, {"key": name}):
                if row["node"] != self._record.identity.node:
                    pending.put(SHARED, {**row, "waits": 0, "ended": 1})
