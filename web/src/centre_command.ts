// SPDX-License-Identifier: Apache-2.0
// The command line of the board: what a line would do is said while it is written; Enter does it,
// through the same pages as a mouse would. What cannot be taken back is done at a second Enter.
import { wrongIn } from "./outbox/send.ts";
import { text } from "./texts.ts";

interface Plan {
  does: "go" | "post" | "mute" | "none";
  says: string;
  path: string;
  fields: Record<string, string | string[]>;
  asks: boolean;
  minutes: number;
}
interface Told {
  plan: Plan | null;
  wrong: string;
  offers: string[];
  completions: string[];
}
type Post = (path: string, fields: Record<string, string | string[]>) => Promise<Response>;

const WAIT_MS = 120;
const TIMEOUT_MS = 10_000;
const HISTORY = "centre-lines";
const HISTORY_LIMIT = 50;

const field = document.getElementById("command") as HTMLInputElement | null;
const says = document.getElementById("command-says");
const list = document.getElementById("command-list");

let lines: string[] = read();
let at = lines.length;
let confirmed = "";
let chosen = -1;
let asking = 0;
let looking: AbortController | undefined;

function read(): string[] {
  try {
    return JSON.parse(sessionStorage.getItem(HISTORY) ?? "[]") as string[];
  } catch {
    return [];
  }
}

function remember(line: string): void {
  // What may name somebody is not kept on a machine that others use.
  const kept = /^\S+\s+(note|notat|n)\s/i.test(line) || /^(ny|new|alarm)\s/i.test(line) ? line.split(/\s+/).slice(0, 2).join(" ") : line;
  lines = [...lines.filter((each) => each !== kept), kept].slice(-HISTORY_LIMIT);
  at = lines.length;
  sessionStorage.setItem(HISTORY, JSON.stringify(lines));
}

export function watchCommands(post: Post): void {
  if (!field || !says || !list) return;
  document.addEventListener("keydown", (event) => {
    const isSlash = event.key === "/" && !isTyping(event.target);
    if (!isSlash && !(event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey))) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  field.form!.addEventListener("submit", (event) => {
    event.preventDefault();
    void doIt(post);
  });
  field.addEventListener("input", () => {
    confirmed = "";
    at = lines.length;
    window.clearTimeout(asking);
    asking = window.setTimeout(() => void look(), WAIT_MS);
  });
  field.addEventListener("keydown", keyed);
  field.addEventListener("blur", () => window.setTimeout(() => offer([]), 150));
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input, textarea, select, [contenteditable]");
}

async function ask(line: string): Promise<Told> {
  looking?.abort();
  looking = new AbortController();
  const limit = AbortSignal.any([looking.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  // What waits is numbered as this page shows it.
  const looks = location.search.replace("?", "&");
  const url = `/centre/command?line=${encodeURIComponent(line)}${looks}`;
  const answer = await fetch(url, { headers: { accept: "application/json" }, cache: "no-store", signal: limit });
  if (!answer.ok) throw new Error(wrongIn(await answer.text()) || String(answer.status));
  return (await answer.json()) as Told;
}

async function look(): Promise<void> {
  const line = field!.value;
  if (!line.trim()) {
    say("", "");
    offer([]);
    return;
  }
  try {
    const told = await ask(line);
    if (field!.value !== line) return;
    if (told.plan) say("will", told.plan.says);
    else say("wrong", saysWrong(told));
    offer(told.completions);
  } catch {
    // Asked again at the next key; Enter says what is wrong.
  }
}

function saysWrong(told: Told): string {
  return told.offers.length ? `${told.wrong} ${text("centre_offers")} ${told.offers.join(", ")}` : told.wrong;
}

async function doIt(post: Post): Promise<void> {
  const line = field!.value;
  // What would be said while it is written must not cut in on what is done.
  window.clearTimeout(asking);
  offer([]);
  try {
    const { plan, ...rest } = await ask(line);
    if (!plan) {
      say("wrong", saysWrong({ plan, ...rest }));
      return;
    }
    if (plan.does === "go") {
      remember(line);
      location.assign(plan.path);
      return;
    }
    if (plan.asks && confirmed !== line) {
      confirmed = line;
      say("asks", `${plan.says}. ${text("centre_confirm")}`);
      return;
    }
    if (plan.does === "mute") document.dispatchEvent(new CustomEvent("centre:mute", { detail: plan.minutes }));
    else if (plan.does === "post") {
      say("will", text("centre_doing", { what: plan.says }));
      const answer = await post(plan.path, plan.fields);
      if (!answer.ok) {
        say("wrong", wrongIn(await answer.text()) || text("letter_refused", { status: answer.status }));
        return;
      }
    }
    remember(line);
    field!.value = "";
    confirmed = "";
    say("done", plan.does === "none" ? plan.says : text("centre_done", { what: plan.says }));
    document.dispatchEvent(new Event("centre:done"));
  } catch (error) {
    // What was typed stays: it may be tried again.
    if (!(error instanceof DOMException && error.name === "AbortError")) say("wrong", text("centre_not_sent"));
  }
}

function keyed(event: KeyboardEvent): void {
  const offered = [...list!.children] as HTMLElement[];
  if (event.key === "Tab" && offered.length && !event.shiftKey) {
    event.preventDefault();
    take(offered[Math.max(chosen, 0)]!.textContent ?? "");
  } else if (event.key === "Escape") {
    if (offered.length) offer([]);
    else field!.value = "";
    confirmed = "";
    say("", "");
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && offered.length && !event.altKey && at === lines.length) {
    event.preventDefault();
    choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "ArrowUp" && at > 0) {
    event.preventDefault();
    recall(at - 1);
  } else if (event.key === "ArrowDown" && at < lines.length) {
    event.preventDefault();
    recall(at + 1);
  } else if (event.key === "Enter" && chosen >= 0 && offered[chosen]) {
    event.preventDefault();
    take(offered[chosen]?.textContent ?? "");
  }
}

function recall(index: number): void {
  at = index;
  field!.value = lines[index] ?? "";
  offer([]);
  void look();
}

function take(line: string): void {
  field!.value = `${line} `;
  offer([]);
  void look();
}

function offer(completions: string[]): void {
  chosen = -1;
  list!.replaceChildren(
    ...completions.map((each, index) => {
      const item = document.createElement("li");
      item.id = `command-offer-${index}`;
      item.role = "option";
      item.textContent = each;
      item.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(each);
      });
      return item;
    }),
  );
  list!.hidden = completions.length === 0;
  field!.ariaExpanded = String(completions.length > 0);
  field!.removeAttribute("aria-activedescendant");
}

function choose(index: number): void {
  const offered = [...list!.children] as HTMLElement[];
  chosen = Math.min(Math.max(index, -1), offered.length - 1);
  offered.forEach((each, number) => (each.ariaSelected = String(number === chosen)));
  if (chosen >= 0) field!.setAttribute("aria-activedescendant", offered[chosen]!.id);
  else field!.removeAttribute("aria-activedescendant");
}

function say(kind: string, what: string): void {
  says!.dataset.kind = kind;
  says!.textContent = what;
}
