// SPDX-License-Identifier: Apache-2.0
// Draws the symbols of symbols.json once, at build time: milsymbol alone is 860 kB, the drawings are
// a few. Gives one sprite for pages (src/made/sprite.svg) and paths for the map's canvas
// (src/made/symbols.ts).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ms from "milsymbol";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const chosen = JSON.parse(readFileSync(here("../symbols.json"), "utf8"));
const lucide = JSON.parse(readFileSync(here("../node_modules/lucide-static/icon-nodes.json"), "utf8"));

// The part of milsymbol's drawing that its icons fill, and the whole of lucide's.
const MILSYMBOL_BOX = [57, 57, 86];
const LUCIDE_BOX = [0, 0, 24];

/** The strokes of an APP-6 activity, without its frame: the map draws a frame that tells urgency. */
function fromMilsymbol(code) {
  const symbol = new ms.Symbol(`10014000000000${code}`.slice(0, 10) + code + "0000", {
    frame: false,
    fill: false,
    monoColor: "black",
  });
  if (!symbol.isValid()) throw new Error(`milsymbol knows no activity ${code}`);
  const inner = symbol.asSVG().replace(/^<svg[^>]*>|<\/svg>$/g, "");
  const paths = [...inner.matchAll(/<path d="([^"]+)"([^>]*)><\/path>/g)].map(([, d, rest]) => ({
    d,
    fill: !/fill="none"/.test(rest),
    width: /stroke="none"/.test(rest) ? 0 : Number(/stroke-width="([^"]+)"/.exec(rest)?.[1] ?? 0),
  }));
  const left = inner.replace(/<path d="[^"]+"[^>]*><\/path>/g, "").replace(/<\/?g[^>]*>/g, "").trim();
  if (paths.length === 0 || left) throw new Error(`activity ${code} is drawn with more than paths: ${left}`);
  return { box: MILSYMBOL_BOX, paths };
}

/** An icon's shapes as paths. */
function fromLucide(name) {
  const nodes = lucide[name];
  if (!nodes) throw new Error(`lucide has no icon ${name}`);
  return { box: LUCIDE_BOX, paths: nodes.map((node) => ({ d: asPath(...node), fill: false, width: 2 })) };
}

function asPath(tag, a) {
  const n = (name) => Number(a[name] ?? 0);
  const round = (cx, cy, rx, ry) =>
    `M${cx - rx} ${cy}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0z`;
  switch (tag) {
    case "path":
      return a.d;
    case "line":
      return `M${n("x1")} ${n("y1")}L${n("x2")} ${n("y2")}`;
    case "circle":
      return round(n("cx"), n("cy"), n("r"), n("r"));
    case "ellipse":
      return round(n("cx"), n("cy"), n("rx"), n("ry"));
    case "polyline":
      return `M${a.points}`;
    case "polygon":
      return `M${a.points}z`;
    case "rect": {
      const r = n("rx");
      const [x, y, w, h] = ["x", "y", "width", "height"].map(n);
      const corner = (dx, dy) => `a${r} ${r} 0 0 1 ${dx} ${dy}`;
      return `M${x + r} ${y}h${w - 2 * r}${corner(r, r)}v${h - 2 * r}${corner(-r, r)}h${2 * r - w}${corner(-r, -r)}v${2 * r - h}${corner(r, -r)}z`;
    }
    default:
      throw new Error(`an icon is drawn with ${tag}, which this cannot turn into a path`);
  }
}

const incidents = Object.fromEntries(
  Object.entries(chosen.incidents).map(([name, from]) => [
    name,
    from.milsymbol ? fromMilsymbol(from.milsymbol) : fromLucide(from.lucide),
  ]),
);

function symbol(id, { box: [x, y, size], paths }) {
  const drawn = paths
    .map(({ d, fill, width }) => {
      const stroke = width ? ` stroke="currentColor" stroke-width="${width}"` : "";
      return `<path d="${d}" fill="${fill ? "currentColor" : "none"}"${stroke}/>`;
    })
    .join("");
  return `<symbol id="${id}" viewBox="${x} ${y} ${size} ${size}" stroke-linecap="round" stroke-linejoin="round">${drawn}</symbol>`;
}

// Urgency is a shape before it is a colour; the list and the map show the same shapes.
const URGENCY = {
  "urgency-1": "M12 1L23 12L12 23L1 12z",
  "urgency-2": "M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0z",
  "urgency-3": "M3 3h18v18h-18z",
};
// A unit's status, in the same shapes as on the map (src/map/drawing.ts).
const STATUS = {
  "status-at_scene": ["M4 4h16v16h-16z", true],
  "status-en_route": ["M12 2L22 21H2z", true],
  "status-alerted": ["M12 1L23 12L12 23L1 12z", true],
  "status-returning": ["M12 21L3 4H21z", false],
};
const sprite = [
  ...Object.entries(incidents).map(([name, drawing]) => symbol(`incident-${name}`, drawing)),
  ...chosen.icons.map((name) => symbol(name, fromLucide(name))),
  ...Object.entries(URGENCY).map(([id, d]) =>
    symbol(id, { box: LUCIDE_BOX, paths: [{ d, fill: true, width: 0 }] }),
  ),
  ...Object.entries(STATUS).map(([id, [d, fill]]) =>
    symbol(id, { box: LUCIDE_BOX, paths: [{ d, fill, width: fill ? 0 : 3 }] }),
  ),
  symbol("urgency-unknown", { box: LUCIDE_BOX, paths: [{ d: "M4 4h16v16h-16z", fill: false, width: 3 }] }),
];

mkdirSync(here("../src/made"), { recursive: true });
writeFileSync(
  here("../src/made/sprite.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg">${sprite.join("")}</svg>\n`,
);
writeFileSync(
  here("../src/made/symbols.ts"),
  `// Made by build/symbols.mjs from symbols.json.
export interface Drawing {
  box: number[];
  paths: { d: string; fill: boolean; width: number }[];
}
export const SYMBOLS: Record<string, Drawing> = ${JSON.stringify(incidents)};
`,
);
