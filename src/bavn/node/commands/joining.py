# SPDX-License-Identifier: Apache-2.0
"""The commands by which nodes come together.

`bavn init`, which is `bavn node init` as well; `bavn node invite`, `show`, `roll-key` and `revoke`;
and `bavn join`.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bavn.kernel.audience import Audience, Scope, scope_of
from bavn.kernel.identity import NodeId, OrganisationId
from bavn.node.terminal import Terminal
from bavn.node.wiring import catalogue
from bavn.runtime import clock
from bavn.runtime.control.desk import done, open_desk
from bavn.runtime.control.words import (
    Answer,
    Invite,
    Invited,
    OfRecord,
    Revoke,
    Revoked,
    Roll,
    Rolled,
)
from bavn.runtime.founding import check_name, found_node
from bavn.runtime.halt import halt
from bavn.runtime.joining.accepting import join
from bavn.runtime.joining.beginning import found_root
from bavn.runtime.joining.invitation import fingerprint_of
from bavn.runtime.joining.inviting import Guest
from bavn.runtime.opened import open_beside
from bavn.runtime.peers import nkeys
from bavn.runtime.peers.lines_file import NAME, LineEntry, LinesFile, parse_lines
from bavn.runtime.peers.nkeys import own_nkey, public_nkey
from bavn.runtime.texts import Texts

_KEY_BYTES = 32
_LINE_KINDS = {"nats": "nats", "tls": "nats", "https": "https"}


def init_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn init` takes beside what all commands take."""
    option = group.add_argument
    option("--name", "--node", dest="name", metavar="NODE", help=texts("help.node.name"))
    option("--root", action="store_true", help=texts("help.node.root"))
    for names, said in ((("--hosts", "--host"), "hosts"), (("--area",), "area")):
        helped = texts(f"help.node.{said}")
        option(*names, dest=said, action="append", default=[], metavar="ORG", help=helped)


def node_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn node` takes beside what all commands take."""
    option = group.add_argument
    option("action", choices=sorted(ACTIONS), help=texts("help.node.action"))
    init_options(group, texts)
    for name, metavar in (
        ("under", "ORG"),
        ("hears", "AUDIENCE"),
        ("line", "URL"),
    ):
        said = texts(f"help.node.{name}")
        option(f"--{name}", action="append", default=[], metavar=metavar, help=said)
    option("--key", metavar="HEX", help=texts("help.node.key"))
    option("--new-key", metavar="HEX", help=texts("help.node.new_key"))
    option("--valid-from", type=date.fromisoformat, metavar="DATE", help=texts("help.node.from"))
    option("--valid-to", type=date.fromisoformat, metavar="DATE", help=texts("help.node.to"))
    option("--since", type=datetime.fromisoformat, metavar="TIME", help=texts("help.node.since"))
    option("--stolen", action="store_true", help=texts("help.node.stolen"))


def join_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn join` takes beside what all commands take."""
    option = group.add_argument
    option("invitation", type=Path, metavar="FILE", help=texts("help.join.invitation"))
    option("--fingerprint", metavar="DIGITS", help=texts("help.join.fingerprint"))


def node_command(options: argparse.Namespace, terminal: Terminal) -> int:
    """Do what is asked about a node: make it, invite it, show it, or see to its key."""
    ACTIONS[options.action](options, terminal)
    return 0


def join_command(options: argparse.Namespace, terminal: Terminal) -> int:
    """Join under the node that has sent an invitation, once all of it is found true."""
    invitation, before = join(
        options.data, options.world, options.invitation, options.fingerprint, clock.now()
    )
    said = "join.before" if before else "join.done"
    terminal.say(said, node=invitation.node, parent=invitation.parent)
    for line in invitation.lines:
        terminal.say("join.line", url=line.url)
    if not invitation.lines:
        terminal.say("join.no_line", path=options.data.path / "lines.toml")
    terminal.say("join.next", data=options.data.path, world=options.world)
    return 0


def init(options: argparse.Namespace, terminal: Terminal) -> int:
    """Make a node in an empty folder; the same as `bavn node init`."""
    _init(options, terminal)
    return 0


# What `bavn node` does


def _init(options: argparse.Namespace, terminal: Terminal) -> None:
    name = _name(options)
    make = found_root if options.root else found_node
    roster = make(
        options.data,
        options.world,
        name,
        hosts=_organisations(options.hosts),
        areas=_organisations(options.area),
        catalogue=catalogue(),
    )
    terminal.say("node.made", node=name, folder=options.data.path)
    hosted = ", ".join(grant.owner for grant in roster.grant)
    terminal.say("init.hosts", organisations=hosted) if hosted else terminal.say("init.hosts_none")
    key = roster.peer[0].keys[options.world]
    terminal.say("node.key", node=name, world=options.world, key=key)
    if options.root:
        terminal.say("node.fingerprint", fingerprint=fingerprint_of({name: key}))
    else:
        terminal.say("node.ask", node=name, key=key)
    terminal.say("init.next", keys=options.data.keys_path, data=options.data.path)


def _show(options: argparse.Namespace, terminal: Terminal) -> None:
    with open_beside(options.data, options.world, catalogue()) as beside:
        roster, here = beside.record.roster, beside.record.identity.node
        roots = {node: roster.peers[node].key.hex() for node in roster.roots & set(roster.peers)}
        for node, peer in roster.peers.items():
            hosted = ", ".join(roster.hosted_by(node)) or "-"
            parent = peer.parent or "-"
            terminal.say("node.one", node=node, parent=parent, organisations=hosted)
            if roster.is_cut_off(node):
                terminal.say("node.cut_off", node=node)
        key = options.data.signing_key(options.world).verify_key.encode().hex()
    terminal.say("node.key", node=here, world=options.world, key=key)
    nkey = public_nkey(own_nkey(options.data.keys_path / nkeys.NAME))
    terminal.say("node.nkey", node=here, nkey=nkey)
    if roots:
        terminal.say("node.fingerprint", fingerprint=fingerprint_of(roots))


def _invite(options: argparse.Namespace, terminal: Terminal) -> None:
    now = clock.now()
    guest = Guest(
        node=_name(options),
        key=_key(options.key, "--key"),
        hosts=_organisations(options.hosts),
        hears=_audiences(options),
        under=_organisations(options.under),
        valid_from=now if options.valid_from is None else _midnight(options.valid_from),
        # Until the end of the day that is named.
        valid_to=None if options.valid_to is None else _midnight(options.valid_to, days=1),
        lines=tuple(_line(each, options) for each in options.line),
    )
    # A line that the one who joins could not read is found here.
    parse_lines(LinesFile(line=guest.lines).text(), Path(NAME))
    if guest.under and not guest.hosts:
        raise halt(
            "under_nothing",
            "Those given with --under lie under the first that is given with --hosts.",
            "Give --hosts as well.",
        )
    invited = _done(options, Invite(guest))
    assert isinstance(invited, Invited), "each is answered in kind"
    terminal.line(invited.file.decode().rstrip())
    # Beside what goes into the file.
    fingerprint = fingerprint_of(invited.roots)
    said = terminal.texts("node.invited", node=guest.node, fingerprint=fingerprint)
    sys.stderr.write(f"{said}\n")


def _roll_key(options: argparse.Namespace, terminal: Terminal) -> None:
    rolled = _done(options, Roll(options.stolen))
    assert isinstance(rolled, Rolled), "each is answered in kind"
    node, key = rolled.node, rolled.key
    terminal.say("node.key", node=node, world=options.world, key=key)
    terminal.say("node.replaced" if options.stolen else "node.rolled", node=node, key=key)
    terminal.say("node.back_up_keys", folder=options.data.keys_path)


def _revoke(options: argparse.Namespace, terminal: Terminal) -> None:
    new_key = None if options.new_key is None else _key(options.new_key, "--new-key")
    since = options.since
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    answer = _done(options, Revoke(_name(options), new_key, since))
    assert isinstance(answer, Revoked), "each is answered in kind"
    revoked = answer.revoked
    terminal.say("node.revoked", node=revoked.node, key=revoked.key)
    for channel, number in sorted(revoked.believed.items()):
        terminal.say("node.believed", channel=channel, number=number)
    if new_key is None:
        terminal.say("node.no_new_key", node=revoked.node)


def _done(options: argparse.Namespace, asked: OfRecord) -> Answer:
    """What came of it, where the folder is written: here, or at the server that is running."""
    with open_desk(options.data, options.world, catalogue()) as desk:
        return done(desk.ask(asked))


ACTIONS: dict[str, Callable[[argparse.Namespace, Terminal], None]] = {
    "init": _init,
    "invite": _invite,
    "revoke": _revoke,
    "roll-key": _roll_key,
    "show": _show,
}


# What was given


def _name(options: argparse.Namespace) -> NodeId:
    if not options.name:
        raise halt(
            "node_needed",
            "Which node?",
            "Give its name with --node (--name for a new one).",
        )
    check_name(options.name)
    return NodeId(options.name)


def _organisations(names: Sequence[str]) -> tuple[OrganisationId, ...]:
    for name in names:
        check_name(name)
    return tuple(map(OrganisationId, names))


def _audiences(options: argparse.Namespace) -> tuple[Audience, ...]:
    found = [*options.hears, *(f"area:{name}" for name in options.area)]
    for text in found:
        try:
            is_narrow = scope_of(text) in {Scope.AREA, Scope.TO}
        except ValueError:
            is_narrow = False
        if not is_narrow:
            raise halt(
                "no_audience",
                f"{text!r} is nothing that a node can be let to hear.",
                "Give area:ORG or to:ORG; what is told to the nation every node hears.",
                text=text,
            )
    return tuple(map(Audience, found))


def _key(text: str | None, option: str) -> str:
    try:
        raw = bytes.fromhex(text or "")
    except ValueError:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise halt(
            "no_key",
            f"{option} wants a public key: 64 hexadecimal digits.",
            "The node shows its own with `bavn node show`.",
            option=option,
        )
    return raw.hex()


def _line(url: str, options: argparse.Namespace) -> LineEntry:
    kind = _LINE_KINDS.get(urlsplit(url).scheme)
    if kind is None:
        raise halt(
            "no_line",
            f"{url} is no line that nodes talk on.",
            "Give nats://, tls:// or https:// with the address.",
            url=url,
        )
    if kind == "nats":
        return LineEntry(kind="nats", url=url)
    return LineEntry(kind="https", url=url, node=options.data.roster_file().node)


def _midnight(day: date, *, days: int = 0) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC)) + timedelta(days=days)
