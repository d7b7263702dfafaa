// SPDX-License-Identifier: Apache-2.0
// The few texts that scripts say, handed over by the page in its own language.
let texts: Record<string, string> | undefined;

/** The text of this name with its values; the name itself where the page has no such text. */
export function text(name: string, values: Record<string, string | number> = {}): string {
  texts ??= JSON.parse(document.getElementById("texts")?.textContent || "{}") as Record<string, string>;
  const found = texts[name] ?? name;
  return found.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}

const language = (): string => document.documentElement.lang || "da";

/** A time of day by the country's clock, with the date when it is another day there. */
export function clock(at: Date, seconds = false): string {
  // A machine that is set up wrongly must not show another hour than the page around it.
  const timeZone = document.documentElement.dataset.zone || undefined;
  const form: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", timeZone };
  if (seconds) form.second = "2-digit";
  const day = (each: Date): string => each.toLocaleDateString("en-GB", { timeZone });
  if (day(new Date()) !== day(at)) Object.assign(form, { day: "numeric", month: "short" });
  return at.toLocaleString(language() === "da" ? "da-DK" : "en-GB", form).replaceAll(/(\d)\.(?=\d)/g, "$1:");
}
