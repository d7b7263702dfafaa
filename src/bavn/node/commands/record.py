# SPDX-License-Identifier: Apache-2.0
"""The commands that look at the record and put it right.

verify, doctor, rebuild, resume and settle.
"""

import argparse
from collections.abc import Iterator

from bavn.journal.kept import EVIDENCE
from bavn.journal.rebuild import reindex
from bavn.journal.store import StoreBroken
from bavn.journal.verify import Fault
from bavn.journal.verify import verify as faults_of
from bavn.node.own_policies import findings
from bavn.node.terminal import Terminal, shown
from bavn.node.wiring import COUNTRY, catalogue
from bavn.runtime import clock
from bavn.runtime.control.desk import done, open_desk
from bavn.runtime.control.words import Resume, Resumed, Settle
from bavn.runtime.countries import built_in
from bavn.runtime.halt import Halt, halt
from bavn.runtime.health import Finding, evidence, examine
from bavn.runtime.opened import Beside, open_beside, open_to_write
from bavn.runtime.texts import Texts


def verify_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn verify` takes."""
    group.add_argument("--quick", action="store_true", help=texts("help.verify.quick"))


def settle_options(group: argparse._ArgumentGroup, texts: Texts) -> None:
    """What `bavn settle` takes."""
    group.add_argument("mark", nargs="?", metavar="MARK", help=texts("help.settle.mark"))
    group.add_argument("--found", default="", help=texts("help.settle.found"))


def verify(options: argparse.Namespace, terminal: Terminal) -> int:
    """Prove the whole record and name each fault on a line of its own; 1 when there is one."""
    began = clock.seconds()
    count, facts = 0, 0
    try:
        with open_beside(options.data, options.world, catalogue()) as beside:
            facts = beside.record.position
            for fault in _faults(beside, terminal, views=not options.quick):
                terminal.done()
                _name(terminal, fault)
                count += 1
    except (Halt, PermissionError):
        raise
    except Exception as error:  # noqa: BLE001 - a damaged file may break any reader; it is named
        terminal.done()
        _name(terminal, Fault(where="file", code="unreadable", says=_words_of(error)))
        count += 1
    terminal.done()
    took = terminal.texts.number(clock.seconds() - began, 1)
    if count:
        terminal.say("verify.faults", count=count)
        return 1
    terminal.say(
        "verify.quick" if options.quick else "verify.well",
        facts=facts,
        took=took,
    )
    return 0


def _faults(beside: Beside, terminal: Terminal, *, views: bool) -> Iterator[Fault]:
    for says in beside.keys.integrity():
        yield Fault(where="keys", code="keys", says=says)
    yield from faults_of(beside.record, beside.vault, terminal.progress, views=views)


def _name(terminal: Terminal, fault: Fault) -> None:
    texts, name = terminal.texts, f"fault.{fault.code}"
    detail = fault.says.removeprefix("cannot be read: ")
    says = texts(name, says=detail) if texts.has(name) else fault.says
    terminal.say("verify.fault", where=fault.where, says=says)


def _words_of(error: Exception) -> str:
    return str(error) if isinstance(error, StoreBroken) else f"{type(error).__name__}: {error}"


def doctor(options: argparse.Namespace, terminal: Terminal) -> int:
    """Say in plain words how the node is, and what to do about it; 0 only when all is well."""
    ill_count = 0
    try:
        for finding in examine(options.data, options.world, catalogue(), clock.now()):
            _tell(terminal, finding)
            ill_count += not finding.is_well
        for finding in findings(options.data, built_in(COUNTRY)):
            _tell(terminal, finding)
            ill_count += not finding.is_well
    except StoreBroken as broken:
        values: dict[str, str | int | float] = {"says": str(broken)}
        _tell(terminal, Finding(is_well=False, code="broken", values=values))
        ill_count += 1
    terminal.line()
    if ill_count:
        terminal.say("doctor.end_ill", count=ill_count)
        return 1
    terminal.say("doctor.end_well")
    return 0


def _tell(terminal: Terminal, finding: Finding) -> None:
    texts = terminal.texts
    values = shown(texts, finding.values)
    mark = "doctor.well" if finding.is_well else "doctor.ill"
    code = finding.code if texts.has(f"doctor.{finding.code}.says") else _family(finding.code)
    terminal.say(mark, says=texts(f"doctor.{code}.says", **values))
    if not finding.is_well:
        terminal.say("doctor.do", what=texts(f"doctor.{code}.do", **values))


def _family(code: str) -> str:
    """The code for what has no words of its own among evidence and set-aside facts."""
    return "evidence_other" if code.startswith("evidence_") else "set_aside_other"


def rebuild(options: argparse.Namespace, terminal: Terminal) -> int:
    """Make indexes and views anew from the facts, and take them into use."""
    began = clock.seconds()
    with open_to_write(options.data, options.world, catalogue()) as opened:
        reindex(opened.journal.record)
        subjects = opened.journal.rebuild(terminal.progress)
        facts = opened.journal.record.position
    terminal.done()
    took = terminal.texts.number(clock.seconds() - began, 1)
    terminal.say("rebuild.done", subjects=subjects, facts=facts, took=took)
    return 0


def resume(options: argparse.Namespace, terminal: Terminal) -> int:
    """Let reactions go that a restore has held."""
    with open_desk(options.data, options.world, catalogue()) as desk:
        answer = done(desk.ask(Resume()))
    assert isinstance(answer, Resumed), "each is answered in kind"
    if answer.were_held:
        terminal.say("resume.done", count=answer.behind_count)
    else:
        terminal.say("resume.not_held")
    return 0


def settle(options: argparse.Namespace, terminal: Terminal) -> int:
    """List the evidence that nobody has settled, or settle one piece with what was found."""
    if options.mark is None:
        with open_beside(options.data, options.world, catalogue()) as beside:
            rows = beside.record.store.rows(EVIDENCE, {})
        left = [row for row in rows if row["settled_by"] is None]
        for row in left:
            _tell(terminal, evidence(row))
        terminal.say("settle.left" if left else "settle.none", count=len(left))
        return 0
    if not options.found:
        raise halt(
            "found_needed",
            "What was found must be said: it is what others will read.",
            'Add --found "what it was and what was done".',
        )
    with open_desk(options.data, options.world, catalogue()) as desk:
        done(desk.ask(Settle(options.mark, options.found)))
    terminal.say("settle.done", mark=options.mark)
    return 0
