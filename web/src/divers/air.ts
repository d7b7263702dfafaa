// SPDX-License-Identifier: Apache-2.0
// How long the air of a team lasts: planned, or by what the gauge has shown. The same as in
// capabilities/safety/model/air.py, which says why; one table of examples holds both to it.
export const MINUTE_MS = 60_000;
const FILLED_MOST = 1.1;

export interface Cylinder {
  litres: number;
  working_bar: number;
  reserve_bar: number;
  use_l_min: number;
}

export interface AirRules {
  contact_min: number;
  contact_grace_s: number;
  turn_pct: number;
  soon_min: number;
  span_least_s: number;
  use_least_pct: number;
}

export interface Reading {
  at_ms: number;
  bar: number;
  corrects?: boolean;
}

export interface Air {
  bar: number;
  bar_at_ms: number;
  use_bar_min: number;
  is_measured: boolean;
  turn_bar: number;
  turn_ms: number;
  reserve_ms: number;
}

export const isBeyond = (bar: number, cylinder: Cylinder): boolean => bar > cylinder.working_bar * FILLED_MOST;

/** What counts of the pressures that were told, each no higher than the one before it. */
export function believed(readings: Reading[], cylinder: Cylinder): Reading[] {
  let found: Reading[] = [];
  for (const each of readings) {
    let bar = isBeyond(each.bar, cylinder) ? cylinder.working_bar : each.bar;
    if (each.corrects) found = found.filter((before) => before.bar >= bar);
    const last = found.at(-1);
    if (last) bar = Math.min(bar, last.bar);
    found.push({ at_ms: each.at_ms, bar });
  }
  return found;
}

/** What is known of the air by these pressures, in the order of time. */
export function airOf(readings: Reading[], cylinder: Cylinder, rules: AirRules): Air | null {
  const known = believed(readings, cylinder);
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return null;
  const planned = cylinder.use_l_min / cylinder.litres;
  const measured = measuredBy(known, rules);
  const use = measured.length ? Math.max(...measured, (planned * rules.use_least_pct) / 100) : planned;
  const turnBar = first.bar - (Math.max(0, first.bar - cylinder.reserve_bar) * rules.turn_pct) / 100;
  return {
    bar: last.bar,
    bar_at_ms: last.at_ms,
    use_bar_min: use,
    is_measured: measured.length > 0,
    turn_bar: turnBar,
    turn_ms: reached(known, turnBar, use),
    reserve_ms: reached(known, cylinder.reserve_bar, use),
  };
}

function measuredBy(known: Reading[], rules: AirRules): number[] {
  const last = known.at(-1)!;
  return [known[0]!, ...known.slice(-2, -1)]
    .filter((before) => last.at_ms - before.at_ms >= rules.span_least_s * 1_000)
    .map((before) => (before.bar - last.bar) / ((last.at_ms - before.at_ms) / MINUTE_MS));
}

function reached(known: Reading[], bar: number, use: number): number {
  const told = known.find((each) => each.bar <= bar);
  if (told) return told.at_ms;
  const last = known.at(-1)!;
  return last.at_ms + Math.floor(((last.bar - bar) / use) * MINUTE_MS);
}
