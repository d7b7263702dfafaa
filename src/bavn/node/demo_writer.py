# SPDX-License-Identifier: Apache-2.0
"""A process that only writes: it says on standard output what it was told is done, line by line.

`python -m bavn.node.demo_writer DATA WORLD ORGANISATION AREA FROM` reports incidents until it is
killed. Each line is the number of a report that is on disk. It lets anybody see that nothing which
was acknowledged is lost.
"""

import sys
from itertools import count
from pathlib import Path

from bavn.capabilities.operations.decisions import ReportIncident
from bavn.journal.decision import Done, Request
from bavn.journal.journal import Journal
from bavn.kernel.identity import OrganisationId, World
from bavn.kernel.mandate import Actor
from bavn.node.wiring import catalogue
from bavn.runtime.folder import Folder
from bavn.runtime.opened import open_to_write

SENDER = "vagtcentral"
GROUP = 8


def request(owner: OrganisationId, area: OrganisationId, number: int) -> Request:
    """The report of this number: a flooded building, somewhere in a row of municipalities."""
    content = ReportIncident(
        incident=f"R{number}",
        area=area,
        incident_type="VE-SKY",
        municipality=("0851", "0860", "0787", "0813")[number % 4],
    )
    actor = Actor(organisation=owner, function="control_room")
    return Request(owner=owner, actor=actor, content=content, sender=SENDER, ref=str(number))


def write_until_killed(
    journal: Journal, owner: OrganisationId, area: OrganisationId, first: int
) -> None:
    """Report, and acknowledge each report once the disk has it."""
    for start in count(first, GROUP):
        numbers = range(start, start + GROUP)
        outcomes = journal.commit([request(owner, area, number) for number in numbers])
        for number, outcome in zip(numbers, outcomes, strict=True):
            if isinstance(outcome, Done):
                sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def main() -> None:
    """Write until killed."""
    data, world, owner, area, first = sys.argv[1:]
    with open_to_write(Folder(Path(data)), World(world), catalogue()) as opened:
        write_until_killed(opened.journal, OrganisationId(owner), OrganisationId(area), int(first))


if __name__ == "__main__":
    main()
