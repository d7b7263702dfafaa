# SPDX-License-Identifier: Apache-2.0
"""Every fault that a list can be told of has a name, and so has every thing that a list tells."""

import ast
import re
from inspect import getsource
from types import ModuleType

import msgspec
import pytest

from bavn.capabilities.organisation.facts import (
    ImportProblem,
    PickListSet,
    StationDescribed,
    UnitDescribed,
)
from bavn.capabilities.organisation.model import lists
from bavn.capabilities.organisation.model.faults import FAULTS, fault_of
from bavn.capabilities.organisation.views.words import Words
from bavn.codecs import geojson, sheets
from bavn.runtime.countries import built_in
from bavn.runtime.texts import Texts

SAID = re.compile(r"(is|has|names|stands|column) ")
UNDATED = {"valid_from", "valid_to", "basis", "source"}


def said_by(module: ModuleType) -> set[str]:
    """Every sentence of a module that tells what is wrong, with 7 for each value."""
    found = set()
    tree = ast.parse(getsource(module))
    docstrings = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    inner = {
        id(part)
        for each in ast.walk(tree)
        if isinstance(each, ast.JoinedStr)
        for part in each.values
    }
    for each in ast.walk(tree):
        if id(each) in docstrings | inner:
            continue
        if isinstance(each, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "7" for part in each.values
            )
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            text = each.value
        else:
            continue
        if SAID.match(text):
            found.add(text)
    return found


def test_every_fault_has_a_name_and_every_name_a_fault() -> None:
    said = said_by(lists) | said_by(geojson) | said_by(sheets)
    named = {text: fault_of(text) for text in said}
    assert [text for text, found in named.items() if found is None] == []
    assert {found.name for found in named.values() if found is not None} == set(FAULTS)


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_fault_and_every_field_is_said_in_the_readers_language(language: str) -> None:
    texts = Texts(language)
    for name, english in FAULTS.items():
        values = dict.fromkeys(re.findall(r"{(\w+)}", english), "7")
        assert texts(f"organisation.fault.{name}", **values)
    for body in (StationDescribed, UnitDescribed, PickListSet):
        for field in msgspec.structs.fields(body):
            assert field.name in UNDATED or texts.has(f"organisation.told.{field.name}"), field.name


def test_a_page_says_a_fault_a_code_and_a_capability_in_danish() -> None:
    words = Words(Texts("da"), "da", built_in("denmark"))
    problem = ImportProblem("row 3, id", "is another organisation's on that day")
    assert words.problem(problem) == "række 3, kolonnen id: tilhører en anden organisation den dag"
    assert words.problem(ImportProblem("file", "has no rows")) == "filen: har ingen rækker"
    assert words.capabilities(["smoke divers", "something new"]) == "røgdykkere, something new"
    assert words.value("municipality", "0851") == "Aalborg"
    english = Words(Texts("en"), "en", built_in("denmark"))
    assert english.capabilities(["smoke divers"]) == "smoke divers"
