// SPDX-License-Identifier: Apache-2.0
// What is heard and felt when a team wants something: once for what comes, again and again for what
// is due. Silence that was asked for ends by itself, and at once when something new is due.
import { sound } from "../tone.ts";

const SOFT = 0.2;
const LOUD = 0.7;
const AGAIN_MS = 2_000;
const MUTE_MS = 30_000;
const SHAKE_MS = [400, 150, 400];

export class Alarm {
  #context: AudioContext | undefined;
  #known = new Set<string>();
  #loud = new Set<string>();
  #soundedAt = 0;
  #mutedUntil = 0;

  constructor() {
    // A browser lets nothing sound before somebody has touched the page.
    for (const sort of ["keydown", "pointerdown"]) {
      document.addEventListener(sort, () => void this.#unlock(), { passive: true });
    }
  }

  get isBlocked(): boolean {
    return this.#context?.state !== "running";
  }
  get isMuted(): boolean {
    return this.#mutedUntil > performance.now();
  }

  mute(): void {
    this.#mutedUntil = performance.now() + MUTE_MS;
  }

  /** Sounds for what is wanted now; gives what is new of it. */
  wants(all: string[], loud: string[]): string[] {
    const fresh = all.filter((each) => !this.#known.has(each));
    if (loud.some((each) => !this.#loud.has(each))) this.#mutedUntil = 0;
    this.#known = new Set(all);
    this.#loud = new Set(loud);
    if (loud.length && !this.isMuted && performance.now() - this.#soundedAt >= AGAIN_MS) this.#tell(LOUD);
    else if (fresh.length && !loud.length) this.#tell(SOFT);
    return fresh;
  }

  #tell(volume: number): void {
    this.#soundedAt = performance.now();
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(SHAKE_MS);
    if (this.#context && !this.isBlocked) sound(this.#context, volume);
  }

  async #unlock(): Promise<void> {
    this.#context ??= typeof AudioContext === "undefined" ? undefined : new AudioContext();
    if (this.#context?.state === "suspended") await this.#context.resume().catch(() => undefined);
  }
}
