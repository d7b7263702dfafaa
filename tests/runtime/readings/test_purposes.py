# SPDX-License-Identifier: Apache-2.0
"""What personal data is read for: a closed list, and each page has a place in it."""

from importlib.resources import files
from pathlib import Path

import pytest

from bavn.node.wiring import CAPABILITIES
from bavn.runtime.readings import Purposes, purposes_of
from bavn.runtime.web.guard import OWN, PUBLIC


@pytest.fixture(scope="module")
def purposes() -> Purposes:
    return purposes_of(files("bavn") / "countries" / "denmark")


def test_every_page_reads_for_one_purpose_of_the_list(purposes: Purposes) -> None:
    opts = (getattr(each, "opt", None) or {} for part in CAPABILITIES for each in part.handlers)
    acts = {str(each["act"]) for each in opts if "act" in each}
    known = {each.code for each in purposes.all}
    lost = {
        act for act in acts if not act.startswith((OWN, PUBLIC)) and purposes.of(act) not in known
    }
    assert lost == set()
    assert len({purposes.of(act) for act in acts}) > 2


def test_each_purpose_has_a_name_in_both_languages_and_some_may_be_stated(
    purposes: Purposes,
) -> None:
    for each in purposes.all:
        names = {purposes.name(each.code, language) for language in ("da", "en")}
        assert names == {each.danish, each.english} != {""}
        assert each.basis
    stated = {each.code for each in purposes.to_state}
    assert {"tilsyn", "aktindsigt", "planlaegning"} <= stated
    assert "indsats" not in stated
    assert purposes.of("operations.read_incidents") == "indsats"
    assert purposes.of("centre.read_board") == "vagt"
    assert purposes.kept_days == 365


def test_a_country_without_a_list_reads_for_what_is_asked(tmp_path: Path) -> None:
    found = purposes_of(tmp_path)
    assert found.of("operations.read_incidents") == "operations.read_incidents"
    assert (found.to_state, found.kept_days) == ([], None)
    assert found.name("x", "da") == "x"
