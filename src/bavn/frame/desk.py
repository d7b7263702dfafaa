# SPDX-License-Identifier: Apache-2.0
"""The desk: how a handler reaches the record and those who listen, whatever runs behind it."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from bavn.frame.call import Call
from bavn.journal.decision import Done, Failed, Outcome, Request
from bavn.journal.fact import Sealed
from bavn.journal.reader import Query, Reader
from bavn.journal.vault import Gone
from bavn.kernel.identity import OrganisationId, World
from bavn.kernel.private import Private
from bavn.kernel.refusal import BrokenPromise, Problem, Refused


class Refusal(Exception):
    """Ends a handler with a refusal; the caller is told what to do instead."""

    def __init__(self, refused: Refused, problems: Sequence[Problem] = ()) -> None:
        super().__init__(refused.code)
        self.refused = refused
        self.problems = tuple(problems)


class Desk(Protocol):
    """The record of one world, as handlers use it."""

    @property
    def world(self) -> World:
        """The world that this desk is in."""

    @property
    def query(self) -> Query:
        """The way to what is on record, never without a reader."""

    @property
    def position(self) -> int:
        """The position of the newest fact."""

    async def write(self, request: Request) -> Outcome:
        """The outcome of a request, when the disk has it."""

    async def reveal(
        self, reader: Reader, owner: OrganisationId, sealed: Sealed
    ) -> Private | Gone | Refused:
        """A private text, for a reader who may read it; asked where erasures are carried out."""

    def publish(self, event: str, data: msgspec.Struct | dict[str, Any] | list[Any]) -> None:
        """Tell everyone who listens something that is no fact, such as where units are now."""


async def carried_out(
    desk: Desk,
    call: Call,
    owner: OrganisationId,
    content: msgspec.Struct,
    ref: str | None,
) -> Done:
    """Have the request carried out for the caller; raises Refusal when the answer is no."""
    request = Request(
        owner=owner,
        actor=call.acting_for(owner),
        content=content,
        sender=None if ref is None else call.sender,
        ref=ref,
    )
    match await desk.write(request):
        case Done() as done:
            return done
        case Refused() as refused:
            raise Refusal(refused)
        case Failed(error):
            raise BrokenPromise("a decision broke") from error
