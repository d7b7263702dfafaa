# SPDX-License-Identifier: Apache-2.0
"""The doctor's look at the log of readings."""

from pathlib import Path

import apsw
import pytest

from bavn.journal.reader import ReadBy
from bavn.runtime import clock
from bavn.runtime.folder import Folder
from bavn.runtime.health import Finding, examine
from bavn.runtime.readings import ReadingLog
from bavn.runtime.texts import LANGUAGES, Texts
from tests.lilleland.vocabulary import catalogue
from tests.runtime.folders import TOWN, WORLD, founded
from tests.runtime.web.house import run


def found(folder: Folder) -> dict[str, Finding]:
    told = examine(folder, WORLD, catalogue(), clock.now())
    return {each.code: each for each in told if each.code.startswith("readings")}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return founded(tmp_path / "node")


def kept(folder: Folder) -> Path:
    """A log with one reading."""

    async def story() -> None:
        log = ReadingLog(folder.readings_path(WORLD))
        by = ReadBy(organisation=TOWN, function="watch", account="a1", is_stated=True)
        assert await log.keep(by, TOWN, f"{TOWN}/incident:1")
        await log.close()

    run(story())
    return folder.readings_path(WORLD)


def test_where_nobody_has_read_anything_there_is_nothing_to_say(folder: Folder) -> None:
    assert found(folder) == {}


def test_how_much_is_kept_is_said(folder: Folder) -> None:
    kept(folder)
    (finding,) = found(folder).values()
    assert finding.is_well
    assert finding.values["count"] == 1


def test_what_was_lost_is_said(folder: Folder) -> None:
    with apsw.Connection(str(kept(folder))) as db:
        db.execute("INSERT INTO lost VALUES (1, 7)")
    finding = found(folder)["readings_lost"]
    assert not finding.is_well
    assert finding.values == {"count": 7}


def test_a_log_that_is_none_any_more_is_said(folder: Folder) -> None:
    kept(folder).write_bytes(b"this is no log of anything" * 100)
    finding = found(folder)["readings_unreadable"]
    assert not finding.is_well
    for language in LANGUAGES:
        says = Texts(language)("doctor.readings_unreadable.says", **finding.values)
        assert "readings.db" in says
