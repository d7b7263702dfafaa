# SPDX-License-Identifier: Apache-2.0
"""What connections brings to the house."""

from bavn.capabilities.connections.api import HANDLERS
from bavn.capabilities.connections.decisions import asking, settling, taking_over
from bavn.capabilities.connections.facts import KINDS
from bavn.capabilities.connections.model.requests import (
    HandOver,
    HearAsked,
    StrikeWeighed,
    TakeUp,
)
from bavn.capabilities.connections.pages import PAGES
from bavn.capabilities.connections.reactions import REACTIONS
from bavn.capabilities.connections.views import VIEWS, loading
from bavn.frame.capability import Capability, MenuEntry
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _to_take_over(
    reading: Reading, request: taking_over.TakeOver, _owner: OrganisationId
) -> taking_over.Standing:
    return taking_over.standing(reading, request.of)


def _to_hand_back(
    reading: Reading, _request: taking_over.HandBack, owner: OrganisationId
) -> taking_over.Standing:
    return taking_over.standing(reading, owner)


def _nothing(_reading: Reading, _request: asking.Ask, _owner: OrganisationId) -> None:
    return None


def _asked(
    reading: Reading, request: HearAsked | asking.AnswerAsked | HandOver, _owner: OrganisationId
) -> list[Row]:
    return loading.asked(reading, request.asked)


def _alarms(reading: Reading, _request: TakeUp, owner: OrganisationId) -> list[Row]:
    return loading.unanswered_alarms(reading, owner)


DECISIONS = (
    Decision(
        act="connections.take_over",
        request=taking_over.TakeOver,
        load=_to_take_over,
        decide=taking_over.take_over,
    ),
    Decision(
        act="connections.hand_back",
        request=taking_over.HandBack,
        load=_to_hand_back,
        decide=taking_over.hand_back,
    ),
    Decision(
        act="connections.settle_conflict",
        request=settling.SettleConflict,
        load=settling.weighed,
        decide=settling.settle,
    ),
    Decision(
        act="connections.strike_weighed",
        request=StrikeWeighed,
        load=settling.weighed,
        decide=settling.strike_rest,
    ),
    Decision(act="connections.ask", request=asking.Ask, load=_nothing, decide=asking.ask),
    Decision(act="connections.hear_asked", request=HearAsked, load=_asked, decide=asking.hear),
    Decision(
        act="connections.answer_asked",
        request=asking.AnswerAsked,
        load=_asked,
        decide=asking.answer,
    ),
    Decision(act="connections.take_up", request=TakeUp, load=_alarms, decide=asking.take_up),
    Decision(act="connections.hand_over", request=HandOver, load=_asked, decide=asking.hand_over),
)

CONNECTIONS = Capability(
    name="connections",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS, reactions=REACTIONS),
    handlers=(*HANDLERS, *PAGES),
    menu=(
        MenuEntry(
            text="connections.menu",
            path="/connections",
            act="connections.read_overview",
            often=True,
        ),
    ),
)
