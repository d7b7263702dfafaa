# SPDX-License-Identifier: Apache-2.0
"""Who may do what, asked over pages and interface of the whole application."""

from pathlib import Path

import pytest

from bavn.kernel.identity import OrganisationId
from bavn.runtime.texts import LANGUAGES, Texts
from tests.runtime.mandates.denmark import book
from tests.runtime.web.house import HTML, form_key, run, sign_in
from tests.tidy.test_routes import HOST, whole

pytestmark = pytest.mark.slow
EXPLAIN = "/api/v1/mandates/explain"


@pytest.mark.requirement("E9.1")
def test_a_question_is_answered_by_both_laws_with_grounds(tmp_path: Path) -> None:
    async def story() -> None:
        async with whole(tmp_path) as own:
            machine = own.machine("system", organisations=(HOST,))
            asked = {"function": "duty_officer", "of": "njb", "owner": "njb"}
            answer = await machine.get(EXPLAIN, params={**asked, "act": "dispatch.stand_down"})
            today, proposed = answer.json()["items"]
            assert (today["allowed"], proposed["allowed"]) == (True, True)
            assert "§ 9" in today["rules"][0]["ground"]
            level = await machine.get(EXPLAIN, params={**asked, "act": "levels.set_level"})
            assert [each["allowed"] for each in level.json()["items"]] == [False, True]
            # An alarm passes, and says that no rule lets it.
            inspector = {"function": "inspector", "of": "brs", "owner": "njb"}
            order = await machine.get(EXPLAIN, params={**inspector, "act": "dispatch.order_units"})
            first = order.json()["items"][0]
            assert (first["allowed"], first["as_alarm"], first["rules"]) == (True, True, [])
            assert ["duty_officer", "njb"] in first["holders"]

    run(story())


def test_the_pages_show_rules_answers_delegations_and_emergencies(tmp_path: Path) -> None:
    async def story() -> None:
        async with whole(tmp_path) as own:
            own.account(organisation=HOST, function="duty_officer")
            person = own.visitor()
            await sign_in(person)
            page = (await person.get("/mandates", headers=HTML)).text
            assert "beredskabsloven § 18, stk. 3" in page
            # What it stands on in Danish, and how the proposal differs.
            assert "egen kalibrering: hvilke funktioner" in page
            assert "own calibration" not in page
            assert '<span class="badge">nyt</span>' in page
            asked = "/mandates?role=duty_officer&of=njb&act=levels.set_level&owner=njb"
            page = (await person.get(asked, headers=HTML)).text
            assert "De to retstilstande svarer forskelligt." in page
            # What is one's own to ask about can be asked for from here.
            assert "/mandates/requests/new?act=levels.set_level&amp;at=njb" in page
            form = {
                "csrf": form_key((await person.get("/mandates/delegations", headers=HTML)).text),
                "to_organisation": "nvjb",
                "function": "duty_officer",
                "from": "2030-01-01T08:00",
                "to": "2030-01-02T08:00",
            }
            nothing = await person.post("/mandates/delegations", data=form, headers=HTML)
            assert nothing.status_code == 422
            assert "2030-01-01T08:00" in nothing.text
            done = await person.post(
                "/mandates/delegations",
                data={**form, "act": "operations.close_incident"},
                headers=HTML,
            )
            assert done.status_code == 303
            page = (await person.get("/mandates/delegations", headers=HTML)).text
            assert "kommer" in page
            (told,) = (await person.get("/api/v1/mandates/delegations")).json()["items"]
            # Eight in the morning in Denmark in winter.
            assert told["valid_from"] == "2030-01-01T07:00:00Z"
            declared = await person.post(
                "/mandates/emergencies",
                data={"csrf": form["csrf"], "text": "Ingen kunne nås."},
                headers=HTML,
            )
            assert declared.status_code == 303
            (emergency,) = (await person.get("/api/v1/mandates/emergencies")).json()["items"]
            assert (emergency["function"], emergency["is_explained"]) == ("duty_officer", True)
            # Why is for the own chief; whoever else looks sees that it was said.
            chiefs = (await person.get("/mandates/emergencies", headers=HTML)).text
            assert "Ingen kunne nås." in chiefs
            operator = await own.person(
                "operator", organisation=HOST, function="control_room_operator"
            )
            others = (await operator.get("/mandates/emergencies", headers=HTML)).text
            assert "begrundet" in others
            assert "Ingen kunne" not in others
            assert "Det åbner for dig: Overtage en central." in others

    run(story())


def test_what_is_granted_is_heard_by_the_gate_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with whole(tmp_path) as own:
            own.account(organisation=HOST, function="planner")
            person = own.visitor()
            await sign_in(person)
            refused = await person.get("/mandates/emergencies", headers=HTML)
            assert refused.status_code == 200
            assert "declare-form" not in refused.text
            page = await person.get("/mandates", headers=HTML)
            answer = await person.post(
                "/mandates/emergencies", data={"csrf": form_key(page.text + refused.text)}
            )
            assert answer.status_code == 403
            assert OrganisationId("njb") in answer.text

    run(story())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_subject_that_policies_are_about_has_a_name(language: str) -> None:
    subjects = {each.subject for each in book().policies}
    names = Texts(language)
    assert {each for each in subjects if not names.has(f"mandates.subject.{each}")} == set()
