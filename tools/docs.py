# SPDX-License-Identifier: Apache-2.0
"""Checks the written pages: links lead somewhere, decisions are numbered and dated.

Prints each fault with its file and line, and ends with a failure if there is one.
"""

import datetime
import re
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from tools.tree import ROOT, matching, project_files, text

LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
OUTSIDE = re.compile(r"[a-z]+:")
LINE_ANCHOR = re.compile(r"L(\d+)(?:-L(\d+))?")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
DECISION = re.compile(r"docs/decisions/(\d{4})-[a-z0-9-]+\.md")
DATE = re.compile(r"^Date: (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
DECISION_PARTS = ("## Question", "## Choice", "## Price", "## What would change our mind")


def slug(heading: str) -> str:
    """Give the anchor that a heading gets where pages are shown."""
    bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", bare).replace(" ", "-")


def without_fences(page: str) -> str:
    """Give a page with its code blocks blanked, its line numbers kept."""
    return FENCE.sub(lambda block: "\n" * block.group().count("\n"), page)


def anchor_fault(path: str, anchor: str) -> str | None:
    """Say what is wrong with an anchor into an existing file, if anything is."""
    lines = LINE_ANCHOR.fullmatch(anchor)
    if lines:
        length = text(path).count("\n")
        last = max(int(n) for n in lines.groups() if n)
        return f"{path} has only {length} lines" if last > length else None
    if not path.endswith(".md"):
        return f"an anchor into {path} is a line, such as #L10"
    headings = re.findall(r"^#+ (.*)$", without_fences(text(path)), re.MULTILINE)
    return None if anchor in map(slug, headings) else f"{path} has no heading #{anchor}"


def link_fault(page: str, target: str) -> str | None:
    """Say what is wrong with a link, if anything is; links to the net are not followed."""
    if OUTSIDE.match(target):
        return None
    file, _, anchor = target.partition("#")
    path = normpath(str(PurePosixPath(page).parent / file)) if file else page
    if path not in project_files() and not (ROOT / path).is_dir():
        return f"{path} does not exist in the project"
    return anchor_fault(path, anchor) if anchor else None


def link_faults() -> Iterator[str]:
    """Give each link that leads nowhere, with its place."""
    for page in matching("*.md"):
        for number, line in enumerate(without_fences(text(page)).splitlines(), start=1):
            for target in LINK.findall(line):
                fault = link_fault(page, target)
                if fault:
                    yield f"{page}:{number}: {fault}"


def decision_faults() -> Iterator[str]:
    """Give each decision record that is misnamed, undated, incomplete or numbered out of turn."""
    numbers: list[int] = []
    for page in matching("docs/decisions/*"):
        named = DECISION.fullmatch(page)
        if not named:
            yield f"{page}: a decision is named like 0001-some-words.md"
            continue
        numbers.append(int(named.group(1)))
        yield from record_faults(page, named.group(1))
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        yield f"docs/decisions: numbers run 1, 2, 3 … each once; these are {sorted(numbers)}"


def record_faults(page: str, number: str) -> Iterator[str]:
    """Give what one decision record lacks."""
    said = text(page)
    if not said.startswith(f"# {number}: "):
        yield f"{page}: the title begins with '# {number}: '"
    for part in DECISION_PARTS:
        if part not in said:
            yield f"{page}: has no '{part}'"
    dated = DATE.search(said)
    try:
        datetime.date.fromisoformat(dated.group(1) if dated else "")
    except ValueError:
        yield f"{page}: has no line such as 'Date: 2026-11-21'"


def faults() -> list[str]:
    """Give all that is wrong with the written pages."""
    return [*link_faults(), *decision_faults()]


def main() -> None:
    """Print the faults."""
    found = faults()
    print("\n".join(found) or f"{len(matching('*.md'))} pages: links and decisions are in order")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
