// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cutter } from "../src/stream.ts";

test("an event that comes in pieces is one event", () => {
  const cutter = new Cutter();
  assert.deepEqual(cutter.cut("id: 7\nevent: fa"), []);
  assert.deepEqual(cutter.cut('ct\ndata: {"a":1}\n\nevent: beat\nda'), [
    { event: "fact", data: '{"a":1}', id: "7" },
  ]);
  assert.deepEqual(cutter.cut("ta: {}\n\n"), [{ event: "beat", data: "{}", id: null }]);
});

test("what has no data is no event", () => {
  assert.deepEqual(new Cutter().cut("retry: 2000\n\n: a comment\n\n"), []);
});

test("lines of data are put together", () => {
  const [event] = new Cutter().cut("data: one\r\ndata: two\r\n\r\n");
  assert.equal(event?.data, "one\ntwo");
});

test("an event without end is refused", () => {
  assert.throws(() => new Cutter().cut("x".repeat(4_000_001)));
});
