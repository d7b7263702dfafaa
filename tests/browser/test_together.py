# SPDX-License-Identifier: Apache-2.0
"""Two on watch at one fire that was reported twice: what one says, the other sees at once.

Every page that is met is looked at in the light, in the dark and on a phone.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.test_centre import (
    SECOND,
    SignIn,
    act,
    keeps_the_guidelines,
    sign_in,
    url,
)
from tests.browser.watch import FIRST, UNIT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# The same server and the same way in as the board's journeys have.
__all__ = ["sign_in", "url"]


@pytest.mark.requirement("E5.1")
@pytest.mark.requirement("E5.2")
def test_what_one_says_of_an_incident_the_other_sees_at_once(
    sign_in: SignIn,
    url: str,
) -> None:
    pia, bo = sign_in("pia"), sign_in("bo")
    bo.goto(f"{url}/incidents")
    expect(bo.locator("tbody tr")).to_have_count(1)
    act(url, f"report/{SECOND}")
    expect(bo.locator("tbody tr")).to_have_count(2)
    expect(bo.locator("tbody")).to_contain_text("måske meldt før")

    bo.goto(f"{url}/incidents/{FIRST}")
    expect(bo.locator("#relations-title")).to_be_visible()
    expect(bo.locator("main")).to_contain_text("Måske samme hændelse")
    pia.goto(f"{url}/incidents/{SECOND}")
    pia.get_by_role("button", name="Samme hændelse", exact=True).first.click()
    expect(pia.locator("main")).to_contain_text("Hændelsen er en del af")
    expect(bo.locator("main")).to_contain_text("Fører for")

    # A word about the part counts for the one that leads, measured there as it comes.
    pia.goto(f"{url}/units/{UNIT}")
    for status in ("kaldt", "kørt"):
        pia.locator("[name=incident]").fill(SECOND)
        pia.get_by_role("button", name=status, exact=True).click()
        expect(pia.locator("main dl").first).to_contain_text(status)
    expect(bo.locator("main")).to_contain_text("Målte tider")
    expect(bo.locator("main")).to_contain_text("ikke ankommet endnu")
    # Whoever answers for the crew presses one key.
    pia.get_by_role("button", name="1+3", exact=True).click()
    expect(pia.locator("#crew-title")).to_be_visible()
    expect(pia.locator("main")).to_contain_text("heraf 1 holdleder")
    keeps_the_guidelines(pia)

    pia.goto(f"{url}/incidents/{FIRST}")
    pia.locator("#f-word").fill("Taget er ved at falde")
    pia.get_by_role("button", name="Skriv i fælles log").click()
    expect(bo.locator("main")).to_contain_text("Taget er ved at falde")
    # What somebody is writing is not taken from under the fingers.
    bo.locator("#f-word").fill("Jeg er ved at skrive")
    pia.get_by_text("Hvem leder nu?").click()
    pia.locator("#f-callsign").fill("Nord 1")
    pia.get_by_role("button", name="Leder fra nu").click()
    expect(pia.locator("main")).to_contain_text("Nord 1")
    expect(bo.locator("#f-word")).to_have_value("Jeg er ved at skrive")
    keeps_the_guidelines(pia)
    pia.goto(f"{url}/events")
    pia.locator("#f-name").fill("Stormen Bodil")
    pia.keyboard.press("Enter")
    expect(pia.locator("h1")).to_have_text("Stormen Bodil")
    keeps_the_guidelines(pia, is_whole=False)
