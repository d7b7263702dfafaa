// SPDX-License-Identifier: Apache-2.0
// Copies of what a page was drawn from, beside the service worker's copies of pages, and forgotten with
// them at sign-out.
const PAGES = "pages";

/** True when this page is a copy that the service worker gave, because the server was away. */
export const isCopy = (): boolean => document.documentElement.dataset.seenAt !== undefined;

export async function keepCopy(url: string, answer: Response): Promise<void> {
  // Only where there is a service worker that could give the page itself.
  if (!navigator.serviceWorker?.controller) return;
  const cache = await caches.open(PAGES);
  await cache.put(url, answer).catch(() => undefined);
}

export async function copyOf(url: string): Promise<Response | undefined> {
  if (!("caches" in window)) return undefined;
  return (await caches.open(PAGES)).match(url);
}
