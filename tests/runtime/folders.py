# SPDX-License-Identifier: Apache-2.0
"""Nodes in real folders, with Lilleland's vocabulary, for what the runtime promises."""

from pathlib import Path

from bavn.journal.catalogue import Catalogue
from bavn.journal.decision import Request
from bavn.journal.journal import Journal
from bavn.kernel.identity import NodeId, OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.opened import Opened, open_to_write
from tests.lilleland.vocabulary import Note, ReportFire, catalogue

WORLD = World("lilleland")
NODE, TOWN, AREA = NodeId("east"), OrganisationId("easttown"), OrganisationId("eastern")


def founded(path: Path, world: World = WORLD) -> Folder:
    """A data folder with an empty node in it."""
    folder = Folder(path)
    found_node(folder, world, NODE, hosts=[TOWN, AREA], areas=[AREA], catalogue=catalogue())
    return folder


def opened(folder: Folder, world: World = WORLD, parts: Catalogue | None = None) -> Opened:
    """The node, open to write."""
    return open_to_write(folder, world, parts or catalogue())


def fire(number: int, what: str = "barn") -> Request:
    """A numbered report of a fire."""
    content = ReportFire(fire=f"f{number}", what=what, area=AREA)
    return _request(content, number)


def note(number: int, text: str) -> Request:
    """A numbered note with a private text."""
    return _request(Note(fire=f"f{number}", mark="x", text=Private(text)), f"note-{number}")


def ask(journal: Journal, *requests: Request) -> list[object]:
    """The outcomes."""
    return list(journal.commit(requests))


def _request(content: object, number: int | str) -> Request:
    actor = Actor(organisation=TOWN, function="duty_officer")
    return Request(owner=TOWN, actor=actor, content=content, sender="test", ref=str(number))  # type: ignore[arg-type]
