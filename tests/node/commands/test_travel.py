# SPDX-License-Identifier: Apache-2.0
"""Closing and opening roads at the command line, and what is said of the map of roads."""

from pathlib import Path

import pytest

from bavn.kernel.identity import NodeId, World
from bavn.node.cli import REFUSED, WELL, main
from bavn.node.wiring import catalogue
from bavn.runtime.folder import Folder
from bavn.runtime.founding import found_node
from bavn.runtime.travel.closures import Closures

SHUT = ["close", "Storebælt", "--lat", "55.33", "--lon", "10.98", "--radius", "2000"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    found_node(
        Folder(tmp_path),
        World("demo"),
        NodeId("denmark"),
        hosts=(),
        areas=(),
        catalogue=catalogue(),
    )
    return tmp_path


def travel(data: Path, *given: str) -> int:
    return main(["travel", *given, "--data", str(data), "--lang", "en"])


def test_a_road_is_closed_until_then_and_opened_again(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert travel(data, "show") == WELL
    assert "No road is closed" in capsys.readouterr().out
    assert travel(data, *SHUT, "--until", "2099-12-31T18:00") == WELL
    # Said anew it is one closure, not two.
    assert travel(data, *SHUT, "--until", "2099-12-31T19:00") == WELL
    assert [each.name for each in Closures(data).now()] == ["Storebælt"]
    assert travel(data, "show") == WELL
    assert "until 2099-12-31 19:00" in capsys.readouterr().out
    assert travel(data, "open", "Storebælt") == WELL
    assert Closures(data).now() == ()
    assert travel(data, "remove") == WELL
    assert "There was no map" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["open", "Storebælt"], "Nothing of the name"),
        (["close"], "What is closed"),
        ([*SHUT[:-1], "50000"], "What is closed"),
        (["close", "abroad", "--lat", "48", "--lon", "2"], "What is closed"),
        ([*SHUT, "--until", "2020-01-01T00:00"], "Until when"),
        ([*SHUT, "--until", "soon"], "Until when"),
        (["import", "nowhere.osm.pbf"], ""),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    data: Path, capsys: pytest.CaptureFixture[str], given: list[str], says: str
) -> None:
    assert travel(data, *given) == REFUSED
    assert says in capsys.readouterr().err
    assert Closures(data).now() == ()
