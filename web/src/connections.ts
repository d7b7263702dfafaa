// SPDX-License-Identifier: Apache-2.0
// The page of all nodes, live: fetched anew whenever the server says that it has looked, and ages
// in seconds between.
import htmx from "htmx.org";
import { growOlder } from "./ages.ts";
import { Gathered } from "./gathered.ts";
import { linkIsUp } from "./link.ts";
import "./style/connections.css";
import { clock, text } from "./texts.ts";

const board = document.getElementById("board")!;
const failed = document.getElementById("connections-failed")!;
let shownAt = new Date();

const gathered = new Gathered(refresh);
const look = (): void => gathered.look();

async function refresh(): Promise<void> {
  try {
    const answer = await fetch("/connections/board", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(String(answer.status));
    await htmx.swap({ target: board, text: await answer.text(), swap: "innerMorph" });
    growOlder(board);
    shownAt = new Date();
    failed.hidden = true;
  } catch (error) {
    // While the link is down its own bar says so; this is for a server that answers and fails.
    failed.hidden = !linkIsUp();
    failed.querySelector("[data-says]")!.textContent = text("connections_failed", { at: clock(shownAt, true) });
    throw error;
  }
}

document.addEventListener("visibilitychange", look);
document.addEventListener("bavn:connections", look);
document.addEventListener("bavn:reset", look);
document.addEventListener("bavn:link", (event) => {
  if ((event as CustomEvent<{ state: string }>).detail.state === "up") look();
});
// Ages below a minute are told in seconds here.
setInterval(() => growOlder(board), 1_000);
