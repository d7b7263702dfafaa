# SPDX-License-Identifier: Apache-2.0
"""What follows by itself: where the work at an incident is over, so it is at its parts."""

from datetime import timedelta

from bavn.capabilities.operations.facts import IncidentClosed
from bavn.capabilities.relations.model.requests import CloseParts
from bavn.journal.fact import Fact
from bavn.journal.reaction import Reaction

# A closing that is heard long after is one that a person has seen by then.
STALE_AFTER = timedelta(days=1)


def _closed(fact: Fact, body: IncidentClosed) -> list[CloseParts]:
    incident = fact.about[0].partition(":")[2]
    return [CloseParts(incident=incident, outcome=body.outcome)]


REACTIONS = (
    Reaction(
        name="close-what-is-one-with-it",
        body=IncidentClosed,
        requests=_closed,
        stale_after=STALE_AFTER,
    ),
)
