# SPDX-License-Identifier: Apache-2.0
"""Rules by which alarms send themselves, and what other systems' codes stand for."""

from litestar import get, put
from litestar.params import JSONBody

from bavn.capabilities.receiving.api.bodies import (
    CodeAnswer,
    CodeBody,
    DoneAnswer,
    RuleAnswer,
    RuleBody,
    RuleList,
)
from bavn.capabilities.receiving.decisions import asking
from bavn.capabilities.receiving.views.looking import RoomGiven, codes_of, rules_of
from bavn.frame.given import CallGiven, DeskGiven
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId
from bavn.kernel.private import Private

RULES = "/api/v1/services/{service:str}/alarm-rules"
CODES = "/api/v1/services/{service:str}/alarm-codes"


@get(RULES, opt={"act": "receiving.read_rules"}, summary="A service's own rules and codes")
async def rules(service: str, call: CallGiven, desk: DeskGiven, receiving: RoomGiven) -> RuleList:
    """For those who may read what the service keeps for itself."""
    today = receiving.around.today(call.now)
    return RuleList(
        rules=[
            RuleAnswer(
                rule=each.rule,
                by=each.by,
                set_at=each.set_at,
                holds=each.rule.sends and each.rule.holds(today),
            )
            for each in rules_of(desk.query, call.reader, service)
        ],
        codes=[
            CodeAnswer(code=each.code, type=each.type)
            for each in codes_of(desk.query, call.reader, service)
        ],
    )


@put(
    RULES + "/{type_:str}",
    opt={"act": "receiving.set_rule"},
    summary="Say whether alarms of a type send themselves",
)
async def set_rule(
    service: str,
    type_: str,
    data: JSONBody[RuleBody],
    call: CallGiven,
    desk: DeskGiven,
    receiving: RoomGiven,
) -> DoneAnswer:
    """By a person, with a reason; what was set before is replaced."""
    asked = asking.Wanted(
        type=type_,
        sends=data.sends,
        units=data.units,
        valid_from=data.valid_from or receiving.around.today(call.now),
        valid_to=data.valid_to,
        reason=Private(data.reason),
    )
    owner = OrganisationId(service)
    return _done(
        type_, await asking.set_rule(desk, call, receiving.around, owner, asked, data.sender_ref)
    )


@put(
    CODES + "/{code:str}",
    opt={"act": "receiving.map_code"},
    summary="Say what another system's code stands for",
)
async def map_code(
    service: str,
    code: str,
    data: JSONBody[CodeBody],
    call: CallGiven,
    desk: DeskGiven,
    receiving: RoomGiven,
) -> DoneAnswer:
    """By a person; without a type it stands for nothing any more."""
    owner = OrganisationId(service)
    return _done(
        code,
        await asking.map_code(
            desk, call, receiving.around, owner, (code, data.type), data.sender_ref
        ),
    )


def _done(id_: str, done: Done) -> DoneAnswer:
    return DoneAnswer(id=id_, facts=tuple(done.facts), repeated=done.repeated)


HANDLERS = (rules, set_rule, map_code)
