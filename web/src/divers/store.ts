// SPDX-License-Identifier: Apache-2.0
// What was told of teams, on this device's own disk: a reload, a closed browser or a restart loses
// nothing, with or without network. What others told is kept beside it.
import type { Step } from "./teams.ts";

export interface Kept extends Step {
  incident: string;
  // True once it is a letter in the outbox, or came from the server.
  handed: boolean;
}

const OLD_MS = 48 * 60 * 60_000;
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("bavn-divers", 1);
    asked.onupgradeneeded = (): void => {
      asked.result.createObjectStore("steps", { keyPath: "step" }).createIndex("incident", "incident");
    };
    asked.onsuccess = (): void => resolve(asked.result);
    asked.onerror = (): void => reject(asked.error);
  });
  return opened;
}

async function run<T>(mode: IDBTransactionMode, act: (steps: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const work = database.transaction("steps", mode, { durability: "strict" });
    const asked = act(work.objectStore("steps"));
    work.oncomplete = (): void => resolve(asked.result);
    work.onabort = work.onerror = (): void => reject(work.error ?? asked.error);
  });
}

export const keepStep = async (step: Kept): Promise<void> => void (await run("readwrite", (steps) => steps.put(step)));

export const stepsOf = (incident: string): Promise<Kept[]> =>
  run<Kept[]>("readonly", (steps) => steps.index("incident").getAll(incident));

/** Sign-out leaves nothing here of teams that are out, nor what is old. Who is inside is counted on. */
export async function forgetTeams(): Promise<void> {
  const all = await run<Kept[]>("readonly", (steps) => steps.getAll());
  const out = new Set(all.filter((each) => each.sort === "out").map((each) => each.team));
  for (const each of all) {
    if (!out.has(each.team) && Date.now() - each.at_ms < OLD_MS) continue;
    await run("readwrite", (steps) => steps.delete(each.step));
  }
}
