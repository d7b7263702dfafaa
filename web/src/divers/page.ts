// SPDX-License-Identifier: Apache-2.0
// Smoke divers counted on the device at the scene, with or without network. Each step is on this
// device's disk before it counts, then a letter in the outbox; what others told is counted with it.
import { now as serverNow, linkIsUp } from "../link.ts";
import { all, keep, newKey, onChange, type Letter } from "../outbox/letters.ts";
import { actor, flush, post } from "../outbox/send.ts";
import { clock, text } from "../texts.ts";
import { isBeyond, type AirRules, type Cylinder } from "./air.ts";
import { Alarm } from "./alarm.ts";
import { Cards, says } from "./cards.ts";
import { Clock } from "./clock.ts";
import { keepStep, stepsOf, type Kept } from "./store.ts";
import { LOUD, signalsOf, teamsNow, type Sort, type Step, type Team } from "./teams.ts";

const TICK_MS = 500;
const AGAIN_MS = 1_500;
const OFFSET_MS = 10_000;

const page = document.getElementById("divers")!;
const incident = page.dataset.incident!;
const rules = JSON.parse(page.dataset.rules!) as AirRules;
const cylinders = JSON.parse(page.dataset.cylinders!) as Record<string, Cylinder>;
const entry = page.querySelector<HTMLFormElement>("#enter-form")!;
const told = document.getElementById("divers-told");
const announced = page.querySelector<HTMLElement>("[data-announce]")!;
const watch = new Clock();
const alarm = new Alarm();
const cards = new Cards(page);
const steps = new Map<string, Kept>();
let teams: Team[] = [];
let waiting: ReadonlySet<string> = new Set();
// What was asked about once: pressed again with the same, it is taken as it is.
let asked = "";
let awake: Promise<WakeLockSentinel | undefined> | undefined;

const PATHS: Partial<Record<Sort, string>> = {
  entered: "",
  mayday: "/mayday",
  mayday_ended: "/mayday-ended",
};

/** Keeps a step on this device's disk, counts it, and hands it to the outbox. */
async function happened(sort: Sort, team: string, said: Partial<Step>): Promise<void> {
  const step: Kept = { step: newKey(), team, sort, at_ms: watch.now(), incident, handed: false, ...said };
  steps.set(step.step, step);
  show();
  try {
    await keepStep(step);
    await hand(step);
    notice("divers-not-kept", "");
  } catch {
    // The disk of this device says no: it is counted for as long as the page stands, and sent.
    notice("divers-not-kept", text("divers_not_kept"));
    await post(letterOf(step)).catch(() => undefined);
  }
  await hurry();
}

/** A letter with the step's own number: sent twice, it is told once. */
function letterOf(step: Kept): Letter {
  const cylinder = Object.entries(cylinders).find(([, each]) => same(each, step.cylinder));
  const fields: [string, string | undefined][] = [
    ["sort", step.sort],
    ["team", step.team],
    ["callsign", step.callsign],
    ["unit", step.unit ?? undefined],
    ["count", step.count?.toString()],
    ["bar", step.bar?.toString()],
    ["cylinder", cylinder?.[0]],
    ["corrects", step.corrects ? "yes" : undefined],
    ["kept", "yes"],
  ];
  return {
    key: step.step,
    url: new URL(`/incidents/${encodeURIComponent(incident)}/divers${PATHS[step.sort] ?? "/tell"}`, location.href).href,
    fields: fields.filter((each): each is [string, string] => Boolean(each[1])),
    labels: labels(),
    title: `${document.querySelector("h1")?.textContent ?? ""}: ${step.callsign ?? ""}`,
    page: location.pathname,
    form: "",
    actor: actor(),
    writtenAt: step.at_ms,
    tries: 1,
    refused: null,
  };
}

async function hand(step: Kept): Promise<void> {
  await keep(letterOf(step));
  const handed = { ...step, handed: true };
  steps.set(step.step, handed);
  await keepStep(handed);
}

const same = (one: Cylinder, other: Cylinder | null | undefined): boolean => JSON.stringify(one) === JSON.stringify(other);

function labels(): Record<string, string> {
  const named = [...entry.querySelectorAll<HTMLElement>("[name]")].map((field) => {
    const label = entry.querySelector(`label[for="${field.id}"]`)?.firstChild?.textContent?.trim();
    return [field.getAttribute("name")!, label ?? ""] as const;
  });
  return Object.fromEntries(named.filter(([, label]) => label));
}

/** Sends now, and once more: another tab may hold the outbox at this moment. */
async function hurry(): Promise<void> {
  await flush().catch(() => undefined);
  setTimeout(() => void flush().catch(() => undefined), AGAIN_MS);
}

async function load(): Promise<void> {
  const kept = await stepsOf(incident).catch(() => []);
  for (const each of kept) steps.set(each.step, each);
  hear();
  // The device stopped between the step and its letter: the same number makes it harmless.
  for (const each of kept) if (!each.handed) await hand(each).catch(() => undefined);
  await look();
}

/** What the server has told: other devices' steps, and ours that have arrived. */
function hear(): void {
  const json = told?.querySelector<HTMLElement>("[data-steps]")?.dataset.steps;
  for (const each of JSON.parse(json || "[]") as Step[]) {
    // Our own stands as it was told here, at this device's own time.
    if (steps.has(each.step)) continue;
    const kept: Kept = { ...each, incident, handed: true };
    steps.set(each.step, kept);
    void keepStep(kept).catch(() => undefined);
  }
  show();
}

/** Which teams have steps that are still in the outbox. */
async function look(): Promise<void> {
  const letters = await all().catch(() => []);
  const keys = new Set(letters.map((each) => each.key));
  waiting = new Set([...steps.values()].filter((each) => keys.has(each.step)).map((each) => each.team));
  show();
}

function show(): void {
  teams = teamsNow([...steps.values()], rules, watch.now());
  tick();
}

function tick(): void {
  watch.look();
  const now = watch.now();
  for (const each of teams) each.signals = signalsOf(each, rules, now);
  cards.draw(teams, now, waiting);
  const wanted = teams.flatMap((team) => team.signals.map((signal) => ({ team, signal, key: `${team.team} ${signal}` })));
  const loud = wanted.filter(({ signal }) => LOUD.has(signal)).map(({ key }) => key);
  const fresh = new Set(alarm.wants(wanted.map(({ key }) => key), loud));
  const news = wanted.filter(({ key }) => fresh.has(key)).map(({ team, signal }) => `${team.callsign}: ${says(signal)}`);
  if (news.length) announced.textContent = news.join(". ");
  const inside = teams.filter((each) => each.is_inside);
  page.querySelector<HTMLElement>("[data-none]")!.hidden = inside.length > 0;
  page.querySelector<HTMLElement>("[data-quiet]")!.hidden = loud.length === 0;
  page.querySelector<HTMLElement>("[data-blocked]")!.hidden = inside.length === 0 || !alarm.isBlocked;
  notice("divers-clock", clockSays(inside.length > 0));
  void stayAwake(inside.length > 0);
}

/** A clock that jumped, or that goes wrong by the server's, is said while anybody is inside. */
function clockSays(isWatched: boolean): string {
  if (!isWatched) return "";
  const { jump } = watch;
  if (jump) {
    const name = jump.by > 0 ? "divers_clock_ahead" : "divers_clock_back";
    return text(name, { count: Math.round(Math.abs(jump.by) / 1_000), at: clock(new Date(jump.at), true) });
  }
  const offset = linkIsUp() ? Date.now() - serverNow() : 0;
  if (Math.abs(offset) < OFFSET_MS) return "";
  return text(offset > 0 ? "divers_clock_fast" : "divers_clock_slow", { count: Math.round(Math.abs(offset) / 1_000) });
}

function notice(id: string, said: string): void {
  const bar = document.getElementById(id)!;
  const word = bar.querySelector("[data-says]")!;
  if (word.textContent !== said) word.textContent = said;
  if (bar.hidden !== (said === "")) bar.hidden = said === "";
}

/** Keeps the screen on while anybody is inside: a phone that sleeps makes no sound. */
async function stayAwake(isWanted: boolean): Promise<void> {
  if (!("wakeLock" in navigator)) return;
  if (isWanted && !awake && !document.hidden) {
    awake = navigator.wakeLock.request("screen").catch(() => undefined);
  } else if (!isWanted && awake) {
    const held = await awake;
    awake = undefined;
    await held?.release().catch(() => undefined);
  }
}
// A page that was put away has lost it.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) awake = undefined;
});

/** Says what looks wrong, once; what is pressed again unchanged is taken. */
function isSure(form: HTMLFormElement, wrong: string, what: string): boolean {
  const status = form.querySelector<HTMLElement>(".form-status")!;
  const isAgain = asked === what;
  asked = wrong && !isAgain ? what : "";
  status.dataset.kind = "refused";
  status.textContent = asked ? `${wrong} ${text("divers_press_again")}` : "";
  return !asked;
}

function enter(form: HTMLFormElement): void {
  const typed = new FormData(form);
  const value = (name: string): string => String(typed.get(name) ?? "").trim();
  const callsign = value("callsign").replace(/\s+/g, " ");
  const bar = Number(value("bar"));
  const cylinder = cylinders[value("cylinder")]!;
  let wrong = "";
  const isInside = (each: Team): boolean => each.is_inside && each.callsign.toLowerCase() === callsign.toLowerCase();
  if (teams.some(isInside)) wrong = text("divers_inside_already", { what: callsign });
  else if (isBeyond(bar, cylinder)) wrong = text("divers_beyond", { count: cylinder.working_bar });
  else if (bar <= cylinder.reserve_bar) wrong = text("divers_low", { count: cylinder.reserve_bar });
  if (!isSure(form, wrong, `${callsign} ${bar} ${value("cylinder")}`)) return;
  void happened("entered", newKey(), { callsign, unit: value("unit") || null, count: Number(value("count")), bar, cylinder });
  const unit = value("unit");
  form.reset();
  // The next team is often of the same unit.
  const chosen = form.elements.namedItem("unit") as HTMLSelectElement | null;
  if (chosen) chosen.value = unit;
}

function pressure(form: HTMLFormElement, team: Team): void {
  const field = form.querySelector("input")!;
  const bar = Number(field.value);
  const { air } = team;
  const own = [...steps.values()].find((each) => each.team === team.team && each.cylinder);
  let wrong = "";
  const rose = air !== null && bar > air.bar;
  if (own?.cylinder && isBeyond(bar, own.cylinder)) wrong = text("divers_beyond", { count: own.cylinder.working_bar });
  else if (rose) wrong = text("divers_rose", { count: air.bar });
  if (!isSure(form, wrong, `${team.team} ${bar}`)) return;
  void happened("pressure", team.team, { callsign: team.callsign, bar, corrects: rose });
  form.reset();
}

// On the window, which hears it before the outbox takes it: here the device counts first.
addEventListener(
  "submit",
  (event) => {
    const form = event.target as HTMLFormElement;
    const card = form.closest<HTMLElement>(".diver[data-team]");
    const lone = form.dataset.mayday !== undefined;
    if (form !== entry && !card && !lone) return;
    if (!page.contains(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const team = teams.find((each) => each.team === card?.dataset.team);
    if (form === entry) enter(form);
    else if (team) pressure(form, team);
    else if (lone) {
      void happened("mayday", newKey(), { callsign: String(new FormData(form).get("callsign") ?? "").trim() });
      form.reset();
    }
  },
  { capture: true },
);
page.addEventListener("click", (event) => {
  const pressed = (event.target as Element).closest<HTMLElement>("button");
  if (pressed?.dataset.mute !== undefined) alarm.mute();
  const team = teams.find((each) => each.team === pressed?.closest<HTMLElement>(".diver")?.dataset.team);
  const step = pressed?.dataset.step;
  if (!team || !step) return;
  // Who was told out by a slip is heard from inside again: nothing is taken back, and the clock goes on.
  void happened(step === "inside" ? "contact" : (step as Sort), team.team, { callsign: team.callsign });
});
document.addEventListener("htmx:after:swap", hear);
onChange(() => void look());
page.hidden = false;
told?.classList.add("counted-here");
setInterval(tick, TICK_MS);
void load();
