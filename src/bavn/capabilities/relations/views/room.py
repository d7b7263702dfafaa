# SPDX-License-Identifier: Apache-2.0
"""Relations as they are read: of one incident, of a list, and what waits for an answer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from bavn.capabilities.relations.model.likeness import Alike, Likeness, Seen
from bavn.capabilities.relations.model.together import Together, Word
from bavn.capabilities.relations.ports import Around
from bavn.capabilities.relations.views import TIES, WORDS
from bavn.capabilities.relations.views.events import Event, event_of, events
from bavn.capabilities.relations.views.gathering import INCIDENT, everywhere, known_of, words_of
from bavn.frame.attention import Attention
from bavn.frame.call import Call
from bavn.frame.desk import Refusal
from bavn.frame.given import Given
from bavn.journal.fact import Fact
from bavn.journal.reader import NOBODY, Query
from bavn.journal.table import Row, Value
from bavn.journal.views import View
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.instants import instant_of
from bavn.kernel.refusal import Refused

OURS, STRUCK = "relations.", "journal.struck"


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two incidents, and who says that they are one: `into` leads."""

    incident: str
    into: str
    by: tuple[str, ...] = ()


class Relations(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident belongs together with.

    `leading` leads the whole that it is in: itself, where it is in nothing or leads. `merged` are
    those that are part of it. `pairs` are the two and two that this rests on. `says` is what only
    one of two owners has said, which makes nothing one; `denied` is what an owner says is apart.
    `maybe_same` is a guess for a person to look at.
    """

    id: str
    leading: str
    merged: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    says: tuple[Pair, ...] = ()
    denied: tuple[Pair, ...] = ()
    maybe_same: tuple[Alike, ...] = ()
    events: tuple[Event, ...] = ()


class Room:
    """Made once for a world that is served."""

    def __init__(self, query: Query, around: Around) -> None:
        self.around = around
        self._query = query
        self._now: Together | None = None
        # Incidents that something was said of: a late report of one of them matters.
        self._named: frozenset[str] = frozenset()

    def hear(self, fact: Fact) -> None:
        """Take note of a fact that may change what belongs together."""
        named = {f"{INCIDENT}{each}" for each in self._named}
        if fact.kind.startswith(OURS) or fact.kind == STRUCK or not named.isdisjoint(fact.about):
            self._now = None

    def together(self) -> Together:
        """All incidents that belong together, as everyone may know."""
        if self._now is None:
            self._now, self._named = everywhere(self.look)
        return self._now

    def leading_of(self, incident: str) -> str:
        """The incident that leads where this one belongs: itself, if it is in nothing."""
        return self.together().leading_of(incident)

    def look(self, view: View, where: Mapping[str, Value]) -> Sequence[Row]:
        """Rows that everyone may read."""
        return self._query.rows(NOBODY, view, where)

    def owner_of(self, incident: str) -> OrganisationId | None:
        """Whose an incident is; None where nobody has reported it."""
        known = known_of(self.look, incident)
        return None if known is None else OrganisationId(known.owner)

    def of(self, call: Call, incident: Seen) -> Relations:
        """What one incident belongs together with."""
        now, name = self.together(), incident.id
        words = words_of(self.look, {"subject": f"{INCIDENT}{name}"})
        ties = self.look(TIES, {"incident": name, "tied": 1})
        names = dict.fromkeys(str(row["subject"]).partition(":")[2] for row in ties)
        return Relations(
            id=name,
            leading=now.leading_of(name),
            merged=now.merged_into(name),
            pairs=tuple(
                Pair(incident=one, into=into, by=_by(words, one, into))
                for one, into in sorted(now.edges)
                if name in {one, into}
            ),
            says=tuple(
                _pair(word) for word in now.unanswered if name in {word.incident, word.into}
            ),
            denied=tuple(_pair(word) for word in words if not word.stands),
            maybe_same=self.maybe_same(call, incident),
            events=tuple(
                found for each in names if (found := event_of(self.look, each)) is not None
            ),
        )

    def maybe_same(self, call: Call, one: Seen) -> tuple[Alike, ...]:
        """Those that may be the same as one, where nobody has answered that yet."""
        return self._unsettled(one, self._likeness(call, one.reported_at, one.reported_at))

    def doubtful(
        self, call: Call, incidents: Mapping[str, datetime], since: datetime
    ) -> frozenset[str]:
        """Those of these, by when they were reported, that may be the same as others.

        What was reported before `since` is history: nobody is asked about it any more.
        """
        times = [at for at in incidents.values() if at >= since]
        if not times:
            return frozenset()
        likeness = self._likeness(call, min(times), max(times))
        seen = (each for each in likeness.seen if each.id in incidents)
        return frozenset(each.id for each in seen if self._unsettled(each, likeness))

    def _likeness(self, call: Call, begin: datetime, end: datetime) -> Likeness:
        within = self.around.nearness.within
        seen = self.around.reported(call, begin - within, end + within)
        return Likeness(seen, self.around.nearness)

    def _unsettled(self, one: Seen, likeness: Likeness) -> tuple[Alike, ...]:
        alike = likeness.of(one)
        if not alike:
            return ()
        words = words_of(self.look, {"subject": f"{INCIDENT}{one.id}"})
        settled = {name for word in words for name in (word.incident, word.into)}
        settled |= {*self.together().whole(one.id)}
        # Of those that are one already the one that leads stands for all.
        first = self.together().leading_of
        left = (each for each in alike if each.incident not in settled)
        firsts: dict[str, Alike] = {}
        for each in left:
            name = first(each.incident)
            if name not in settled:
                firsts.setdefault(name, msgspec.structs.replace(each, incident=name))
        return tuple(firsts.values())

    def events(self) -> list[Event]:
        """All events, the newest first."""
        return events(self.look)

    def the_event(self, event: str) -> Event:
        """One event; ends the handler when there is none."""
        found = event_of(self.look, event)
        if found is None:
            raise Refusal(
                Refused(
                    code="no_such_event",
                    says=f"There is no event {event[:64]} here.",
                    try_instead="Look it up in the list of events, or name a new one.",
                    values={"event": event[:64]},
                )
            )
        return found

    def wanting(self, call: Call) -> Sequence[Attention]:
        """What others say of incidents of the caller's own, and nobody has answered."""
        found = []
        for word in self.together().unanswered:
            names = (word.incident, word.into)
            own = [each for each in names if self.owner_of(each) in call.organisations]
            if not own or word.by in call.organisations or self._is_denied(call, word):
                continue
            seen = self.around.known(call, own[0])
            if seen is None:
                continue
            rows = self.look(WORDS, {"subject": f"{INCIDENT}{own[0]}", "owner": word.by})
            at_ms = max((int(str(row["said_at_ms"])) for row in rows), default=0)
            found.append(
                Attention(
                    id=f"relations.says:{word.by}:{word.incident}:{word.into}",
                    text="relations.attention",
                    values={
                        "by": self.around.name_of(call, word.by),
                        "incident": self.around.label(call, seen),
                    },
                    since=min(instant_of(at_ms), call.now),
                    about=Subject(f"{INCIDENT}{own[0]}"),
                    path=f"/incidents/{own[0]}",
                    service=seen.service,
                )
            )
        return found

    def _is_denied(self, call: Call, word: Word) -> bool:
        pair = {word.incident, word.into}
        said = words_of(self.look, {"subject": f"{INCIDENT}{word.incident}"})
        return any(
            not each.stands and each.by in call.organisations and {each.incident, each.into} == pair
            for each in said
        )


RoomGiven: TypeAlias = Given[Room]


def _pair(word: Word) -> Pair:
    return Pair(incident=word.incident, into=word.into, by=(word.by,))


def _by(words: Iterable[Word], one: str, other: str) -> tuple[str, ...]:
    pair = {one, other}
    return tuple(
        sorted(each.by for each in words if each.stands and {each.incident, each.into} == pair)
    )
