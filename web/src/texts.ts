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

/** A time of day, with the date when it is another day. */
export function clock(at: Date, seconds = false): string {
  const form: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  if (seconds) form.second = "2-digit";
  if (new Date().toDateString() !== at.toDateString()) Object.assign(form, { day: "numeric", month: "short" });
  return at.toLocaleString(language() === "da" ? "da-DK" : "en-GB", form).replaceAll(/(\d)\.(?=\d)/g, "$1:");
}
