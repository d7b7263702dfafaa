# SPDX-License-Identifier: Apache-2.0
"""Audiences: what is one, of which scope, and what leaves the node."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bavn.kernel.audience import NATION, OWN, Scope, area, leaves, scope_of, to
from bavn.kernel.identity import OrganisationId, is_name

names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True).map(OrganisationId)


@pytest.mark.parametrize(
    ("audience", "scope"),
    [
        ("own", Scope.OWN),
        ("nation", Scope.NATION),
        ("area:east", Scope.AREA),
        ("to:east", Scope.TO),
        ("to:own", Scope.TO),
    ],
)
def test_an_audience_has_a_scope(audience: str, scope: Scope) -> None:
    assert scope_of(audience) is scope


@pytest.mark.parametrize(
    "audience",
    [
        "",
        "all",
        "Own",
        "own:",
        "own:east",
        "nation:",
        "nation:east",
        "area",
        "area:",
        "area:East",
        "area:east:west",
        "area: east",
        "to",
        "to:",
        "to:../east",
        "area:east\n",
        " own",
    ],
)
def test_anything_else_is_no_audience(audience: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        scope_of(audience)


@given(names)
def test_what_is_made_for_an_organisation_is_read_as_its_own(name: OrganisationId) -> None:
    assert scope_of(area(name)) is Scope.AREA
    assert scope_of(to(name)) is Scope.TO
    assert area(name) != to(name)


@given(st.text(max_size=20))
def test_any_text_is_an_audience_or_a_value_error(text: str) -> None:
    try:
        scope = scope_of(text)
    except ValueError:
        return
    assert text in {OWN, NATION} or (is_name(text.partition(":")[2]) and text.startswith(scope))


def test_only_what_is_told_to_others_leaves() -> None:
    east = OrganisationId("east")
    assert not leaves([])
    assert not leaves([OWN])
    for audience in (NATION, area(east), to(east)):
        assert leaves([audience])
        assert leaves([OWN, audience])
