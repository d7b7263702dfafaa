# SPDX-License-Identifier: Apache-2.0
"""Modules and functions stay small, each file says what it is, and no drawer holds anything."""

import ast
import datetime
import re
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from tools.tree import matching, parsed, text

MODULE_LINES_LIMIT = 400
FUNCTION_LINES_LIMIT = 50
SPDX = "# SPDX-License-Identifier: Apache-2.0"
PYTHON = ("src/*.py", "tests/*.py", "tools/*.py", "bench/*.py")
DRAWERS = frozenset({"base", "common", "core", "helper", "helpers", "misc", "util", "utils"})
# What every page extends has this name in Jinja's own books; it is no drawer.
TEMPLATE = "src/bavn/runtime/templates/base.html"
# Split, so that this file does not find itself.
LEFT_UNDONE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


@dataclass(frozen=True, kw_only=True)
class Exempt:
    """Something that is longer than its limit, why, and since when."""

    lines: int
    reason: str
    since: datetime.date


# "path" for a module, "path::name" for a function. The list may only shrink.
EXEMPT: dict[str, Exempt] = {}


def sizes(path: str) -> dict[str, int]:
    """Give how many lines a module and each of its functions have."""
    found = {path: text(path).count("\n")}
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            last = node.end_lineno or node.lineno
            found[f"{path}::{node.name}"] = last - node.lineno + 1
    return found


def limit(name: str) -> int:
    if name in EXEMPT:
        return EXEMPT[name].lines
    return FUNCTION_LINES_LIMIT if "::" in name else MODULE_LINES_LIMIT


@cache
def source_sizes() -> dict[str, int]:
    return {name: n for path in matching("src/*.py") for name, n in sizes(path).items()}


def test_nothing_is_longer_than_its_limit() -> None:
    assert {name: n for name, n in source_sizes().items() if n > limit(name)} == {}


def test_an_exemption_that_is_not_needed_is_taken_away() -> None:
    now = source_sizes()
    unlimited = MODULE_LINES_LIMIT, FUNCTION_LINES_LIMIT
    idle = [name for name in EXEMPT if now.get(name, 0) <= unlimited["::" in name]]
    assert idle == []


def test_every_file_names_its_licence() -> None:
    assert [p for p in matching(*PYTHON) if not text(p).startswith(SPDX + "\n")] == []


def test_every_module_says_what_it_is() -> None:
    # Beneath its licence, and nothing between: so a thousand files need not be taken apart.
    head = SPDX + '\n"""'
    assert [p for p in matching(*PYTHON) if not text(p).startswith(head)] == []


def test_there_is_no_shared_drawer() -> None:
    drawers = [
        path
        for path in matching("src/*", "tests/*", "tools/*", "bench/*", "web/*")
        if path != TEMPLATE
        and DRAWERS & {PurePosixPath(part).stem for part in PurePosixPath(path).parts}
    ]
    assert drawers == []


def test_nothing_is_left_undone_in_a_comment() -> None:
    paths = matching(*PYTHON, "*.md", "*.toml", "Makefile", ".ci/run")
    assert [path for path in paths if LEFT_UNDONE.search(text(path))] == []
