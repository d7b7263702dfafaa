// SPDX-License-Identifier: Apache-2.0
// Asking the server anew because something happened: the first news at once, what follows gathered,
// and nothing at all while nobody looks.

const FIRST_MS = 40;
const GATHER_MS = 1_000;
const TRY_AGAIN_MS = 5_000;

export class Gathered {
  #asked = 0;
  #askedAt = -GATHER_MS;
  readonly #refresh: () => Promise<void>;

  /** `refresh` throws when it failed: it is then tried again a little later. */
  constructor(refresh: () => Promise<void>) {
    this.#refresh = refresh;
  }

  /** Something may have changed. */
  look(): void {
    if (this.#asked || document.hidden) return;
    const wait = Math.max(FIRST_MS, this.#askedAt + GATHER_MS - performance.now());
    this.#asked = window.setTimeout(() => {
      this.#asked = 0;
      this.#askedAt = performance.now();
      void this.now();
    }, wait);
  }

  /** Asks at once, and again a little later where that fails. */
  async now(refresh = this.#refresh): Promise<void> {
    await refresh().catch(() => window.setTimeout(() => this.look(), TRY_AGAIN_MS));
  }
}
