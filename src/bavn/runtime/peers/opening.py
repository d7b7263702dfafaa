# SPDX-License-Identifier: Apache-2.0
"""Joining a world that is served with other nodes: its lines, its exchange, and who looks out."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from bavn.journal.roster import Roster
from bavn.journal.stores.sqlite import open_store
from bavn.kernel.identity import NodeId
from bavn.runtime.folder import Folder
from bavn.runtime.live import Live
from bavn.runtime.log import log
from bavn.runtime.peers import nkeys
from bavn.runtime.peers.exchange import Exchange
from bavn.runtime.peers.home import Home
from bavn.runtime.peers.https_line import HttpsLine, Own
from bavn.runtime.peers.https_way import Address
from bavn.runtime.peers.letter import Letters
from bavn.runtime.peers.line import Line
from bavn.runtime.peers.lines_file import Child, LineEntry, read_lines_file, read_token
from bavn.runtime.peers.lookout import Lookout
from bavn.runtime.peers.nats_line import NatsLine
from bavn.runtime.peers.overview import Overview
from bavn.runtime.peers.overview_file import told_path

# How long a node that starts waits for somebody to say what he holds of it.
RECALL_S = 2.0
_LOOK_S = 0.02


class Peers:
    """The other nodes, of one world that is served; made in the event loop that it lives in."""

    def __init__(
        self, live: Live, folder: Folder, lines: Sequence[Line], https: HttpsLine | None = None
    ) -> None:
        self._live = live
        self._folder = folder
        self._recalling: asyncio.Task[None] | None = None
        # The line that the node itself serves to its children, to be mounted in its application.
        self.https = https
        record = live.journal.record
        path = folder.journal_path(live.world)
        key = folder.line_key(live.world)

        def key_of(node: NodeId) -> bytes | None:
            # As it is known now: trust grows while the process runs.
            return record.roster.line_key_of(node)

        letters = Letters(live.world, live.node, key, key_of)
        home = Home(record, live, open_store(str(path), read_only=True))
        self.exchange = Exchange(home, letters, lines)
        self.lookout = Lookout(Overview(record, self.exchange, live.reading), live.hub.stand)
        self._told_path: Path = told_path(folder, live.world)
        self._roster = record.roster
        live.after_news(self._changed)

    def _changed(self) -> None:
        """There is something new on record; it may be that somebody has joined."""
        roster = self._live.journal.record.roster
        if roster is not self._roster:
            self._roster = roster
            if self.https is not None:
                self.https.have_children(_children(roster, self._live.node))
        self.exchange.changed()

    async def open(self) -> None:
        """Begin to hear and to tell.

        A node whose disk is older than what it has told would tell its old numbers twice. So it
        first asks what others hold of it; alarms wait for nothing, and nobody waits for long.
        """
        self._live.hold()
        await self.exchange.open()
        self.lookout.open(self._told_path)
        self._recalling = asyncio.create_task(self._recall(), name="recall")

    async def _recall(self) -> None:
        try:
            async with asyncio.timeout(RECALL_S):
                while not self.exchange.others.agree_on(self._live.node):  # noqa: ASYNC110 - many ways
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            log("peers.nobody_recalls", node=self._live.node)
        finally:
            self._live.release()

    async def recalled(self) -> None:
        """Wait until somebody has said what he holds of this node, or was given time to."""
        if self._recalling is not None:
            await asyncio.wait({self._recalling})

    def rekeyed(self) -> None:
        """Have letters sealed and opened with the key that lies in the folder now."""
        self.exchange.post.letters.write_as(self._folder.line_key(self._live.world))

    async def close(self) -> None:
        """End it."""
        if self._recalling is not None:
            self._recalling.cancel()
            await asyncio.gather(self._recalling, return_exceptions=True)
        await self.lookout.close()
        await self.exchange.close()


def lines_of(folder: Folder, live: Live) -> tuple[list[Line], HttpsLine | None]:
    """The lines that lines.toml names, the best first, and the one that the node itself serves."""
    found = read_lines_file(folder.path)
    roster = live.journal.record.roster
    own = _own(live, folder)
    children = list(found.child) or _children(roster, live.node)
    lines: list[Line] = []
    https: HttpsLine | None = None
    for entry in found.line:
        if entry.kind == "nats":
            lines.append(_nats(folder, live, entry))
        else:
            https = HttpsLine(own, parent=_address(folder, entry), children=children)
            lines.append(https)
    if https is None and children:
        https = HttpsLine(own, children=children)
        lines.append(https)
    return lines, https


def _nats(folder: Folder, live: Live, entry: LineEntry) -> NatsLine:
    key = nkeys.own_nkey(folder.keys_path / nkeys.NAME)
    ca_file = _path(folder, entry.ca_file)
    return NatsLine(live.node, live.world, entry.url, key, ca_file=ca_file)


def _address(folder: Folder, entry: LineEntry) -> Address:
    return Address(
        node=entry.node,
        url=entry.url,
        ca_file=_path(folder, entry.ca_file),
        certificate_file=_path(folder, entry.certificate_file),
        certificate_key_file=_path(folder, entry.certificate_key_file),
        token=read_token(folder.path, entry),
    )


def _path(folder: Folder, name: str) -> Path | None:
    return folder.path / name if name else None


def _own(live: Live, folder: Folder) -> Own:
    def is_proof(node: NodeId, text: bytes, proof: bytes) -> bool:
        known = live.journal.record.roster.line_key_of(node)
        if known is None:
            return False
        try:
            VerifyKey(known).verify(text, proof)
        except (BadSignatureError, ValueError, TypeError):
            return False
        return True

    return Own(
        node=live.node,
        world=live.world,
        # As it is now: a stolen one may be replaced while the process runs.
        prove=lambda text: folder.line_key(live.world).sign(text).signature,
        is_proof=is_proof,
    )


def _children(roster: Roster, node: NodeId) -> list[Child]:
    """Who may connect to us, as the roster has it, and those that each of them stands before."""
    return [
        Child(node=each, behind=tuple(_below(roster, each))) for each in roster.children_of(node)
    ]


def _below(roster: Roster, node: NodeId) -> list[NodeId]:
    found: list[NodeId] = []
    for child in roster.children_of(node):
        found += [child, *_below(roster, child)]
    return found
