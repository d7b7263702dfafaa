// SPDX-License-Identifier: Apache-2.0
// Teams inside, out of all that was told of them, whatever was heard first. The same as in
// capabilities/safety/model/teams.py, which says why.
import { airOf, MINUTE_MS, type Air, type AirRules, type Cylinder } from "./air.ts";

export type Sort = "entered" | "contact" | "pressure" | "turned" | "out" | "mayday" | "mayday_ended";

// The most pressing first.
export const SIGNALS = [
  "mayday",
  "reserve_now",
  "turn_now",
  "contact_over",
  "reserve_soon",
  "turn_soon",
  "contact_due",
] as const;
export type Signal = (typeof SIGNALS)[number];

export const LOUD: ReadonlySet<Signal> = new Set(["mayday", "reserve_now", "turn_now", "contact_over"]);
const HEARD: ReadonlySet<Sort> = new Set(["entered", "contact", "pressure", "turned"]);
const GOES_BEFORE: Partial<Record<Signal, Signal>> = {
  reserve_soon: "reserve_now",
  turn_soon: "turn_now",
  contact_due: "contact_over",
};

export interface Step {
  step: string;
  team: string;
  sort: Sort;
  at_ms: number;
  callsign?: string;
  unit?: string | null;
  count?: number | null;
  bar?: number | null;
  cylinder?: Cylinder | null;
  corrects?: boolean;
}

export interface Team {
  team: string;
  callsign: string;
  unit: string | null;
  count: number | null;
  is_entered: boolean;
  is_inside: boolean;
  since_ms: number;
  out_ms: number | null;
  turned_ms: number | null;
  mayday_ms: number | null;
  heard_ms: number;
  contact_ms: number;
  air: Air | null;
  signals: Signal[];
}

const by = (one: string | number, other: string | number): number => (one < other ? -1 : one > other ? 1 : 0);

function inPlace(one: Step, other: Step): number {
  return (
    by(one.at_ms, other.at_ms) ||
    by(Number(one.sort !== "entered"), Number(other.sort !== "entered")) ||
    by(one.step, other.step)
  );
}

/** All teams: those inside first, the most pressing before the others; each step counts once. */
export function teamsNow(steps: Step[], rules: AirRules, now: number): Team[] {
  const byTeam = new Map<string, Map<string, Step>>();
  for (const each of [...steps].sort(inPlace)) {
    const told = byTeam.get(each.team) ?? new Map<string, Step>();
    if (!told.has(each.step)) told.set(each.step, each);
    byTeam.set(each.team, told);
  }
  const teams = [...byTeam.values()].map((told) => teamNow([...told.values()], rules, now));
  return teams.sort(
    (one, other) =>
      by(Number(!one.is_inside), Number(!other.is_inside)) ||
      by(rank(one), rank(other)) ||
      by(one.since_ms, other.since_ms) ||
      by(one.team, other.team),
  );
}

function teamNow(steps: Step[], rules: AirRules, now: number): Team {
  const entered = steps.find((each) => each.sort === "entered");
  const begun = entered ?? steps[0]!;
  const heard = steps.filter((each) => HEARD.has(each.sort)).at(-1)?.at_ms ?? begun.at_ms;
  const out = last(steps, "out");
  const inside = Math.max(heard, last(steps, "mayday") ?? heard);
  const isInside = out === null || out < inside;
  const readings = steps
    .filter((each) => each.bar !== null && each.bar !== undefined)
    .map((each) => ({ at_ms: each.at_ms, bar: each.bar!, corrects: each.corrects ?? false }));
  const team: Team = {
    team: begun.team,
    callsign: begun.callsign || (steps.find((each) => each.callsign)?.callsign ?? ""),
    unit: begun.unit ?? null,
    count: begun.count ?? null,
    is_entered: entered !== undefined,
    is_inside: isInside,
    since_ms: begun.at_ms,
    out_ms: isInside ? null : out,
    turned_ms: last(steps, "turned"),
    mayday_ms: isInside ? maydaySince(steps) : null,
    heard_ms: heard,
    contact_ms: heard + rules.contact_min * MINUTE_MS,
    air: entered?.cylinder ? airOf(readings, entered.cylinder, rules) : null,
    signals: [],
  };
  return { ...team, signals: signalsOf(team, rules, now) };
}

/** What a team wants at an instant; nothing once it is out. */
export function signalsOf(team: Team, rules: AirRules, now: number): Signal[] {
  if (!team.is_inside) return [];
  const soon = rules.soon_min * MINUTE_MS;
  const { air } = team;
  const wants: Partial<Record<Signal, boolean>> = {
    mayday: team.mayday_ms !== null,
    contact_over: now >= team.contact_ms + rules.contact_grace_s * 1_000,
    contact_due: now >= team.contact_ms,
  };
  if (air) {
    wants.reserve_now = now >= air.reserve_ms;
    wants.reserve_soon = now >= air.reserve_ms - soon;
    if (team.turned_ms === null) {
      wants.turn_now = now >= air.turn_ms;
      wants.turn_soon = now >= air.turn_ms - soon;
    }
  }
  return SIGNALS.filter((each) => {
    const later = GOES_BEFORE[each];
    return wants[each] && !(later && wants[later]);
  });
}

function rank(team: Team): number {
  return team.signals.length ? SIGNALS.indexOf(team.signals[0]!) : SIGNALS.length;
}

function last(steps: Step[], sort: Sort): number | null {
  return steps.filter((each) => each.sort === sort).at(-1)?.at_ms ?? null;
}

function maydaySince(steps: Step[]): number | null {
  let since: number | null = null;
  for (const each of steps) {
    if (each.sort === "mayday") since ??= each.at_ms;
    else if (each.sort === "mayday_ended") since = null;
  }
  return since;
}
