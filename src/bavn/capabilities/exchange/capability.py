# SPDX-License-Identifier: Apache-2.0
"""What exchange brings to the house."""

from bavn.capabilities.exchange import api, decisions, pages
from bavn.capabilities.exchange.decisions import (
    BeginImport,
    MapColumns,
    NoteRows,
    ReadFile,
    ReceiveFile,
)
from bavn.capabilities.exchange.facts import KINDS
from bavn.capabilities.exchange.model.files import subject_of
from bavn.capabilities.exchange.views import FILES, VIEWS
from bavn.frame.capability import Capability, MenuEntry
from bavn.journal.catalogue import Part
from bavn.journal.decision import Decision, Reading
from bavn.journal.table import Row
from bavn.kernel.identity import OrganisationId


def _file(
    reading: Reading,
    request: ReceiveFile | ReadFile | BeginImport | NoteRows,
    _owner: OrganisationId,
) -> Row | None:
    return reading.row(FILES, subject_of(request.id))


def _nothing(_reading: Reading, _request: MapColumns, _owner: OrganisationId) -> None:
    # A later word replaces an earlier one.
    return None


DECISIONS = (
    Decision(
        act="exchange.receive_file", request=ReceiveFile, load=_file, decide=decisions.receive
    ),
    Decision(act="exchange.tell_contents", request=ReadFile, load=_file, decide=decisions.read),
    Decision(
        act="exchange.map_columns",
        request=MapColumns,
        load=_nothing,
        decide=decisions.map_columns,
    ),
    Decision(act="exchange.carry_out", request=BeginImport, load=_file, decide=decisions.begin),
    Decision(act="exchange.note_rows", request=NoteRows, load=_file, decide=decisions.note),
)
EXCHANGE = Capability(
    name="exchange",
    part=Part(kinds=KINDS, views=VIEWS, decisions=DECISIONS),
    handlers=(*api.HANDLERS, *pages.HANDLERS),
    menu=(MenuEntry(text="exchange.menu", path="/exchange", act="exchange.read_files"),),
)
