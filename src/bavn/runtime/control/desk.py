# SPDX-License-Identifier: Apache-2.0
"""Where a command has its acts carried out: by the server of the folder, or by itself.

One process writes in a world. Where a server does, the command goes through it; where nobody does,
the command opens the record itself, for as long as it takes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from bavn.journal.catalogue import Catalogue
from bavn.journal.chain import Segment
from bavn.journal.merge import Merged
from bavn.kernel.identity import NodeId, World
from bavn.kernel.refusal import Refused
from bavn.runtime.control.acts import Acting, carried_out
from bavn.runtime.control.calling import Calling
from bavn.runtime.control.words import Answer, Key, KeyOf, No, OfRecord, TakeIn, TakenIn
from bavn.runtime.folder import Folder
from bavn.runtime.halt import Halt
from bavn.runtime.opened import open_to_write, writer_of


class Desk(Protocol):
    """Where acts are carried out."""

    def ask(self, asked: OfRecord) -> Answer:
        """What came of it; halts when it cannot be asked."""


class _Own:
    """This process writes."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def ask(self, asked: OfRecord) -> Answer:
        return carried_out(self._acting, asked)


@contextmanager
def open_desk(folder: Folder, world: World, catalogue: Catalogue) -> Iterator[Desk]:
    """The desk of a world; halts when another process writes there that hears nobody."""
    calling = Calling.to(folder, world) if writer_of(folder, world) else None
    if calling is not None:
        try:
            yield calling
        finally:
            calling.close()
        return
    with open_to_write(folder, world, catalogue) as opened:
        yield _Own(Acting(folder, opened.journal, opened.may))


def done(answer: Answer) -> Answer:
    """The answer, when it is no refusal; halts with the refusal else."""
    if isinstance(answer, No):
        raise Halt(answer.refused)
    return answer


def take_in(desk: Desk, segment: Segment) -> Merged | Refused:
    """What came of a segment that was carried here."""
    answer = desk.ask(TakeIn(segment.to_bytes()))
    if isinstance(answer, No):
        return answer.refused
    assert isinstance(answer, TakenIn), "each is answered in kind"
    return answer.merged


def key_of(desk: Desk, node: NodeId) -> bytes | None:
    """The key by which a node's word is known now; None for one that is not believed."""
    answer = done(desk.ask(KeyOf(node)))
    assert isinstance(answer, Key), "each is answered in kind"
    return answer.key
