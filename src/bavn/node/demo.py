# SPDX-License-Identifier: Apache-2.0
"""`bavn demo`: two nodes, a cut link, a killed process and a merge, in the terminal."""

import argparse
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bavn.capabilities.operations.decisions import CloseIncident, NoteIncident, ReportIncident
from bavn.capabilities.operations.facts import IncidentNoted
from bavn.journal.decision import Done, Outcome
from bavn.journal.reader import Reader
from bavn.journal.strike import StrikeFact
from bavn.kernel.identity import FactId
from bavn.kernel.private import Private
from bavn.kernel.refusal import Refused
from bavn.node.demo_nodes import (
    CENTRE,
    NATION,
    NORDJYLLAND,
    SERVICE,
    WORLD,
    DemoNode,
    make_two,
)
from bavn.node.demo_writer import request
from bavn.node.terminal import Terminal, program
from bavn.runtime import clock

# Long enough to read a step's lines; the whole is to be over in twenty seconds.
PAUSE_S = 1.2
# Reports acknowledged before the process is killed.
ACKNOWLEDGED_LEAST = 120
KILL_WITHIN_S = 0.03
FIRST_NUMBER = 1000
NOTE = "kode 4711 til nøgleboksen, beboer i kørestol"
DIGEST_SHOWN = 16


def demo(options: argparse.Namespace, terminal: Terminal) -> int:
    """Show what there is, on folders that are kept when they are given."""
    if options.data is not None:
        path = Path(options.data).resolve()
        path.mkdir(parents=True, exist_ok=True)
        return _Demo(path, terminal, fast=options.fast, kept=True).run()
    with tempfile.TemporaryDirectory(prefix="bavn-demo-") as folder:
        return _Demo(Path(folder), terminal, fast=options.fast, kept=False).run()


class _Demo:
    """The story, step by step; each step shows what it claims."""

    def __init__(self, path: Path, terminal: Terminal, *, fast: bool, kept: bool) -> None:
        self._path = path
        self._say = terminal.say
        self._line = terminal.line
        self._texts = terminal.texts
        self._pause_s = 0.0 if fast else PAUSE_S
        self._kept = kept
        self._step = 0
        self._wrong_report = FactId("")
        self._north, self._nation = make_two(path)

    def run(self) -> int:
        """Tell the whole story; 0 when every claim held."""
        began = clock.seconds()
        self._say("demo.title")
        self._say("demo.nodes", path=self._path)
        steps: list[Callable[[], None]] = [
            self._report,
            self._note,
            self._cut,
            self._kill,
            self._repeat,
            self._strike,
            self._merge,
            self._search,
            self._verify,
        ]
        try:
            for step in steps:
                self._head(step.__name__)
                step()
                clock.wait(self._pause_s)
        finally:
            self._north.stop()
            self._nation.stop()
        self._line()
        self._say("demo.end", took=f"{clock.seconds() - began:.0f}")
        name = "demo.next_kept" if self._kept else "demo.next"
        data, nation = self._path / NORDJYLLAND, self._path / NATION
        self._say(name, program=program(), data=data, nation=nation, world=WORLD)
        return 0

    def _head(self, name: str) -> None:
        self._step += 1
        self._line()
        title = self._texts(f"demo.step.{name.strip('_')}")
        self._line(f"{self._step}. {title}")

    def _held(self, claim: object) -> None:
        assert claim, "the demonstration does not hold"

    # The steps

    def _report(self) -> None:
        for number, incident_type, municipality in (
            ("N101", "BR-VIL", "0851"),
            ("N102", "RE-FUF", "0860"),
            ("N103", "MI-STO", "0813"),
            ("N104", "BR-ABA", "0787"),
        ):
            outcome, ms = self._timed(
                self._north,
                ReportIncident(
                    incident=number,
                    area=CENTRE,
                    incident_type=incident_type,
                    municipality=municipality,
                ),
                f"A{number}",
            )
            if number == "N104":
                (self._wrong_report,) = outcome.facts
            self._say("demo.reported", number=number, what=self._what(incident_type), ms=ms)
        count = self._nation.hear(self._north)
        self._say("demo.heard", count=count)
        self._show(self._nation)

    def _note(self) -> None:
        _, ms = self._timed(
            self._north, NoteIncident(incident="N101", text=Private(NOTE)), "note-1"
        )
        self._say("demo.noted", text=NOTE, ms=ms)
        journal = self._north.running.journal
        facts = journal.query.history(
            Reader(organisations=frozenset({SERVICE})), SERVICE, "incident:N101"
        )
        note = journal.record.read(facts[-1].fact)
        self._held(isinstance(note, IncidentNoted) and note.text is not None)
        assert isinstance(note, IncidentNoted)
        assert note.text is not None
        officer = Reader(organisations=frozenset({SERVICE}), personal=True)
        read = journal.query.reveal(officer, SERVICE, note.text)
        self._held(isinstance(read, Private) and read.reveal() == NOTE)
        self._say("demo.note_read")
        refused = journal.query.reveal(Reader(), SERVICE, note.text)
        self._refused(refused)

    def _cut(self) -> None:
        self._done(self._north, CloseIncident(incident="N102", area=CENTRE), "A-close")
        outcome = self._nation.ask(
            ReportIncident(incident="L1", area=CENTRE, incident_type="FO-TEL", municipality="0851"),
            "L1",
        )
        self._held(isinstance(outcome, Done))
        self._say("demo.cut")
        self._show(self._north)
        self._show(self._nation)
        self._held(self._north.digest() != self._nation.digest())

    def _kill(self) -> None:
        self._north.stop()
        numbers, pid = _written_until_killed(self._north)
        self._say("demo.killed", pid=pid, count=len(numbers))
        began = clock.seconds()
        journal = self._north.running.journal
        up_ms = self._ms(began)
        # Asked again, each is known: nothing new is written.
        outcomes = journal.commit([request(SERVICE, CENTRE, int(each)) for each in numbers])
        found = [each for each in outcomes if isinstance(each, Done) and each.repeated]
        reported = sum(row["incident_type"] == "VE-SKY" for row in self._north.picture())
        self._say(
            "demo.up_again",
            ms=up_ms,
            found=len(found),
            count=len(numbers),
            more=reported - len(numbers),
        )
        self._held(len(found) == len(numbers))
        self._held(not list(journal.verify()))
        self._say("demo.up_well")

    def _repeat(self) -> None:
        before = self._north.running.journal.record.position
        report = ReportIncident(
            incident="N101", area=CENTRE, incident_type="BR-VIL", municipality="0851"
        )
        outcome = self._north.ask(report, "AN101")
        self._held(isinstance(outcome, Done) and outcome.repeated)
        self._held(before == self._north.running.journal.record.position)
        self._say("demo.repeated")
        other = ReportIncident(incident="N101", area=CENTRE, incident_type="BR-GRD")
        self._refused(self._north.ask(other, "AN101"))

    def _strike(self) -> None:
        self._done(self._north, StrikeFact(fact=self._wrong_report), "strike-1")
        self._held(not [row for row in self._north.picture() if row["subject"] == "incident:N104"])
        self._say("demo.struck", number="N104")

    def _merge(self) -> None:
        began = clock.seconds()
        north, nation = self._nation.hear(self._north), self._north.hear(self._nation)
        ms = self._ms(began)
        self._say("demo.merged", nation=north, north=nation, ms=ms)
        self._show(self._nation)
        for node in (self._north, self._nation):
            digest = node.digest()[:DIGEST_SHOWN]
            self._say("demo.digest", node=node.name, digest=digest)
        self._held(self._north.digest() == self._nation.digest())
        self._say("demo.agree")

    def _search(self) -> None:
        control = self._nation.files_with(b"incident:N101")
        self._held(control)
        self._say("demo.search_control", count=len(control), text="incident:N101")
        for text in (NOTE, "operations.incident_noted"):
            found = self._nation.files_with(text.encode())
            self._say("demo.search", node=NATION, text=text, count=len(found))
            self._held(not found)
        at_home = self._north.files_with(NOTE.encode())
        self._say("demo.search", node=NORDJYLLAND, text=NOTE, count=len(at_home))
        self._say("demo.search_why")
        self._held(not at_home)

    def _verify(self) -> None:
        for node in (self._north, self._nation):
            began = clock.seconds()
            faults = list(node.running.journal.verify())
            ms = self._ms(began)
            facts = node.running.journal.record.position
            self._say("demo.verified", node=node.name, facts=facts, faults=len(faults), ms=ms)
            self._held(not faults)

    # Telling

    def _timed(self, node: DemoNode, content: object, number: str) -> tuple[Done, str]:
        began = clock.seconds()
        outcome = self._done(node, content, number)
        return outcome, self._ms(began, 1)

    def _ms(self, began: float, decimals: int = 0) -> str:
        return self._texts.number((clock.seconds() - began) * 1000, decimals)

    def _done(self, node: DemoNode, content: object, number: str) -> Done:
        outcome = node.ask(content, number)  # type: ignore[arg-type]
        assert isinstance(outcome, Done), outcome
        return outcome

    def _refused(self, outcome: Outcome | object) -> None:
        assert isinstance(outcome, Refused), outcome
        says, try_instead = self._texts.refusal(outcome)
        self._say("demo.refused", says=says, try_instead=try_instead)

    def _what(self, incident_type: str) -> str:
        return self._texts(f"demo.type.{incident_type.lower().replace('-', '_')}")

    def _show(self, node: DemoNode) -> None:
        """The picture as a node knows it: how many of each sort, open and closed."""
        self._say("demo.picture", node=node.name)
        counts = Counter(
            (str(row["owner"]), str(row["incident_type"]), str(row["state"]))
            for row in node.picture()
        )
        for (owner, incident_type, state), count in sorted(counts.items()):
            self._say(
                "demo.row",
                count=count,
                what=self._what(incident_type),
                state=self._texts(f"demo.state.{state}"),
                owner=owner,
            )


def _written_until_killed(node: DemoNode) -> tuple[list[str], int]:
    """Let a process write, kill it in the middle, and give what it had acknowledged."""
    command = [sys.executable, "-m", "bavn.node.demo_writer", str(node.folder.path), WORLD]
    command += [SERVICE, CENTRE, str(FIRST_NUMBER)]
    said = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program, our own words
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if len(said) == ACKNOWLEDGED_LEAST:
                # At no chosen moment: it goes on writing meanwhile.
                clock.wait(int.from_bytes(clock.entropy(1)) / 255 * KILL_WITHIN_S)
                process.send_signal(signal.SIGKILL)
    # The last line may be cut in the middle: only a whole one is an acknowledgement.
    return [line.strip() for line in said if line.endswith("\n")], process.pid
