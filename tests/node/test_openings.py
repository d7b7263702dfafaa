# SPDX-License-Identifier: Apache-2.0
"""What a page shows is open: every function's menu and an incident's ways, through the door."""

import asyncio
import re
from pathlib import Path

import pytest

from bavn.frame.country import Level
from bavn.kernel.identity import OrganisationId
from bavn.runtime.countries import built_in
from bavn.runtime.folder import Folder
from bavn.runtime.functions import NOBODYS
from tests.node.watch import NJB, Person, Watch, founded, watch

pytestmark = pytest.mark.slow
COUNTRY = built_in("denmark")
HOME = {
    Level.SERVICE: "njb",
    Level.AREA: "nordjylland",
    Level.NATION: "brs",
    Level.POLICE: "nordjyllands-politi",
    Level.GOVERNMENT: "minister",
}
FUNCTIONS = [each for each in COUNTRY.functions if each.code not in NOBODYS]
# Whom today's law knows nothing of.
PROPOSED = {"national_chief"}
FIRE = {"type": "BR-GRD", "place": {"lat": 57.0488, "lon": 9.9217}, "service": "njb"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return founded(Path(tmp_path_factory.mktemp("openings")) / "node", COUNTRY)


def menu_of(page: str) -> list[str]:
    """Where the menu leads."""
    found = re.search(r'<nav aria-label="[^"]*">(.*?)</nav>', page, re.DOTALL)
    assert found, page
    return re.findall(r'<a href="([^"]+)"', found[1])


def parts_of(page: str) -> list[str]:
    """What a page fetches, and the ways that stand as buttons on it."""
    return [
        *re.findall(r'data-live="([^"]+)"', page),
        *re.findall(r'<a class="button[^"]*"[^>]* href="([^"]+)"', page),
    ]


async def refused(person: Person, paths: list[str]) -> list[tuple[str, int]]:
    """What of this is not let through."""
    answers = [(path, await person.browser.get(path)) for path in dict.fromkeys(paths)]
    return [(path, each.status_code) for path, each in answers if each.status_code >= 400]


def test_nothing_that_is_shown_is_refused_to_any_function(folder: Folder) -> None:
    async def walked(north: Watch, fire: str, code: str, level: Level) -> None:
        person = await north.person(OrganisationId(HOME[level]), code)
        page = await person.page(f"/incidents/{fire}")
        menu = menu_of(page)
        assert "/" in menu, code
        assert await refused(person, [*menu, *parts_of(page)]) == [], code

    async def story() -> None:
        async with watch(folder) as north:
            fire = (await north.system(NJB).post("/api/v1/incidents", json=FIRE)).json()["id"]
            for each in FUNCTIONS:
                if each.code not in PROPOSED:
                    await walked(north, fire, each.code, each.level)

    asyncio.run(story())
