# SPDX-License-Identifier: Apache-2.0
"""What connections knows that a watch must not forget: silences, requests, what is contested."""

from collections.abc import Sequence
from datetime import datetime

from bavn.capabilities.centre.ports import Listed
from bavn.capabilities.connections.views import ASKED
from bavn.capabilities.organisation.views.register import Register
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.node.connections import CountrySilences, Names
from bavn.node.take_overs import CountryTakeOvers
from bavn.runtime.live import Live

# Conflicts that are named one by one; their page has them all.
CONFLICTS_NAMED = 5


class Handed:
    """Asked for each board and each sheet; answered from what is at hand."""

    def __init__(
        self,
        live: Live,
        register: Register,
        silences: CountrySilences,
        take_overs: CountryTakeOvers,
    ) -> None:
        self.live = live
        self._names, self._register = Names(register), register
        self._silences, self._take_overs = silences, take_overs
        # When a node that was never heard was first missed here.
        self._missed_at: dict[str, datetime] = {}

    def of(self, call: Call) -> Sequence[Listed]:
        """What was asked of whom, and who is silent."""
        told = tuple(
            (self._name(call, row["owner"]), "→", self._name(call, row["of"]))
            for row, _ in self._unanswered(call)
        )
        lost = tuple((each.name,) for each in self._silences.now(call).silent)
        return (
            Listed(name="told", heads=(), rows=told),
            Listed(name="lost", heads=(), rows=lost),
        )

    def wanting(self, call: Call) -> Sequence[Attention]:
        """Requests to us without an answer, nodes that fell silent, and what nobody has settled."""
        organisation = call.actor.organisation
        found = [
            Attention(
                id=f"asked:{row['subject']!s}",
                text="centre.want_asked",
                values={"who": self._name(call, row["owner"])},
                since=instant_of(int(str(row["asked_at_ms"]))),
                about=Subject(str(row["subject"])),
                path="/connections/asked",
                service=OrganisationId(str(row["of"])),
                loud=True,
            )
            for row, is_ours in self._unanswered(call)
            if is_ours
        ]
        for each in self._silences.now(call).silent:
            since = "never" if each.since is None else each.since.isoformat()
            found.append(
                Attention(
                    # Whoever falls silent again is a new thing to be seen.
                    id=f"silent:{each.node}:{since}",
                    text="centre.want_silent_never" if each.since is None else "centre.want_silent",
                    values={"name": each.name},
                    since=each.since or self._missed_at.setdefault(each.node, call.now),
                    about=Subject(f"node:{each.node}"),
                    path="/connections",
                    service=organisation,
                    loud=each.since is not None,
                )
            )
        return [*found, *self._contested()]

    def _contested(self) -> list[Attention]:
        return [
            Attention(
                id=f"conflict:{each.owner}:{each.subject}",
                text="centre.want_conflict",
                values={"what": str(each.subject).partition(":")[2]},
                since=min(fact.happened_at for course in each.courses for fact in course.facts),
                about=each.subject,
                path="/connections/conflicts",
                service=each.owner,
            )
            for each in self._take_overs.unsettled()[:CONFLICTS_NAMED]
        ]

    def _unanswered(self, call: Call) -> list[tuple[Row, bool]]:
        """What was asked and has no answer, and whether it is ours to answer."""
        rows: dict[str, list[Row]] = {}
        for row in self.live.query.rows(call.reader, ASKED):
            rows.setdefault(str(row["subject"]), []).append(row)
        found = []
        for told in rows.values():
            asked = next((row for row in told if row["of"] is not None), None)
            if asked is not None and not any(row["answer"] for row in told):
                found.append((asked, asked["of"] in call.organisations))
        return found

    def _name(self, call: Call, organisation: object) -> str:
        on = self._register.today(call.now)
        return self._names.of(OrganisationId(str(organisation)), on)
