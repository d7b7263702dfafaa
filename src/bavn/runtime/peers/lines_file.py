# SPDX-License-Identifier: Apache-2.0
"""Which lines a node has, as DATA/lines.toml says.

[[line]]                                the ways to others, the best first
kind = "nats"                           the nearest server: our own, or the parent's
url = "nats://127.0.0.1:4222"           `tls://` where it is another machine's

[[line]]
kind = "https"                          the parent's own address
url = "https://beredskab.example.dk"
node = "nation"                         whose address it is
ca_file = "keys/line-authority.pem"     the only one believed; left out, those the machine believes
token_file = "keys/parent-token"        where a proxy before the parent wants one beside our proof
certificate_file = "keys/line.pem"      where it wants a certificate of ours
certificate_key_file = "keys/line.key.pem"

[[child]]                               who may connect to us
node = "nordjylland"
nkey = "UABC…"                          its public key for NATS; left out where it comes over https
behind = ["nordjyllands-beredskab"]     the nodes that are reached through it

[server]                                our own NATS server, left out where we have none
client = "127.0.0.1:4222"               where it listens to us
leaf = "0.0.0.0:7422"                   where it listens to the children's servers
certificate_file = "keys/line.pem"      what it shows them
certificate_key_file = "keys/line.key.pem"
parent_url = "tls://beredskab.example.dk:7422"      the server above; left out at the top
parent_ca_file = "keys/line-authority.pem"
monitor_port = 8222                     on this machine only; left out for none

Paths are from the data folder. No file or one without a line: the node is alone, and works.
"""

import tomllib
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from bavn.kernel.identity import NodeId, is_name
from bavn.runtime.folder import write_whole
from bavn.runtime.halt import Halt, halt
from bavn.runtime.oidc_settings import is_private_address
from bavn.runtime.peers.nats_config import Certificate, Parent, Post, ServerPlan
from bavn.runtime.peers.nkeys import is_public_nkey

NAME = "lines.toml"
TOKEN_BYTES_LIMIT = 4096
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HEAD = """\
# The lines of this node to others. Public but for the names of files: no secrets here.
"""


class LineEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to others."""

    kind: Literal["nats", "https"]
    url: str
    node: NodeId = NodeId("")
    ca_file: str = ""
    token_file: str = ""
    certificate_file: str = ""
    certificate_key_file: str = ""


class Child(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node that may connect to us, and those behind it."""

    node: NodeId
    nkey: str = ""
    behind: tuple[NodeId, ...] = ()


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our own NATS server."""

    client: str = "127.0.0.1:4222"
    leaf: str = ""
    certificate_file: str = ""
    certificate_key_file: str = ""
    parent_url: str = ""
    parent_ca_file: str = ""
    monitor_port: int = 0


class LinesFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All lines of a node, its children and its server."""

    line: tuple[LineEntry, ...] = ()
    child: tuple[Child, ...] = ()
    server: Server | None = None

    def text(self) -> str:
        """The lines as they stand in the file."""
        parts = [_HEAD]
        parts += [_table("[[line]]", each) for each in self.line]
        parts += [_table("[[child]]", each) for each in self.child]
        if self.server is not None:
            parts.append(_table("[server]", self.server))
        return "".join(parts)

    def server_plan(self, folder: Path, own: Post, seed_file: Path) -> ServerPlan | None:
        """What our own server is to be told; None where we have none."""
        server = self.server
        if server is None:
            return None
        posts = (
            Post(node=each.node, nkey=each.nkey, behind=each.behind)
            for each in self.child
            if each.nkey
        )
        parent = tls = None
        if server.parent_url:
            ca_file = folder / server.parent_ca_file
            parent = Parent(url=server.parent_url, ca_file=ca_file, seed_file=seed_file)
        if server.certificate_file:
            tls = Certificate(
                certificate_file=folder / server.certificate_file,
                key_file=folder / server.certificate_key_file,
            )
        return ServerPlan(
            own=own,
            client=server.client,
            leaf=server.leaf,
            children=tuple(posts),
            parent=parent,
            tls=tls,
            client_tls=server.client.rpartition(":")[0] not in _LOOPBACK,
            monitor_port=server.monitor_port,
        )


def read_lines_file(folder: Path) -> LinesFile:
    """The lines in a data folder; none without a file, a halt for one that cannot be used."""
    path = folder / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return LinesFile()
    return parse_lines(text, path)


def parse_lines(text: str, path: Path) -> LinesFile:
    """The lines in a text; halts with the place of the first fault in it."""
    try:
        found = msgspec.convert(tomllib.loads(text), LinesFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _unusable(path, str(error)) from error
    for says in _faults(found):
        raise _unusable(path, says)
    return found


def write_lines_file(folder: Path, lines: LinesFile) -> None:
    """Put the lines on disk, whole; halts for what could not be read again."""
    path, text = folder / NAME, lines.text()
    parse_lines(text, path)
    write_whole(path, text.encode())


def read_token(folder: Path, entry: LineEntry) -> str:
    """The token that goes with a line, read anew each time; empty where there is none."""
    if not entry.token_file:
        return ""
    path = folder / entry.token_file
    try:
        return path.read_bytes()[:TOKEN_BYTES_LIMIT].decode("ascii").strip()
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error


def _faults(found: LinesFile) -> list[str]:
    faults = [fault for entry in found.line for fault in _entry_faults(entry)]
    nodes = [node for each in found.child for node in (each.node, *each.behind)]
    faults += [f"{node!r} is no name" for node in nodes if not is_name(node)]
    faults += [f"{node} is reached in two ways" for node in nodes if nodes.count(node) > 1]
    faults += [
        f"{each.node}: {each.nkey!r} is no public key for NATS"
        for each in found.child
        if each.nkey and not is_public_nkey(each.nkey)
    ]
    return faults + ([] if found.server is None else _server_faults(found.server))


def _entry_faults(entry: LineEntry) -> list[str]:
    faults = []
    if entry.kind == "https":
        if not is_private_address(entry.url):
            faults.append(f"{entry.url!r} must begin with https://")
        if not is_name(entry.node):
            faults.append(f"{entry.url}: node must say whose address it is")
    elif not _is_private_nats(entry.url):
        faults.append(f"{entry.url!r} must begin with tls://, or with nats:// for this machine")
    if bool(entry.certificate_file) != bool(entry.certificate_key_file):
        faults.append(f"{entry.url}: a certificate and its key go together")
    return faults


def _server_faults(server: Server) -> list[str]:
    faults = []
    for name, address in (("client", server.client), ("leaf", server.leaf)):
        if address and not _is_address(address):
            faults.append(f"server: {name} {address!r} is no host:port")
    has_certificate = bool(server.certificate_file and server.certificate_key_file)
    is_seen = server.leaf or server.client.rpartition(":")[0] not in _LOOPBACK
    if is_seen and not has_certificate:
        faults.append("server: who listens to other machines needs a certificate and its key")
    if server.parent_url and not server.parent_url.startswith("tls://"):
        faults.append("server: parent_url must begin with tls://")
    if bool(server.parent_url) != bool(server.parent_ca_file):
        faults.append("server: parent_url and parent_ca_file go together")
    return faults


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and 0 < int(port) <= 0xFFFF  # noqa: PLR2004


def _is_private_nats(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    near = parts.scheme == "nats" and parts.hostname in _LOOPBACK
    return port is not None and bool(parts.hostname) and (near or parts.scheme == "tls")


def _table(head: str, what: msgspec.Struct) -> str:
    given = msgspec.structs.asdict(what)
    fields = {each.name: each.default for each in msgspec.structs.fields(type(what))}
    said = [f"{name} = {_value(value)}\n" for name, value in given.items() if value != fields[name]]
    return f"\n{head}\n{''.join(said)}"


def _value(value: object) -> str:
    # JSON's strings, numbers and lists are TOML's as well.
    return msgspec.json.encode(value).decode()


def _unusable(path: Path, fault: str) -> Halt:
    return halt(
        "lines_unreadable",
        f"{path} cannot be used: {fault}.",
        "Mend that place in the file, or take the file away to do without lines.",
        path=path,
        fault=fault,
    )
