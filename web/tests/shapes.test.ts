// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Incident, Unit } from "../src/map/picture.ts";
import { freshness, incidentShapes, Numbers, offsetOf, slots, stationShapes, unitShapes } from "../src/map/shapes.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const incident = (more: Partial<Incident>): Incident => ({
  id: "a",
  symbol: "fire",
  urgency: 1,
  name: "Bilbrand",
  owner: "njb",
  area: "nordjylland",
  lat: 57,
  lon: 10,
  reported_at: "2026-11-21T11:30:00Z",
  changed_at: "2026-11-21T11:50:00Z",
  ...more,
});
const unit = (more: Partial<Unit>): Unit => ({
  id: "u",
  callsign: "U",
  status: "en_route",
  station: "s",
  service: "njb",
  area: "nordjylland",
  status_at: "2026-11-21T11:50:00Z",
  incident: null,
  lat: 57,
  lon: 10,
  place_at: null,
  ...more,
});

test("an incident is fresh, known, and silent after an hour without news", () => {
  assert.equal(freshness(incident({ reported_at: "2026-11-21T11:57:00Z" }), NOW), "fresh");
  assert.equal(freshness(incident({}), NOW), "known");
  assert.equal(freshness(incident({ changed_at: "2026-11-21T10:59:00Z" }), NOW), "silent");
});

test("an incident without a place is not drawn; the list has it", () => {
  assert.deepEqual(incidentShapes([incident({ lat: null })], new Numbers(), NOW), []);
});

test("only units that are out are drawn one by one", () => {
  const units = [unit({}), unit({ id: "v", status: "available" }), unit({ id: "w", status: "not_ready" })];
  assert.deepEqual(unitShapes(units, new Numbers()).map((each) => each.properties.image), ["unit/en_route"]);
});

test("what several have told of is drawn with a mark, heard or not", () => {
  const silent = new Map([["njb", null]]);
  const image = (feature: { properties: Record<string, string | number> }[]): unknown => feature[0]?.properties.image;
  const told = incident({ contested: true });
  assert.equal(image(incidentShapes([told], new Numbers(), NOW)), "incident/fire/1/known/contested");
  assert.equal(image(incidentShapes([told], new Numbers(), NOW, silent)), "incident/fire/1/unheard/contested");
  assert.equal(image(unitShapes([unit({ contested: true })], new Numbers())), "unit/en_route/contested");
  assert.equal(image(unitShapes([unit({ contested: true })], new Numbers(), silent)), "unit/en_route/unheard/contested");
});

test("what belongs to somebody whose node is silent stays where it was, and is drawn as such", () => {
  const silent = new Map([["njb", null]]);
  const image = (feature: { properties: Record<string, string | number> }[]): unknown => feature[0]?.properties.image;
  const fresh = incident({ reported_at: "2026-11-21T11:57:00Z" });
  assert.equal(image(incidentShapes([fresh], new Numbers(), NOW, silent)), "incident/fire/1/unheard");
  assert.equal(image(unitShapes([unit({})], new Numbers(), silent)), "unit/en_route/unheard");
  assert.equal(image(unitShapes([unit({ service: "other" })], new Numbers(), silent)), "unit/en_route");
  const station = { id: "s", service: "njb", name: "S", place: { lat: 57, lon: 10 } };
  const picture = { at: "", position: 1, incidents: [], units: [unit({ status: "available" })], silent };
  assert.equal(image(stationShapes([station], picture, new Numbers())), "station/all/unheard");
});

test("what lies on one spot is drawn side by side, and nothing else is moved", () => {
  const [one, other, third] = slots([[57, 10], [57.00001, 10], [56, 10]]);
  assert.deepEqual([one, other, third].map((slot) => offsetOf(slot!, 7)), [[-7, 0], [7, 0], [0, 0]]);
});

test("no two of the first two dozen on one spot share a place", () => {
  const places = slots(Array.from({ length: 24 }, () => [57, 10]));
  assert.equal(new Set(places.map((slot) => offsetOf(slot, 7).join())).size, 24);
});

test("a station shows how many of its units are ready", () => {
  const station = { id: "s", service: "njb", name: "Nibe", place: { lat: 57, lon: 10 } };
  const shown = (units: Unit[]): unknown =>
    stationShapes([station], { at: "", position: 1, incidents: [], units, silent: new Map() }, new Numbers())[0]?.properties.image;
  assert.equal(shown([]), "station/unknown");
  assert.equal(shown([unit({ status: "available" })]), "station/all");
  assert.equal(shown([unit({ status: "available" }), unit({ id: "v" })]), "station/some");
  assert.equal(shown([unit({})]), "station/none");
});

test("a number leads back to its name", () => {
  const numbers = new Numbers();
  const number = numbers.of("njb-01-asp-1");
  assert.equal(numbers.of("njb-01-asp-1"), number);
  assert.equal(numbers.name(number), "njb-01-asp-1");
  assert.equal(numbers.name(99), undefined);
});
