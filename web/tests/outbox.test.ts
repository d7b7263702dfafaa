// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { fateOf, type Fate } from "../src/outbox/fate.ts";

const fates: [number, boolean, string, Fate][] = [
  [200, false, "/letters", "arrived"],
  [201, false, "/letters", "arrived"],
  [200, true, "/letters/1", "arrived"],
  [200, true, "/sign-in?next=/", "signed-out"],
  [401, false, "/letters", "signed-out"],
  [403, false, "/letters", "refused"],
  [408, false, "/letters", "waits"],
  [409, false, "/letters", "refused"],
  [422, false, "/letters", "refused"],
  [429, false, "/letters", "waits"],
  [500, false, "/letters", "waits"],
  [503, false, "/letters", "waits"],
  [507, false, "/letters", "waits"],
];
for (const [status, redirected, path, fate] of fates) {
  test(`${status}${redirected ? " after a redirect" : ""} at ${path}: the letter ${fate}`, () => {
    assert.equal(fateOf({ status, redirected, url: `http://localhost${path}` }), fate);
  });
}
