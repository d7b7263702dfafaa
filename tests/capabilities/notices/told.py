# SPDX-License-Identifier: Apache-2.0
"""Notices as tests tell them: on Lilleland's nodes, or to a decision alone."""

from datetime import UTC, datetime, timedelta

import msgspec

from bavn.capabilities.notices.capability import NOTICES_CAPABILITY
from bavn.capabilities.notices.decisions import TellNotice, WithdrawNotice, tell
from bavn.capabilities.notices.facts import Where
from bavn.capabilities.notices.model.notice import Notice
from bavn.capabilities.notices.views import NOTICES
from bavn.capabilities.notices.views.room import notice_of
from bavn.journal.catalogue import Catalogue, Part, catalogue_of
from bavn.journal.decision import Context, Decision, Outcome
from bavn.journal.reader import NOBODY
from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor
from tests.lilleland.nodes import EAST, EASTERN, EASTTOWN, START, Clock, Node, Settings, request

PARTS = catalogue_of([NOTICES_CAPABILITY.part])
# A node that looks at nothing before it tells, as one that took over without hearing all.
HASTY = catalogue_of(
    [
        Part(
            kinds=NOTICES_CAPABILITY.part.kinds,
            views=NOTICES_CAPABILITY.part.views,
            decisions=(
                Decision(act="notices.tell", request=TellNotice, load=lambda *_: None, decide=tell),
            ),
        )
    ]
)
HOUR = timedelta(hours=1)
STORM = TellNotice(
    id="a" * 32,
    area=EASTERN,
    number="1",
    kind="weather",
    step="serious",
    title="Storm",
    source="Made-up weather office",
    valid_from=START,
    valid_to=START + 6 * HOUR,
    where=Where(municipalities=("0851",)),
)


def storm(**other: object) -> TellNotice:
    """A storm that is told, but for what is other."""
    return msgspec.structs.replace(STORM, **other)


def context(now: datetime = START) -> Context:
    """Told by a service's watch."""
    actor = Actor(organisation=EASTTOWN, function="duty_officer")
    ids = iter(map(str, range(100)))
    return Context(owner=EASTTOWN, actor=actor, basis="x", now=now, new_id=lambda: next(ids))


class Town:
    """One node that hosts a town, and whoever hears it."""

    def __init__(self, parts: Catalogue = PARTS) -> None:
        self.clock = Clock(START)
        settings = Settings(catalogue=parts, clock=self.clock)
        self.node = Node(EAST, settings=settings)

    def ask(self, content: object, owner: OrganisationId = EASTTOWN) -> Outcome:
        """What comes of a request; a second passes, since nobody says two things at once."""
        self.clock.forward(seconds=1)
        return self.node.ask(request(owner, content))

    def withdraw(self) -> Outcome:
        """Take the storm back."""
        return self.ask(WithdrawNotice(id=STORM.id, area=EASTERN))

    def stands(self) -> list[Notice]:
        """All notices as this node has them."""
        return noted(self.node)


def noted(node: Node) -> list[Notice]:
    """All notices as a node has them."""
    return [notice_of(row) for row in node.journal.query.rows(NOBODY, NOTICES)]


def at(hour: int, minute: int = 0) -> datetime:
    """An instant on the first day."""
    return datetime(2027, 1, 1, hour, minute, tzinfo=UTC)
