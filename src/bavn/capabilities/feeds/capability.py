# SPDX-License-Identifier: Apache-2.0
"""What feeds bring to the house."""

from bavn.capabilities.feeds.api import HANDLERS
from bavn.capabilities.feeds.decisions import NumberIncident, number
from bavn.capabilities.feeds.facts import KINDS
from bavn.capabilities.feeds.pages import PAGES
from bavn.capabilities.feeds.views import NUMBERS, VIEWS
from bavn.frame.capability import Capability, MenuEntry, Panel
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, is_subject


def _numbers(reading: Reading, request: NumberIncident, owner: OrganisationId) -> list[Row]:
    subject = f"incident:{request.incident}"
    if not is_subject(subject):
        return []
    return list(reading.rows(NUMBERS, {"owner": owner, "subject": subject}))


FEEDS = Capability(
    name="feeds",
    part=Part(
        kinds=KINDS,
        views=VIEWS,
        decisions=(
            Decision(
                act="feeds.number_incident",
                request=NumberIncident,
                load=_numbers,
                decide=number,
            ),
        ),
    ),
    handlers=(*HANDLERS, *PAGES),
    menu=(MenuEntry(text="feeds.menu", path="/feeds", act="feeds.read_feeds"),),
    panels=(Panel(about="incident", path="/incidents/{id}/feeds-part", rank=15),),
)
