# SPDX-License-Identifier: Apache-2.0
"""Protocols: few questions, each of which changes something, and all can be passed over."""

import shutil
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.calls.model.protocols import (
    QUESTIONS_LIMIT,
    Answer,
    Effect,
    Protocol,
    Protocols,
    Question,
    applies,
    protocol_faults,
    raised,
)
from bavn.kernel.refusal import BadInput
from bavn.node.calling_tables import calling_tables, read_calling_tables
from bavn.runtime.countries import built_in
from tests.lilleland.country import FOLDER, lilleland
from tools.tree import ROOT

# An answer that does only what its words say.
WELL = (
    ",Godt,Well,,,,Vent; åbn ikke selv døre til skakten.,"
    "Wait; do not open doors to the shaft yourselves.,Person har det godt,Person is well,"
)
TODAY = date(2026, 11, 21)
DENMARK = ROOT / "src" / "bavn" / "countries" / "denmark"
TABLES = ("protocols.csv", "questions.csv", "answers.csv", "documentation.csv")
ORDER = ("immediate", "soon", "ordinary")
YES = Answer(key="1", code="yes", danish="Ja", english="Yes", effect=Effect(urgency="soon"))
ASKED = Question(code="q", danish="?", english="?", kind="choice", answers=(YES,))
PLAIN = Protocol(
    code="p",
    version=1,
    danish="P",
    english="P",
    types=("BR-*",),
    questions=(ASKED,),
    basis="own calibration",
)


@pytest.mark.requirement("E5.1")
def test_every_answer_of_the_country_changes_something_and_is_marked_as_ours() -> None:
    protocols = calling_tables("denmark").protocols
    assert len(protocols.all) >= 5
    for protocol in protocols.all:
        assert protocol.basis.startswith("own calibration")
        assert 0 < len(protocol.questions) <= QUESTIONS_LIMIT
        for question in protocol.questions:
            assert question.danish != question.english
            assert all(not answer.effect.is_nothing for answer in question.answers)


def test_a_country_has_a_protocol_for_every_fire_and_one_where_nobody_knows_the_type() -> None:
    protocols = calling_tables("denmark").protocols
    unknown = protocols.for_type(None, TODAY)
    assert unknown is not None
    assert unknown.code == "unknown_type"
    fires = [each.code for each in built_in("denmark").incident_types if each.code[:5] == "BR-VI"]
    assert all(protocols.for_type(code, TODAY) is not None for code in fires)
    # None of it holds before it was made, and an alarm of another sort asks nothing.
    assert protocols.for_type("BR-VIL", date(2025, 1, 1)) is None
    assert protocols.for_type("AS-NAB", TODAY) is None


def test_a_country_without_protocols_asks_nothing_and_wants_nothing() -> None:
    tables = read_calling_tables(FOLDER, lilleland())
    assert tables.protocols.for_type("BR-VIL", TODAY) is None
    assert tables.wants == ()
    assert calling_tables("nowhere").protocols == Protocols()


def broken(tmp_path: Path, name: str, old: str, new: str) -> list[str]:
    for each in TABLES:
        shutil.copy(DENMARK / each, tmp_path / each)
    path = tmp_path / name
    said = path.read_text(encoding="utf-8")
    assert old in said
    path.write_text(said.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as bad:
        read_calling_tables(tmp_path, built_in("denmark"))
    return [f"{each.where}: {each.says}" for each in bad.value.problems]


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (
            "answers.csv",
            ",BR-ETG,immediate,",
            ",BR-QQZ,immediate,",
            "BR-QQZ is no type of incident",
        ),
        ("answers.csv", ",BR-VIL,immediate,", ",BR-VIL,now,", "now is no urgency"),
        ("answers.csv", "STI:1;ASP:1", "QQZ:1;ASP:1", "QQZ is no type of unit"),
        (
            "answers.csv",
            WELL,
            ",Godt,Well,,,,,,,,",
            "changes nothing, so there is no reason to ask",
        ),
        ("answers.csv", "people,2,no,", "people,1,no,", "its keys are"),
        ("answers.csv", "people,2,no,", "peoples,2,no,", "belongs to nothing"),
        ("questions.csv", "people=yes", "people=maybe", "which is no answer before it"),
        ("questions.csv", "inside?,choice", "inside?,oracle", "neither choice nor text"),
        ("questions.csv", "in?,text", "in?,choice", "a choice has answers"),
        ("protocols.csv", "BR-ETG;", "BR-QQQ;", "no type of incident is meant by BR-QQQ"),
        ("protocols.csv", ",2026-01-01,", ",January,", "row 2, valid_from"),
        ("documentation.csv", "callback", "nickname", "row 4, code"),
    ],
)
def test_every_fault_in_the_tables_is_named(
    tmp_path: Path, name: str, old: str, new: str, says: str
) -> None:
    assert any(says in each for each in broken(tmp_path, name, old, new))


def test_too_many_questions_and_a_version_twice_are_faults() -> None:
    many = tuple(
        msgspec.structs.replace(ASKED, code=f"q{number}") for number in range(QUESTIONS_LIMIT + 1)
    )
    long = msgspec.structs.replace(PLAIN, questions=many)
    said = [each.says for each in protocol_faults([long, long], {"BR-VIL"}, ORDER, ())]
    assert "has version 1 twice" in said
    assert any("questions, not 1 to" in each for each in said)
    assert list(protocol_faults([PLAIN], {"BR-VIL"}, ORDER, ())) == []


@given(st.sampled_from([*ORDER, None]), st.sampled_from([*ORDER, None]))
def test_an_answer_only_ever_raises(wanted: str | None, stands: str | None) -> None:
    found = raised(Effect(urgency=wanted), stands, ORDER)
    if found is None:
        assert wanted is None or (stands is not None and ORDER.index(stands) <= ORDER.index(wanted))
    else:
        assert found == wanted
        assert stands is None or ORDER.index(found) < ORDER.index(stands)


def test_a_question_that_follows_an_answer_is_asked_after_that_alone() -> None:
    after = msgspec.structs.replace(ASKED, code="r", after=("q", "yes"))
    assert applies(ASKED, {})
    assert not applies(after, {})
    assert not applies(after, {"q": "no"})
    assert applies(after, {"q": "yes"})


def test_a_version_that_has_ended_is_still_read() -> None:
    old = msgspec.structs.replace(PLAIN, valid_to=date(2026, 1, 1))
    new = msgspec.structs.replace(PLAIN, version=2, valid_from=date(2026, 1, 1))
    protocols = Protocols(all=(old, new))
    assert protocols.for_type("BR-VIL", TODAY) is new
    assert protocols.for_type("BR-VIL", date(2025, 12, 31)) is old
    assert protocols.of("p", 1) is old
    assert protocols.of("p", 3) is None
