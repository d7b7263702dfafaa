// SPDX-License-Identifier: Apache-2.0
// Sends letters. A letter leaves the outbox only when the server has said what became of it; a
// letter that was sent twice is one fact, because its number is in it.
import { fateOf } from "./fate.ts";
import { all, discard, find, keep, type Letter } from "./letters.ts";

const PATIENCE_MS = 10_000;
const AGAIN_MS = 15_000;

export const actor = (): string => document.documentElement.dataset.actor ?? "";
const csrf = (): string => document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";

/** Posts a letter under this page's session: the key it was written with may have ended. */
export async function post(letter: Letter): Promise<Response> {
  const answer = await sent(letter, csrf());
  if (answer.status !== 403) return answer;
  // Somebody signed in anew in another tab: the same person goes on, another one does not.
  const fresh = await ask();
  if (!fresh || fresh.csrf === csrf()) return answer;
  if (fresh.actor !== letter.actor) return new Response(null, { status: 401 });
  document.querySelector<HTMLMetaElement>('meta[name="csrf"]')!.content = fresh.csrf;
  return sent(letter, fresh.csrf);
}

function sent(letter: Letter, key: string): Promise<Response> {
  const body = new URLSearchParams(letter.fields.filter(([name]) => name !== "csrf" && name !== "sender_ref"));
  body.set("csrf", key);
  body.set("sender_ref", letter.key);
  // What waited stands at the time it was written, where the form has a use for that.
  body.set("written_at", new Date(letter.writtenAt).toISOString());
  return fetch(letter.url, {
    method: "POST",
    body,
    headers: { accept: "text/html", "x-outbox": "1" },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
}

/** Who is signed in now, and the key of that one's forms. */
async function ask(): Promise<{ csrf: string; actor: string } | undefined> {
  const answer = await fetch("/outbox", { cache: "no-store" }).catch(() => undefined);
  if (!answer?.ok) return undefined;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content;
  return found ? { csrf: found, actor: page.documentElement.dataset.actor ?? "" } : undefined;
}

/** One tab sends at a time where the browser has locks; elsewhere the numbers do it alone. */
async function alone(work: () => Promise<void>): Promise<void> {
  if (!("locks" in navigator)) return work();
  await navigator.locks.request("bavn-outbox", { ifAvailable: true }, async (lock) => {
    if (lock) await work();
  });
}

export const inFlight = new Set<string>();

/** Sends what waits, in the order it was written, until one cannot be sent. */
export const flush = (): Promise<void> =>
  alone(async () => {
    for (const letter of await all()) {
      if (letter.refused !== null || letter.actor !== actor() || inFlight.has(letter.key)) continue;
      await keep({ ...letter, tries: letter.tries + 1 });
      const answer = await post(letter).catch(() => undefined);
      const fate = answer ? fateOf(answer) : "waits";
      if (fate === "waits" || fate === "signed-out") break;
      if (fate === "arrived") await discard(letter.key);
      else await refuse(letter.key, answer!);
    }
  });

async function refuse(key: string, answer: Response): Promise<void> {
  const letter = await find(key);
  const body = await answer.text();
  const says = wrongIn(body) || String(answer.status);
  if (letter) await keep({ ...letter, refused: says, ask: wayToAsk(body, letter) });
}

/** Where the mandate that a letter lacked is asked for, with the way back to what was typed. */
export function wayToAsk(body: string, letter: Letter): string | undefined {
  const page = new DOMParser().parseFromString(body, "text/html");
  const way = page.querySelector("[data-ask]")?.getAttribute("href");
  if (!way) return undefined;
  const url = new URL(way, location.origin);
  url.searchParams.set("page", new URL(letter.page, location.origin).pathname);
  url.searchParams.set("letter", letter.key);
  return url.pathname + url.search;
}

/** What an answer says is wrong, whether it is a page or JSON. */
export function wrongIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error: { says: string; try_instead: string } };
    return `${error.says} ${error.try_instead}`;
  } catch {
    const page = new DOMParser().parseFromString(body, "text/html");
    for (const way of page.querySelectorAll("[data-ask]")) way.remove();
    const found = page.querySelectorAll("[data-wrong], .errors li, .error");
    return Array.from(found, (each) => each.textContent?.trim().replace(/\s+/g, " ")).join(" ");
  }
}

export function keepSending(): void {
  const go = (): void => void flush().catch(() => undefined);
  go();
  addEventListener("online", go);
  document.addEventListener("bavn:link", (event) => {
    if ((event as CustomEvent<{ state: string }>).detail.state === "up") go();
  });
  setInterval(go, AGAIN_MS);
}
