// SPDX-License-Identifier: Apache-2.0
// Runs before the page is drawn, so that a dark control room never sees a white flash. A plain
// script without imports: modules wait for the whole page.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark" || chosen === "wall") {
    document.documentElement.dataset.theme = chosen;
  }
} catch {
  // A browser that keeps nothing follows the machine's own scheme.
}
