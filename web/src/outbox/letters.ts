// SPDX-License-Identifier: Apache-2.0
// Letters: what was typed and is not yet known to have arrived, kept in IndexedDB so that a reload
// or a closed browser loses nothing.
export interface Letter {
  // The sender's own number of the request: the server answers a repeat with the first answer.
  key: string;
  url: string;
  fields: [string, string][];
  // What the fields are called on the form.
  labels: Record<string, string>;
  // What it is, in the words of the form, and the page that it was written on.
  title: string;
  page: string;
  form: string;
  // The thing that the form writes a version of, where it says so.
  thing?: string | undefined;
  // Who wrote it: a letter is never sent under another's name.
  actor: string;
  writtenAt: number;
  tries: number;
  // What the server said no to, for a person to mend.
  refused: string | null;
  // Where the mandate that it lacked can be asked for, if that was why.
  ask?: string | undefined;
}

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("bavn-outbox", 1);
    asked.onupgradeneeded = (): void => {
      asked.result.createObjectStore("letters", { keyPath: "key" });
    };
    asked.onsuccess = (): void => resolve(asked.result);
    asked.onerror = (): void => reject(asked.error);
  });
  return opened;
}

async function run<T>(mode: IDBTransactionMode, act: (letters: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    // "strict": done means on disk, as everywhere in this house.
    const work = database.transaction("letters", mode, { durability: "strict" });
    const asked = act(work.objectStore("letters"));
    work.oncomplete = (): void => resolve(asked.result);
    work.onabort = work.onerror = (): void => reject(work.error ?? asked.error);
  });
}

const told = new BroadcastChannel("bavn-outbox");
/** Calls back when the letters have changed, here or in another tab. */
export function onChange(look: () => void): void {
  told.addEventListener("message", look);
  document.addEventListener("bavn:letters", look);
}
function changed(): void {
  told.postMessage("changed");
  document.dispatchEvent(new Event("bavn:letters"));
}

export async function keep(letter: Letter): Promise<void> {
  await run("readwrite", (letters) => letters.put(letter));
  changed();
}
export async function discard(key: string): Promise<void> {
  await run("readwrite", (letters) => letters.delete(key));
  changed();
}
export async function discardAll(): Promise<void> {
  await run("readwrite", (letters) => letters.clear());
  changed();
}
export const find = (key: string): Promise<Letter | undefined> =>
  run<Letter | undefined>("readonly", (letters) => letters.get(key));
/** All letters, the oldest first. */
export async function all(): Promise<Letter[]> {
  const found = await run<Letter[]>("readonly", (letters) => letters.getAll());
  return found.sort((one, other) => one.writtenAt - other.writtenAt);
}

/** A number that no other request has; also where the page has no secure context. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
