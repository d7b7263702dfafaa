// SPDX-License-Identifier: Apache-2.0
// The picture as /situation/picture gives it: rows under named columns, because thousands of units would
// otherwise repeat the same dozen names.
export interface Incident {
  id: string;
  symbol: string;
  urgency: number;
  name: string;
  owner: string;
  area: string;
  lat: number | null;
  lon: number | null;
  reported_at: string;
  changed_at: string;
  // Several nodes have told of it, or claim its owner, and nobody has said what holds.
  contested?: boolean;
}
export interface Unit {
  id: string;
  callsign: string;
  status: Status;
  station: string | null;
  service: string;
  area: string;
  status_at: string;
  incident: string | null;
  lat: number | null;
  lon: number | null;
  place_at: string | null;
  contested?: boolean;
}
export type Status = "available" | "on_radio" | "alerted" | "en_route" | "at_scene" | "returning" | "not_ready";
export const OUT: ReadonlySet<Status> = new Set(["on_radio", "alerted", "en_route", "at_scene", "returning"]);

export interface Told {
  at: string;
  position: number;
  // Owners whose nodes are not heard, and when those last were.
  silent?: Record<string, string | null>;
  columns: { incidents: string[]; units: string[] };
  incidents: unknown[][];
  units: unknown[][];
}
export interface Picture {
  at: string;
  position: number;
  incidents: Incident[];
  units: Unit[];
  silent: ReadonlyMap<string, string | null>;
}
export interface Station {
  id: string;
  service: string;
  name: string;
  place: { lat: number; lon: number } | null;
  basis?: string;
}

function rows<T>(columns: string[], rows: unknown[][]): T[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, n) => [name, row[n]])) as T);
}

export function pictureOf(told: Told): Picture {
  return {
    at: told.at,
    position: told.position,
    incidents: rows<Incident>(told.columns.incidents, told.incidents),
    units: rows<Unit>(told.columns.units, told.units),
    silent: new Map(Object.entries(told.silent ?? {})),
  };
}
