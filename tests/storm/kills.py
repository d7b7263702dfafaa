# SPDX-License-Identifier: Apache-2.0
"""Real processes on a real disk, killed: what was acknowledged is there after every `kill -9`.

python -m tests.storm.kills FOLDER    writes for ever, and says on its output what it has written
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from bavn.journal.decision import Done
from bavn.kernel.identity import FactId, id_bytes
from tests.lilleland.nodes import EAST, EASTERN, Node, request
from tests.lilleland.vocabulary import Note, ReportFire
from tests.storm.broken import expect

GROUP = 4
READY = "ready"
LIFE_S_MOST = 0.25
"""How long a process may write before it is killed: some hundred groups."""


def write_for_ever(folder: Path) -> None:
    """Commit group after group, and say each fact once it is done."""
    node = Node(EAST, str(folder))
    print(READY, flush=True)  # noqa: T201 - the parent reads it
    number = 0
    while True:
        number += 1
        group = [
            request(EASTERN, ReportFire(fire=f"{number}-{each}", what="smoke", area=EASTERN))
            for each in range(GROUP)
        ]
        group.append(request(EASTERN, Note(fire=f"{number}-0", mark="seen")))
        facts = [
            fact
            for outcome in node.journal.commit(group)
            if isinstance(outcome, Done)
            for fact in outcome.facts
        ]
        print(" ".join(facts), flush=True)  # noqa: T201 - same


def kill_once(folder: Path, chance: random.Random) -> list[str]:
    """Start a writer, kill it in the middle of its work; give what it had said was done."""
    command = [sys.executable, "-m", "tests.storm.kills", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        expect(first.strip() == READY, "a killed node starts again", first)
        try:
            writer.wait(timeout=chance.uniform(0, LIFE_S_MOST))
        except subprocess.TimeoutExpired:
            os.kill(writer.pid, signal.SIGKILL)
        lines = writer.stdout.read().split("\n")
    # The last line may be cut off in the middle.
    return [fact for line in lines[:-1] for fact in line.split()]


def check_kills(count: int, seed: int) -> int:
    """Kill a writer so many times, on one folder; how many facts were acknowledged."""
    chance, said = random.Random(f"kills {seed}"), list[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(count):
            new = kill_once(folder, chance)
            said += new
            _look(folder, new)
        _look(folder, said)
    return len(said)


def _look(folder: Path, said: list[str]) -> None:
    node = Node(EAST, str(folder))
    try:
        lost = [fact for fact in said if not node.store.facts_with([id_bytes(FactId(fact))])]
        expect(not lost, "nothing acknowledged is lost", f"{len(lost)} facts after a kill")
        for name, channel in node.journal.record.channels.items():
            rows = node.store.chain(channel.key, channel.sequence, 1)
            expect(rows, "chains hold", name.text())
    finally:
        node.close()


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]))
