// SPDX-License-Identifier: Apache-2.0
// The clock that a team's air is counted by. Instants are the wall clock's, so that they hold over a
// reload, a closed browser and a restart. A wall clock that is set back never gives a team more time:
// then it is counted on from the last instant that was seen. A jump is noticed, to be said.
const JUMP_MS = 2_000;
const SEEN = "bavn-divers-seen";

export class Clock {
  readonly #base: number;
  readonly #begun = performance.now();
  #wall = Date.now();
  #steady = performance.now();
  /** The last jump that was noticed: how far, in milliseconds, and when by this clock. */
  jump: { by: number; at: number } | undefined;

  constructor() {
    const seen = seenLast();
    this.#base = Math.max(this.#wall, seen);
    if (seen - this.#wall > JUMP_MS) this.jump = { by: this.#wall - seen, at: seen };
  }

  now(): number {
    // Some devices stop the steady clock while they sleep; the wall clock then is ahead of it.
    return Math.max(Date.now(), Math.floor(this.#base + performance.now() - this.#begun));
  }

  /** Compares the two clocks, and remembers the instant for the next page. */
  look(): void {
    const wall = Date.now();
    const steady = performance.now();
    const by = wall - this.#wall - (steady - this.#steady);
    if (Math.abs(by) > JUMP_MS) this.jump = { by, at: this.now() };
    this.#wall = wall;
    this.#steady = steady;
    try {
      localStorage.setItem(SEEN, String(this.now()));
    } catch {
      // Without it a clock that was set back between two pages goes unnoticed; the steps are kept.
    }
  }
}

function seenLast(): number {
  try {
    return Number(localStorage.getItem(SEEN) ?? 0);
  } catch {
    return 0;
  }
}
