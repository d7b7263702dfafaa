# SPDX-License-Identifier: Apache-2.0
"""What the scene said is offered for fields that no fact answers, and is in no draft."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.command.facts import SituationReported
from bavn.capabilities.operations.facts import UnitStatusChanged
from bavn.capabilities.reports.model.bill import Helped, lines_of
from bavn.capabilities.reports.model.offers import offers, sources_of, stands_in, with_words
from bavn.capabilities.reports.model.report import drafted, known
from bavn.capabilities.reports.model.told import Told
from bavn.capabilities.scene.facts import HazardTold, TaskTold
from bavn.journal.fact import Sealed
from tests.capabilities.reports.papers import CREWS, FIRE, OURS, THEIRS, measure, told

WORDS = Sealed(sealed="ab", key="east/incident:i1")
REPORT = told(40, SituationReported(form="first", seen=WORDS, done=WORDS))
BEGUN = told(41, TaskTold(task="t1", text=WORDS, state="begun"))
FINISHED = told(50, TaskTold(task="t1", based_on=[BEGUN.id], text_of=BEGUN.id, state="done"))
AGAIN = told(60, TaskTold(task="t1", based_on=[FINISHED.id], text_of=BEGUN.id, state="begun"))
HAZARD = told(42, HazardTold(hazard="h1", kind="acetylene"))
SCENE = (REPORT, BEGUN, FINISHED, HAZARD)


def found(*facts: Told) -> set[tuple[str, str, str]]:
    return {(each.field, each.fact, each.sort) for each in offers(facts)}


def test_reports_tasks_that_are_done_and_hazards_are_offered() -> None:
    assert found(*SCENE) == {
        ("tasks", REPORT.id, "done"),
        ("substances", REPORT.id, "seen"),
        ("tasks", FINISHED.id, "task"),
        ("substances", HAZARD.id, "hazard"),
    }
    (task,) = [each for each in offers(SCENE) if each.sort == "task"]
    assert (task.text, task.text_fact) == (WORDS, BEGUN.id), "the words stand where they were told"


def test_a_task_that_is_not_done_or_is_taken_up_again_is_not_offered() -> None:
    assert found(BEGUN) == set()
    assert found(BEGUN, FINISHED, AGAIN) == set()


def test_what_is_offered_is_in_no_draft() -> None:
    before, after = known(FIRE, measure, CREWS), known([*FIRE, *SCENE], measure, CREWS)
    for code in ("tasks", "substances", "saved", "type", "outcome"):
        assert drafted(code, before) == drafted(code, after)


def test_a_word_that_was_kept_beside_is_in_no_course_and_no_bill() -> None:
    body = UnitStatusChanged(status="available", incident="i1", flags=["outranked"])
    beside = [
        told(45, body, owner, f"unit:{unit}") for owner, unit in ((OURS, "e-1"), (THEIRS, "w-1"))
    ]
    who = Helped(helper=THEIRS, tariff=None)
    assert known([*FIRE, *beside], measure, CREWS).courses == known(FIRE, measure, CREWS).courses
    assert lines_of([*FIRE, *beside], measure, who, str) == lines_of(FIRE, measure, who, str)
    counted = [
        msgspec.structs.replace(each, body=UnitStatusChanged(status="available", incident="i1"))
        for each in beside
    ]
    assert lines_of([*FIRE, *counted], measure, who, str) != lines_of(FIRE, measure, who, str)


texts = st.text(st.sampled_from("ab \n\r"), max_size=6)


@given(texts, texts)
def test_what_is_taken_stands_there_once_beside_what_was_written(written: str, words: str) -> None:
    whole = with_words(written, words)
    assert whole.startswith(written)
    assert with_words(whole, words) == whole or not words
    assert sources_of(whole, [("f1", words)]) == (("f1",) if words else ())
    assert stands_in(whole.replace("\r\n", "\n").replace("\n", "\r\n"), words) == stands_in(
        whole, words
    )
