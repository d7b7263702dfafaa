# SPDX-License-Identifier: Apache-2.0
"""Who reads Danish meets nothing else: every page is opened, also where a list is wrong."""

import html
import re
from pathlib import Path

import pytest

from bavn.capabilities.organisation.decisions.founding import founding_requests
from bavn.capabilities.organisation.model.faults import FAULTS
from bavn.journal.decision import Done
from bavn.node.wiring import COUNTRY
from bavn.runtime.countries import built_in
from bavn.runtime.texts import Texts
from bavn.runtime.web.assets import STATIC
from tests.runtime.web.house import form_key, run
from tests.story.centres import CENTRE, SERVICE, STAND_IN, Two, known_to_the_stand_in, two

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STATIC.is_dir(), reason="the front-end is not built here"),
]
UNIT = "njb-01-asp-1"
PAGES = [
    *("/", "/incidents", "/incidents?state=all", "/incidents/new", "/incidents/one"),
    *("/incidents/one/print", "/units", "/units?status=en_route", f"/units/{UNIT}"),
    *("/organisation", f"/organisation/{SERVICE}", f"/organisation/{STAND_IN}/lists"),
    *("/connections", "/connections/take-over", f"/connections/take-over/{SERVICE}"),
    *("/connections/take-over/nobody", "/connections/conflicts", "/connections/asked"),
    *("/outbox", "/account", "/nothing-here", "/incidents/nothing", "/units/nothing"),
]
WRONG = "id,type,callsign,station,crew,colour\nAa,XYZ,1,nowhere,many,red\n"
KEY = re.compile(
    r"\b(?:shell|situation|operations|organisation|connections|take_over|refused|doctor)"
    r"(?:\.[a-z_]+)+\b"
)
# What a page holds beside its words: what scripts say is looked at where they say it.
BESIDE = re.compile(r"<script.*?</script>|<style.*?</style>|<code.*?</code>", re.DOTALL)
# An element's own words, and those that stand in it for who hears the page or points at it.
ATTRIBUTES = re.compile(r'(?:title|aria-label|placeholder)="([^"]*)"')


def words_of(page: str) -> str:
    """All that somebody can read or hear on a page."""
    bare = BESIDE.sub(" ", page)
    said = " ".join(ATTRIBUTES.findall(bare))
    return html.unescape(re.sub(r"<[^>]+>", " ", bare) + " " + said)


def english() -> list[str]:
    """Phrases that stand in no Danish page: faults of lists, and what units can do."""
    country = built_in(COUNTRY)
    phrases = [text for text in FAULTS.values() if "{" not in text]
    phrases += [
        each.code
        for each in country.capability_names
        if each.code != each.danish and " " in each.code
    ]
    danish = Texts("da")
    return [each for each in phrases if not danish.has(each)]


async def told(world: Two) -> None:
    """The organisations of both centres, their stations and units."""
    country = built_in(COUNTRY)
    for request in founding_requests(country):
        if request.owner in {CENTRE, SERVICE, STAND_IN}:
            live = world.house.live if request.owner == STAND_IN else world.north
            outcome = await live.write(request)
            assert isinstance(outcome, Done), outcome
    register = world.house.live.reading
    last = world.north.reading.last_position
    await world.until(lambda: register.last_position() >= last(), "all of it is here")


@pytest.mark.requirement("E4.1")
def test_every_page_is_danish_to_its_last_word(tmp_path: Path) -> None:
    async def story() -> None:
        async with two(tmp_path) as world:
            await known_to_the_stand_in(world)
            await told(world)
            person = await world.house.person(
                organisation=STAND_IN, function="organisation_administrator", personal=True
            )
            person.headers.update({"accept": "text/html", "accept-language": "da"})
            lists = f"/organisation/{STAND_IN}/lists"
            fields = {"csrf": form_key((await person.get(lists)).text), "what": "units"}
            files = {"file": ("units.csv", WRONG.encode(), "text/csv")}
            sent = await person.post(lists, data=fields, files=files)
            assert sent.status_code == 303, sent.text
            found = {path: (await person.get(path)).text for path in [*PAGES, lists]}
            faulty = (await person.get(sent.headers["location"])).text
            found["the list"] = faulty
            assert "rækken" not in faulty
            assert "række 1: kolonne nummer 6 kendes ikke" in html.unescape(faulty)
            for path, page in found.items():
                words = words_of(page)
                assert KEY.findall(words) == [], path
                assert [each for each in english() if each in words] == [], path
            assert "pumpe ca. 2000 l/min" in words_of(found[f"/units/{UNIT}"])

    run(story())
