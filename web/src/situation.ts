// SPDX-License-Identifier: Apache-2.0
// The national picture, live: what happens makes the page ask for the board and the map's picture
// anew, gathered so that a storm asks no more often than a quiet day can bear.
import htmx from "htmx.org";
import { growOlder } from "./ages.ts";
import { copyOf, isCopy, keepCopy } from "./copies.ts";
import { Gathered } from "./gathered.ts";
import { linkIsUp, now } from "./link.ts";
import type { BavnMap } from "./map/element.ts";
import "./map/element.ts";
import { pictureOf, type Picture, type Told } from "./map/picture.ts";
import "./style/situation.css";
import { clock, text } from "./texts.ts";

const board = document.getElementById("board")!;
const map = document.querySelector<BavnMap>("bavn-map")!;
const failed = document.getElementById("picture-failed")!;
let boardMark = "";
let pictureMark = "";
let picture: Picture | undefined;
let shownAt = new Date();
let silences: string | undefined;

const gathered = new Gathered(() => refresh());
const look = (): void => gathered.look();

async function refresh(force = false): Promise<void> {
  try {
    await Promise.all([refreshBoard(force), refreshMap()]);
    shownAt = new Date();
    failed.hidden = true;
    showsNow();
  } catch (error) {
    // While the link is down its own bar says so; this is for a server that answers and fails.
    failed.hidden = !linkIsUp();
    failed.querySelector("[data-says]")!.textContent = text("picture_failed", { at: clock(shownAt, true) });
    throw error;
  }
}

/** While the link is up and nothing failed, silence means that nothing has changed. */
function showsNow(): void {
  const drawn = board.querySelector<HTMLTimeElement>(".drawn time");
  if (drawn && linkIsUp() && failed.hidden) drawn.dateTime = new Date(now()).toISOString();
}

async function get(url: string, mark: string, accept: string): Promise<Response | undefined> {
  const headers: Record<string, string> = { accept, ...(mark && { "if-none-match": mark }) };
  const answer = await fetch(url, { headers, cache: "no-store", signal: AbortSignal.timeout(10_000) });
  if (answer.status === 304) return undefined;
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

async function refreshBoard(force: boolean): Promise<void> {
  const url = `/situation/board${location.search}`;
  const answer = await get(url, force ? "" : boardMark, "text/html");
  if (!answer) return;
  boardMark = answer.headers.get("etag") ?? "";
  await htmx.swap({ target: board, text: await answer.text(), swap: "innerMorph" });
  growOlder(board);
}

async function refreshMap(): Promise<void> {
  const answer = await get("/situation/picture", pictureMark, "application/json");
  if (!answer) return;
  pictureMark = answer.headers.get("etag") ?? "";
  await keepCopy("/situation/picture", answer.clone());
  picture = pictureOf((await answer.json()) as Told);
  map.show(picture);
}

/** Links within the board change how one looks at it, and leave the map where it is. */
function turn(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-look]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  void gathered.now(() => refresh(true));
  const area = link.dataset.area;
  if (area === undefined) return;
  const chosen = new URL(link.href).searchParams.get("area");
  if (chosen) goToArea(chosen);
  else map.goHome();
}

function goToArea(area: string): void {
  const points = (picture?.units ?? []).filter((each) => each.area === area && each.lat !== null);
  if (points.length < 2) return;
  const lats = points.map((each) => each.lat!);
  const lons = points.map((each) => each.lon!);
  map.goTo([
    [Math.min(...lons), Math.min(...lats)],
    [Math.max(...lons), Math.max(...lats)],
  ]);
}

function remember(position: string): void {
  document.cookie = `seen=${position}; path=/; max-age=31536000; samesite=lax`;
}

function markSeen(): void {
  const news = board.querySelector<HTMLElement>(".news");
  if (!news?.dataset.position) return;
  remember(news.dataset.position);
  void gathered.now(() => refresh(true));
}

function choose(event: Event): void {
  const row = (event.target as Element).closest<HTMLElement>("[data-incident]");
  map.choose?.(row?.dataset.incident ?? null);
}

/** Arrow keys go from incident to incident. */
function step(event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const row = (event.target as Element).closest<HTMLElement>("tr[data-incident]");
  if (!row) return;
  const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
  const link = next?.querySelector<HTMLElement>("a");
  if (link) {
    event.preventDefault();
    link.focus();
  }
}

// A browser that never said what it has seen begins here.
if (!/(^|; )seen=/.test(document.cookie)) {
  remember(board.querySelector<HTMLElement>(".news")?.dataset.position ?? "0");
}
board.addEventListener("click", turn);
board.addEventListener("click", (event) => {
  if ((event.target as Element).closest("[data-mark-seen]")) markSeen();
});
for (const sort of ["mouseover", "focusin"]) board.addEventListener(sort, choose);
for (const sort of ["mouseleave", "focusout"]) board.addEventListener(sort, () => map.choose?.(null));
board.addEventListener("keydown", step);
addEventListener("popstate", () => void gathered.now(() => refresh(true)));
document.addEventListener("visibilitychange", look);
document.addEventListener("bavn:fact", look);
document.addEventListener("bavn:reset", look);
// Told every few seconds, and at once when a silence begins or ends.
document.addEventListener("bavn:connections", (event) => {
  const { mark } = (event as CustomEvent<{ mark: string }>).detail;
  if (mark !== silences) look();
  silences = mark;
});
document.addEventListener("bavn:link", (event) => {
  if ((event as CustomEvent<{ state: string }>).detail.state === "up") look();
});
document.addEventListener("bavn:positions", (event) => {
  map.move((event as CustomEvent<{ items: [string, number, number, string][] }>).detail.items);
});
setInterval(showsNow, 5_000);
// Ages cross their limits without any news: symbols are drawn anew now and then.
setInterval(() => picture && map.show(picture), 60_000);
void (async (): Promise<void> => {
  // A page that is a copy itself begins with the picture that was seen with it.
  const copy = isCopy() ? await copyOf("/situation/picture") : undefined;
  if (copy) map.show((picture = pictureOf((await copy.json()) as Told)));
  await gathered.now();
})();
