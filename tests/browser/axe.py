# SPDX-License-Identifier: Apache-2.0
"""The guidelines that every page keeps, looked at by axe."""

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

from tests.browser.finding import ROOT

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
# What a dark theme can change.
COLOURS = ["color-contrast"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What is wrong with a page as it stands; by these rules alone, where some are named."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    asked = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": WCAG}
    found = page.evaluate("asked => axe.run({runOnly: asked}).then(r => r.violations)", asked)
    return [
        f"{each['id']}: {node['html'][:160]} {_why(node)}"
        for each in found
        for node in each["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    """What was seen, such as two colours."""
    return "; ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
