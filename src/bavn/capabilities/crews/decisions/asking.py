# SPDX-License-Identifier: Apache-2.0
"""Asking, for pages and programming interface alike."""

import msgspec

from bavn.capabilities.crews.decisions import ManUnit
from bavn.capabilities.crews.facts import KINDS, UnitManned
from bavn.capabilities.crews.ports import Unit
from bavn.frame.call import Call
from bavn.frame.desk import Desk, carried_out
from bavn.journal.kinds import Kinds
from bavn.journal.reader import NOBODY

_KINDS = Kinds(KINDS)


class Manned(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a word about a crew: the fact, and what is odd about it."""

    facts: tuple[str, ...]
    flags: tuple[str, ...]
    repeated: bool


async def man(desk: Desk, call: Call, unit: Unit, content: ManUnit, ref: str | None) -> Manned:
    """Have it told who is aboard."""
    done = await carried_out(desk, call, unit.service, content, ref)
    fact = desk.query.told(NOBODY, done.facts[0])
    assert fact is not None, "what is done is on record, and told to the nation"
    body = _KINDS.read(fact)
    assert isinstance(body, UnitManned), "that is what the decision makes"
    return Manned(facts=tuple(done.facts), flags=body.flags, repeated=done.repeated)
