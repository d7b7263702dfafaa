// SPDX-License-Identifier: Apache-2.0
// The device counts as the node does: one table of examples for both (tests/capabilities/safety).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { AirRules } from "../src/divers/air.ts";
import { teamsNow, type Step, type Team } from "../src/divers/teams.ts";

interface Table {
  rules: AirRules;
  examples: { name: string; now_ms: number; steps: Step[]; teams: Team[] }[];
}
const { rules, examples } = JSON.parse(
  readFileSync(new URL("./divers.examples.json", import.meta.url), "utf-8"),
) as Table;

for (const { name, now_ms, steps, teams } of examples) {
  test(`divers: ${name}`, () => {
    assert.deepEqual(teamsNow(steps, rules, now_ms), teams);
    assert.deepEqual(teamsNow([...steps].reverse(), rules, now_ms), teams);
  });
}
