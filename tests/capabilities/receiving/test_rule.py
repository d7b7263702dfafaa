# SPDX-License-Identifier: Apache-2.0
"""When an alarm may send itself: the whole table, and the days of a rule."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.capabilities.receiving.model.alarm import code_in
from bavn.capabilities.receiving.model.rule import Offered, Result, Rule, Units, verdict
from bavn.runtime.texts import LANGUAGES, Texts

DAY = date(2027, 1, 1)
FLAGS = ("whole", "exact", "all_own", "all_heard", "ordered_already")


def rule(units: Units = Units.OWN, **more: object) -> Rule:
    told: dict[str, object] = {"valid_from": DAY, "sends": True, **more}
    return Rule(type="BR-ABA", units=units, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize("units", Units)
@pytest.mark.parametrize("sent", [(), ("u1", "u2")])
def test_it_is_sent_only_when_nothing_at_all_is_unsure(units: Units, sent: tuple[str, ...]) -> None:
    for flags in product([True, False], repeat=len(FLAGS)):
        told = dict(zip(FLAGS, flags, strict=True))
        result = verdict(rule(units), Offered(units=sent, **told))
        is_sure = (
            bool(sent)
            and told["whole"]
            and told["exact"]
            and told["all_heard"]
            and (told["all_own"] or units is Units.ANY)
            and not told["ordered_already"]
        )
        assert (result is Result.SENT) is is_sure
        # Who was faster than the machine is told first: then there is nobody to call.
        assert (result is Result.ORDERED_ALREADY) is told["ordered_already"]


@given(st.integers(-40, 40), st.none() | st.integers(1, 30))
def test_a_rule_holds_from_its_first_day_until_before_its_last(on: int, ends: int | None) -> None:
    until = None if ends is None else DAY + timedelta(days=ends)
    holds = rule(valid_to=until).holds(DAY + timedelta(days=on))
    assert holds is (on >= 0 and (ends is None or on < ends))


def test_whatever_comes_of_a_rule_has_words() -> None:
    for language, result in product(LANGUAGES, [*Result, "interrupted"]):
        assert Texts(language).has(f"receiving.result.{result}")


@given(st.text(max_size=40))
def test_a_code_that_is_read_is_read_the_same_again(text: str) -> None:
    found = code_in(text)
    assert found is None or code_in(found) == found
