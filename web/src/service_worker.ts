// SPDX-License-Identifier: Apache-2.0
// For reading when the server is away: pages come from the network first and else as the last copy,
// marked with when it was seen; built files come from the cache first. Nothing that is sent, no
// stream and no interface passes through here, but for the map's geography, which is public and still.
declare const BUILD: string;
declare const self: ServiceWorkerGlobalScope;

const STATIC = `static-${BUILD}`;
const PAGES = "pages";
const MAP = "map";
const PATIENCE_MS = 4_000;
const COPIES_LIMIT = 60;
const SEEN_AT = "x-seen-at";
// Where a page goes that was never seen: it tells what waits, and works from this machine alone.
const REFUGE = "/outbox";
// What a device counts by, with people inside: its copy does not go for others' sake.
const COUNTED = /^\/incidents\/[^/]+\/(divers|roll-call)$/;

self.addEventListener("install", (event) => {
  event.waitUntil(keepBuilt().catch(() => undefined));
  void self.skipWaiting();
});
self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith("static-") && name !== STATIC) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("message", (event) => {
  const said = event.data as { sort: string; urls?: string[] };
  if (said.sort === "keep") event.waitUntil(keep(said.urls ?? []));
  if (said.sort === "forget") {
    event.waitUntil(
      (async () => {
        await caches.delete(PAGES);
        event.ports[0]?.postMessage("forgotten");
      })(),
    );
  }
});

/** Keeps all that was built, so that a page that was not opened yet works from its copy too. */
async function keepBuilt(): Promise<void> {
  const answer = await fetch("/static/.vite/manifest.json", { cache: "no-store" });
  const built = (await answer.json()) as Record<string, { file: string; css?: string[]; assets?: string[] }>;
  const files = Object.values(built).flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets]);
  const cache = await caches.open(STATIC);
  const named = [...new Set(files)].filter((file) => !file.startsWith("service-worker"));
  await Promise.all(named.map((file) => cache.add(`/static/${file}`)));
}

/** Keeps the pages that were loaded before this worker was there. */
async function keep(urls: string[]): Promise<void> {
  for (const url of urls) {
    const answer = await fetch(url, { headers: { accept: "text/html" } }).catch(() => undefined);
    if (answer) await remember(new Request(url), answer);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(built(request));
  else if (url.pathname.startsWith("/api/v1/map/") && !request.headers.has("range")) {
    event.respondWith(geography(event, request));
  } else if (request.mode === "navigate" && !url.pathname.startsWith("/api/")) {
    event.respondWith(page(event, request));
  }
});

async function built(request: Request): Promise<Response> {
  const cache = await caches.open(STATIC);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

async function geography(event: FetchEvent, request: Request): Promise<Response> {
  const cache = await caches.open(MAP);
  const asked = fetch(request).then(async (answer) => {
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  });
  const found = await cache.match(request);
  if (!found) return asked;
  event.waitUntil(asked.catch(() => undefined));
  return found;
}

async function page(event: FetchEvent, request: Request): Promise<Response> {
  const asked = fetch(request).then((answer) => {
    event.waitUntil(remember(request, answer.clone()));
    return answer;
  });
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  const answer = await Promise.race([asked.catch(() => undefined), late]);
  // A proxy without its server behind it answers for nobody.
  if (answer && ![502, 503, 504].includes(answer.status)) return answer;
  const copy = (await copyOf(request.url)) ?? (await copyOf(REFUGE));
  if (copy) return copy;
  return answer ?? asked;
}

async function remember(request: Request, answer: Response): Promise<void> {
  const sort = answer.headers.get("content-type") ?? "";
  const stored = answer.headers.get("cache-control") ?? "";
  if (!answer.ok || answer.redirected || !sort.startsWith("text/html") || stored.includes("no-store")) return;
  const headers = new Headers(answer.headers);
  headers.set(SEEN_AT, new Date().toISOString());
  headers.delete("content-encoding");
  const cache = await caches.open(PAGES);
  await cache.put(request.url, new Response(await answer.blob(), { headers }));
  const kept = await cache.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - COPIES_LIMIT))) {
    const { pathname } = new URL(old.url);
    if (pathname !== REFUGE && !COUNTED.test(pathname)) await cache.delete(old);
  }
}

/** The last copy of a page, its root marked with when it was seen. */
async function copyOf(url: string): Promise<Response | undefined> {
  const cache = await caches.open(PAGES);
  const found = await cache.match(url);
  if (!found) return undefined;
  const seen = found.headers.get(SEEN_AT) ?? "";
  const marked = (await found.text()).replace(/<html\b/, `<html data-seen-at="${seen}"`);
  return new Response(marked, { headers: found.headers });
}

export {};
