// SPDX-License-Identifier: Apache-2.0
// What stands around the map: buttons, the key to its symbols, whose data it is, and how far it can be
// trusted.
import type { Map as Engine } from "maplibre-gl";
import { text } from "../texts.ts";
import { imageOf, RATIO } from "./drawing.ts";
import type { Metadata } from "./element.ts";

export interface Furniture {
  attribute(of: (Metadata | undefined)[]): void;
  tip(says: string, at: { x: number; y: number }): void;
}

const KEY: [string, string][] = [
  ["incident/fire/1/known", "key_urgency_1"],
  ["incident/fire/2/known", "key_urgency_2"],
  ["incident/fire/3/known", "key_urgency_3"],
  ["incident/fire/1/fresh", "key_fresh"],
  ["incident/fire/1/silent", "key_silent"],
  ["incident/fire/1/unheard", "key_unheard"],
  ["incident/fire/1/known/contested", "key_contested"],
  ["unit/alerted", "status_alerted"],
  ["unit/en_route", "status_en_route"],
  ["unit/at_scene", "status_at_scene"],
  ["unit/returning", "status_returning"],
  ["unit/on_radio", "status_on_radio"],
  ["station/all", "key_station_all"],
  ["station/some", "key_station_some"],
  ["station/none", "key_station_none"],
];
const LAYERS: [string, string[]][] = [
  ["layer_incidents", ["incidents", "incidents-chosen"]],
  ["layer_units", ["units", "clusters", "cluster-counts"]],
  ["layer_stations", ["stations"]],
  ["layer_municipalities", ["municipalities"]],
];

function icon(name: string): string {
  const sprite = document.documentElement.dataset.sprite ?? "";
  return `<svg class="icon" aria-hidden="true"><use href="${sprite}#${name}"></use></svg>`;
}

function button(name: string, says: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.innerHTML = icon(name);
  made.title = made.ariaLabel = says;
  made.onclick = act;
  return made;
}

export function furnish(host: HTMLElement, map: Engine, home: () => void): Furniture {
  const controls = document.createElement("div");
  controls.className = "controls no-print";
  controls.append(
    button("plus", text("map_in"), () => map.zoomIn()),
    button("minus", text("map_out"), () => map.zoomOut()),
    button("house", text("map_home"), home),
  );
  const key = keyOf(map);
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.hidden = true;
  const source = document.createElement("p");
  source.className = "source";
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  const ground = document.createElement("div");
  ground.className = "ground";
  ground.append(notice, source);
  host.append(controls, key, ground, tip);
  return {
    attribute: (of) => attribute(of, map, source, notice),
    tip(says, at) {
      tip.hidden = says === "";
      tip.textContent = says;
      tip.style.transform = `translate(${Math.round(at.x + 14)}px, ${Math.round(at.y + 10)}px)`;
    },
  };
}

function attribute(of: (Metadata | undefined)[], map: Engine, source: HTMLElement, notice: HTMLElement): void {
  const known = of.filter((each): each is Metadata => each !== undefined);
  source.textContent = [...new Set(known.map((each) => each.attribution).filter(Boolean))].join(" · ");
  source.title = known.map((each) => [each.source, each.licence].filter(Boolean).join(" — ")).join("\n");
  const doubtful = known.filter((each) => each.approximate);
  const language = document.documentElement.lang;
  const says = (each: Metadata): string => each.says?.[language] ?? each.says?.["en"] ?? text("map_approximate");
  const limit = Math.min(...doubtful.map((each) => each.zoom_limit ?? Infinity));
  const show = (): void => {
    const beyond = map.getZoom() >= limit;
    notice.hidden = doubtful.length === 0;
    notice.classList.toggle("loud", beyond);
    notice.textContent = beyond ? doubtful.map(says).join(" ") : text("map_approximate");
    notice.title = doubtful.map(says).join(" ");
  };
  map.on("zoomend", show);
  show();
}

function keyOf(map: Engine): HTMLElement {
  const details = document.createElement("details");
  details.className = "key no-print";
  const summary = document.createElement("summary");
  summary.innerHTML = icon("layers");
  summary.append(` ${text("key")}`);
  const layers = document.createElement("div");
  for (const [name, ids] of LAYERS) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = true;
    box.onchange = (): void => {
      for (const id of ids) {
        if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", box.checked ? "visible" : "none");
      }
    };
    label.append(box, ` ${text(name)}`);
    layers.append(label);
  }
  const list = document.createElement("ul");
  for (const [image, name] of KEY) {
    const item = document.createElement("li");
    item.append(drawn(image), text(name));
    list.append(item);
  }
  details.append(summary, layers, list);
  return details;
}

function drawn(name: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const image = imageOf(name)!;
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.style.width = `${image.width / RATIO}px`;
  canvas.getContext("2d")?.putImageData(image as ImageData, 0, 0);
  canvas.ariaHidden = "true";
  return canvas;
}
