// SPDX-License-Identifier: Apache-2.0
// A card for each team, drawn from a template of the page and changed in place: what somebody is
// typing in a card stays while the clock goes.
import { clock, text } from "../texts.ts";
import { LOUD, type Signal, type Team } from "./teams.ts";

const SECOND_MS = 1_000;
// Who has pressed a moment ago may be about to press again.
const STILL_MS = 3_000;

/** Minutes and seconds; what is past is told with a plus. */
export function minutes(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / SECOND_MS);
  const told = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return ms < 0 ? `+${told}` : told;
}

const at = (ms: number): string => clock(new Date(ms), true);
const SAYS: Record<Signal, string> = {
  mayday: "divers_mayday",
  reserve_now: "divers_reserve_now",
  turn_now: "divers_turn_now",
  contact_over: "divers_contact_over",
  reserve_soon: "divers_reserve_soon",
  turn_soon: "divers_turn_soon",
  contact_due: "divers_contact_due",
};
export const says = (signal: Signal): string => text(SAYS[signal]);

export class Cards {
  readonly #inside: HTMLElement;
  readonly #out: HTMLElement;
  readonly #template: HTMLTemplateElement;
  #pressedAt = -STILL_MS;

  constructor(page: HTMLElement) {
    this.#inside = page.querySelector<HTMLElement>("[data-inside]")!;
    this.#out = page.querySelector<HTMLElement>("[data-out]")!;
    this.#template = page.querySelector<HTMLTemplateElement>("template")!;
    for (const sort of ["pointerdown", "keydown"]) {
      page.addEventListener(sort, () => (this.#pressedAt = performance.now()), { passive: true });
    }
  }

  draw(teams: Team[], now: number, waiting: ReadonlySet<string>): void {
    for (const each of teams) {
      const card = this.#card(each.team);
      fill(card, each, now, waiting.has(each.team));
      const list = each.is_inside ? this.#inside : this.#out;
      if (card.parentElement !== list) list.append(card);
    }
    this.#out.parentElement!.hidden = teams.every((each) => each.is_inside);
    this.#order(teams.filter((each) => each.is_inside));
  }

  /** The most pressing first, but nothing moves under a finger. */
  #order(teams: Team[]): void {
    if (performance.now() - this.#pressedAt < STILL_MS) return;
    if (document.activeElement?.matches("input") && this.#inside.contains(document.activeElement)) return;
    const wanted = teams.map((each) => this.#card(each.team));
    if (wanted.some((card, place) => this.#inside.children[place] !== card)) this.#inside.append(...wanted);
  }

  #card(team: string): HTMLElement {
    const found = document.querySelector<HTMLElement>(`.diver[data-team="${CSS.escape(team)}"]`);
    if (found) return found;
    const made = (this.#template.content.cloneNode(true) as DocumentFragment).querySelector<HTMLElement>(".diver")!;
    made.dataset.team = team;
    const field = made.querySelector("input")!;
    field.id = `bar-${team}`;
    made.querySelector("label")!.htmlFor = field.id;
    this.#inside.append(made);
    return made;
  }
}

function put(card: HTMLElement, name: string, said: string): void {
  const element = card.querySelector<HTMLElement>(`[data-is="${name}"]`)!;
  if (element.textContent !== said) element.textContent = said;
  const holder = element.closest<HTMLElement>("[data-if]") ?? element;
  if (holder.hidden !== (said === "")) holder.hidden = said === "";
}

function fill(card: HTMLElement, team: Team, now: number, isWaiting: boolean): void {
  const { air } = team;
  card.dataset.signal = team.signals[0] ?? "fine";
  card.toggleAttribute("data-loud", team.signals.some((each) => LOUD.has(each)));
  card.toggleAttribute("data-mayday", team.mayday_ms !== null);
  put(card, "callsign", team.callsign || text("divers_unnamed"));
  put(card, "who", team.count === null ? "" : text("divers_count", { count: team.count }));
  put(card, "signal", team.signals.map(says).join(" · "));
  put(card, "in", team.is_inside ? minutes(now - team.since_ms) : "");
  put(card, "turn", team.is_inside && air && team.turned_ms === null ? minutes(air.turn_ms - now) : "");
  put(card, "turned", team.is_inside && team.turned_ms !== null ? at(team.turned_ms) : "");
  put(card, "reserve", team.is_inside && air ? minutes(air.reserve_ms - now) : "");
  put(card, "contact", team.is_inside ? minutes(team.contact_ms - now) : "");
  put(card, "air", air && team.is_inside ? airSays(team) : "");
  put(card, "since", text("divers_since", { at: at(team.since_ms) }));
  put(card, "out", team.out_ms === null ? "" : text("divers_out_at", { at: at(team.out_ms), minutes: minutes(team.out_ms - team.since_ms) }));
  put(card, "odd", team.is_entered ? "" : text("divers_not_entered"));
  put(card, "waits", isWaiting ? text("divers_waits") : "");
  for (const button of card.querySelectorAll<HTMLButtonElement>("button[data-step]")) {
    button.hidden = !isOpen(button.dataset.step!, team);
  }
  card.querySelector<HTMLElement>("form")!.hidden = !team.is_inside;
}

function airSays(team: Team): string {
  const air = team.air!;
  return text(air.is_measured ? "divers_air_measured" : "divers_air_planned", {
    count: air.bar,
    at: at(air.bar_at_ms),
    what: Math.round(air.use_bar_min * 10) / 10,
    status: Math.round(air.turn_bar),
  });
}

/** Which of its buttons a team has now. */
function isOpen(step: string, team: Team): boolean {
  switch (step) {
    case "inside":
      return !team.is_inside;
    case "turned":
      return team.is_inside && team.turned_ms === null;
    case "mayday":
      return team.is_inside && team.mayday_ms === null;
    case "mayday_ended":
      return team.mayday_ms !== null;
    default:
      return team.is_inside;
  }
}
