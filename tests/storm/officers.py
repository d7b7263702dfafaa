# SPDX-License-Identifier: Apache-2.0
"""Officers: people at desks who ask, remember what they were told, and ask again until answered."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bavn.journal.decision import Request
from bavn.journal.strike import EraseKey, StrikeFact
from bavn.kernel.audience import NATION, OWN, Audience, area, to
from bavn.kernel.identity import FactId, NodeId, OrganisationId, Subject
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from tests.lilleland.countries import Country
from tests.lilleland.vocabulary import AskHelp, CloseFire, Note, ReportFire, SendCrew
from tests.storm.ledger import Ledger

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
# Alarms that a centre takes for a silent one, whose area they lie in.
PASSED = {"passed": 6}


@dataclass(eq=False, slots=True)
class Asked:
    """A request, and through which audiences its facts must be held once it is done."""

    request: Request
    audiences: frozenset[Audience]
    # The answer must be that this number was used for something else.
    is_changed: bool = False
    # The canaries in it.
    words: frozenset[bytes] = frozenset()
    answered_count: int = 0


@dataclass(eq=False)
class Officers:
    """All desks of the country."""

    chance: random.Random
    ledger: Ledger
    country: Country
    # Requests that have had an answer; some are sent again.
    answered: dict[OrganisationId, list[Asked]] = field(default_factory=dict)
    _numbers: int = 0
    _words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """See what there is to ask for in this country."""
        self._sorts = {**SORTS, **(PASSED if self.country.has_tiers else {})}

    def asks_of(self, node: NodeId, owners: Sequence[OrganisationId], *, older: bool) -> Asked:
        """Give the next thing that somebody wants of a node, which hosts these as it thinks."""
        owner = self.chance.choice(owners or self.country.owners_at(node))
        sorts = self._sorts
        while True:
            (sort,) = self.chance.choices(tuple(sorts), tuple(sorts.values()))
            if older and sort in UNKNOWN_TO_OLDER:
                continue
            asked = self._ask(owner, sort, node)
            if asked is not None and not (older and _is_later(asked)):
                return asked

    def heard(self, asked: Asked) -> None:
        """Remember what has had an answer; some of it is sent again."""
        asked.answered_count += 1
        if asked.request.numbered and asked.answered_count == 1 and not asked.is_changed:
            self.answered.setdefault(asked.request.owner, []).append(asked)

    def states(self, owner: OrganisationId, content: object) -> Asked:
        """Give what a person states about trust, in the name of an organisation."""
        return self._new(owner, content, owner, NATION)

    def _ask(self, owner: OrganisationId, sort: str, node: NodeId) -> Asked | None:
        fire = self.chance.choice(FIRES)
        match sort:
            case "repeat":
                return self._again(owner)
            case "changed":
                return self._changed(owner)
            case "stranger":
                other = self.chance.choice(self.country.owners)
                content = SendCrew(fire=fire, crew="x", area=self._area(owner))
                return self._new(owner, content, other)
            case "misled":
                other = self.chance.choice(self.country.owners)
                content = SendCrew(fire=fire, crew="x", area=self._area(other))
                return self._new(other, content, other)
            case "strike":
                return self._strike(owner, node)
            case _:
                made = _CONTENTS[sort](self, owner, fire)
                return self._new(owner, made[0], owner, *made[1])

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
            audiences = (area(self._area(owner)),)
        words, self._words = frozenset(word.encode() for word in self._words), []
        return Asked(request, frozenset(audiences), words=words)

    def _area(self, owner: OrganisationId) -> OrganisationId:
        return self.country.area_of[owner]

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
        words, self._words = frozenset(word.encode() for word in self._words), []
        return Asked(request, frozenset({OWN}), is_changed=True, words=words)

    # Contents

    def _word(self, sort: str, owner: OrganisationId, audience: Audience | None) -> str:
        word = f"canary-{sort}-{self.chance.getrandbits(60):015x}"
        self._words.append(word)
        return self.ledger.plant(word, owner, audience)

    def _private(self, owner: OrganisationId) -> Private | None:
        if self.chance.random() < 0.3:
            return None
        return Private(f"told by {self._word('sealed', owner, None)}, who asked not to be named")

    def _report(self, owner: OrganisationId, fire: str) -> "_Made":
        place = f"street {self.chance.randrange(100)}"
        content = ReportFire(fire=fire, what="smoke", place=place, area=self._area(owner))
        return content, (NATION, area(self._area(owner)))

    def _passed(self, owner: OrganisationId, fire: str) -> "_Made":
        other = self.chance.choice(tuple(self.country.hears_area.values()))
        content = ReportFire(fire=fire, what="smoke", place="taken for another", area=other)
        return content, (NATION, area(other))

    def _send(self, owner: OrganisationId, fire: str) -> "_Made":
        to_area = area(self._area(owner))
        crew = self._word("area", owner, to_area)
        return SendCrew(fire=fire, crew=crew, area=self._area(owner)), (to_area,)

    def _note(self, owner: OrganisationId, fire: str) -> "_Made":
        mark = self._word("own", owner, OWN)
        return Note(fire=fire, mark=mark, text=self._private(owner)), (OWN,)

    def _help(self, owner: OrganisationId, fire: str) -> "_Made":
        of = self.chance.choice([each for each in self.country.owners if each != owner])
        # A number of crews that nobody has: it is the canary of a call for help.
        crews = 9 * 10**14 + self.chance.randrange(10**14)
        self._words.append(self.ledger.plant(f'"crews":{crews}', owner, to(of)))
        return AskHelp(fire=fire, of=of, crews=crews), (to(of),)

    def _close(self, owner: OrganisationId, fire: str) -> "_Made":
        content = CloseFire(fire=fire, area=self._area(owner))
        return content, (NATION, area(self._area(owner)))

    def _erase(self, _owner: OrganisationId, fire: str) -> "_Made":
        return EraseKey(subject=Subject(f"fire:{fire}"), ground="an example"), (OWN,)

    def _strike(self, owner: OrganisationId, node: NodeId) -> Asked | None:
        mine = [
            promise
            for promise in self.ledger.promises.values()
            if promise.owner == owner and not promise.is_lost
        ]
        if not mine:
            return None
        promise = self.chance.choice(mine[-20:])
        content = StrikeFact(fact=FactId(promise.fact), reason=self._private(owner))
        # What another has told is struck where it was heard: the answer shows through what.
        audiences = promise.audiences if promise.teller == node else ()
        asked = self._new(owner, content, owner, *audiences)
        return asked if audiences else replace(asked, audiences=frozenset())


_Made = tuple[object, tuple[Audience, ...]]
_Content = Callable[[Officers, OrganisationId, str], _Made]
_CONTENTS: dict[str, _Content] = {
    "report": Officers._report,
    "send": Officers._send,
    "note": Officers._note,
    "help": Officers._help,
    "close": Officers._close,
    "erase": Officers._erase,
    "passed": Officers._passed,
}


def _is_later(asked: Asked) -> bool:
    return isinstance(asked.request.content, AskHelp | CloseFire)
