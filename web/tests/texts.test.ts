// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { clock } from "../src/texts.ts";

function page(zone: string, lang = "da"): void {
  const documentElement = { dataset: zone ? { zone } : {}, lang };
  Object.assign(globalThis, { document: { documentElement, getElementById: () => null } });
}

test("a time is told by the country's clock, whatever the machine's says", () => {
  page("Europe/Copenhagen");
  assert.match(clock(new Date("2026-07-01T22:30:05Z"), true), /2\. jul.* 00:30:05/);
  assert.match(clock(new Date("2026-01-01T22:30:05Z"), true), /1\. jan.* 23:30:05/);
  page("America/Nuuk", "en");
  assert.match(clock(new Date("2026-07-01T00:30:00Z")), /30 Jun.* 23:30/);
});

test("what happens on the country's own day has no date", () => {
  const zone = "Pacific/Kiritimati";
  page(zone);
  const now = new Date();
  const expected = now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  assert.equal(clock(now), expected);
});
