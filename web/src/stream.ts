// SPDX-License-Identifier: Apache-2.0
// The stream of what happens, read with fetch rather than EventSource: it must go on from the last
// position after a restart of its own, know a sign-out from a broken line, and count silence as a
// lost link, because a half-open connection raises no error.

// The server says "beat" every 5 s; two may be lost.
export const SILENCE_MS = 12_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
// A line longer than this is no event of ours.
const BUFFER_LIMIT = 4_000_000;

export type LinkState = "wait" | "up" | "down" | "out";

export type Word =
  | { sort: "link"; state: LinkState; at: number; offset: number | null }
  | { sort: "event"; event: string; data: unknown };

export interface SseEvent {
  event: string;
  data: string;
  id: string | null;
}

/** Cuts a text of server-sent events into events; what is not whole yet is kept for the next call. */
export class Cutter {
  #rest = "";

  cut(text: string): SseEvent[] {
    this.#rest += text.replaceAll("\r\n", "\n");
    if (this.#rest.length > BUFFER_LIMIT) throw new Error("an event is too long");
    const parts = this.#rest.split("\n\n");
    this.#rest = parts.pop() ?? "";
    return parts.map(eventOf).filter((each) => each.data !== "");
  }
}

function eventOf(part: string): SseEvent {
  const found: SseEvent = { event: "message", data: "", id: null };
  const data: string[] = [];
  for (const line of part.split("\n")) {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") found.event = value;
    else if (name === "id") found.id = value;
    else if (name === "data") data.push(value);
  }
  found.data = data.join("\n");
  return found;
}

export class Stream {
  #last: string | null = null;
  #state: LinkState = "wait";
  #offset: number | null = null;
  #stopping = new AbortController();

  readonly url: string;
  readonly tell: (word: Word) => void;

  constructor(url: string, tell: (word: Word) => void) {
    this.url = url;
    this.tell = tell;
    void this.#run();
  }

  get state(): Word {
    return { sort: "link", state: this.#state, at: Date.now(), offset: this.#offset };
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    let wait = FIRST_WAIT_MS;
    while (!this.#stopping.signal.aborted) {
      const began = Date.now();
      const status = await this.#listen();
      if (this.#stopping.signal.aborted) return;
      // 401: nobody is signed in. Asked again all the same, slowly: signing in happens elsewhere.
      this.#report(status === 401 || status === 403 ? "out" : "down");
      if (Date.now() - began > LONGEST_WAIT_MS) wait = FIRST_WAIT_MS;
      // Five hundred pages must not come back in the same instant.
      await new Promise((resolve) => setTimeout(resolve, wait * (0.75 + Math.random() / 2)));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  /** Listens until the line ends, falls silent or is refused; gives the refusal's status. */
  async #listen(): Promise<number> {
    const line = new AbortController();
    const stopped = (): void => line.abort();
    this.#stopping.signal.addEventListener("abort", stopped);
    let watchdog = setTimeout(stopped, SILENCE_MS);
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (this.#last !== null) headers["last-event-id"] = this.#last;
      const answer = await fetch(this.url, { headers, cache: "no-store", signal: line.signal });
      if (!answer.ok || !answer.body) return answer.status;
      this.#offset = offsetOf(answer);
      const cutter = new Cutter();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return 0;
        clearTimeout(watchdog);
        watchdog = setTimeout(stopped, SILENCE_MS);
        this.#report("up");
        for (const each of cutter.cut(value)) this.#pass(each);
      }
    } catch {
      return 0;
    } finally {
      clearTimeout(watchdog);
      line.abort();
      this.#stopping.signal.removeEventListener("abort", stopped);
    }
  }

  #pass(each: SseEvent): void {
    if (each.id !== null) this.#last = each.id;
    if (each.event === "beat") return;
    let data: unknown;
    try {
      data = JSON.parse(each.data);
    } catch {
      return;
    }
    this.tell({ sort: "event", event: each.event, data });
  }

  #report(state: LinkState): void {
    this.#state = state;
    this.tell(this.state);
  }
}

/** How far the server's clock is ahead of ours: ages are told by the server's. */
function offsetOf(answer: Response): number | null {
  const said = Date.parse(answer.headers.get("date") ?? "");
  return Number.isNaN(said) ? null : said - Date.now();
}
