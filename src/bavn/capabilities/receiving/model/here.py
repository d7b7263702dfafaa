# SPDX-License-Identifier: Apache-2.0
"""A coded alarm as it is kept."""

from datetime import datetime

import msgspec

from bavn.capabilities.receiving.model.rule import Result
from bavn.kernel.identity import OrganisationId


class AlarmHere(msgspec.Struct, frozen=True, kw_only=True):
    """How an incident came in. `result` says what came of the rule, where one had it sent."""

    incident: str
    service: OrganisationId
    told_code: str | None
    type: str | None
    number: str | None
    object: str | None
    by_hand: bool
    sends: bool
    result: Result | None
    is_open: bool
    repeat_count: int
    repeat_code: str | None
    taken_at: datetime
    last_at: datetime
