# SPDX-License-Identifier: Apache-2.0
"""What the handlers of alerting work with beside the record, and what of it wants a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from bavn.capabilities.alerting.model.escalating import Rule, holding
from bavn.capabilities.alerting.ports import Around
from bavn.capabilities.alerting.views import CALLOUTS, RULES
from bavn.capabilities.alerting.views.rows import rule_of
from bavn.capabilities.alerting.views.shown import CalloutShown, callout_shown
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.given import Given
from bavn.journal.reader import Query
from bavn.kernel.identity import OrganisationId, Subject

UNANSWERED = "unanswered"


@dataclass(kw_only=True)
class Room:
    """Made once for a world that is served."""

    query: Query
    around: Around

    def rule(self, call: Call) -> Rule:
        """How whom the caller acts for escalates now."""
        rows = self.query.rows(call.reader, RULES, {"owner": call.actor.organisation})
        return holding(map(rule_of, rows), call.now, self.around.country_rule)

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Call-outs that nobody has answered, and channels that cannot be used."""
        shown_from = call.now - timedelta(seconds=self.around.shown_after_s)
        found = [
            _unanswered(each)
            for state in ("open", UNANSWERED)
            for row in self.query.rows(call.reader, CALLOUTS, {"state": state})
            if row["owner"] in call.organisations
            for each in (callout_shown(row, self.around),)
            if state == UNANSWERED or each.begun_at <= shown_from
        ]
        if self.around.fault:
            found += [_broken(call, owner) for owner in sorted(call.organisations)[:1]]
        return found


def _unanswered(callout: CalloutShown) -> Attention:
    is_loud = callout.state == UNANSWERED
    text = "alerting.wants.waiting"
    if is_loud:
        text = "alerting.wants.nobody" if callout.why == "nobody" else "alerting.wants.unanswered"
    return Attention(
        # What has become loud is something new to whoever has seen it while it was not.
        id=f"callout-{callout.id}-{'loud' if is_loud else 'quiet'}",
        text=text,
        values={"callsign": callout.callsign},
        since=callout.begun_at,
        about=Subject(f"incident:{callout.incident}"),
        path=f"/incidents/{callout.incident}",
        service=callout.service,
        loud=is_loud,
    )


def _broken(call: Call, owner: OrganisationId) -> Attention:
    return Attention(
        id="alerting-settings",
        text="alerting.wants.settings",
        since=call.now,
        about=Subject("alert_rule:callouts"),
        path="/alerting",
        service=owner,
        loud=True,
    )


RoomGiven: TypeAlias = Given[Room]
