# SPDX-License-Identifier: Apache-2.0
"""A country is data: rows hold from a day until a day, and no code knows a country by name."""

import ast
import re
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.frame.country import Area, Country, DatedRow, Figure, holding, holds
from bavn.runtime.countries import built_in
from tests.lilleland.country import lilleland
from tools.tree import matching, parsed, text

days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@given(days, days, days)
def test_a_row_holds_from_its_first_day_until_the_day_it_ends(
    first: date, last: date, on: date
) -> None:
    row = DatedRow(basis="source", valid_from=first, valid_to=last)
    assert holds(row, on) is (first <= on < last)
    assert holds(DatedRow(basis="source", valid_to=last), on) is (on < last)
    assert holds(DatedRow(basis="source", valid_from=first), on) is (on >= first)


def test_of_two_rows_that_follow_each_other_one_holds_on_the_day_between() -> None:
    day = date(2027, 1, 1)
    before = Area(id="a", name="Old", centre="x", basis="source", valid_to=day)  # type: ignore[arg-type]
    after = Area(id="a", name="New", centre="x", basis="source", valid_from=day)  # type: ignore[arg-type]
    assert holding([before, after], day) == [after]


def test_a_figure_is_a_number_where_it_can_be() -> None:
    known = {"key": "k", "label": "l", "unit": "u", "year": "y", "scope": "s", "basis": "source"}
    assert Figure(value="7.5", **known).number == 7.5
    assert Figure(value="1+5", **known).number is None


def test_everybody_who_may_own_something_is_named_once() -> None:
    assert lilleland().organisations == (
        *("agency", "eastern", "western", "easttown", "port", "westtown"),
        "eastcoast",
    )


# Nothing of any one country is wired into code. Docstrings and comments may hold examples.


def needles(country: Country) -> set[str]:
    """Give names and codes that only one country has."""
    found = {country.danish, country.english, country.agency.danish, country.agency.english}
    found |= {f"{area.id}" for area in country.areas} | {area.name for area in country.areas}
    found |= {service.name for service in country.services}
    found |= {each.name for each in country.municipalities}
    found |= {each.name for each in country.police_districts}
    found |= {each.code for each in country.incident_types}
    return {needle for needle in found if len(needle) >= 5}


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give each text in the code that is no docstring."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def sightings(path: str, said: Iterator[tuple[int, str]], words: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{line}: {found[0]}"
        for line, what in said
        if (found := words.search(what)) and (path, found[0]) not in EXAMPLES
    ]


def pattern(country: Country) -> re.Pattern[str]:
    either = "|".join(sorted(map(re.escape, needles(country)), key=len, reverse=True))
    return re.compile(rf"\b(?:{either})\b")


# These stage the country's own demonstration, and name it until it is handed to them.
STAGES = ("src/bavn/node/demo", "src/bavn/node/cli")
# Names in a sentence to a person, as an example of what may be written. The list may only shrink.
EXAMPLES = {("src/bavn/runtime/founding.py", "nordjylland")}


# Where a text goes on in the next literal.
BROKEN_OFF = re.compile(r"""["']\s+[fr]?["']""")


def test_no_code_knows_the_country_by_name() -> None:
    words = pattern(built_in("denmark"))
    paths = [path for path in matching("src/bavn/*.py") if not path.startswith(STAGES)]
    assert paths
    # A module without such a word, also over two lines, need not be taken apart.
    sighted = [path for path in paths if words.search(BROKEN_OFF.sub("", text(path)))]
    found = [s for path in sighted for s in sightings(path, strings(parsed(path)), words)]
    for path in matching("src/bavn/*.html"):
        found += sightings(path, iter(enumerate(text(path).splitlines(), start=1)), words)
    assert found == []


@pytest.mark.parametrize("says", ["area = 'nordjylland'", "if type == 'BR-ABA': pass"])
def test_a_name_in_code_is_caught(says: str) -> None:
    assert sightings("a.py", strings(ast.parse(says)), pattern(built_in("denmark")))


def test_a_name_in_a_docstring_is_an_example() -> None:
    says = '"""Such as BR-ABA."""\nx = "ordinary words"'
    assert not sightings("a.py", strings(ast.parse(says)), pattern(built_in("denmark")))
