# SPDX-License-Identifier: Apache-2.0
"""What can have happened in a call, and who is told."""

import msgspec

from bavn.journal.fact import Sealed
from bavn.journal.kinds import Kind
from bavn.kernel.audience import Scope


class QuestionAnswered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A caller answered a question of a protocol, in a version of it. About the incident.

    `incident_type` and `urgency` are there where the answer changed them. What a caller said in
    words may name people, and is sealed.
    """

    protocol: str
    version: int
    question: str
    answer: str | None = None
    incident_type: str | None = None
    urgency: str | None = None
    text: Sealed | None = None


# To the area's centre, as the place is; and to whoever would have to go on with the call.
QUESTION_ANSWERED = Kind(
    name="calls.question_answered",
    version=1,
    body=QuestionAnswered,
    scopes=frozenset({Scope.TO}),
    for_stand_in=True,
)
KINDS = (QUESTION_ANSWERED,)
