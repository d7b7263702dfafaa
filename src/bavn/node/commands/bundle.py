# SPDX-License-Identifier: Apache-2.0
"""`bavn bundle`: what another node lacks, carried there by hand; have, export, import, carried."""

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from bavn.journal.chain import Segment
from bavn.journal.fact import Fact
from bavn.journal.kept import WAITING
from bavn.journal.kinds import STRUCK
from bavn.journal.offer import have as what_is_held
from bavn.journal.record import Record
from bavn.kernel.identity import NodeId
from bavn.node.terminal import Terminal
from bavn.node.wiring import catalogue
from bavn.runtime import clock
from bavn.runtime.bundle.carried import (
    Carried,
    by_subject,
    carried_lock,
    carried_path,
    keep_carried,
    read_carried,
    unheard,
)
from bavn.runtime.bundle.export import Exported, export_bundle, key_of
from bavn.runtime.bundle.form import Stretch
from bavn.runtime.bundle.gathering import Wanted
from bavn.runtime.bundle.having import read_have, sign_have
from bavn.runtime.bundle.importing import Receiver, Report, Source, import_bundle, still_needed
from bavn.runtime.control.desk import key_of as key_of_node
from bavn.runtime.control.desk import open_desk, take_in
from bavn.runtime.folder import write_whole
from bavn.runtime.halt import halt
from bavn.runtime.opened import open_beside
from bavn.runtime.texts import Texts

WELL, FAULTS, REFUSED = 0, 1, 2
MB = 1_000_000
# On a screen; the file holds them all.
SHOWN_LIMIT = 20


def bundle_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn bundle` takes beside what all commands take."""
    option = group.add_argument
    option("action", choices=sorted(ACTIONS), help=texts("help.bundle.action"))
    option("files", nargs="*", type=Path, metavar="FILE", help=texts("help.bundle.files"))
    option("--to", type=NodeId, metavar="NODE", help=texts("help.bundle.to"))
    option("--max-mb", type=float, metavar="N", help=texts("help.bundle.max_mb"))
    option("--part-mb", type=float, metavar="N", help=texts("help.bundle.part_mb"))
    option("--have", type=Path, metavar="FILE", help=texts("help.bundle.have"))
    option("--since", metavar="DATE", help=texts("help.bundle.since"))
    option("--out", type=Path, default=Path(), metavar="DIR", help=texts("help.bundle.out"))


def bundle(options: argparse.Namespace, terminal: Terminal) -> int:
    """Do what is asked with bundles of a world."""
    return ACTIONS[options.action](options, terminal)


def bundle_have(options: argparse.Namespace, terminal: Terminal) -> int:
    """Say in a signed file what this node has, for whoever makes a bundle for it."""
    with open_beside(options.data, options.world, catalogue()) as beside:
        identity = beside.record.identity
        key = options.data.line_key(options.world)
        raw = sign_have(identity, key, what_is_held(beside.record), clock.now())
    path = options.out / f"{identity.node}.have.json"
    write_whole(path, raw)
    terminal.say("bundle.have", path=path, node=identity.node)
    return WELL


def bundle_export(options: argparse.Namespace, terminal: Terminal) -> int:
    """Make a bundle, beside whoever writes."""
    if options.to is None:
        raise halt(
            "bundle_no_receiver",
            "For which node is the bundle?",
            "Give its name: bavn bundle export --to NODE.",
        )
    now = clock.now()
    with open_beside(options.data, options.world, catalogue()) as beside:
        record = beside.record
        wanted = _wanted(options, record)
        folders = (options.out, options.data.world_path(options.world))
        key = options.data.line_key(options.world)
        exported = export_bundle(record, wanted, key, folders, now, terminal.progress)
    terminal.done()
    _tell_exported(exported, terminal)
    return WELL


def _wanted(options: argparse.Namespace, record: Record) -> Wanted:
    have = None
    key = key_of(record, options.to)
    if options.have is not None:
        have = read_have(options.have, options.world, options.to, key).have
    return Wanted(
        to=options.to,
        have=have,
        since=None if options.since is None else _instant(options.since),
        most_bytes=_bytes(options.max_mb, "max-mb"),
        part_bytes=_bytes(options.part_mb, "part-mb"),
    )


def _bytes(mb: float | None, option: str) -> int | None:
    if mb is None:
        return None
    # Whatever is not above zero, and what is no number at all.
    if not 0 < mb < float("inf"):
        raise halt(
            "bundle_size",
            f"--{option} must be a number of megabytes above zero.",
            f"Give it such as --{option} 25.",
            option=option,
        )
    return int(mb * MB)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise halt(
            "bundle_date",
            f"{text} is no date.",
            "Give --since a day such as 2026-11-21, or an instant such as 2026-11-21T06:00Z.",
            date=text,
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _tell_exported(exported: Exported, terminal: Terminal) -> None:
    size = _size(terminal.texts, exported.size)
    terminal.say("bundle.exported", entries=exported.entries, size=size, to=exported.manifest.to)
    for path in exported.paths:
        terminal.say("bundle.file", path=path, size=_size(terminal.texts, path.stat().st_size))
    if exported.left_out:
        terminal.say("bundle.left_out", entries=exported.left_out, pictured=exported.pictured)
    terminal.say("bundle.next", to=exported.manifest.to)


def _size(texts: Texts, size: int) -> str:
    return f"{texts.number(size / MB, 3 if size < MB else 1)} MB"


def bundle_import(options: argparse.Namespace, terminal: Terminal) -> int:
    """Take bundles in: what is whole is used, and what is missing is said."""
    if not options.files:
        raise halt(
            "bundle_no_file",
            "Which files are to be taken in?",
            "Give them all at once, in any order: bavn bundle import FILE…",
        )
    with ExitStack() as stack:
        sources = [Source(str(p), stack.enter_context(p.open("rb"))) for p in options.files]
        of = sum(path.stat().st_size for path in options.files)

        def progress(_entries: int) -> None:
            terminal.progress(sum(source.stream.tell() for source in sources), of)

        desk = stack.enter_context(open_desk(options.data, options.world, catalogue()))
        receiver = Receiver(
            node=options.data.roster_file().node,
            world=options.world,
            key=options.data.line_key(options.world),
            # Asked each time: a bundle may tell of a node that made the next one.
            key_of=partial(key_of_node, desk),
        )
        report = import_bundle(partial(take_in, desk), sources, receiver, progress)
        terminal.done()
    is_whole = _tell_imported(options, report, terminal)
    for _, refused in report.useless:
        terminal.refuse(refused)
    if not report.bundles and not report.torn:
        return REFUSED
    return WELL if report.is_well and is_whole else FAULTS


def _tell_imported(options: argparse.Namespace, report: Report, terminal: Terminal) -> bool:
    """Keep the pictures that came and say what came of the rest; True when no part is missing."""
    folder, world = options.data, options.world
    with open_beside(folder, world, catalogue()) as beside, carried_lock(folder, world):
        carried = keep_carried(carried_path(folder, world), report.pages, beside.record)
        _tell_counts(report, terminal)
        pages = {each.page for each in carried}
        is_whole = _tell_parts(report, beside.record, pages, terminal)
        if report.pages:
            _tell_carried(carried, terminal)
    return is_whole


def _tell_counts(report: Report, terminal: Terminal) -> None:
    if report.bundles:
        terminal.say("bundle.taken", new=report.new, known=report.known)
    if report.waiting:
        terminal.say("bundle.waiting", count=report.waiting)
    if report.unkept:
        terminal.say("bundle.unkept", count=report.unkept)
    for channel, why in sorted(report.stopped.items()):
        terminal.say("bundle.stopped", channel=channel, why=why)
    for (_, channel), (refused, count) in sorted(report.refused.items(), key=lambda each: each[0]):
        says, do = terminal.texts.refusal(refused)
        terminal.say("bundle.refused", count=count, channel=channel, says=says)
        terminal.say("doctor.do", what=do)
    for name, label in report.torn:
        terminal.say("bundle.torn", file=name, part=label.part, of=label.parts)


def _tell_parts(report: Report, record: Record, pages: set[str], terminal: Terminal) -> bool:
    """Say which parts are still to come, and what no part holds; True when no part is missing."""
    is_whole = True
    for (sender, _), seen in sorted(report.bundles.items()):
        needed = still_needed(seen, lambda stretch: _is_held(record, stretch), pages)
        if needed:
            is_whole = False
            numbers, of = ", ".join(map(str, needed)), len(seen.manifest.parts)
            terminal.say("bundle.missing", sender=sender, numbers=numbers, of=of)
        left = sum(not _is_held(record, each) for each in seen.manifest.left)
        if left:
            terminal.say("bundle.left", sender=sender, channels=left)
    return is_whole


def _is_held(record: Record, stretch: Stretch) -> bool:
    """True when the entries are in the record, or proved and waiting for those before them."""
    channel = record.channels.get(stretch.channel)
    if channel is None:
        return False
    reached = max(channel.sequence, stretch.first - 1)
    for row in record.store.rows(WAITING, {"channel": channel.key}):  # in order of their numbers
        raw = row["raw"]
        assert isinstance(raw, bytes)
        segment = Segment.from_bytes(raw)
        if segment.first <= reached + 1:
            reached = max(reached, segment.last)
    return reached >= stretch.last


def bundle_carried(options: argparse.Namespace, terminal: Terminal) -> int:
    """Show what was carried here and is not proved yet."""
    with open_beside(options.data, options.world, catalogue()) as beside:
        carried = read_carried(carried_path(options.data, options.world))
        _tell_carried(unheard(carried, beside.record), terminal)
    return WELL


def _tell_carried(carried: list[Carried], terminal: Terminal) -> None:
    subjects = list(by_subject(carried))
    if not subjects:
        terminal.say("bundle.carried_none")
        return
    terminal.say("bundle.carried", facts=len(carried), subjects=len(subjects))
    for facts in subjects[:SHOWN_LIMIT]:
        newest, read = facts[-1]
        fact = read.fact
        terminal.say(
            "bundle.carried_line",
            at=f"{fact.happened_at.astimezone(UTC):%Y-%m-%d %H:%MZ}",
            subject=fact.about[0],
            owner=fact.owner,
            kind=fact.kind,
            says=_said([each.fact for _, each in facts]),
            sender=newest.sender,
        )
    if len(subjects) > SHOWN_LIMIT:
        terminal.say("bundle.carried_more", count=len(subjects) - SHOWN_LIMIT)


def _said(facts: list[Fact]) -> str:
    """What the facts say together: of each field the last word, what is struck left out."""
    struck = {str(_fields(fact).get("fact")) for fact in facts if fact.kind == STRUCK.name}
    said: dict[str, object] = {}
    for fact in facts:
        if fact.id not in struck and fact.kind != STRUCK.name:
            said |= _fields(fact)
    shown = ", ".join(f"{name}: {value}" for name, value in said.items())
    # It comes from elsewhere: nothing in it may steer the terminal.
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in shown)


def _fields(fact: Fact) -> dict[str, object]:
    """The fields of a fact that are one word or number; what is sealed is not among them."""
    try:
        body = msgspec.json.decode(fact.body)
    except msgspec.MsgspecError:
        return {}
    fields = body.items() if isinstance(body, dict) else ()
    return {name: each for name, each in fields if isinstance(each, str | int | float)}


ACTIONS: dict[str, Callable[[argparse.Namespace, Terminal], int]] = {
    "carried": bundle_carried,
    "export": bundle_export,
    "have": bundle_have,
    "import": bundle_import,
}
