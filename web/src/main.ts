// SPDX-License-Identifier: Apache-2.0
// What every page has: the link's state, ages that grow, theme and language, and the outbox.
import htmx from "htmx.org";
import { growOlder, keepGrowing } from "./ages.ts";
import { forgetTeams } from "./divers/store.ts";
import { connect, end } from "./link.ts";
import "./icon.svg?no-inline";
import "./made/sprite.svg?no-inline";
import { watchForms, watchSignOut } from "./outbox/forms.ts";
import { discardAll } from "./outbox/letters.ts";
import { keepPanels } from "./panels.ts";
import { clock, text } from "./texts.ts";
import { watchTouches } from "./touch.ts";
import "./style/all.css";

// An error page, a sign-in page or a word of "too much" never takes the place of a form.
Object.assign(htmx.config, {
  noSwap: [204, 304, 401, 429, "5xx"],
  includeIndicatorCSS: false,
  // What somebody has unfolded stays so when the part that it is in is told anew.
  morphIgnore: ["data-htmx-powered", "open"],
});

const root = document.documentElement;

function watchTheme(): void {
  const choice = document.getElementById("theme") as HTMLSelectElement | null;
  if (!choice) return;
  choice.value = root.dataset.theme ?? "auto";
  choice.addEventListener("change", () => {
    if (choice.value === "auto") delete root.dataset.theme;
    else root.dataset.theme = choice.value;
    try {
      localStorage.setItem("theme", choice.value);
    } catch {
      // Chosen for this page only, where the browser keeps nothing.
    }
    document.dispatchEvent(new Event("bavn:theme"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    document.dispatchEvent(new Event("bavn:theme")),
  );
}

function watchLanguage(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-language]")) {
    button.addEventListener("click", () => {
      document.cookie = `language=${button.dataset.language}; path=/; max-age=31536000; samesite=lax`;
      location.reload();
    });
  }
}

/** A page that came as a copy says so, and from when. */
function tellCopy(): void {
  const seen = Date.parse(root.dataset.seenAt ?? "");
  const bar = document.getElementById("stale");
  if (Number.isNaN(seen) || !bar) return;
  bar.hidden = false;
  bar.querySelector("[data-says]")!.textContent = text("stale", { at: clock(new Date(seen)) });
}

async function serve(): Promise<void> {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  const first = !navigator.serviceWorker.controller;
  await navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
  if (!root.dataset.actor) return;
  const { active } = await navigator.serviceWorker.ready;
  const refuge = `${location.origin}/outbox`;
  // Who left the first page before its worker was there has no refuge yet: it is asked for again.
  const urls = [...(first ? [location.href] : []), ...((await caches.match(refuge)) ? [] : [refuge])];
  if (urls.length) active?.postMessage({ sort: "keep", urls });
}

/** A list that was opened in the header closes when somebody goes on elsewhere. */
function watchLists(): void {
  const lists = [...document.querySelectorAll<HTMLDetailsElement>("details[data-closes]")];
  for (const sort of ["click", "focusin"]) {
    document.addEventListener(sort, (event) => {
      for (const list of lists) if (!list.contains(event.target as Node)) list.open = false;
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const list of lists.filter((each) => each.open)) {
      list.open = false;
      list.querySelector("summary")?.focus();
    }
  });
}

async function forget(): Promise<void> {
  end();
  await discardAll();
  await forgetTeams().catch(() => undefined);
  await caches?.delete("pages");
}

/** Beside the link to our own node: how many other nodes it does not hear. */
function watchNodes(): void {
  const mark = document.getElementById("nodes-silent");
  document.addEventListener("bavn:connections", (event) => {
    const { silent } = (event as CustomEvent<{ silent: number }>).detail;
    if (!mark) return;
    const says = text(silent === 1 ? "nodes_silent_one" : "nodes_silent", { count: silent });
    const word = mark.querySelector("[data-says]")!;
    if (silent && word.textContent !== says) word.textContent = says;
    mark.querySelector("[data-count]")!.textContent = String(silent);
    mark.hidden = silent === 0;
  });
}

watchNodes();
connect();
keepGrowing();
watchTheme();
watchLanguage();
watchLists();
tellCopy();
watchForms();
watchTouches();
keepPanels();
watchSignOut(forget);
document.addEventListener("htmx:after:swap", () => growOlder());
addEventListener("load", () => void serve());
