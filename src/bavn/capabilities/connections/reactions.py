# SPDX-License-Identifier: Apache-2.0
"""What follows by itself: what was asked is heard, alarms are taken up, and the rest is struck."""

from datetime import timedelta

from bavn.capabilities.connections.facts import Answered, Asked
from bavn.capabilities.connections.model.requests import (
    TAKEN,
    HandOver,
    HearAsked,
    TakeUp,
    rest_of,
)
from bavn.journal.conflicts import ConflictSettled
from bavn.journal.fact import Fact
from bavn.journal.reaction import Reaction
from bavn.journal.trust.statements import ClaimSettled, Granted
from bavn.kernel.identity import OrganisationId

# An alarm that was taken for a silent centre is that centre's also after a long cut: a person
# there has to see it, and what is over is closed by one.
LONG_AFTER = timedelta(days=30)


def _of(_fact: Fact, body: Asked) -> OrganisationId:
    return body.of


def _granted_owner(_fact: Fact, body: Granted | ClaimSettled) -> OrganisationId:
    return body.owner


def _asker(_fact: Fact, body: Answered) -> OrganisationId:
    return body.asker


def _heard(fact: Fact, body: Asked) -> list[HearAsked | TakeUp]:
    heard = HearAsked(asked=fact.about[0], asker=fact.owner)
    return [heard] if body.report is None else [heard, TakeUp()]


def _answered(fact: Fact, body: Answered) -> list[HandOver]:
    is_taken_up = body.incident is not None and body.answer == TAKEN
    return [HandOver(asked=fact.about[0])] if is_taken_up else []


REACTIONS = (
    Reaction(
        name="hear-what-was-asked",
        body=Asked,
        requests=_heard,
        stale_after=LONG_AFTER,
        owner=_of,
    ),
    # Who goes on for an owner from now on takes up what was asked of it before.
    Reaction(
        name="take-up-after-grant",
        body=Granted,
        requests=lambda _fact, _body: [TakeUp()],
        stale_after=LONG_AFTER,
        owner=_granted_owner,
    ),
    Reaction(
        name="take-up-after-claim",
        body=ClaimSettled,
        requests=lambda _fact, _body: [TakeUp()],
        stale_after=LONG_AFTER,
        owner=_granted_owner,
    ),
    # One request takes up some alarms; its answers lead to the next.
    Reaction(
        name="take-up-more",
        body=Answered,
        requests=lambda _fact, body: [] if body.incident is None else [TakeUp()],
        stale_after=LONG_AFTER,
    ),
    Reaction(
        name="hand-over-what-was-taken-up",
        body=Answered,
        requests=_answered,
        stale_after=LONG_AFTER,
        owner=_asker,
    ),
    Reaction(
        name="strike-the-rest",
        body=ConflictSettled,
        requests=lambda _fact, body: rest_of(body),
        stale_after=LONG_AFTER,
    ),
)
