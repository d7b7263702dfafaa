// SPDX-License-Identifier: Apache-2.0
// A page's end of the stream, and the pill that tells how the link is. Tells the page by events:
// "bavn:link" {state}, "bavn:fact", "bavn:positions", "bavn:reset".
import { SILENCE_MS, Stream, type LinkState, type Word } from "./stream.ts";
import type { Hello } from "./stream.worker.ts";
import { clock, text } from "./texts.ts";

const { stream: url = "", actor = "" } = document.documentElement.dataset;
let state: LinkState = "wait";
let heardAt = 0;
let upAt = Date.now();
let clockOffset = 0;
let own: Stream | undefined;
let worker: SharedWorker | undefined;

/** Now, by the server's clock. */
export const now = (): number => Date.now() + clockOffset;
export const linkIsUp = (): boolean => state === "up";

export function connect(): void {
  const pill = document.getElementById("link");
  if (!url || !pill) return;
  begin();
  // A page that is put away keeps no stream alive; one that is taken out again says hello again.
  addEventListener("pagehide", () => end());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) begin();
  });
  // The worker counts silence too; this one sees a worker that died.
  setInterval(() => {
    if (state === "up" && Date.now() - heardAt > SILENCE_MS) become("down");
    else show();
  }, 1000);
}

function begin(): void {
  if (!("SharedWorker" in window)) {
    own = new Stream(url, hear);
    return;
  }
  worker = new SharedWorker(new URL("./stream.worker.ts", import.meta.url), {
    type: "module",
    name: "bavn-stream",
  });
  worker.port.onmessage = (event: MessageEvent<Word>): void => hear(event.data);
  worker.onerror = (): void => {
    // A browser that has shared workers and will not run ours: one stream for this page.
    worker = undefined;
    own ??= new Stream(url, hear);
  };
  worker.port.postMessage({ sort: "hello", url, actor } satisfies Hello);
}

export function end(): void {
  own?.stop();
  own = undefined;
  worker?.port.postMessage({ sort: "bye", url, actor } satisfies Hello);
  worker?.port.close();
  worker = undefined;
}

function hear(word: Word): void {
  heardAt = Date.now();
  if (word.sort === "event") {
    document.dispatchEvent(new CustomEvent(`bavn:${word.event}`, { detail: word.data }));
    return;
  }
  if (word.offset !== null) clockOffset = word.offset;
  if (word.state === "up") upAt = word.at;
  become(word.state);
}

function become(next: LinkState): void {
  const changed = next !== state;
  state = next;
  show();
  if (!changed) return;
  document.dispatchEvent(new CustomEvent("bavn:link", { detail: { state } }));
  const bar = document.getElementById("lost");
  if (bar) {
    // Since it was last heard, not since the silence was noticed.
    const since = clock(new Date(upAt + clockOffset), true);
    bar.hidden = state === "up" || state === "wait";
    bar.querySelector("[data-says]")!.textContent = text(state === "out" ? "signed_out" : "lost", { at: since });
    const signIn = bar.querySelector<HTMLElement>("[data-sign-in]");
    if (signIn) signIn.hidden = state !== "out";
  }
}

let announced = "";
function show(): void {
  const pill = document.getElementById("link");
  if (!pill) return;
  pill.dataset.state = state === "out" ? "down" : state;
  // Only a change is announced; the running clock beside it is for the eye.
  const says = text(`link_${state}`);
  const word = pill.querySelector("[data-says]");
  if (word && says !== announced) word.textContent = announced = says;
  const time = pill.querySelector("[data-at]");
  if (time) time.textContent = state === "up" ? clock(new Date(now()), true) : "";
}
