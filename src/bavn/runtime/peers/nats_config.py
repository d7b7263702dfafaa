# SPDX-License-Identifier: Apache-2.0
"""What a node's NATS server is told: a whole configuration file, written by us.

The server carries sealed letters and keeps none. Who may connect is known by key, and may hear only
what is for its own node and the nodes behind it, and speak only as one of them.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from bavn.kernel.identity import NodeId
from bavn.runtime.peers.line import LETTER_BYTES_LIMIT
from bavn.runtime.peers.nkeys import read_nkey, seed_text

# A letter, and what NATS puts around it.
PAYLOAD_BYTES_LIMIT = LETTER_BYTES_LIMIT + 64 * 1024
# What one who reads slowly may have waiting before it is let go: a few of the largest letters.
PENDING_BYTES_LIMIT = 64 * 1024 * 1024
# A connection that says nothing is tried after a second and given up after two silences; by its
# own reckoning NATS takes minutes (360 s measured with its defaults). The price: on a line of
# 64 kbit/s more than some 20 KiB under way hold the ping up so long that a live line is given up.
PING_S, SILENCES_LIMIT = 1, 2
LOG_BYTES_LIMIT = 10 * 1024 * 1024


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Who may connect to a server: a node, or its server for all the nodes behind it."""

    node: NodeId
    nkey: str
    behind: tuple[NodeId, ...] = ()


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate and its key, as files."""

    certificate_file: Path
    key_file: Path


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """The server above: where it is, who signed its certificate, and the seed we knock with."""

    url: str
    ca_file: Path
    seed_file: Path


class ServerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a server has to know.

    `client` and `leaf` are addresses to listen on, as `host:port`; who connects from another
    machine comes over TLS. `monitor_port` is on loopback only.
    """

    own: Post
    client: str
    children: tuple[Post, ...] = ()
    leaf: str = ""
    parent: Parent | None = None
    tls: Certificate | None = None
    client_tls: bool = False
    monitor_port: int = 0
    log_file: Path | None = None
    pid_file: Path | None = None


def config_text(plan: ServerPlan) -> str:
    """The configuration file of a server: secret, as the seed for the server above is in it."""
    parts = [
        "# Written by Bavn from lines.toml; what is changed here is lost at the next writing.\n",
        f"server_name: {_quoted(plan.own.node)}\n",
        f"listen: {_quoted(plan.client)}\n",
        f"max_payload: {PAYLOAD_BYTES_LIMIT}\n",
        f"max_pending: {PENDING_BYTES_LIMIT}\n",
        f'ping_interval: "{PING_S}s"\n',
        f"ping_max: {SILENCES_LIMIT}\n",
        # Who reads slowly is let go rather than waited for.
        'write_deadline: "10s"\n',
        "debug: false\n",
        "trace: false\n",
    ]
    if plan.monitor_port:
        parts.append(f'http: "127.0.0.1:{plan.monitor_port}"\n')
    if plan.log_file is not None:
        parts.append(f"log_file: {_quoted(plan.log_file)}\n")
        parts.append(f"logfile_size_limit: {LOG_BYTES_LIMIT}\n")
    if plan.pid_file is not None:
        parts.append(f"pid_file: {_quoted(plan.pid_file)}\n")
    if plan.tls is not None and plan.client_tls:
        parts.append(_tls(plan.tls))
    parts.append(_callers((plan.own, *plan.children)))
    parts.append(_leafnodes(plan))
    return "".join(parts)


def _callers(posts: Sequence[Post]) -> str:
    """Who may connect, each with what it may hear and say."""
    return "authorization {\n  users = [\n" + "".join(map(_caller, posts)) + "  ]\n}\n"


def _caller(post: Post) -> str:
    nodes = (post.node, *post.behind)
    hears = [f"bavn.*.{node}.>" for node in nodes]
    says = [f"bavn.*.*.{sort}.{node}" for node in nodes for sort in ("tell", "ask")]
    # An answer goes to an inbox of the asker's, whose last part nobody else can guess.
    says.append("bavn.*.*.in.>")
    return (
        f"    {{ nkey: {_quoted(post.nkey)}, permissions: {{\n"
        f"      publish: {{ allow: [{_list(says)}] }}\n"
        f"      subscribe: {{ allow: [{_list(hears)}] }}\n"
        "    } }\n"
    )


def _leafnodes(plan: ServerPlan) -> str:
    if not plan.leaf and plan.parent is None:
        return ""
    # Letters are compressed before they are sealed: a second time costs and gains nothing.
    parts = ["leafnodes {\n", "  compression: off\n"]
    if plan.leaf:
        # Else a leaf is told our own address, and goes round a proxy or a NAT (PR 8451 of NATS).
        parts.append(f"  listen: {_quoted(plan.leaf)}\n  no_advertise: true\n")
        if plan.tls is not None:
            parts.append(_tls(plan.tls))
    if plan.parent is not None:
        parent = plan.parent
        parts.append(
            "  remotes = [ {\n"
            f"    url: {_quoted(parent.url)}\n"
            "    compression: off\n"
            # The server takes the seed itself and no file of it: so the whole file is secret.
            f"    nkey: {_quoted(seed_text(read_nkey(parent.seed_file)))}\n"
            f"    tls {{ ca_file: {_quoted(parent.ca_file)}, timeout: 2 }}\n"
            "  } ]\n"
        )
    return "".join([*parts, "}\n"])


def _tls(tls: Certificate) -> str:
    certificate, key = _quoted(tls.certificate_file), _quoted(tls.key_file)
    return f"tls {{ cert_file: {certificate}, key_file: {key}, timeout: 2 }}\n"


def _list(subjects: Iterable[str]) -> str:
    return ", ".join(map(_quoted, subjects))


def _quoted(text: object) -> str:
    # NATS reads JSON's strings; names and paths have no signs that it reads otherwise.
    return msgspec.json.encode(str(text)).decode()
