# SPDX-License-Identifier: Apache-2.0
"""Times are those of the look that first saw it: never shorter than they were."""

from datetime import UTC, datetime, timedelta

from bavn.node.federated.measure import Course, Sight, Stopwatch

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def sight(state: str = "heard", at_s: float = 0.0, behind: int = 0) -> Sight:
    return Sight(state=state, heard_at=NOON + timedelta(seconds=at_s), behind_count=behind)


def cut_at(seconds: float) -> Course:
    watch = Stopwatch()
    watch.broken("link a", seconds)
    return watch.courses["link a"]


def test_silence_is_timed_from_the_cut_to_the_look_that_saw_it() -> None:
    course = cut_at(10.0)
    course.look({"a": sight("silent")}, "a", 9.9)
    course.look({"a": sight()}, "a", 12.0)
    assert course.silent_after_s is None
    course.look({"a": sight("silent")}, "a", 14.5)
    course.look({"a": sight("silent")}, "a", 20.0)
    assert course.silent_after_s == 4.5


def test_whole_is_when_all_beyond_are_heard_anew_and_nothing_is_missing() -> None:
    watch = Stopwatch()
    watch.broken("link a", 10.0)
    watch.mended("link a", 30.0, NOON)
    course = watch.courses["link a"]
    both = {"b": sight("relayed", -60.0)}
    # Seen before it was mended, heard before, still behind, and behind on somebody beyond.
    course.look({"a": sight(at_s=1), **both}, "a", 29.0)
    course.look({"a": sight(at_s=-1), **both}, "a", 30.5)
    course.look({"a": sight(at_s=1, behind=3), **both}, "a", 31.0)
    course.look({"a": sight(at_s=1), "b": sight("silent", behind=1)}, "a", 31.5)
    assert course.whole_after_s is None
    course.look({"a": sight(at_s=1.5), **both}, "a", 32.0)
    course.look({"a": sight(at_s=5), **both}, "a", 40.0)
    assert course.whole_after_s == 2.0


def test_broken_again_while_broken_is_the_same_course_and_later_a_new_one() -> None:
    watch = Stopwatch()
    watch.broken("a", 1.0)
    watch.broken("a", 5.0)
    assert watch.courses["a"].broken_s == 1.0
    watch.mended("a", 6.0, NOON)
    watch.mended("a", 9.0, NOON)
    assert watch.courses["a"].mended_s == 6.0
    watch.broken("a", 20.0)
    assert watch.courses["a"] == Course(broken_s=20.0)
    watch.mended("never broken", 1.0, NOON)
    assert "never broken" not in watch.courses
