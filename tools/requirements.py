# SPDX-License-Identifier: Apache-2.0
"""Writes docs/requirements.md: each requirement, and the tests that carry its mark.

A test, a test class or a whole test file carries `pytest.mark.requirement("E5.1", ...)`. The marks
are read from the source, not from a run, so the page is the same on every machine.
"""

import ast
import csv
from collections.abc import Iterator
from dataclasses import dataclass

from tools.tree import ROOT, matching, parsed, text

SOURCE = "docs/requirements.csv"
PAGE = "docs/requirements.md"
MARK = ".requirement("
DOCUMENTS = {
    "E": "The expert panel's ten recommendations",
    "K": "The municipalities' ten proposals",
    "C": "The municipalities' five cyber demands",
    "L": "The letters to the mayors",
    "F": "The emergency package and its funds",
    "P": "Total preparedness",
}
HEAD = """\
# Requirements

What the founding documents ask for, in our words, and the tests that carry each id. A test that
carries an id proves a part of it; a row without a test is not met. The rows stand in
[requirements.csv](requirements.csv); `make docs` writes this page from them and from the tests'
marks, and `make check` refuses a page that is out of date.
"""


@dataclass(frozen=True, kw_only=True, order=True)
class Mark:
    """A requirement's id on a test: the file, the class and function, or the whole file."""

    path: str
    name: str
    id: str
    line: int


def requirements() -> dict[str, str]:
    """Give each requirement's text by its id, in the order of the file."""
    rows = list(csv.DictReader(text(SOURCE).splitlines()))
    found = {row["id"]: row["text"] for row in rows}
    if len(found) != len(rows):
        raise ValueError(f"{SOURCE}: an id stands twice")
    return found


def _ids(node: ast.expr) -> Iterator[str]:
    """Give the ids in one mark, or in a list of marks."""
    if isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _ids(item)
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "requirement"
    ):
        for argument in node.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise TypeError(f"line {node.lineno}: a requirement's id is written out in full")
            yield argument.value


def _in_body(path: str, body: list[ast.stmt], outer: str) -> Iterator[Mark]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{outer}{node.name}"
            for decorator in node.decorator_list:
                for id_ in _ids(decorator):
                    yield Mark(path=path, name=name, id=id_, line=decorator.lineno)
            if isinstance(node, ast.ClassDef):
                yield from _in_body(path, node.body, f"{name}.")
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            for id_ in _ids(node.value):
                yield Mark(path=path, name=outer.rstrip("."), id=id_, line=node.lineno)


def marks() -> list[Mark]:
    """Give every mark that stands in the tests."""
    # Most files carry none, and taking a file apart is what takes time.
    marked = (path for path in matching("tests/*.py") if MARK in text(path))
    found = (_in_body(path, parsed(path).body, "") for path in marked)
    return sorted(mark for group in found for mark in group)


def _tests(of: list[Mark]) -> str:
    names: dict[str, list[str]] = {}
    for mark in of:
        names.setdefault(mark.path, []).append(mark.name)
    return "<br>".join(
        f"[{path}](../{path})" + "".join(f" `{name}`" for name in dict.fromkeys(inside) if name)
        for path, inside in names.items()
    )


def page() -> str:
    """Give the whole page as it should stand."""
    rows, by_id = requirements(), dict[str, list[Mark]]()
    for mark in marks():
        by_id.setdefault(mark.id, []).append(mark)
    begun_count = sum(id_ in by_id for id_ in rows)
    parts = [HEAD, f"{begun_count} of {len(rows)} are begun.\n"]
    for letter, title in DOCUMENTS.items():
        parts.append(f"## {title}\n\n| id | asks for | tests |\n|---|---|---|")
        parts += [
            f"| {id_} | {asks} | {_tests(by_id.get(id_, []))} |"
            for id_, asks in rows.items()
            if id_[0] == letter
        ]
        parts.append("")
    return "\n".join(parts)


def main() -> None:
    """Write the page."""
    (ROOT / PAGE).write_text(page(), encoding="utf-8")
    print(f"{PAGE} is written")


if __name__ == "__main__":
    main()
