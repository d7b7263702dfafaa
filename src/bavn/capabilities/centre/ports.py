# SPDX-License-Identifier: Apache-2.0
"""What the centre asks of others: what is going on, names, cards of the country, other lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Protocol, TypeAlias

import msgspec

from bavn.capabilities.centre.model.board import BoardNow
from bavn.capabilities.centre.model.command import Words
from bavn.capabilities.centre.model.drawn import Drawn
from bavn.frame.attention import Attention, Attentive
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.given import Given
from bavn.journal.decision import Done
from bavn.kernel.identity import OrganisationId, Subject
from bavn.kernel.private import Private


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """An action card: the country's, or a service's own (`service`) in its place.

    `types` are codes of incident types or groups of them; without any it is for every incident.
    """

    code: str
    title: str
    types: tuple[str, ...]
    function: str
    steps: tuple[str, ...]
    basis: str = ""
    service: str = ""


class Owned(msgspec.Struct, frozen=True, kw_only=True):
    """An incident or a unit: whose it is, and the area to tell."""

    id: str
    service: OrganisationId
    area: OrganisationId
    type: str = ""
    group: str = ""
    is_open: bool = True


class PaperRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a row of paper asks for: one of the ordinary requests, with when it was."""

    sort: str
    at: datetime
    unit: str = ""
    incident: str = ""
    status: str = ""
    outcome: str = ""
    type: str = ""
    text: Private | None = None


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A list that others keep and paper needs: who is on duty, talk groups, pick lists."""

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class PlaceNamed(msgspec.Struct, frozen=True, kw_only=True):
    """A choice of a filter."""

    code: str
    name: str


class Called(Protocol):
    """What things are called, in the caller's language."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time, which pages tell."""

    def type_name(self, call: Call, code: str) -> str:
        """What a type of incident is called."""

    def group_name(self, call: Call, group: str) -> str:
        """What a kind of work is called."""

    def unit_type_name(self, call: Call, code: str) -> str:
        """What a kind of unit is called."""

    def organisation_name(self, call: Call, organisation: str) -> str:
        """What a service or an area is called."""

    def function_name(self, call: Call, code: str) -> str:
        """What a function is called."""

    def urgency_name(self, call: Call, rank: int) -> str:
        """What an urgency is called; nought is unknown."""


class Around(Called, Protocol):
    """Everybody else, as the centre needs them."""

    @property
    def words(self) -> Words:
        """The words of the command line, in every language."""

    def offered(self, language: str) -> Words:
        """The words that are offered in a language: one for each thing."""

    @property
    def places(self) -> Mapping[str, str]:
        """The pages that a word of the command line opens."""

    def board(self, call: Call) -> BoardNow:
        """What is going on, within what the caller may read."""

    def types(self) -> Mapping[str, str]:
        """Types of incident by what may be typed, folded: their codes."""

    def areas(self, call: Call) -> Sequence[PlaceNamed]:
        """All areas."""

    def services(self, call: Call) -> Sequence[PlaceNamed]:
        """All services."""

    def towns(self, call: Call) -> Sequence[PlaceNamed]:
        """All municipalities."""

    def groups(self, call: Call) -> Sequence[PlaceNamed]:
        """All kinds of work."""

    def unit_types(self, call: Call) -> Sequence[PlaceNamed]:
        """All kinds of units."""

    def incident(self, call: Call, incident: str) -> Owned:
        """An incident; ends the handler when there is none."""

    def unit(self, call: Call, unit: str) -> Owned:
        """A unit; ends the handler when there is none."""

    def area_of(self, call: Call, organisation: OrganisationId) -> OrganisationId:
        """The area that an organisation is in; itself where that is unknown."""

    def cards(self, language: str) -> Sequence[Card]:
        """The country's own action cards."""

    def handed(self, call: Call) -> Sequence[Listed]:
        """What others know of a watch: what was told to whom, who is silent, who is missing."""

    async def report(self, desk: Desk, call: Call, row: PaperRow, ref: str) -> Done:
        """Have the ordinary fact told that a row of paper is; the number makes it one."""

    def is_known(self, desk: Desk, call: Call, row: PaperRow) -> bool:
        """True when what a row says has been told already, by somebody who was there."""


class Shelf(Protocol):
    """Where the binder stands: sets of paper, made by a process of its own."""

    def sets(self) -> Sequence["BinderSet"]:
        """The sets that are there, the newest first."""

    def read(self, name: str) -> bytes | None:
        """One of them; None when there is none of this name."""

    def make_now(self) -> None:
        """Have a new one made, without waiting for it."""


class BinderSet(msgspec.Struct, frozen=True, kw_only=True):
    """One set of paper: when what stands in it was so."""

    name: str
    made_at: datetime
    bytes_count: int


class NoShelf:
    """Where no binder is kept, such as in a test."""

    def sets(self) -> Sequence[BinderSet]:
        """None."""
        return ()

    def read(self, name: str) -> bytes | None:  # noqa: ARG002
        """None."""
        return None

    def make_now(self) -> None:
        """Nobody makes one."""


@dataclass(kw_only=True)
class Room:
    """What the handlers of the centre work with beside the record."""

    around: Around
    shelf: Shelf = field(default_factory=NoShelf)
    # Whoever knows of something that waits; `node` collects them.
    attentive: list[Attentive] = field(default_factory=list)

    # Keyed by the board's mark, which differs for whoever may know something else.
    drawn: Drawn = field(default_factory=Drawn)

    # Told of a fault in one of them.
    broken: Callable[[str, Exception], None] = lambda _who, _error: None
    _broken_at: dict[str, datetime] = field(default_factory=dict)

    def wanting(self, call: Call) -> list[Attention]:
        """All that waits, as everybody says it; who cannot say is among what waits."""
        return [each for who in self.attentive for each in self._asked(who, call)]

    def _asked(self, who: Attentive, call: Call) -> Sequence[Attention]:
        """What one says.

        Runbook, when the board says that one could not be asked: the rest of the board stands and
        is true; only what that one would say is missing. The log has the fault (`wants.broken`).
        Look at that one's own page until it is mended.
        """
        name = type(who).__module__
        try:
            return who.wanting(call)
        except Exception as error:  # noqa: BLE001 - one that breaks must not take the board with it
            self.broken(name, error)
            since = self._broken_at.setdefault(name, call.now)
            return [
                Attention(
                    id=f"broken:{name}:{since.isoformat()}",
                    text="centre.want_broken",
                    values={"who": name},
                    since=since,
                    about=Subject("centre:board"),
                    path="/centre",
                    service=call.actor.organisation,
                )
            ]


RoomGiven: TypeAlias = Given[Room]
