// SPDX-License-Identifier: Apache-2.0
// From the picture to what the map draws: GeoJSON features with a drawing's name on each.
import { OUT, type Incident, type Picture, type Station, type Unit } from "./picture.ts";

export interface Feature {
  type: "Feature";
  id: number;
  geometry: { type: "Point"; coordinates: [number, number] };
  properties: Record<string, string | number>;
}
export interface Collection {
  type: "FeatureCollection";
  features: Feature[];
}

const FRESH_S = 5 * 60;
const SILENT_S = 60 * 60;
// A ten-thousandth of a degree is ten metres: closer than that, symbols lie on each other.
const SAME_PLACE = 1e4;

/** Numbers for ids: the map's feature-state takes numbers only. */
export class Numbers {
  #known = new Map<string, number>();
  #names: string[] = [];
  of(id: string): number {
    let found = this.#known.get(id);
    if (found === undefined) {
      found = this.#names.push(id);
      this.#known.set(id, found);
    }
    return found;
  }
  name(number: number): string | undefined {
    return this.#names[number - 1];
  }
}

function feature(id: number, lat: number, lon: number, properties: Feature["properties"]): Feature {
  return { type: "Feature", id, geometry: { type: "Point", coordinates: [lon, lat] }, properties };
}

export const collection = (features: Feature[]): Collection => ({ type: "FeatureCollection", features });

/** How an incident's age shows: fresh, known, or silent when nothing was heard of it for an hour. */
export function freshness(incident: Incident, now: number): "fresh" | "known" | "silent" {
  const since = (at: string): number => (now - Date.parse(at)) / 1000;
  if (since(incident.reported_at) < FRESH_S) return "fresh";
  return since(incident.changed_at) > SILENT_S ? "silent" : "known";
}

/** What nobody has settled carries a mark of its own, heard or not. */
const doubt = (each: { contested?: boolean }): string => (each.contested ? "/contested" : "");

type Silent = ReadonlyMap<string, string | null>;
const NOBODY: Silent = new Map();

export function incidentShapes(
  incidents: Incident[],
  numbers: Numbers,
  now: number,
  silent: Silent = NOBODY,
): Feature[] {
  const placed = incidents.filter((each) => each.lat !== null && each.lon !== null);
  const places = slots(placed.map((each) => [each.lat!, each.lon!]));
  return placed.map((each, n) =>
    feature(numbers.of(each.id), each.lat!, each.lon!, {
      // What its owner's node last said stays where it is; that nobody hears the node comes before its age.
      image: `incident/${each.symbol}/${each.urgency}/${silent.has(each.owner) ? "unheard" : freshness(each, now)}${doubt(each)}`,
      // The most urgent lies on top.
      order: each.urgency === 0 ? 3 : 4 - each.urgency,
      label: each.name,
      slot: places[n]!,
    }),
  );
}

export function unitShapes(units: Iterable<Unit>, numbers: Numbers, silent: Silent = NOBODY): Feature[] {
  const found: Feature[] = [];
  for (const each of units) {
    if (each.lat === null || each.lon === null || !OUT.has(each.status)) continue;
    const image = `unit/${each.status}${silent.has(each.service) ? "/unheard" : ""}${doubt(each)}`;
    found.push(feature(numbers.of(each.id), each.lat, each.lon, { image, label: each.callsign }));
  }
  return found;
}

export function stationShapes(stations: Station[], picture: Picture | undefined, numbers: Numbers): Feature[] {
  const home = new Map<string, { ready: number; all: number }>();
  for (const unit of picture?.units ?? []) {
    if (unit.station === null) continue;
    const count = home.get(unit.station) ?? { ready: 0, all: 0 };
    count.all += 1;
    if (unit.status === "available") count.ready += 1;
    home.set(unit.station, count);
  }
  const placed = stations.filter((each) => each.place !== null);
  // A national unit and a municipal station are often known by the same town's point.
  const places = slots(placed.map((each) => [each.place!.lat, each.place!.lon]));
  return placed.map((each, n) => {
    const count = home.get(each.id);
    const readiness = !count ? "unknown" : count.ready === count.all ? "all" : count.ready > 0 ? "some" : "none";
    return feature(numbers.of(each.id), each.place!.lat, each.place!.lon, {
      image: `station/${readiness}${picture?.silent.has(each.service) ? "/unheard" : ""}`,
      label: count ? `${each.name} ${count.ready}/${count.all}` : each.name,
      slot: places[n]!,
    });
  });
}

/** A slot for each point: 0 where it lies alone, else its turn around the spot that it shares. */
export function slots(points: [number, number][]): number[] {
  const spots = new Map<string, number[]>();
  points.forEach(([lat, lon], n) => {
    const spot = `${Math.round(lat * SAME_PLACE)},${Math.round(lon * SAME_PLACE)}`;
    spots.set(spot, [...(spots.get(spot) ?? []), n]);
  });
  const found = points.map(() => 0);
  for (const together of spots.values()) {
    if (together.length > 1) together.forEach((n, turn) => (found[n] = 1 + (turn % SLOTS)));
  }
  return found;
}

// Two lie left and right, then above and below, then in between; more come in a wider ring.
const TURNS = [4, 0, 2, 6, 3, 7, 1, 5];
export const SLOTS = 24;

/** Where a slot lies on the screen, in points from the spot. */
export function offsetOf(slot: number, reach: number): [number, number] {
  if (slot === 0) return [0, 0];
  const ring = 1 + Math.floor((slot - 1) / TURNS.length);
  const angle = (TURNS[(slot - 1) % TURNS.length]! * Math.PI) / 4;
  return [Math.round(Math.cos(angle) * reach * ring), Math.round(Math.sin(angle) * reach * ring)];
}
