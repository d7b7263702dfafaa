# SPDX-License-Identifier: Apache-2.0
"""Officers: people at desks who ask, remember what they were told, and ask again until answered."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from bavn.journal.decision import Request
from bavn.journal.strike import EraseKey, StrikeFact
from bavn.kernel.audience import NATION, OWN, Audience, area, to
from bavn.kernel.identity import FactId, NodeId, OrganisationId, Subject
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from tests.lilleland.nodes import AREA_OF, HOSTS
from tests.lilleland.vocabulary import AskHelp, CloseFire, Note, ReportFire, SendCrew
from tests.storm.ledger import Ledger

OWNERS = tuple(HOSTS)
FIRES = tuple(f"fire{number}" for number in range(4))
# What an older program on the node does not know how to decide.
UNKNOWN_TO_OLDER = frozenset({"help", "close"})
SORTS = {
    "report": 40,
    "send": 30,
    "note": 30,
    "help": 25,
    "strike": 16,
    "close": 8,
    "erase": 10,
    "repeat": 14,
    "changed": 8,
    "stranger": 2,
    "misled": 2,
}


@dataclass(eq=False, slots=True)
class Asked:
    """A request, and through which audiences its facts must be held once it is done."""

    request: Request
    audiences: frozenset[Audience]
    # The answer must be that this number was used for something else.
    is_changed: bool = False
    answered_count: int = 0


@dataclass(eq=False)
class Officers:
    """All desks of the country."""

    chance: random.Random
    ledger: Ledger
    # Requests that have had an answer; some are sent again.
    answered: dict[OrganisationId, list[Asked]] = field(default_factory=dict)
    _numbers: int = 0

    def asks_of(self, node: NodeId, *, older: bool) -> Asked:
        """Give the next thing that somebody wants of a node."""
        owner = self.chance.choice([each for each in OWNERS if HOSTS[each] == node])
        while True:
            (sort,) = self.chance.choices(tuple(SORTS), tuple(SORTS.values()))
            if older and sort in UNKNOWN_TO_OLDER:
                continue
            asked = self._ask(owner, sort)
            if asked is not None and not (older and _is_later(asked)):
                return asked

    def heard(self, asked: Asked) -> None:
        """Remember what has had an answer; some of it is sent again."""
        asked.answered_count += 1
        if asked.request.numbered and asked.answered_count == 1 and not asked.is_changed:
            self.answered.setdefault(asked.request.owner, []).append(asked)

    def _ask(self, owner: OrganisationId, sort: str) -> Asked | None:
        fire = self.chance.choice(FIRES)
        match sort:
            case "repeat":
                return self._again(owner)
            case "changed":
                return self._changed(owner)
            case "stranger":
                other = self.chance.choice(OWNERS)
                return self._new(owner, SendCrew(fire=fire, crew="x", area=AREA_OF[owner]), other)
            case "misled":
                other = self.chance.choice(OWNERS)
                return self._new(other, SendCrew(fire=fire, crew="x", area=AREA_OF[other]), other)
            case _:
                made = _CONTENTS[sort](self, owner, fire)
                if made is None:
                    return None
                content, audiences = made
                return self._new(owner, content, owner, *audiences)

    def _new(
        self, owner: OrganisationId, content: object, by: OrganisationId, *audiences: Audience
    ) -> Asked:
        self._numbers += 1
        numbered = self.chance.random() < 0.85
        request = Request(
            owner=owner,
            actor=Actor(organisation=by, function="duty_officer"),
            content=content,  # type: ignore[arg-type]
            sender=f"desk {by}" if numbered else None,
            ref=f"{self._numbers}" if numbered else None,
        )
        if not audiences:
            audiences = (area(AREA_OF[owner]),)
        return Asked(request, frozenset(audiences))

    def _again(self, owner: OrganisationId) -> Asked | None:
        known = self.answered.get(owner)
        return self.chance.choice(known) if known else None

    def _changed(self, owner: OrganisationId) -> Asked | None:
        before = self._again(owner)
        if before is None or before.is_changed:
            return None
        content = Note(fire=self.chance.choice(FIRES), mark=self._word("own", owner, OWN))
        request = Request(
            owner=owner,
            actor=before.request.actor,
            content=content,
            sender=before.request.sender,
            ref=before.request.ref,
        )
        return Asked(request, frozenset({OWN}), is_changed=True)

    # Contents

    def _word(self, sort: str, owner: OrganisationId, audience: Audience | None) -> str:
        word = f"canary-{sort}-{self.chance.getrandbits(60):015x}"
        return self.ledger.plant(word, owner, audience)

    def _private(self, owner: OrganisationId) -> Private | None:
        if self.chance.random() < 0.3:
            return None
        return Private(f"told by {self._word('sealed', owner, None)}, who asked not to be named")

    def _report(self, owner: OrganisationId, fire: str) -> "_Made":
        place = f"street {self.chance.randrange(100)}"
        content = ReportFire(fire=fire, what="smoke", place=place, area=AREA_OF[owner])
        return content, (NATION, area(AREA_OF[owner]))

    def _send(self, owner: OrganisationId, fire: str) -> "_Made":
        to_area = area(AREA_OF[owner])
        crew = self._word("area", owner, to_area)
        return SendCrew(fire=fire, crew=crew, area=AREA_OF[owner]), (to_area,)

    def _note(self, owner: OrganisationId, fire: str) -> "_Made":
        mark = self._word("own", owner, OWN)
        return Note(fire=fire, mark=mark, text=self._private(owner)), (OWN,)

    def _help(self, owner: OrganisationId, fire: str) -> "_Made":
        of = self.chance.choice([each for each in OWNERS if each != owner])
        # A number of crews that nobody has: it is the canary of a call for help.
        crews = 9 * 10**14 + self.chance.randrange(10**14)
        self.ledger.plant(f'"crews":{crews}', owner, to(of))
        return AskHelp(fire=fire, of=of, crews=crews), (to(of),)

    def _close(self, owner: OrganisationId, fire: str) -> "_Made":
        return CloseFire(fire=fire, area=AREA_OF[owner]), (NATION, area(AREA_OF[owner]))

    def _erase(self, _owner: OrganisationId, fire: str) -> "_Made":
        return EraseKey(subject=Subject(f"fire:{fire}"), ground="an example"), (OWN,)

    def _strike(self, owner: OrganisationId, _fire: str) -> "_Made | None":
        mine = [
            promise
            for promise in self.ledger.promises.values()
            if promise.owner == owner and not promise.is_lost
        ]
        if not mine:
            return None
        promise = self.chance.choice(mine[-20:])
        content = StrikeFact(fact=FactId(promise.fact), reason=self._private(owner))
        return content, tuple(promise.audiences)


_Made = tuple[object, tuple[Audience, ...]]
_Content = Callable[[Officers, OrganisationId, str], _Made | None]
_CONTENTS: dict[str, _Content] = {
    "report": Officers._report,
    "send": Officers._send,
    "note": Officers._note,
    "help": Officers._help,
    "close": Officers._close,
    "erase": Officers._erase,
    "strike": Officers._strike,
}


def _is_later(asked: Asked) -> bool:
    return isinstance(asked.request.content, AskHelp | CloseFire)
