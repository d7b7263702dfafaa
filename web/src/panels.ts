// SPDX-License-Identifier: Apache-2.0
// Parts of a page that keep themselves up to date:
//   <div data-live="/address/of/the/part" data-about="incident:ID">…</div>
// Whatever is told of that subject has the part asked for anew; without data-about everything has.
// What stands in it may name further subjects: data-about-too="incident:ID", or all of a type by
// data-about-too="notice:*", since nobody can name one that there is not yet.
// What stands in it and changes with time alone says so: data-again.
// What stands in it already is shown until then; an empty one is fetched when the page opens.
import htmx from "htmx.org";
import { growOlder } from "./ages.ts";
import { Gathered } from "./gathered.ts";
import { text } from "./texts.ts";

const TIMEOUT_MS = 10_000;
const FORBIDDEN = 403;
const AGAIN_MS = 15_000;

const known = new Map<HTMLElement, Gathered>();

/** True while somebody is about to change something in it: nothing is taken away under a finger. */
export function isHeld(panel: HTMLElement): boolean {
  const active = document.activeElement;
  if (active?.matches("input, select, textarea") && panel.contains(active)) return true;
  const typed = [...panel.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")];
  return typed.some((each) =>
    each.type === "checkbox" || each.type === "radio"
      ? (each as HTMLInputElement).checked !== (each as HTMLInputElement).defaultChecked
      : each.type !== "hidden" && each.value !== each.defaultValue,
  );
}

async function refresh(panel: HTMLElement): Promise<void> {
  if (!panel.isConnected) {
    known.delete(panel);
    return;
  }
  if (isHeld(panel)) throw new Error("held");
  const answer = await fetch(panel.dataset.live!, {
    cache: "no-store",
    headers: { accept: "text/html" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.status === FORBIDDEN) {
    // Not for who is signed in: as if it were not there.
    panel.hidden = true;
    return;
  }
  if (!answer.ok) {
    if (!panel.firstElementChild) panel.textContent = text("panel_failed");
    throw new Error(String(answer.status));
  }
  const told = await answer.text();
  if (isHeld(panel)) throw new Error("held");
  await htmx.swap({ target: panel, text: told, swap: "innerMorph" });
  growOlder(panel);
}

/** True for one of a panel's subjects: its own, and those that what stands in it names as well. */
function isAbout(panel: HTMLElement, about: string[]): boolean {
  const subject = panel.dataset.about;
  if (!subject || about.includes(subject)) return true;
  const named = panel.querySelectorAll<HTMLElement>("[data-about-too]");
  return [...named].some(({ dataset: { aboutToo } }) =>
    aboutToo!.endsWith(":*") ? about.some((each) => each.startsWith(aboutToo!.slice(0, -1))) : about.includes(aboutToo!),
  );
}

function find(): void {
  for (const panel of document.querySelectorAll<HTMLElement>("[data-live]")) {
    const isNew = !known.has(panel);
    if (isNew) known.set(panel, new Gathered(() => refresh(panel)));
    if (!panel.firstElementChild && !panel.hidden) known.get(panel)!.look();
  }
}

function lookAll(): void {
  for (const [panel, gathered] of known) if (!panel.hidden) gathered.look();
}

/** Begins to keep the page's parts up to date. */
export function keepPanels(): void {
  find();
  setInterval(() => {
    for (const [panel, gathered] of known) if (panel.querySelector("[data-again]")) gathered.look();
  }, AGAIN_MS);
  document.addEventListener("htmx:after:swap", find);
  document.addEventListener("visibilitychange", lookAll);
  document.addEventListener("bavn:reset", lookAll);
  document.addEventListener("bavn:link", (event) => {
    if ((event as CustomEvent<{ state: string }>).detail.state === "up") lookAll();
  });
  document.addEventListener("bavn:fact", (event) => {
    const { about } = (event as CustomEvent<{ about: string[] }>).detail;
    for (const [panel, gathered] of known) {
      if (!panel.hidden && isAbout(panel, about)) gathered.look();
    }
  });
}
