// SPDX-License-Identifier: Apache-2.0
// The tone for what waits: it sounds until a person has seen what waits; louder, and more often, when
// that takes long. Silence that was asked for ends by itself.
import { now } from "./link.ts";
import { text } from "./texts.ts";
import { sound } from "./tone.ts";

const SOFT = { volume: 0.12, every_ms: 6_000 };
const LOUD = { volume: 0.5, every_ms: 2_500 };
const MUTED_UNTIL = "centre-muted-until";
export const MUTE_MINUTES = 10;

export class Sound {
  #context: AudioContext | undefined;
  #since: number | undefined;
  #louderAfterMs = 0;
  #soundedAt = 0;

  constructor() {
    // A browser lets nothing sound before somebody has touched the page.
    for (const sort of ["keydown", "pointerdown"]) {
      document.addEventListener(sort, () => void this.#unlock(), { passive: true });
    }
    setInterval(() => this.#tick(), 500);
  }

  /** Sounds from now on for what has waited since then; nothing waits when it is undefined. */
  wants(since: number | undefined, louderAfterS: number): void {
    const isNew = since !== undefined && since !== this.#since;
    this.#since = since;
    this.#louderAfterMs = louderAfterS * 1_000;
    if (isNew) this.#soundedAt = 0;
    this.#tick();
  }

  /** Silent for so many minutes; pressed while it is silent, it sounds again. */
  mute(minutes?: number): void {
    const until = this.#isMuted() && minutes === undefined ? 0 : Date.now() + (minutes ?? MUTE_MINUTES) * 60_000;
    sessionStorage.setItem(MUTED_UNTIL, String(until));
    this.#show();
  }

  #isMuted(): boolean {
    return Number(sessionStorage.getItem(MUTED_UNTIL) ?? 0) > Date.now();
  }

  async #unlock(): Promise<void> {
    this.#context ??= typeof AudioContext === "undefined" ? undefined : new AudioContext();
    if (this.#context?.state === "suspended") await this.#context.resume().catch(() => undefined);
    this.#show();
  }

  #tick(): void {
    this.#show();
    if (this.#since === undefined || this.#isMuted()) return;
    const { volume, every_ms } = this.#isLate() ? LOUD : SOFT;
    if (performance.now() - this.#soundedAt < every_ms && this.#soundedAt) return;
    if (this.#context?.state !== "running") return;
    this.#soundedAt = performance.now();
    sound(this.#context, volume);
  }

  #isLate(): boolean {
    return this.#since !== undefined && now() - this.#since > this.#louderAfterMs;
  }

  /** What can be seen of it: blocked, silent until when, late. */
  #show(): void {
    const isBlocked = this.#since !== undefined && !this.#isMuted() && this.#context?.state !== "running";
    const bar = document.getElementById("sound-blocked");
    if (bar && bar.hidden === isBlocked) bar.hidden = !isBlocked;
    const state = document.documentElement.dataset;
    state.wants = this.#since === undefined ? "none" : this.#isLate() ? "late" : "new";
    for (const button of document.querySelectorAll<HTMLElement>("[data-mute]")) {
      const left = Math.ceil((Number(sessionStorage.getItem(MUTED_UNTIL) ?? 0) - Date.now()) / 60_000);
      const says = left > 0 ? text("centre_muted", { count: left }) : text("centre_mute", { count: MUTE_MINUTES });
      if (button.textContent !== says) button.textContent = says;
      button.setAttribute("aria-pressed", String(left > 0));
    }
  }
}
