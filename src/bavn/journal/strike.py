# SPDX-License-Identifier: Apache-2.0
"""The two decisions that belong to the journal itself.

Strike a fact through, and erase a key of the vault.
"""

from collections.abc import Sequence

import msgspec

from bavn.journal.decision import Context, Decision, Reading, Told
from bavn.journal.fact import Draft
from bavn.journal.kinds import KEY_ERASED, TRUST_KIND_NAMES, KeyErased, Struck
from bavn.journal.vault import key_name
from bavn.kernel.identity import FactId, OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused


class StrikeFact(msgspec.Struct, frozen=True, kw_only=True):
    """Strike one of the owner's own facts through, to the same audiences."""

    fact: FactId
    reason: Private | None = None


class EraseKey(msgspec.Struct, frozen=True, kw_only=True):
    """Destroy the key of a person or an incident, on a legal ground."""

    subject: Subject
    ground: str


def _told(reading: Reading, request: StrikeFact, _owner: OrganisationId) -> Told | None:
    return reading.told(request.fact)


def _strike(told: Told | None, request: StrikeFact, context: Context) -> Sequence[Draft] | Refused:
    if told is None or told.fact.owner != context.owner:
        return Refused(
            code="not_ours_to_strike",
            says=f"{context.owner} has told no fact {request.fact}.",
            try_instead="Ask its owner to correct it.",
            values={"fact": request.fact},
        )
    if told.fact.kind == KEY_ERASED.name:
        return Refused(
            code="erasure_stands",
            says="A key that was destroyed does not come back.",
            try_instead="Report the text again.",
        )
    if told.fact.kind in TRUST_KIND_NAMES:
        return Refused(
            code="trust_stands",
            says="What was stated about trust is not struck through: others have acted on it.",
            try_instead="State what holds now: grant it anew, or revoke the key.",
        )
    if told.struck:
        return Refused(
            code="already_struck",
            says=f"Fact {request.fact} is already struck through.",
            try_instead="Strike the strike, if it should count again.",
            values={"fact": request.fact},
        )
    seal = {} if request.reason is None else {"reason": request.reason}
    return [
        Draft(
            body=Struck(fact=request.fact),
            about=told.fact.about,
            happened_at=context.now,
            causes=(request.fact,),
            seal=seal,
            audiences=told.audiences,
        )
    ]


def _erase(_state: None, request: EraseKey, context: Context) -> Sequence[Draft]:
    return [
        Draft(
            body=KeyErased(key=key_name(context.owner, request.subject), ground=request.ground),
            about=(request.subject,),
            happened_at=context.now,
        )
    ]


STRIKE = Decision(act="journal.strike", request=StrikeFact, load=_told, decide=_strike)
ERASE_KEY = Decision(
    act="journal.erase_key",
    request=EraseKey,
    load=lambda *_: None,
    decide=_erase,
    erases=True,
)
