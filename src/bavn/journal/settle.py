# SPDX-License-Identifier: Apache-2.0
"""Settling evidence: a person has looked at it, and says what was found. It stays, as settled."""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from bavn.journal.decision import Context, Decision, Reading
from bavn.journal.fact import Draft
from bavn.journal.kinds import EvidenceSettled
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused

# Enough of a hash to tell apart what one node will ever notice, and short enough to type.
MARK_CHARACTERS = 8


class SettleEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence was looked at; `found` says in words what it was."""

    evidence: str
    found: Private


def mark_of(evidence: str) -> str:
    """The short name of a piece of evidence, by which a person names it."""
    return sha256(evidence.encode()).hexdigest()[:MARK_CHARACTERS]


def _load(reading: Reading, request: SettleEvidence, _owner: OrganisationId) -> Row | None:
    return reading.evidence(request.evidence)


def _settle(
    evidence: Row | None, request: SettleEvidence, context: Context
) -> Sequence[Draft] | Refused:
    if evidence is None:
        return Refused(
            code="no_such_evidence",
            says="There is no such evidence here.",
            try_instead="Run `bavn settle` without a mark: it lists what is not settled.",
        )
    if evidence["settled_by"] is not None:
        return Refused(
            code="evidence_settled",
            says="It was settled before.",
            try_instead="Nothing is left to do about it.",
        )
    return [
        Draft(
            body=EvidenceSettled(evidence=request.evidence),
            about=(Subject(f"evidence:{mark_of(request.evidence)}"),),
            happened_at=context.now,
            seal={"found": request.found},
        )
    ]


SETTLE = Decision(act="journal.settle", request=SettleEvidence, load=_load, decide=_settle)
