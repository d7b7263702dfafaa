# SPDX-License-Identifier: Apache-2.0
"""Cases written by hand from the law, not from the policies: what each law set should say."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import ORDINARY, Actor, Allowed, Circumstances, Resource, ask
from bavn.runtime.mandates import Gate
from tests.runtime.mandates.denmark import ALARMS

_TABLE = Path(__file__).with_name("from_the_law.csv").read_text(encoding="utf-8")
CASES = list(csv.DictReader(_TABLE.splitlines()))
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def circumstances(told: str) -> Circumstances:
    given = dict(each.split("=") for each in told.split(";") if each)
    return Circumstances(
        level=int(given.get("level", "1")),
        procedure=given.get("procedure") == "yes",
        emergency=given.get("emergency") == "yes",
    )


@pytest.mark.requirement("E9.1")
@pytest.mark.parametrize("case", CASES, ids=[each["case"] for each in CASES])
def test_the_law_says(gate: Gate, case: dict[str, str]) -> None:
    for law in ("today", "proposed") if case["law"] == "both" else (case["law"],):
        actor = Actor(organisation=OrganisationId(case["organisation"]), function=case["function"])
        resource = Resource(
            owner=OrganisationId(case["owner"]),
            alarm=case["act"] in ALARMS,
            circumstances=circumstances(case["circumstances"]),
        )
        answer = ask(gate.under(law), actor, case["act"], resource, AT)
        assert isinstance(answer, Allowed) == (case["answer"] == "allowed"), (law, answer)


@pytest.mark.requirement("K7")
def test_each_agreement_with_a_utility_shows_whether_it_is_lawful(gate: Gate) -> None:
    """Not by the law today, by the proposal; and by which rule, for whoever asks."""
    council = Actor(organisation=OrganisationId("njb"), function="municipal_council")
    acts = [each for each in gate.book.acts if each.startswith("continuity.instruct_")]
    assert len(acts) == len({"heat", "waste", "water"})
    for act in acts:
        grounds = {
            law: gate.under(law).grounds(council, act, council.organisation, ORDINARY, AT)
            for law in ("today", "proposed")
        }
        assert grounds == {"today": None, "proposed": ("agree-with-own-company",)}
    assert "KL" in gate.under("proposed").policy("agree-with-own-company").ground
