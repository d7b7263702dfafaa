// SPDX-License-Identifier: Apache-2.0
// The map's style, with colours from the page's own tokens so that it follows every scheme.
import type { ExpressionSpecification, StyleSpecification, SymbolLayerSpecification } from "maplibre-gl";
import { collection, offsetOf, SLOTS } from "./shapes.ts";

// Beyond this many units the map gathers them into counts: each drawn one costs time at every update.
export const CLUSTER_BEYOND = 5_000;
const MAP_FONT = ["IBM Plex Sans", "sans-serif"];
const LABELS_FROM_ZOOM = 8.2;

const empty = (): GeoJSON.GeoJSON => collection([]) as GeoJSON.GeoJSON;

export function colours(): Record<string, string> {
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  // light-dark() is resolved only where it is used as a colour.
  const found: Record<string, string> = {};
  for (const name of ["sea", "land", "abroad", "border", "area-border", "map-ink", "map-halo", "action"]) {
    probe.style.color = style.getPropertyValue(`--${name}`);
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

const dimmed = (most: number): ExpressionSpecification => [
  "case",
  ["boolean", ["feature-state", "old"], false],
  most * 0.55,
  most,
];

/** What shares one spot is drawn side by side; told by number, because a question to the map turns lists
    into text. */
function spread(reach: number): ExpressionSpecification {
  const cases = Array.from({ length: SLOTS }, (_, n) => [n + 1, ["literal", offsetOf(n + 1, reach)]]);
  return ["match", ["get", "slot"], ...cases.flat(), ["literal", [0, 0]]] as unknown as ExpressionSpecification;
}

function labels(from: number, offset: number): SymbolLayerSpecification["layout"] {
  return {
    "text-field": ["step", ["zoom"], "", from, ["get", "label"]],
    "text-font": MAP_FONT,
    "text-size": 12,
    "text-anchor": "top",
    "text-offset": [0, offset],
    "text-optional": true,
    "text-max-width": 9,
  };
}

export function style(): StyleSpecification {
  const c = colours();
  const text = { "text-color": c["map-ink"]!, "text-halo-color": c["map-halo"]!, "text-halo-width": 1.4 };
  return {
    version: 8,
    sources: {
      base: { type: "geojson", data: empty() },
      municipalities: { type: "geojson", data: empty() },
      stations: { type: "geojson", data: empty() },
      units: { type: "geojson", data: empty() },
      incidents: { type: "geojson", data: empty() },
      chosen: { type: "geojson", data: empty() },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": c["sea"]! } },
      {
        id: "land",
        type: "fill",
        source: "base",
        paint: { "fill-color": c["abroad"]!, "fill-outline-color": c["border"]! },
      },
      // What has municipalities is the country at home; no country's name stands in the code.
      { id: "home", type: "fill", source: "municipalities", paint: { "fill-color": c["land"]! } },
      {
        id: "municipalities",
        type: "line",
        source: "municipalities",
        paint: { "line-color": c["border"]!, "line-width": ["interpolate", ["linear"], ["zoom"], 5, 0.5, 9, 1.2] },
      },
      {
        id: "stations",
        type: "symbol",
        source: "stations",
        layout: {
          "icon-image": ["get", "image"],
          "icon-size": ["interpolate", ["linear"], ["zoom"], 5.5, 0.4, 8, 0.8, 10, 1.15],
          "icon-offset": spread(7),
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          ...labels(LABELS_FROM_ZOOM, 0.8),
        },
        paint: { ...text, "icon-opacity": ["interpolate", ["linear"], ["zoom"], 5.5, 0.5, 8, 1] },
      },
      units(),
      {
        id: "incidents-chosen",
        type: "circle",
        // A source of one: a ring for each of a thousand, unseen, would still be drawn.
        source: "chosen",
        paint: {
          "circle-radius": 24,
          "circle-color": "transparent",
          "circle-stroke-color": c["action"]!,
          "circle-stroke-width": 3,
        },
      },
      {
        id: "incidents",
        type: "symbol",
        source: "incidents",
        layout: {
          "icon-image": ["get", "image"],
          "icon-size": ["interpolate", ["linear"], ["zoom"], 5, 0.68, 8, 1, 11, 1.15],
          "icon-offset": spread(15),
          "icon-allow-overlap": true,
          // Other symbols' labels keep away from it.
          "icon-ignore-placement": false,
          "symbol-sort-key": ["get", "order"],
          "symbol-z-order": "source",
          ...labels(LABELS_FROM_ZOOM - 0.7, 1.4),
        },
        paint: text,
      },
    ],
  };
}

/** The layer of units; its colour by age is feature-state, so that ageing moves no data. */
export function units(): SymbolLayerSpecification {
  const c = colours();
  return {
    id: "units",
    type: "symbol",
    source: "units",
    filter: ["!", ["has", "point_count"]],
    layout: {
      "icon-image": ["get", "image"],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 5.5, 0.7, 9, 1.1],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      ...labels(10, 0.8),
    },
    paint: {
      "icon-opacity": dimmed(1),
      "text-color": c["map-ink"]!,
      "text-halo-color": c["map-halo"]!,
      "text-halo-width": 1.4,
    },
  };
}

export function clusters(): [import("maplibre-gl").CircleLayerSpecification, SymbolLayerSpecification] {
  const c = colours();
  const filter: ExpressionSpecification = ["has", "point_count"];
  return [
    {
      id: "clusters",
      type: "circle",
      source: "units",
      filter,
      paint: { "circle-radius": 15, "circle-color": c["map-halo"]!, "circle-stroke-color": c["map-ink"]!, "circle-stroke-width": 1.5 },
    },
    {
      id: "cluster-counts",
      type: "symbol",
      source: "units",
      filter,
      layout: {
        "text-field": ["get", "point_count_abbreviated"],
        "text-font": MAP_FONT,
        "text-size": 12,
        "text-allow-overlap": true,
      },
      paint: { "text-color": c["map-ink"]! },
    },
  ];
}

/** The colours of the scheme that is chosen now, onto a map that is drawn already. */
export function recolour(map: import("maplibre-gl").Map): void {
  const fresh = style();
  for (const layer of [...fresh.layers, units()]) {
    for (const [name, value] of Object.entries(layer.paint ?? {})) {
      map.setPaintProperty(layer.id, name as never, value as never);
    }
  }
}
