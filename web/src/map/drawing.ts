// SPDX-License-Identifier: Apache-2.0
// Draws the map's symbols on a canvas. Shape tells before colour does: diamond, disc and square are
// the urgencies; each status of a unit has a shape of its own. Grey means that nothing was heard for long.
import { SYMBOLS, type Drawing } from "../made/symbols.ts";
import type { Status } from "./picture.ts";

// Drawn at twice the size they are shown in, for screens with small points.
export const RATIO = 2;
const SIZE = 34 * RATIO;
const UNIT_SIZE = 15 * RATIO;
const GREY = "#7a848c";
// Paler than what is merely old, hatched, and outlined in dashes: it is told apart without colour.
const UNHEARD = { back: "#d3d9dd", line: "#a7b0b6", ink: "#1a1a1a" };
const URGENCY: Record<number, { back: string; ink: string; shape: string; inner: number }> = {
  1: { back: "#c00021", ink: "#ffffff", shape: "M17 0.5L33.5 17L17 33.5L0.5 17z", inner: 16 },
  2: { back: "#ffb21f", ink: "#1a1a1a", shape: "M3 17a14 14 0 1 0 28 0a14 14 0 1 0 -28 0z", inner: 18 },
  3: { back: "#2c5f96", ink: "#ffffff", shape: "M5 5h24v24h-24z", inner: 18 },
  0: { back: "#ffffff", ink: "#1a1a1a", shape: "M5 5h24v24h-24z", inner: 18 },
};
export const STATUS: Record<Status, { colour: string; shape: string; hollow?: boolean }> = {
  available: { colour: "#2f8f1f", shape: "M2.5 7.5a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z" },
  alerted: { colour: "#e8590c", shape: "M7.5 1L14 7.5L7.5 14L1 7.5z" },
  en_route: { colour: "#1769d2", shape: "M7.5 1L14 13.5H1z" },
  at_scene: { colour: "#c00021", shape: "M2 2h11v11h-11z" },
  on_radio: { colour: "#2f8f1f", shape: "M2.5 7.5a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", hollow: true },
  returning: { colour: "#2f8f1f", shape: "M7.5 14L1 1.5H14z", hollow: true },
  not_ready: { colour: "#6b747b", shape: "M2.5 2.5L12.5 12.5M12.5 2.5L2.5 12.5", hollow: true },
};

type Image = { width: number; height: number; data: Uint8ClampedArray };

function canvas(size: number): [OffscreenCanvasRenderingContext2D, () => Image] {
  const drawn = new OffscreenCanvas(size, size);
  const context = drawn.getContext("2d")!;
  context.lineCap = context.lineJoin = "round";
  return [context, () => context.getImageData(0, 0, size, size) as Image];
}

/** The image of a name such as "incident/building-fire/1/fresh", "unit/en_route" or "station/some"; "unheard"
    is for what belongs to somebody whose node is silent, and "contested" at the end for what nobody has settled. */
export function imageOf(name: string): Image | undefined {
  const [sort, first = "", second = "", third = ""] = name.split("/");
  const contested = name.endsWith("/contested");
  if (sort === "incident") return incident(first, Number(second), third, contested);
  if (sort === "unit") return unit(first as Status, second === "unheard", contested);
  if (sort === "station") return station(first, second === "unheard");
  return undefined;
}

function incident(symbol: string, urgency: number, age: string, contested: boolean): Image {
  const [context, done] = canvas(SIZE);
  const look = URGENCY[urgency] ?? URGENCY[0]!;
  context.scale(RATIO, RATIO);
  // Room for the ring of what is fresh: the shape itself is drawn a little smaller.
  context.translate(17, 17);
  context.scale(0.86, 0.86);
  context.translate(-17, -17);
  const shape = new Path2D(look.shape);
  if (age === "fresh") {
    context.lineWidth = 7;
    context.strokeStyle = "#ffd54a";
    context.stroke(shape);
  }
  context.lineWidth = 3.4;
  context.strokeStyle = "#ffffff";
  context.stroke(shape);
  const unheard = age === "unheard";
  context.fillStyle = unheard ? UNHEARD.back : age === "silent" ? GREY : look.back;
  context.fill(shape);
  if (unheard) hatch(context, shape, 34, 5.5);
  context.lineWidth = unheard ? 2 : 1.1;
  context.strokeStyle = "#12181d";
  if (unheard) context.setLineDash([3.4, 2.6]);
  context.stroke(shape);
  context.setLineDash([]);
  const ink = unheard ? UNHEARD.ink : age === "silent" ? "#ffffff" : look.ink;
  pictogram(context, SYMBOLS[symbol] ?? SYMBOLS["unknown"]!, look.inner, ink);
  if (contested) warning(context, 20, 0, 14);
  return done();
}

/** Slanted lines across a shape: what is known of it is from before. */
function hatch(context: OffscreenCanvasRenderingContext2D, shape: Path2D, size: number, gap: number): void {
  context.save();
  context.clip(shape);
  context.beginPath();
  for (let x = -size; x < size; x += gap) {
    context.moveTo(x, size);
    context.lineTo(x + size, 0);
  }
  context.lineWidth = gap / 3.6;
  context.strokeStyle = UNHEARD.line;
  context.stroke();
  context.restore();
}

function pictogram(context: OffscreenCanvasRenderingContext2D, drawing: Drawing, size: number, ink: string): void {
  const [x = 0, y = 0, side = 24] = drawing.box;
  context.save();
  context.translate(17 - size / 2, 17 - size / 2);
  context.scale(size / side, size / side);
  context.translate(-x, -y);
  context.strokeStyle = context.fillStyle = ink;
  for (const { d, fill, width } of drawing.paths) {
    const path = new Path2D(d);
    if (fill) context.fill(path);
    if (width) {
      context.lineWidth = width;
      context.stroke(path);
    }
  }
  context.restore();
}

/** A warning triangle in a corner: several tell of it, and nobody has said what holds. */
function warning(context: OffscreenCanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.save();
  context.translate(x, y);
  context.scale(size / 14, size / 14);
  const triangle = new Path2D("M7 1L13.4 12.6H0.6z");
  context.lineWidth = 2.6;
  context.strokeStyle = "#ffffff";
  context.stroke(triangle);
  context.fillStyle = "#ffd54a";
  context.fill(triangle);
  context.lineWidth = 1.1;
  context.strokeStyle = "#12181d";
  context.stroke(triangle);
  context.lineWidth = 1.7;
  context.stroke(new Path2D("M7 5V8.4M7 10.6V10.7"));
  context.restore();
}

function unit(status: Status, unheard: boolean, contested: boolean): Image {
  const [context, done] = canvas(UNIT_SIZE);
  const look = STATUS[status] ?? STATUS.not_ready;
  const colour = unheard ? "#6b747b" : look.colour;
  context.scale(RATIO, RATIO);
  const shape = new Path2D(look.shape);
  context.lineWidth = look.hollow ? 5 : 3;
  context.strokeStyle = "#ffffff";
  context.stroke(shape);
  if (unheard && status !== "not_ready") {
    context.fillStyle = UNHEARD.back;
    context.fill(shape);
    hatch(context, shape, 15, 3.6);
  } else if (!look.hollow) {
    context.fillStyle = colour;
    context.fill(shape);
  } else if (status === "returning" || status === "on_radio") {
    context.fillStyle = "#ffffff";
    context.fill(shape);
  }
  context.lineWidth = look.hollow ? 2.4 : unheard ? 1.4 : 0.8;
  context.strokeStyle = look.hollow ? colour : "#12181d";
  if (unheard) context.setLineDash([2, 1.4]);
  context.stroke(shape);
  context.setLineDash([]);
  if (contested) warning(context, 6.5, 0, 8.5);
  return done();
}

/** A station: filled while all its units are at home and ready, half while some are, empty when none. */
function station(readiness: string, unheard: boolean): Image {
  const [context, done] = canvas(UNIT_SIZE);
  context.scale(RATIO, RATIO);
  const house = new Path2D("M2.5 7.2L7.5 2.8L12.5 7.2V12.8H2.5z");
  context.lineWidth = 3;
  context.strokeStyle = "#ffffff";
  context.stroke(house);
  context.fillStyle = "#ffffff";
  context.fill(house);
  context.save();
  context.clip(house);
  context.fillStyle = unheard ? "#9aa3a9" : "#37535f";
  if (readiness === "all") context.fillRect(0, 0, 15, 15);
  if (readiness === "some") context.fillRect(0, 8, 15, 7);
  context.restore();
  if (unheard) hatch(context, house, 15, 3.6);
  context.lineWidth = 1.2;
  context.strokeStyle = readiness === "unknown" ? "#8a949b" : "#1f3038";
  if (unheard) context.setLineDash([2, 1.4]);
  context.stroke(house);
  return done();
}
