# SPDX-License-Identifier: Apache-2.0
"""The policies at the command line: what they say, and what is wrong with them."""

import shutil
from importlib.resources import as_file
from pathlib import Path

import pytest

from bavn.node.cli import main
from tests.runtime.mandates.denmark import FOLDER

pytestmark = pytest.mark.slow
LESS = (
    '@id("less") @ground("§ 1") @basis("own calibration") @law("today") @da("Nej.") @en("No.")\n'
    'forbid (principal, action == Action::"dispatch.stand_down", resource);\n'
)


@pytest.mark.requirement("E9.1")
def test_what_a_function_may_is_said_with_its_ground(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--role", "incident_commander", "--act", "reinforcement.call_assistance"]
    assert main(["mandates", "explain", *asked]) == 0
    says = capsys.readouterr().out
    assert "tilkalde assistance" in says
    assert "§ 18, stk. 3" in says
    assert "national_chief" not in says
    assert main(["mandates", "explain", "--law", "today", "--act", "levels.set_level"]) == 0
    assert "Ingen regel passer." in capsys.readouterr().out
    assert main(["mandates", "explain", "--lang", "en", "--law", "proposed"]) == 0
    assert "national chief of preparedness" in capsys.readouterr().out


def test_a_folder_of_policies_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with as_file(FOLDER) as built_in:
        folder = Path(shutil.copytree(built_in, tmp_path / "mandates"))
    assert main(["mandates", "check", str(folder)]) == 0
    assert "uden fejl" in capsys.readouterr().out
    (folder / "more.cedar").write_text("permit (", encoding="utf-8")
    assert main(["mandates", "check", str(folder)]) == 1
    says = capsys.readouterr().out
    assert "more.cedar" in says
    assert "de gamle gælder" in says


@pytest.mark.requirement("E9.1")
def test_a_node_takes_a_set_and_goes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written out, changed, checked, used, taken back; each that held is read by its mark."""
    data, mine = tmp_path / "node", tmp_path / "mine"
    made = ["--data", str(data), "--world", "exercise", "--lang", "en"]
    assert main(["init", *made, "--name", "n", "--root", "--host", "njb"]) == 0
    assert main(["mandates", "export", str(mine), *made]) == 0
    assert main(["mandates", "export", str(mine), *made]) == 2
    (mine / "less.cedar").write_text(LESS, encoding="utf-8")
    assert main(["mandates", "use", str(mine), *made]) == 0
    says = capsys.readouterr().out
    assert "(dispatch.stand_down)" in says
    assert "lose, at their own organisation: Area duty leader" in says
    assert "Now the node's own policies hold" in says
    mark = says.split("Mark: ")[1][:16]
    # A faulty one is not used, and is said by whoever looks after the node.
    (mine / "less.cedar").write_text("permit (", encoding="utf-8")
    assert main(["mandates", "use", str(mine), *made]) == 1
    (data / "mandates" / "less.cedar").write_text("permit (", encoding="utf-8")
    assert main(["doctor", *made]) == 1
    says = capsys.readouterr().out
    assert "1 faults and are not followed" in says
    assert mark in says
    assert main(["mandates", "back", *made]) == 0
    assert "Now the country's policies hold" in capsys.readouterr().out
    assert not (data / "mandates").exists()
    explain = ["mandates", "explain", "--mark", mark, "--act", "dispatch.stand_down", *made]
    assert main(explain) == 0
    assert "less/less" in capsys.readouterr().out
    kept = data / "mandates.kept" / mark / "less.cedar"
    kept.write_text(LESS.replace("§ 1", "§ 2"), encoding="utf-8")
    assert main(explain) == 1
    assert "changed since it held" in capsys.readouterr().out


def test_which_policies_and_where_has_to_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mandates", "use", "--lang", "en"]) == 2
    assert "--country" in capsys.readouterr().err
    assert main(["mandates", "use", "--country", "--lang", "en"]) == 2
    assert "--data" in capsys.readouterr().err
