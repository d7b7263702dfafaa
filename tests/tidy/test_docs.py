# SPDX-License-Identifier: Apache-2.0
"""The written pages are true: links, decisions, requirements and the list of changes."""

import re
import tomllib

import pytest

from tools import docs, mandates, requirements
from tools.tree import text


def test_links_and_decisions_are_in_order() -> None:
    assert docs.faults() == []


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ("docs/nowhere.md", "does not exist"),
        ("docs/decisions/0001-decision-records.md#nothing-like-it", "no heading"),
        ("#no-such-heading", "no heading"),
        ("tools/docs.py#L99999", "only"),
        ("tools/docs.py#main", "is a line"),
    ],
)
def test_a_broken_link_is_caught(target: str, word: str) -> None:
    assert word in (docs.link_fault("README.md", target) or "")


@pytest.mark.parametrize("target", ["tools/docs.py#L10", "docs/", "https://example.org/x"])
def test_a_whole_link_is_let_be(target: str) -> None:
    assert docs.link_fault("README.md", target) is None


def test_a_decision_record_without_its_parts_is_caught() -> None:
    assert len(list(docs.record_faults("CHANGELOG.md", "0001"))) == len(docs.DECISION_PARTS) + 2


@pytest.mark.slow
def test_the_page_of_who_may_do_what_is_up_to_date() -> None:
    assert text(mandates.PAGE) == mandates.page(), "run `make docs`"


def test_the_page_of_requirements_is_up_to_date() -> None:
    assert text(requirements.PAGE) == requirements.page(), "run `make docs`"


def test_a_mark_names_a_requirement_that_exists() -> None:
    known = requirements.requirements()
    assert [mark for mark in requirements.marks() if mark.id not in known] == []


def test_every_requirement_belongs_to_a_document() -> None:
    known = requirements.requirements()
    form = re.compile(f"[{''.join(requirements.DOCUMENTS)}]\\d+(?:\\.\\d+)?")
    assert [id_ for id_ in known if not form.fullmatch(id_)] == []


def test_this_version_is_in_the_list_of_changes() -> None:
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    heading = re.compile(rf"^## {re.escape(version)}\b", re.MULTILINE)
    assert heading.search(text("CHANGELOG.md"))
