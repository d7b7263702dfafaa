# SPDX-License-Identifier: Apache-2.0
"""A set of paper is made beside whoever writes, and holds what a watch without screens needs."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bavn.capabilities.duty.model.requests import (
    AssignTalkGroup,
    GivenWatch,
    SetTalkGroup,
    SetWatches,
)
from bavn.capabilities.operations.decisions import ReportIncident, SetUnitStatus
from bavn.capabilities.operations.model.unit import UnitStatus
from bavn.capabilities.organisation.decisions.founding import TellBuiltIn
from bavn.capabilities.organisation.facts import Need, PickListSet
from bavn.journal.decision import Done, Request
from bavn.kernel.identity import NodeId, OrganisationId, Subject, World
from bavn.kernel.mandate import Actor
from bavn.kernel.private import Private
from bavn.node import cli
from bavn.node.centre import Paper
from bavn.node.commands import binder as binder_command
from bavn.node.wiring import COUNTRY, catalogue, country_gate
from bavn.runtime import clock
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.opened import Opened, open_to_write
from bavn.runtime.shelf import Shelf

WORLD, NJB = World("demo"), OrganisationId("njb")
PICK_LIST = PickListSet(needs=(Need("TAN", 3),), basis="own calibration")
INCIDENT = "0199-aaaa-4a7f"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Opened]:
    """A node that is open to write all the while, with an incident and a unit."""
    parts, folder = catalogue(), Folder(tmp_path / "node")
    found_node(folder, WORLD, NodeId("n"), hosts=[NJB], areas=[NJB], catalogue=parts)
    may = country_gate(built_in(COUNTRY))
    opened = open_to_write(folder, WORLD, parts, may=may)
    actor = Actor(organisation=NJB, function="duty_officer")
    report = ReportIncident(
        incident=INCIDENT,
        area=NJB,
        incident_type="BR-VIL",
        municipality="0851",
        address=Private("Opdigtet Allé 7 <b>"),
        callback=Private("00 00 00 01"),
    )
    word = SetUnitStatus(
        unit="njb-01", area=NJB, status=UnitStatus.EN_ROUTE, incident=INCIDENT, registered=False
    )
    watch = GivenWatch(
        id="w1",
        function="chief",
        organisation="njb",
        begins_at=clock.now() - timedelta(hours=1),
        ends_at=clock.now() + timedelta(hours=7),
        place=1,
        name=Private("Bo Opdigtet"),
        number=Private("00 00 00 02"),
        basis="own calibration",
    )
    duty = (
        SetWatches(watches=(watch,)),
        SetTalkGroup(id="g1", name="SKS Aalborg 1", use="indsats", basis="own calibration"),
        AssignTalkGroup(incident=INCIDENT, group="g1"),
    )
    own = TellBuiltIn(country=COUNTRY, rows=((Subject("pick_list:BR-VIL"), PICK_LIST),))
    machine = Actor(organisation=NJB, function="machine")
    for content in (report, word, *duty, own):
        by = machine if content is own else actor
        (outcome,) = opened.journal.commit([Request(owner=NJB, actor=by, content=content)])
        assert isinstance(outcome, Done), outcome
    yield opened
    opened.close()


def made(node: Opened, *options: str) -> str:
    """The newest set, made by the command line while the node is open to write."""
    data = str(node.folder.path)
    assert cli.main(["binder", "--data", data, "--world", WORLD, *options]) == 0
    shelf = Shelf(node.folder.path, WORLD)
    raw = shelf.read(shelf.sets()[0].name)
    assert raw is not None
    return raw.decode()


@pytest.mark.slow
@pytest.mark.requirement("E5.2", "K9")
def test_a_set_has_what_is_open_who_is_out_and_what_to_do_and_is_marked(
    node: Opened, capsys: pytest.CaptureFixture[str]
) -> None:
    page = made(node)
    assert "Fortroligt" in capsys.readouterr().out
    assert "FORTROLIGT" in page
    for said in ("#4a7f", "Aalborg", "Opdigtet Allé 7 &lt;b&gt;", "00 00 00 01", "njb-01"):
        assert said in page, said
    assert re.search(r"<strong>Kørt:</strong> njb-01", page)
    for said in ("Beredskabschef", "Bo Opdigtet", "00 00 00 02", "SKS Aalborg 1"):
        assert said in page, said
    assert re.search(r"rækkehus</td><td>3 Vandtankvogn</td>", page), "the service's own pick list"
    assert page.count("SKS Aalborg 1") == 2, "on its incident, and in the list of all"
    # Action cards, pick lists of the country, and lines to write on.
    for said in ("Brand", "egen kalibrering", "Landets udrykningslister", '<table class="log">'):
        assert said in page, said
    # It needs nothing from anywhere: no script, and nothing that is fetched.
    assert not re.search(r"<script|<link|src=|href=|url\(", page)

    english = made(node, "--lang", "en", "--without-private", "--keep", "1")
    assert "CONFIDENTIAL" in english
    assert "Opdigtet" not in english
    assert "00 00 00" not in english
    assert len(Shelf(node.folder.path, WORLD).sets()) == 1


@pytest.mark.slow
def test_a_set_can_be_written_to_another_place_for_its_owner_alone(
    node: Opened, tmp_path: Path
) -> None:
    to = tmp_path / "usb.html"
    data = str(node.folder.path)
    assert cli.main(["binder", "--data", data, "--world", WORLD, "--to", str(to)]) == 0
    assert to.stat().st_mode & 0o777 == 0o600
    assert Shelf(node.folder.path, WORLD).sets() == []


@pytest.mark.parametrize(("minutes", "count"), [(15, 1), (0, 0)])
def test_each_node_of_a_house_has_sets_of_its_own_made_unless_nobody_wants_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: int, count: int
) -> None:
    begun: list[tuple[str, ...]] = []

    class Begun:
        def __init__(self, command: tuple[str, ...], every: timedelta) -> None:
            assert every == timedelta(minutes=15)
            begun.append(command)

        def wake(self) -> None:
            begun.append(("woken",))

    monkeypatch.setattr(binder_command, "Binding", Begun)
    paper = Paper(Shelf(tmp_path, WORLD), [])
    served = SimpleNamespace(given={"centre": SimpleNamespace(shelf=paper)})
    house: Any = SimpleNamespace(nodes=[served])
    binder_command.keep_binders(house, [Folder(tmp_path)], WORLD, minutes)
    assert len(begun) == len(paper.wake) == count
    paper.make_now()
    if count:
        assert begun[0][-4:] == ("--data", str(tmp_path), "--world", WORLD)
        assert begun[-1] == ("woken",)
