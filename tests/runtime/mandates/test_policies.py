# SPDX-License-Identifier: Apache-2.0
"""A node's own policies: taken when they are without fault, and else those before hold on."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bavn.kernel.identity import OrganisationId
from bavn.kernel.mandate import Actor, Allowed, Resource
from bavn.kernel.refusal import BadInput, Problem
from bavn.runtime.mandates.book import Book
from bavn.runtime.mandates.comparing import Post, changes, days_of
from bavn.runtime.mandates.files import texts_in
from bavn.runtime.mandates.policies import AGAIN, Policies
from bavn.runtime.mandates.shelf import Shelf, Wrong, write_set
from tests.runtime.mandates.denmark import book, gate_of
from tests.runtime.mandates.own import (
    AT,
    COUNTRY,
    FAULTY,
    LATER,
    MORE,
    OTHER,
    OWN,
    TEXTS,
    looked,
    opened,
    put,
    read,
)


def test_without_any_of_its_own_the_countrys_hold(tmp_path: Path) -> None:
    policies = opened(tmp_path)
    assert (policies.mark, policies.holds.is_own, policies.since) == (book().mark, False, AT)
    assert not looked(policies)
    # Since when is remembered by the next process.
    assert opened(tmp_path, LATER).since == AT


@pytest.mark.requirement("E9.1")
def test_a_changed_folder_is_taken_once_it_is_still(tmp_path: Path) -> None:
    policies = opened(tmp_path)
    put(tmp_path, OWN)
    assert policies.look(LATER) is None
    put(tmp_path, OTHER)
    # Somebody is still writing.
    assert policies.look(LATER) is None
    found = policies.look(LATER)
    assert found is not None
    policies.took(found, LATER)
    assert (policies.holds.is_own, policies.since) == (True, LATER)
    assert policies.mark not in {book().mark, ""}
    assert not looked(policies)
    # To give up one's own is to take the folder away.
    shutil.rmtree(tmp_path / "mandates")
    assert looked(policies)
    assert policies.mark == book().mark
    takings = opened(tmp_path).shelf.log().takings
    assert [each.is_own for each in takings] == [False, True, False]


def test_a_faulty_set_is_refused_and_the_one_before_holds_on(tmp_path: Path) -> None:
    policies = opened(tmp_path)
    put(tmp_path, OWN)
    assert looked(policies)
    mark = policies.mark
    put(tmp_path, FAULTY)
    assert not looked(policies, LATER)
    assert policies.mark == mark
    assert policies.wrong is not None
    assert policies.wrong.problems[0][0] == "more.cedar"
    assert policies.shelf.log().wrong == policies.wrong
    # Also after a start: the last good one that was kept.
    again = opened(tmp_path, LATER)
    assert (again.mark, again.since) == (mark, policies.since)
    assert again.wrong is not None
    # Mended, also by what held before.
    put(tmp_path, OWN)
    assert not looked(again)
    assert wrong_at(again) is None
    assert again.shelf.log().wrong is None


def test_what_could_not_be_read_for_a_while_is_tried_again(tmp_path: Path) -> None:
    put(tmp_path, OWN)
    asked = []

    def away(*given: object) -> Book:
        asked.append(given)
        raise BadInput(Problem(where="x", says="The disk is away."))

    policies = Policies(Shelf(tmp_path), COUNTRY, AT, read=away)
    policies.look(AT + AGAIN / 2)
    assert len(asked) == 1
    policies.look(AT + AGAIN)
    policies.look(AT + AGAIN)
    assert len(asked) == 2


def wrong_at(policies: Policies) -> Wrong | None:
    """What is wrong with the set that lies there."""
    return policies.wrong


def _nothing(own: Path) -> None:
    own.mkdir()


def _a_file(own: Path) -> None:
    own.write_text("x")


def _to_nowhere(own: Path) -> None:
    own.symlink_to(own.parent / "nowhere")


def _a_pipe(own: Path) -> None:
    write_set(own, TEXTS)
    os.mkfifo(own / "more.cedar")


def _no_text(own: Path) -> None:
    write_set(own, TEXTS)
    (own / "more.cedar").write_bytes(b"\xff\xfe\x00")


def _half(own: Path) -> None:
    write_set(own, dict(list(TEXTS.items())[:4]))


def _a_folder_in_it(own: Path) -> None:
    write_set(own, TEXTS)
    (own / "more.cedar").mkdir()


def _many(own: Path) -> None:
    write_set(own, {**TEXTS, **{f"x{number}.cedar": "" for number in range(101)}})


UNREADABLE = (_nothing, _a_file, _to_nowhere, _a_pipe, _no_text, _half, _a_folder_in_it, _many)


@pytest.mark.parametrize("broken", UNREADABLE, ids=[each.__name__[1:] for each in UNREADABLE])
def test_what_cannot_be_read_is_refused_at_start_and_live(
    tmp_path: Path, broken: Callable[[Path], None]
) -> None:
    running = opened(tmp_path)
    broken(tmp_path / "mandates")
    assert not looked(running)
    for policies in (running, opened(tmp_path)):
        assert policies.mark == book().mark
        assert policies.wrong is not None
        assert policies.wrong.problems


def test_an_empty_folder_says_how_to_give_up_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mandates").mkdir()
    wrong = opened(tmp_path).wrong
    assert wrong is not None
    assert "bavn mandates use --country" in wrong.problems[0][1]


def test_where_nothing_can_be_kept_the_policies_hold_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "mandates.kept").write_text("in the way")
    put(tmp_path, OWN)
    policies = opened(tmp_path)
    assert policies.holds.is_own
    put(tmp_path, FAULTY)
    assert opened(tmp_path).mark == book().mark


def test_what_was_kept_and_is_no_set_for_this_program_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, OWN)
    mark = opened(tmp_path).mark
    put(tmp_path, FAULTY)
    (tmp_path / "mandates.kept" / mark / "more.cedar").write_text("permit (")
    policies = opened(tmp_path)
    assert policies.mark == book().mark
    assert policies.wrong is not None


def test_a_set_is_used_whole_and_the_one_before_comes_back(tmp_path: Path) -> None:
    policies = opened(tmp_path)
    marks = [policies.mark]
    for texts in (OWN, OTHER):
        found = policies.use(texts, LATER)
        assert found is not None
        policies.took(found, LATER)
        marks.append(policies.mark)
        assert texts_in(tmp_path / "mandates") == texts
        assert not looked(policies)
    assert len(set(marks)) == 3
    for mark in (marks[1], marks[2]):
        found = policies.use(policies.before(), LATER)
        assert found is not None
        policies.took(found, LATER)
        assert policies.mark == mark
    found = policies.use(None, LATER)
    assert found is not None
    policies.took(found, LATER)
    assert not (tmp_path / "mandates").exists()
    assert policies.mark == marks[0]
    # Each that held is kept.
    for mark in marks:
        kept, read_with = policies.shelf.kept(mark)
        assert read(kept, read_with.acts, read_with.alarms).mark == mark
    with pytest.raises(BadInput, match="No set of policies"):
        policies.shelf.kept("../../etc")


def test_a_faulty_set_is_not_used_at_all(tmp_path: Path) -> None:
    policies = opened(tmp_path)
    with pytest.raises(BadInput):
        policies.use(FAULTY, LATER)
    assert not (tmp_path / "mandates").exists()
    with pytest.raises(BadInput, match="No other policies"):
        policies.before()


@pytest.mark.parametrize("step", ["before", "between"])
def test_whoever_is_interrupted_leaves_the_one_set_or_the_other(tmp_path: Path, step: str) -> None:
    put(tmp_path, OWN)
    own = opened(tmp_path).mark
    write_set(tmp_path / "mandates.new", OTHER)
    if step == "between":
        (tmp_path / "mandates").rename(tmp_path / "mandates.old")
    policies = opened(tmp_path)
    assert policies.holds.is_own
    assert policies.mark != own
    assert texts_in(tmp_path / "mandates") == OTHER
    assert not (tmp_path / "mandates.new").exists()
    assert not (tmp_path / "mandates.old").exists()


def test_half_a_set_on_its_way_in_is_nothing(tmp_path: Path) -> None:
    write_set(tmp_path / "mandates.part", dict(list(OWN.items())[:2]))
    assert opened(tmp_path).mark == book().mark
    found = opened(tmp_path).use(OTHER, LATER)
    assert found is not None
    assert texts_in(tmp_path / "mandates") == OTHER


def test_a_node_does_not_say_which_law_is_in_force(tmp_path: Path) -> None:
    turned = TEXTS["law_sets.csv"].replace(",yes,", ",x,").replace(",no,", ",yes,")
    put(tmp_path, {**TEXTS, "law_sets.csv": turned.replace(",x,", ",no,")})
    wrong = opened(tmp_path).wrong
    assert wrong is not None
    assert "The law in force is today" in wrong.problems[0][1]
    rows = TEXTS["law_sets.csv"].splitlines(keepends=True)
    put(tmp_path, {**TEXTS, "law_sets.csv": "".join(rows[:2])})
    assert opened(tmp_path).mark == book().mark


def test_policies_that_begin_on_a_day_are_taken_before_it_and_hold_from_its_midnight(
    tmp_path: Path,
) -> None:
    """The day has twenty-three hours: the clocks are put forward in it."""
    forbids = MORE.replace("permit", '@from("2027-03-28") @to("2027-03-29") forbid')
    policies, gate = opened(tmp_path), gate_of(book())
    found = policies.use({**TEXTS, "more.cedar": forbids}, AT)
    assert found is not None
    gate.take(found.book, AT)
    duty = Actor(organisation=OrganisationId("njb"), function="duty_officer")
    begins = datetime(2027, 3, 27, 23, tzinfo=UTC)
    ends, tick = begins + timedelta(hours=23), timedelta(milliseconds=1)

    def is_allowed(at: datetime) -> bool:
        resource = Resource(owner=duty.organisation)
        return isinstance(gate(duty, "operations.close_incident", resource, at), Allowed)

    instants = (AT, begins - tick, begins, ends - tick, ends)
    assert [is_allowed(at) for at in instants] == [True, True, False, False, True]
    assert days_of(gate, AT) == [begins, ends]
    old, post = gate_of(book()), Post(actor=duty, elsewhere=OrganisationId("nvjb"))
    assert changes(old, gate, [post], AT) == []
    lost = changes(old, gate, [post], begins)
    assert ("operations.close_incident", False) in {(each.act, each.gains) for each in lost}
