# SPDX-License-Identifier: Apache-2.0
"""A program that states about trust whatever it is told to, and asks no gate of its own."""

import msgspec

from bavn.journal.catalogue import Part
from bavn.journal.decision import Context, Decision
from bavn.journal.fact import Draft
from bavn.journal.trust.deciding import _about
from bavn.journal.trust.statements import Body


class ClaimFalsely(msgspec.Struct, frozen=True, kw_only=True):
    """State what this node may not state."""

    body: msgspec.Struct


def _claim(_state: None, request: ClaimFalsely, context: Context) -> list[Draft]:
    body: Body = request.body  # type: ignore[assignment]
    return [Draft(body=body, about=_about(body), happened_at=context.now)]


LIARS = Part(
    decisions=(
        Decision(
            act="storm.claim_falsely",
            request=ClaimFalsely,
            load=lambda *_: None,
            decide=_claim,
        ),
    )
)
