# SPDX-License-Identifier: Apache-2.0
"""What mandates brings to the house."""

from bavn.capabilities.mandates import decisions
from bavn.capabilities.mandates.api import HANDLERS
from bavn.capabilities.mandates.api import requests as api_requests
from bavn.capabilities.mandates.decisions import (
    DeclareEmergency,
    Delegate,
    EndDelegation,
    ExplainEmergency,
    LookAtAny,
    LookAtEmergency,
    LookAtOwn,
)
from bavn.capabilities.mandates.decisions import requests as asked
from bavn.capabilities.mandates.decisions.policies import (
    TakePolicies,
    policies_subject,
    take_policies,
)
from bavn.capabilities.mandates.decisions.requests import (
    AnswerMandate,
    AskForMandate,
    Standing,
    WithdrawAsk,
)
from bavn.capabilities.mandates.facts import KINDS, Looked
from bavn.capabilities.mandates.pages import PAGES, requests
from bavn.capabilities.mandates.views import (
    ANSWERS,
    DELEGATIONS,
    EMERGENCIES,
    LOOKED,
    REQUESTS,
    VIEWS,
)
from bavn.capabilities.mandates.views.policies import POLICIES
from bavn.frame.capability import Capability, MenuEntry
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row, Value
from bavn.kernel.identity import OrganisationId, is_subject


def _unseen(
    _reading: Reading, _request: Delegate | DeclareEmergency, _owner: OrganisationId
) -> None:
    return None


def _delegations(reading: Reading, request: EndDelegation, _owner: OrganisationId) -> list[Row]:
    subject = decisions.delegation_subject(request.delegation)
    return reading.rows(DELEGATIONS, {"subject": subject}) if is_subject(subject) else []


def _emergencies(
    reading: Reading, request: ExplainEmergency | LookAtEmergency, _owner: OrganisationId
) -> list[Row]:
    subject = decisions.emergency_subject(request.emergency)
    if not is_subject(subject):
        return []
    chiefs = {
        row["owner"]: row["looked_at_ms"]
        for row in reading.rows(LOOKED, {"subject": subject})
        if row["by"] == Looked.CHIEF
    }
    return [
        {**row, "chief_at_ms": chiefs.get(row["owner"])}
        for row in reading.rows(EMERGENCIES, {"subject": subject})
    ]


def _asked_by_it(reading: Reading, _request: AskForMandate, owner: OrganisationId) -> Standing:
    asked = reading.rows(REQUESTS, {"owner": owner})
    return Standing(asked, reading.rows(ANSWERS, {"asker": owner}))


def _asked(
    reading: Reading, request: AnswerMandate | WithdrawAsk, _owner: OrganisationId
) -> Standing:
    subject = asked.asked_subject(request.asked)
    if not is_subject(subject):
        return Standing()
    where: dict[str, Value] = {"subject": subject}
    return Standing(reading.rows(REQUESTS, where), reading.rows(ANSWERS, where))


def _held(reading: Reading, request: TakePolicies, owner: OrganisationId) -> list[Row]:
    return reading.rows(POLICIES, {"subject": policies_subject(request.node), "owner": owner})


DECISIONS = (
    Decision(act="mandates.take_policies", request=TakePolicies, load=_held, decide=take_policies),
    Decision(act="mandates.delegate", request=Delegate, load=_unseen, decide=decisions.delegate),
    Decision(
        act="mandates.end_delegation",
        request=EndDelegation,
        load=_delegations,
        decide=decisions.end_delegation,
    ),
    Decision(
        act="mandates.declare_emergency",
        request=DeclareEmergency,
        load=_unseen,
        decide=decisions.declare,
    ),
    Decision(
        act="mandates.explain_emergency",
        request=ExplainEmergency,
        load=_emergencies,
        decide=decisions.explain,
    ),
    Decision(
        act="mandates.look_at_own",
        request=LookAtOwn,
        load=_emergencies,
        decide=decisions.look_at_own,
    ),
    Decision(
        act="mandates.look_at_any",
        request=LookAtAny,
        load=_emergencies,
        decide=decisions.look_at_any,
    ),
    Decision(act="mandates.ask_for", request=AskForMandate, load=_asked_by_it, decide=asked.ask),
    Decision(act="mandates.answer_ask", request=AnswerMandate, load=_asked, decide=asked.answer),
    Decision(act="mandates.withdraw_ask", request=WithdrawAsk, load=_asked, decide=asked.withdraw),
)
MANDATES = Capability(
    name="mandates",
    part=Part(kinds=KINDS, views=(*VIEWS, POLICIES), decisions=DECISIONS),
    handlers=(*HANDLERS, *PAGES, *requests.HANDLERS, *api_requests.HANDLERS),
    menu=(MenuEntry(text="mandates.menu", path="/mandates", act="mandates.read_mandates"),),
)
