// SPDX-License-Identifier: Apache-2.0
// The page for a new incident: addresses while one types, whose the incident becomes, and the map.
// Nothing here is needed to report: without it the form is sent as it was typed.
import htmx from "htmx.org";
import "./style/report.css";
import type { BavnMap } from "./map/element.ts";

// Shorter than between two keys of who types fast: one look-up for each pause, not for each key.
const PAUSE_MS = 90;
const TIMEOUT_MS = 3_000;
const ASKED = ["address", "where", "place"];
const DECIMALS = 5;

const form = document.getElementById("report-form") as HTMLFormElement | null;
const part = document.getElementById("place-found");
const address = document.getElementById("f-address") as HTMLInputElement | null;

let waits = 0;
let asking: AbortController | undefined;
let chosen = -1;

function options(): HTMLElement[] {
  return [...(part?.querySelectorAll<HTMLElement>("[role=option]") ?? [])];
}

function later(): void {
  clearTimeout(waits);
  waits = window.setTimeout(() => void look(), PAUSE_MS);
}

/** Asks what the place may be. While the server is away the last answer goes, and nothing stops. */
async function look(): Promise<void> {
  if (!form || !part) return;
  asking?.abort();
  asking = new AbortController();
  const typed = new FormData(form);
  const query = new URLSearchParams();
  for (const name of ASKED) query.set(name, String(typed.get(name) ?? ""));
  try {
    const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const answer = await fetch(`${part.dataset.placePart}?${query}`, { headers: { accept: "text/html" }, signal });
    if (!answer.ok) throw new Error(String(answer.status));
    await htmx.swap({ target: part, text: await answer.text(), swap: "innerHTML" });
  } catch (error) {
    if ((error as Error).name === "AbortError") return;
    part.replaceChildren();
  }
  mark(-1);
}

function mark(at: number): void {
  const all = options();
  chosen = at;
  all.forEach((each, index) => each.toggleAttribute("data-active", index === at));
  address?.setAttribute("aria-expanded", String(all.length > 0));
  if (at < 0) address?.removeAttribute("aria-activedescendant");
  else address?.setAttribute("aria-activedescendant", all[at]!.id);
}

function choose(option: HTMLElement): void {
  if (!address) return;
  address.value = option.dataset.address ?? "";
  address.focus();
  void look();
}

function step(event: KeyboardEvent): void {
  const all = options();
  if (!all.length) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const by = event.key === "ArrowDown" ? 1 : -1;
    mark((chosen + by + all.length + (chosen < 0 && by < 0 ? 1 : 0)) % all.length);
    event.preventDefault();
  } else if (event.key === "Enter" && chosen >= 0) {
    // The first Enter takes the address, the next one reports.
    event.preventDefault();
    choose(all[chosen]!);
  } else if (event.key === "Escape") {
    part?.querySelector("[role=listbox]")?.remove();
    mark(-1);
  }
}

/** The map is a megabyte: it is fetched when somebody opens it. */
async function showMap(details: HTMLDetailsElement): Promise<void> {
  if (!details.open || details.querySelector("bavn-map")) return;
  await import("./map/element.ts");
  const map = document.createElement("bavn-map") as BavnMap;
  map.dataset.base = "/api/v1/map/base";
  map.dataset.municipalities = "/api/v1/map/municipalities";
  details.append(map);
  const put = ({ lat, lng }: { lat: number; lng: number }): void => {
    const place = document.getElementById("f-place") as HTMLInputElement;
    place.value = `${lat.toFixed(DECIMALS)}, ${lng.toFixed(DECIMALS)}`;
    void look();
  };
  const ready = new MutationObserver(() => {
    if (!map.dataset.ready || !map.map) return;
    ready.disconnect();
    map.map.on("click", (event) => put(event.lngLat));
    map.map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      put(map.map!.getCenter());
    });
  });
  ready.observe(map, { attributes: true, attributeFilter: ["data-ready"] });
}

address?.addEventListener("input", later);
address?.addEventListener("keydown", step);
for (const name of ["where", "place"]) document.getElementById(`f-${name}`)?.addEventListener("input", later);
part?.addEventListener("click", (event) => {
  const option = (event.target as Element).closest<HTMLElement>("[role=option]");
  if (option) choose(option);
});
const details = document.querySelector<HTMLDetailsElement>("[data-map-choice]");
if (details) {
  details.hidden = false;
  details.addEventListener("toggle", () => void showMap(details));
}
void look();
