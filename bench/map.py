# SPDX-License-Identifier: Apache-2.0
"""The map in a browser without a graphics card: first load, and units that move once a second."""

import statistics
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.measure import folder
from tests.browser.conftest import Launcher, Server
from tests.browser.finding import find

INCIDENTS, UNITS = 1_000, 2_500
MOVES = 15
# Beside the same page with nothing on its map.
CASES = ((INCIDENTS, UNITS), (0, 0))
# From new positions to the frame that shows them, and until nothing is left to draw.
_WATCH = """() => {
  const map = document.querySelector("bavn-map").map;
  window.took = [];
  const source = map.getSource("units"), set = source.setData.bind(source);
  source.setData = data => {
    const began = performance.now();
    set(data);
    // The worker has made tiles of the new positions: the next frame shows them.
    const made = event => {
      if (event.sourceId !== "units" || !event.tile || !event.isSourceLoaded) return;
      map.off("sourcedata", made);
      map.once("render", () => {
        const drawn = performance.now() - began;
        map.once("idle", () => window.took.push([drawn, performance.now() - began]));
      });
    };
    map.on("sourcedata", made);
  };
}"""
_LOADED = """() => {
  const all = [...performance.getEntriesByType("resource"),
               ...performance.getEntriesByType("navigation")];
  return all.reduce((sum, each) => sum + each.transferSize, 0);
}"""


def main() -> None:
    """Print what the map costs in a browser that draws by the processor."""
    found = find()
    if isinstance(found, str):
        print(f"\nThe map in a browser: not measured, {found}")
        return
    print(f"\nThe map in headless Chromium, drawn by the processor; {MOVES} moves, a second apart")
    with sync_playwright() as playwright:
        launcher = Launcher(playwright, found)
        for incidents, units in CASES:
            _measure(launcher, incidents, units)


def _measure(launcher: Launcher, incidents: int, units: int) -> None:
    with folder() as place:
        options = ("--incidents", str(incidents), "--units", str(units))
        server = Server(place / "letters.jsonl", *options)
        server.start()
        browser = launcher.plain()
        try:
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            _first_load(page, server, incidents, units)
            if units:
                _moves(page, server)
        finally:
            browser.close()
            server.stop()


def _first_load(page: Page, server: Server, incidents: int, units: int) -> None:
    page.goto(server.url)
    page.wait_for_selector("bavn-map[data-ready]")
    ready_ms = page.evaluate("performance.now()")
    size = page.evaluate(_LOADED)
    print(
        f"  first load, {incidents:,} incidents and {units:,} units: map there after"
        f" {ready_ms:,.0f} ms, {size / 1000:,.0f} kB"
    )


def _moves(page: Page, server: Server) -> None:
    page.wait_for_timeout(3_000)
    page.evaluate(_WATCH)
    moved = 0
    for _ in range(MOVES):
        moved = int(server.tell("move")["moved"])
        page.wait_for_timeout(1_000)
    took: list[Any] = page.evaluate("window.took")
    for name, index, aim in (("drawn", 0, "aim: 250"), ("until nothing is left to draw", 1, "")):
        runs = sorted(each[index] for each in took)
        p90 = runs[int(len(runs) * 0.9)] if len(runs) > 1 else runs[0]
        print(
            f"  {moved:,} of {UNITS:,} units move: {name} after {statistics.median(runs):,.0f} ms"
            f" (p90 {p90:,.0f}, {len(runs)} updates) {aim}"
        )
