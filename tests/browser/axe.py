# SPDX-License-Identifier: Apache-2.0
"""The guidelines that every page keeps, looked at by axe."""

from playwright.sync_api import Page

from tests.browser.finding import ROOT

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def violations(page: Page) -> list[str]:
    """What is wrong with a page as it stands."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run({runOnly: tags}).then(r => r.violations)", WCAG)
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]
