# SPDX-License-Identifier: Apache-2.0
"""The real command line and real writing processes, started and killed."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bavn.kernel.identity import OrganisationId

CENTRE = OrganisationId("nordjylland")
SERVICE = OrganisationId("nordjyllands-beredskab")


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


def bavn(*arguments: object) -> Said:
    """Run the real command line in a process of its own."""
    command = [sys.executable, "-m", "bavn.node.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


class Writing:
    """A process that reports incidents and acknowledges each; killed, never asked to stop."""

    def __init__(self, data: Path, world: str, first: int) -> None:
        command = [sys.executable, "-m", "bavn.node.demo_writer", str(data), world]
        command += [SERVICE, CENTRE, str(first)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.acknowledged: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate(timeout=10)

    def until(self, count: int) -> None:
        """Wait until at least this many reports are acknowledged."""
        out = self._process.stdout
        assert out is not None
        while len(self.acknowledged) < count:
            line = out.readline()
            assert line, "the writing process ended by itself"
            self.acknowledged.append(int(line))

    def kill(self) -> list[int]:
        """Kill it at once (-9); every report that it had acknowledged."""
        out = self._process.stdout
        assert out is not None
        self._process.kill()
        # The last line may be cut in the middle: only a whole one is an acknowledgement.
        self.acknowledged += [int(line) for line in out if line.endswith("\n")]
        assert self._process.wait(10) == -9
        out.close()
        return self.acknowledged


def made_node(data: Path) -> Path:
    """A node of the service, made by the command line."""
    hosts = ["--host", SERVICE, "--host", CENTRE]
    said = bavn("init", "--data", data, "--node", "nordjylland", *hosts, "--area", CENTRE)
    assert said.code == 0, said
    return data
