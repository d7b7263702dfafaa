// SPDX-License-Identifier: Apache-2.0
// The centre's board, live: each part is asked for when something is told, and comes only when it
// has changed. What somebody points at or stands in does not move: it waits for a moment, and says
// that it does.
import htmx from "htmx.org";
import { growOlder } from "./ages.ts";
import { watchCommands } from "./centre_command.ts";
import { Gathered } from "./gathered.ts";
import { linkIsUp } from "./link.ts";
import { Sound } from "./centre_sound.ts";
import "./style/centre.css";
import { clock, text } from "./texts.ts";

const TIMEOUT_MS = 10_000;
const NOT_MODIFIED = 304;
// A pointer that has not moved for so long is not about to press.
const STILL_MS = 3_000;

const failed = document.getElementById("board-failed")!;
const sound = new Sound();
let shownAt = new Date();
let movedAt = 0;

class Part {
  #mark = "";
  #held: string | undefined;
  readonly #gathered = new Gathered(() => this.#refresh());
  readonly element: HTMLElement;
  readonly name: string;

  constructor(element: HTMLElement) {
    this.element = element;
    this.name = element.dataset.part!;
  }

  look(): void {
    this.#gathered.look();
  }

  now(): Promise<void> {
    return this.#gathered.now();
  }

  /** Shows what waited, when nobody is about to press any more. */
  async show(force = false): Promise<void> {
    if (this.#held === undefined || (!force && isUnderFinger(this.element))) return;
    const told = this.#held;
    this.#held = undefined;
    await htmx.swap({ target: this.element, text: told, swap: "innerMorph" });
    growOlder(this.element);
    this.#tellWaiting();
    if (this.name === "wants") told_wants();
  }

  async #refresh(): Promise<void> {
    const headers: Record<string, string> = { accept: "text/html" };
    if (this.#mark) headers["if-none-match"] = this.#mark;
    const url = `/centre/parts/${this.name}${location.search}`;
    try {
      const answer = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (answer.status !== NOT_MODIFIED) {
        if (!answer.ok) throw new Error(String(answer.status));
        this.#mark = answer.headers.get("etag") ?? "";
        this.#held = await answer.text();
        await this.show();
        this.#tellWaiting();
      }
      shownAt = new Date();
      failed.hidden = true;
    } catch (error) {
      // While the link is down its own bar says so; this is for a server that answers and fails.
      failed.hidden = !linkIsUp();
      failed.querySelector("[data-says]")!.textContent = text("centre_failed", { at: clock(shownAt, true) });
      throw error;
    }
  }

  #tellWaiting(): void {
    const bar = document.getElementById(`${this.name}-wait`);
    if (!bar) return;
    bar.hidden = this.#held === undefined;
    bar.querySelector("[data-says]")!.textContent = text("centre_waits");
  }
}

/** True while a pointer moves over it, or the keyboard stands in it. */
function isUnderFinger(element: HTMLElement): boolean {
  if (element.contains(document.activeElement)) return true;
  return element.matches(":hover") && performance.now() - movedAt < STILL_MS;
}

const parts = [...document.querySelectorAll<HTMLElement>("[data-part]")].map((each) => new Part(each));
const wants = parts.find((each) => each.name === "wants");
const title = document.title;

function lookAll(): void {
  for (const each of parts) each.look();
}

/** What waits is counted in the tab's title, and sounds until somebody has seen it. */
function told_wants(): void {
  const state = document.getElementById("wants-state");
  const unseen = Number(state?.dataset.unseen ?? 0);
  document.title = unseen ? `(${unseen}) ${title}` : title;
  const since = Date.parse(state?.dataset.soundsSince ?? "");
  sound.wants(Number.isNaN(since) ? undefined : since, Number(state?.dataset.louderAfter ?? 0));
}

async function post(path: string, fields: Record<string, string | string[]>): Promise<Response> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of [value].flat()) body.append(name, each);
  }
  body.set("csrf", document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "");
  body.set("sender_ref", crypto.randomUUID());
  return fetch(path, { method: "POST", body, headers: { accept: "text/html" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
}

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.dataset.see === undefined) return;
  event.preventDefault();
  const item = new FormData(form).get("item");
  // Who was second is not told off: the board shows who was first.
  void post("/centre/seen", { item: String(item) })
    .then(() => {
      (document.activeElement as HTMLElement | null)?.blur();
      return wants?.now();
    })
    .catch(() => wants?.look());
});
document.addEventListener("click", (event) => {
  const pressed = (event.target as Element).closest<HTMLElement>("button");
  if (pressed?.dataset.mute !== undefined) sound.mute();
  if (pressed?.dataset.showNow !== undefined) for (const each of parts) void each.show(true);
});
document.addEventListener("pointermove", () => (movedAt = performance.now()), { passive: true });
document.addEventListener("bavn:fact", lookAll);
document.addEventListener("bavn:connections", lookAll);
document.addEventListener("bavn:reset", lookAll);
document.addEventListener("visibilitychange", lookAll);
document.addEventListener("bavn:link", (event) => {
  if ((event as CustomEvent<{ state: string }>).detail.state === "up") lookAll();
});
document.addEventListener("centre:done", lookAll);
document.addEventListener("centre:mute", (event) => sound.mute((event as CustomEvent<number>).detail));
setInterval(() => {
  for (const each of parts) void each.show();
}, 500);
// What was heard while the page was hidden is looked at when it is shown; this is for a lost word.
setInterval(lookAll, 30_000);
watchCommands(post);
told_wants();
lookAll();
