# SPDX-License-Identifier: Apache-2.0
"""What follows by itself: an incident that is over gives its talk groups back."""

from datetime import timedelta

from bavn.capabilities.duty.model.requests import ReleaseTalkGroup
from bavn.capabilities.operations.facts import IncidentClosed
from bavn.journal.fact import Fact
from bavn.journal.reaction import Reaction

INCIDENT = "incident:"


def _closed(fact: Fact, _body: IncidentClosed) -> list[ReleaseTalkGroup]:
    incidents = [each.removeprefix(INCIDENT) for each in fact.about if each.startswith(INCIDENT)]
    return [ReleaseTalkGroup(incident=each) for each in incidents]


REACTIONS = (
    Reaction(
        name="release-talk-groups",
        body=IncidentClosed,
        requests=_closed,
        stale_after=timedelta(days=1),
    ),
)
