# SPDX-License-Identifier: Apache-2.0
"""The policies at the command line: what they say, and what is wrong with them."""

import shutil
from importlib.resources import as_file
from pathlib import Path

import pytest

from bavn.node.cli import main
from tests.runtime.mandates.denmark import FOLDER

pytestmark = pytest.mark.slow


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
