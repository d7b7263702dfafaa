// SPDX-License-Identifier: Apache-2.0
// Everything shows its age, and it grows while one looks: <time data-age datetime="…">. What has
// been silent longer than data-old (seconds) is marked old, in words, form and colour. data-seconds
// wants the first minute in seconds.
import { now } from "./link.ts";
import { text } from "./texts.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function age(seconds: number, toTheSecond = false): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < MINUTE) return toTheSecond ? text("age_seconds", { count: s }) : text("age_now");
  if (s < HOUR) return text("age_minutes", { count: Math.floor(s / MINUTE) });
  if (s < DAY) {
    return text("age_hours", { count: Math.floor(s / HOUR), minutes: Math.floor((s % HOUR) / MINUTE) });
  }
  return text("age_days", { count: Math.floor(s / DAY), hours: Math.floor((s % DAY) / HOUR) });
}

export function growOlder(within: ParentNode = document): void {
  for (const time of within.querySelectorAll<HTMLTimeElement>("time[data-age]")) {
    const seconds = (now() - Date.parse(time.dateTime)) / 1000;
    if (Number.isNaN(seconds)) continue;
    const says = age(seconds, time.dataset.seconds !== undefined);
    if (time.textContent !== says) time.textContent = says;
    const isOld = seconds > Number(time.dataset.old ?? Infinity);
    time.classList.toggle("old", isOld);
    if (isOld) time.title = text("old");
  }
  comeNearer(within);
}

/** What is to come: how long until then, or how long it is past. <time data-due datetime="…"> */
function comeNearer(within: ParentNode): void {
  for (const time of within.querySelectorAll<HTMLTimeElement>("time[data-due]")) {
    const seconds = (Date.parse(time.dateTime) - now()) / 1000;
    if (Number.isNaN(seconds)) continue;
    const name = seconds < 0 ? "due_over" : "due_in";
    const isNow = Math.abs(seconds) < MINUTE;
    const says = isNow ? `(${text("age_now")})` : text(name, { at: age(Math.abs(seconds)) });
    if (time.textContent !== says) time.textContent = says;
  }
}

export function keepGrowing(): void {
  growOlder();
  setInterval(growOlder, 5_000);
}
