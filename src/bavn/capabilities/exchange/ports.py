# SPDX-License-Identifier: Apache-2.0
"""What exchange asks of others: what stands, to have it changed as anybody has it, and to take out.

There is no second way to write: whoever answers makes ordinary requests of the capability that owns
the thing, by the person's own function.
"""

from collections.abc import Mapping, Sequence
from datetime import date, tzinfo
from typing import Any, Protocol, TypeAlias

import msgspec

from bavn.capabilities.exchange.facts import FileRow, RowResult
from bavn.capabilities.exchange.model.columns import What, Words
from bavn.capabilities.exchange.model.files import File
from bavn.capabilities.exchange.model.preview import Change, Preview
from bavn.capabilities.exchange.model.reading import Read
from bavn.frame.call import Call
from bavn.frame.desk import Desk
from bavn.frame.given import Given
from bavn.journal.table import Row

# What goes out, by column.
Line = dict[str, Any]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One carrying out of a file: its own id, so that each of its requests has a number."""

    id: str
    file: str
    # All rows of the file: what is not in `changes` is as it stands.
    rows: tuple[FileRow, ...]


class Target(Protocol):
    """The owner of what a sort of file is about."""

    @property
    def at_once(self) -> int:
        """How many changes are carried out together."""

    async def compare(self, call: Call, rows: Sequence[FileRow]) -> Preview:
        """What the rows would do for the caller's organisation. Never raises."""

    async def carry_out(
        self,
        desk: Desk,
        call: Call,
        run: Run,
        changes: Sequence[Change],
        texts: Mapping[int, Mapping[str, str]],
    ) -> Sequence[RowResult]:
        """What became of each; a refusal of one costs no other."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Which incidents go out: those that are open, or closed ones reported on these days."""

    is_open: bool
    first: date
    last: date


class Around(Protocol):
    """All that exchange is connected with."""

    @property
    def words(self) -> Words:
        """By what words columns and values are known."""

    @property
    def zone(self) -> tzinfo:
        """The country's own time."""

    @property
    def targets(self) -> Mapping[What, Target]:
        """Who owns what a file may be of."""

    def name_of(self, call: Call, organisation: str) -> str:
        """What an organisation is called."""

    def function(self, call: Call, code: str) -> str:
        """What a function is called."""

    def stations(self, call: Call, service: str | None) -> Sequence[Line]:
        """Stations as the pages show them today."""

    def units(self, call: Call, service: str | None) -> Sequence[Line]:
        """Units with status and last place, as the pages show them."""

    def incidents(self, call: Call, period: Period, service: str | None) -> Sequence[Line]:
        """Incidents as the pages show them to the caller; none of their texts."""


class Room(Protocol):
    """The files of a world that is served, as pages and interface ask for them."""

    @property
    def around(self) -> Around:
        """All that exchange is connected with."""

    async def take(
        self, desk: Desk, call: Call, what: What, form: str, name: str, raw: bytes
    ) -> str:
        """Keep a file as it came, then read it; the id of it, also where it was here before."""

    async def map_columns(
        self, desk: Desk, call: Call, file: File, columns: tuple[str, ...], ref: str | None
    ) -> None:
        """Remember which column is which, and read the file by that."""

    def files(self, call: Call) -> Sequence[Row]:
        """The organisation's files, the newest first."""

    def file(self, call: Call, id_: str) -> File:
        """One file; ends the handler when there is none of the caller's organisation."""

    async def preview(self, call: Call, file: File) -> Preview:
        """What the file would change at this moment, with all that is wrong with it."""

    async def heading(self, desk: Desk, call: Call, file: File) -> Read:
        """The heading of a file, for a person who is to name its columns."""

    async def name_of_file(self, desk: Desk, call: Call, file: File) -> str:
        """What the file was called; nothing for a reader who may not open what may name people."""

    async def carry_out(
        self, desk: Desk, call: Call, file: File, mark: str, ref: str | None
    ) -> None:
        """Have what was seen carried out; it goes on by itself where it takes long."""


RoomGiven: TypeAlias = Given[Room]
