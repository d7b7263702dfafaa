// SPDX-License-Identifier: Apache-2.0
// <bavn-map>: the map as one element that is fed with the picture. The engine stays in this folder,
// so that it can be exchanged. It never moves by itself once somebody has moved it, and beside it
// stands a list that says the same in words.
import { Map as Engine, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "../style/map.css";
import { copyOf, isCopy, keepCopy } from "../copies.ts";
import { now } from "../link.ts";
import { clock, text } from "../texts.ts";
import { furnish, type Furniture } from "./furniture.ts";
import { imageOf, RATIO } from "./drawing.ts";
import { OUT, type Picture, type Station, type Unit } from "./picture.ts";
import { collection, incidentShapes, Numbers, stationShapes, unitShapes, type Feature } from "./shapes.ts";
import { CLUSTER_BEYOND, clusters, recolour, style, units as unitLayer } from "./style.ts";

setWorkerUrl(workerUrl);

type Bounds = [[number, number], [number, number]];
type Position = [unit: string, lat: number, lon: number, at: string];
// At most this often are positions drawn: every drawing of thousands of symbols costs.
const DRAW_MS = 1_000;
// A position that is older than this is shown, but dimmed.
const OLD_POSITION_MS = 5 * 60_000;
const REACH_POINTS = 44;
const SYMBOLS = ["incidents", "units", "stations"];

export class BavnMap extends HTMLElement {
  map: Engine | undefined;
  readonly numbers = new Numbers();
  #picture: Picture | undefined;
  #stations: Station[] = [];
  #units = new Map<string, Unit>();
  #heardAt = new Map<string, number>();
  #old = new Set<number>();
  #shown = new Map<string, string>();
  #home: Bounds | undefined;
  #touched = false;
  #drawing = 0;
  #drawnAt = 0;
  #chosen: string | null = null;
  #clustered = false;
  #furniture: Furniture | undefined;

  connectedCallback(): void {
    void this.#land().then((land) => {
      if (!this.isConnected) return;
      this.#home = boundsOf(land.municipalities) ?? boundsOf(land.base);
      try {
        this.#begin(land);
      } catch {
        // No WebGL on this machine: the list beside says all of it.
        this.append(Object.assign(document.createElement("p"), { className: "no-map", textContent: text("map_none") }));
      }
    });
  }

  disconnectedCallback(): void {
    this.map?.remove();
  }

  #begin(land: Land): void {
    const canvas = document.createElement("div");
    canvas.className = "canvas";
    this.append(canvas);
    const map = new Engine({
      container: canvas,
      style: style(),
      ...(this.#home && { bounds: this.#home, fitBoundsOptions: { padding: 12 } }),
      minZoom: 4,
      maxZoom: 13,
      attributionControl: false,
      fadeDuration: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      locale: { "Map.Title": text("map_name") },
    });
    this.map = map;
    map.touchZoomRotate.disableRotation();
    map.on("styleimagemissing", ({ id }) => this.#draw(id));
    this.#furniture = furnish(this, map, () => this.goHome());
    for (const moved of ["dragstart", "wheel", "touchstart", "keydown"]) {
      this.addEventListener(moved, () => (this.#touched = true), { passive: true });
    }
    map.on("resize", () => {
      if (!this.#touched && this.#home) map.fitBounds(this.#home, { padding: 12, animate: false });
    });
    map.on("click", (event) => this.#clicked(event));
    map.on("mousemove", (event) => this.#hover(event));
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#openNearest();
    });
    document.addEventListener("bavn:theme", () => recolour(map));
    void map.once("load").then(() => {
      this.#source("base").setData(land.base);
      this.#source("municipalities").setData(land.municipalities);
      this.#furniture?.attribute([land.base.metadata, land.municipalities.metadata]);
      this.#drawAll();
      void this.#readStations();
      this.dataset.ready = "yes";
    });
  }

  #draw(id: string): void {
    if (this.map?.hasImage(id)) return;
    const image = imageOf(id);
    if (image) this.map?.addImage(id, image, { pixelRatio: RATIO });
  }

  async #land(): Promise<Land> {
    const read = async <T>(url: string | undefined, none: T): Promise<T> => {
      const answer = url ? await fetch(url).catch(() => undefined) : undefined;
      return answer?.ok ? ((await answer.json()) as T) : none;
    };
    const nowhere: Geography = { type: "FeatureCollection", features: [] };
    const [base, municipalities] = await Promise.all([
      read(this.dataset.base, nowhere),
      read(this.dataset.municipalities, nowhere),
    ]);
    return { base, municipalities };
  }

  /** The stations come in their own time: the map does not wait for them. */
  async #readStations(): Promise<void> {
    const url = this.dataset.stations;
    if (!url) return;
    const show = async (answer: Response | undefined): Promise<void> => {
      if (!answer?.ok) return;
      this.#stations = ((await answer.json()) as { items: Station[] }).items;
      this.#drawAll();
    };
    if (isCopy()) await show(await copyOf(url));
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) await keepCopy(url, answer.clone());
    await show(answer);
  }

  #source(name: string): GeoJSONSource {
    return this.map!.getSource<GeoJSONSource>(name)!;
  }

  /** Shows the whole picture; what was heard of positions since is kept where it is newer. */
  show(picture: Picture): void {
    this.#picture = picture;
    const before = this.#units;
    this.#units = new Map(
      picture.units.map((unit) => {
        const known = before.get(unit.id);
        const heard = this.#heardAt.has(unit.id) && known;
        return [unit.id, heard ? { ...unit, lat: known.lat, lon: known.lon } : unit];
      }),
    );
    this.#drawAll();
  }

  /** Moves units; drawn at most once a second, and not while nobody looks. */
  move(positions: Position[]): void {
    for (const [id, lat, lon, at] of positions) {
      this.#heardAt.set(id, Date.parse(at));
      const unit = this.#units.get(id);
      if (unit) this.#units.set(id, { ...unit, lat, lon });
    }
    if (this.#drawing || document.hidden) return;
    const wait = Math.max(0, this.#drawnAt + DRAW_MS - performance.now());
    this.#drawing = window.setTimeout(() => {
      this.#drawing = 0;
      this.#drawUnits();
    }, wait);
  }

  choose(id: string | null): void {
    if (id === this.#chosen || !this.map?.getSource("chosen")) return;
    this.#chosen = id;
    const found = this.#picture?.incidents.filter((each) => each.id === id) ?? [];
    this.#put("chosen", incidentShapes(found, this.numbers, now(), this.#picture?.silent));
  }

  goHome(): void {
    if (this.#home) this.map?.fitBounds(this.#home, { padding: 12, animate: animates() });
  }

  goTo(bounds: Bounds): void {
    this.#touched = true;
    this.map?.fitBounds(bounds, { padding: 40, maxZoom: 9, animate: animates() });
  }

  #drawAll(): void {
    if (!this.map?.getSource("incidents")) return;
    if (this.#picture) {
      const shapes = incidentShapes(this.#picture.incidents, this.numbers, now(), this.#picture.silent);
      // Source order is drawing order: the most urgent last, so that it lies on top.
      shapes.sort((one, other) => Number(one.properties.order) - Number(other.properties.order));
      this.#put("incidents", shapes);
    }
    this.#put("stations", stationShapes(this.#stations, this.#picture, this.numbers));
    this.#drawUnits();
  }

  #drawUnits(): void {
    if (!this.map?.getSource("units")) return;
    const shapes = unitShapes(this.#units.values(), this.numbers, this.#picture?.silent);
    if (shapes.length > CLUSTER_BEYOND !== this.#clustered) this.#cluster(shapes.length > CLUSTER_BEYOND);
    this.#put("units", shapes);
    this.#drawnAt = performance.now();
    this.#dimOld();
  }

  #put(source: string, shapes: Feature[]): void {
    // What has not changed is not sent to the map's worker again.
    const said = JSON.stringify(shapes);
    if (this.#shown.get(source) === said) return;
    this.#shown.set(source, said);
    for (const each of shapes) this.#draw(String(each.properties.image));
    this.#source(source).setData(collection(shapes) as GeoJSON.GeoJSON);
  }

  #dimOld(): void {
    const limit = now() - OLD_POSITION_MS;
    for (const unit of this.#units.values()) {
      if (!OUT.has(unit.status)) continue;
      const number = this.numbers.of(unit.id);
      const old = (this.#heardAt.get(unit.id) ?? Date.parse(unit.place_at ?? unit.status_at)) < limit;
      if (old === this.#old.has(number)) continue;
      if (old) this.#old.add(number);
      else this.#old.delete(number);
      this.map!.setFeatureState({ source: "units", id: number }, { old });
    }
  }

  #cluster(on: boolean): void {
    const map = this.map!;
    this.#clustered = on;
    this.#shown.delete("units");
    for (const id of ["clusters", "cluster-counts", "units"]) if (map.getLayer(id)) map.removeLayer(id);
    map.removeSource("units");
    map.addSource("units", { type: "geojson", data: collection([]) as GeoJSON.GeoJSON, cluster: on, clusterRadius: 42 });
    map.addLayer(unitLayer(), "incidents-chosen");
    if (on) for (const layer of clusters()) map.addLayer(layer, "incidents-chosen");
  }

  // Opening what is shown

  #at(point: { x: number; y: number }, reach: number): { sort: string; id: string } | undefined {
    const box: [[number, number], [number, number]] = [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ];
    const layers = SYMBOLS.filter((name) => this.map!.getLayer(name));
    const found = this.map!.queryRenderedFeatures(box, { layers });
    const best = found.sort((one, other) => layers.indexOf(one.layer.id) - layers.indexOf(other.layer.id))[0];
    const id = best && this.numbers.name(Number(best.id));
    return id ? { sort: best.layer.id, id } : undefined;
  }

  #clicked(event: MapMouseEvent): void {
    const found = this.#at(event.point, 4);
    if (found) this.#open(found);
  }

  #openNearest(): void {
    const { clientWidth, clientHeight } = this.map!.getCanvas();
    const found = this.#at({ x: clientWidth / 2, y: clientHeight / 2 }, REACH_POINTS);
    if (found) this.#open(found);
  }

  #open(found: { sort: string; id: string }): void {
    const template = this.dataset[`open${found.sort.replace(/^./, (first) => first.toUpperCase())}`];
    if (template) location.assign(template.replace("{id}", encodeURIComponent(found.id)));
  }

  #hover(event: MapMouseEvent): void {
    const found = this.#at(event.point, 3);
    this.map!.getCanvas().style.cursor = found ? "pointer" : "";
    this.#furniture?.tip(found ? this.#words(found) : "", event.point);
  }

  #words({ sort, id }: { sort: string; id: string }): string {
    if (sort === "incidents") {
      const found = this.#picture?.incidents.find((each) => each.id === id);
      return found ? found.name + this.#silence(found.owner) + contest(found) : "";
    }
    if (sort === "stations") {
      const found = this.#stations.find((each) => each.id === id);
      return found ? found.name + this.#silence(found.service) : "";
    }
    const unit = this.#units.get(id);
    return unit ? `${unit.callsign} · ${text(`status_${unit.status}`)}${this.#silence(unit.service)}${contest(unit)}` : "";
  }

  /** Since when nothing is heard of an owner, in words; nothing while it is heard. */
  #silence(owner: string): string {
    const since = this.#picture?.silent.get(owner);
    if (since === undefined) return "";
    return ` · ${since === null ? text("unheard") : text("unheard_since", { at: clock(new Date(since)) })}`;
  }
}

/** That several have told of it, in words; nothing where one alone has. */
const contest = (each: { contested?: boolean }): string => (each.contested ? ` · ${text("contested")}` : "");

const animates = (): boolean => !matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The box around everything; undefined around nothing. */
function boundsOf(geography: Geography): Bounds | undefined {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const look = (coordinates: unknown): void => {
    if (!Array.isArray(coordinates)) return;
    if (typeof coordinates[0] !== "number") return coordinates.forEach(look);
    const [lon, lat] = coordinates as [number, number];
    [west, east] = [Math.min(west, lon), Math.max(east, lon)];
    [south, north] = [Math.min(south, lat), Math.max(north, lat)];
  };
  for (const each of geography.features) if ("coordinates" in each.geometry) look(each.geometry.coordinates);
  return west < east ? [[west, south], [east, north]] : undefined;
}

type Geography = GeoJSON.FeatureCollection & { metadata?: Metadata };
interface Land {
  base: Geography;
  municipalities: Geography;
}
export interface Metadata {
  attribution?: string;
  source?: string;
  licence?: string;
  approximate?: boolean;
  zoom_limit?: number;
  says?: Record<string, string>;
}

customElements.define("bavn-map", BavnMap);
