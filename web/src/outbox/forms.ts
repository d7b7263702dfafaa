// SPDX-License-Identifier: Apache-2.0
// Forms marked data-outbox: what is typed is on this machine's disk before it is sent.
//   <form method="post" action="…" id="…" data-outbox="what it is, in words">
// The answer, a page or a part of one, takes the place of <main> or of the form.
import htmx from "htmx.org";
import { clock, text } from "../texts.ts";
import { fateOf } from "./fate.ts";
import { all, discard, find, keep, newKey, onChange, type Letter } from "./letters.ts";
import { actor, flush, inFlight, keepSending, post, wayToAsk, wrongIn } from "./send.ts";

export function watchForms(): void {
  document.addEventListener("submit", (event) => void submitted(event), { capture: true });
  onChange(() => void count());
  void count();
  keepSending();
  void openLetter();
}

async function submitted(event: SubmitEvent): Promise<void> {
  const form = event.target as HTMLFormElement;
  if (form.dataset.outbox === undefined || form.method !== "post") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    await send(form, letterOf(form, event.submitter));
  } finally {
    form.ariaBusy = null;
  }
}

function letterOf(form: HTMLFormElement, submitter: HTMLElement | null): Letter {
  const typed = [...new FormData(form, submitter).entries()].filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return {
    key: form.dataset.letter || newKey(),
    url: new URL(submitter?.getAttribute("formaction") ?? form.action, location.href).href,
    fields: typed,
    labels: labelsOf(form),
    title: titleOf(form, submitter),
    page: location.pathname + location.search,
    form: form.id,
    thing: form.dataset.thing,
    actor: actor(),
    writtenAt: Date.now(),
    tries: 1,
    refused: null,
  };
}

/** What it is, in words; where several buttons send one form, with what is on the one. */
function titleOf(form: HTMLFormElement, submitter: HTMLElement | null): string {
  const title = form.dataset.outbox || document.title;
  const pressed = submitter?.hasAttribute("name") ? submitter.textContent?.trim() : "";
  return pressed ? `${title}: ${pressed}` : title;
}

// So many of one's own go before; each of them has those before it behind it.
const AFTER_LIMIT = 16;
const written = new Map<string, string[]>();

/** Who writes of one thing again has seen what this machine wrote of it, also where the page has not. */
async function goOn(letter: Letter): Promise<void> {
  if (!letter.thing) return;
  const waiting = (await all()).filter((each) => each.thing === letter.thing && each.refused === null);
  const own = new Set([...(written.get(letter.thing) ?? []), ...waiting.map((each) => each.key)]);
  own.delete(letter.key);
  const before = [...own].slice(-AFTER_LIMIT);
  written.set(letter.thing, [...before, letter.key]);
  if (before.length) letter.fields.push(["after", before.join(" ")]);
}

function labelsOf(form: HTMLFormElement): Record<string, string> {
  const fields = [...form.elements].filter(
    (each): each is HTMLInputElement => "name" in each && "labels" in each,
  );
  const named = fields.map((each) => [each.name, each.labels?.[0]?.firstChild?.textContent?.trim() ?? ""]);
  return Object.fromEntries(named.filter(([name, label]) => name && label));
}

async function send(form: HTMLFormElement, letter: Letter): Promise<void> {
  const status = statusOf(form);
  say(status, "", "");
  inFlight.add(letter.key);
  try {
    await goOn(letter);
    await keep(letter);
    void navigator.storage?.persist?.();
    const answer = await post(letter).catch(() => undefined);
    const fate = answer ? fateOf(answer) : "waits";
    if (fate === "waits" || fate === "signed-out") {
      // Emptied, or it would be sent a second time under another number.
      form.reset();
      delete form.dataset.letter;
      say(status, "kept", text(fate === "waits" ? "letter_kept" : "letter_kept_signed_out"));
      return;
    }
    await discard(letter.key);
    delete form.dataset.letter;
    if (fate === "arrived" && answer!.redirected) location.assign(answer!.url);
    else await show(form, answer!, letter);
  } catch {
    // The disk of this machine says no: what was typed stays in the form.
    say(status, "refused", text("letter_not_kept"));
  } finally {
    inFlight.delete(letter.key);
  }
}

/** Shows what the server answered; what was typed stays unless the answer brings it itself. */
async function show(form: HTMLFormElement, answer: Response, letter: Letter): Promise<void> {
  const body = await answer.text();
  if (!answer.ok && answer.status !== 422) {
    const refused = wrongIn(body) || text("letter_refused", { status: answer.status });
    say(statusOf(form), "refused", refused);
    const ask = wayToAsk(body, letter);
    if (ask) await offer(form, { ...letter, refused, ask });
    return;
  }
  const main = new DOMParser().parseFromString(body, "text/html").querySelector("main");
  if (main) {
    await htmx.swap({ target: document.querySelector("main")!, text: main.innerHTML, swap: "innerMorph" });
  } else if (answer.headers.get("content-type")?.includes("json")) {
    const wrong = answer.ok ? "" : wrongIn(body);
    if (answer.ok) form.reset();
    // What was unfolded to be written is folded again when it has arrived.
    if (answer.ok && form.dataset.closes !== undefined) form.closest("details")?.removeAttribute("open");
    say(statusOf(form), wrong ? "refused" : "sent", wrong || text("letter_sent", { at: clock(new Date(), true) }));
    return;
  } else {
    await htmx.swap({ target: form, text: body, swap: "outerMorph" });
  }
  document.querySelector<HTMLElement>("main .errors, main [aria-invalid]")?.focus();
}

/** What lacks a mandate waits here until that is there; the way to ask for it stands under it. */
async function offer(form: HTMLFormElement, letter: Letter): Promise<void> {
  await keep(letter);
  form.dataset.letter = letter.key;
  statusOf(form).append(" ", way(letter.ask!));
}

function way(ask: string): HTMLAnchorElement {
  const made = document.createElement("a");
  made.className = "button";
  made.href = ask;
  made.textContent = text("letter_ask");
  return made;
}

function statusOf(form: HTMLFormElement): HTMLElement {
  const found = form.querySelector<HTMLElement>(".form-status");
  if (found) return found;
  const made = document.createElement("output");
  made.className = "form-status";
  form.append(made);
  return made;
}

function say(status: HTMLElement, kind: string, says: string): void {
  status.dataset.kind = kind;
  status.textContent = says;
}

/** Tells in the header how many letters wait, and which need a person. */
async function count(): Promise<void> {
  const link = document.getElementById("outbox");
  if (!link) return;
  const letters = await all().catch(() => []);
  link.hidden = letters.length === 0;
  const refused = letters.filter((each) => each.refused !== null).length;
  link.textContent = refused
    ? text("outbox_refused", { count: refused })
    : text("outbox_waits", { count: letters.length });
  link.classList.toggle("danger", refused > 0);
}

/** Puts a letter back into its form: /some/page#letter=KEY. Its number stays: sent once, either way. */
async function openLetter(): Promise<void> {
  const key = new URLSearchParams(location.hash.slice(1)).get("letter");
  const letter = key ? await find(key).catch(() => undefined) : undefined;
  if (!letter) return;
  const forms = [...document.querySelectorAll<HTMLFormElement>("form[data-outbox]")];
  const form = forms.find((each) => each.id && each.id === letter.form) ?? forms.find((each) => each.action === letter.url);
  if (!form) return;
  for (const [name, value] of letter.fields) {
    if (name === "csrf" || name === "sender_ref") continue;
    for (const field of form.querySelectorAll<HTMLInputElement>(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "checkbox" || field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
  }
  form.dataset.letter = letter.key;
  if (letter.refused) say(statusOf(form), "refused", letter.refused);
  if (letter.ask) statusOf(form).append(" ", way(letter.ask));
  history.replaceState(null, "", location.pathname + location.search);
  form.querySelector<HTMLElement>("input:not([type=hidden]), select, textarea")?.focus();
}

/** Sign-out leaves nothing of anybody's on this machine; what has not been sent is asked about. */
export function watchSignOut(forget: () => Promise<void>): void {
  const dialog = document.getElementById("unsent") as HTMLDialogElement | null;
  document.addEventListener("submit", async (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset.signOut === undefined) return;
    event.preventDefault();
    await flush().catch(() => undefined);
    const waiting = await all().catch(() => []);
    if (waiting.length > 0 && dialog) {
      dialog.querySelector("[data-says]")!.textContent = text("unsent", { count: waiting.length });
      dialog.returnValue = "";
      dialog.showModal();
      await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
      if (dialog.returnValue !== "discard") return;
    }
    await forget().catch(() => undefined);
    form.submit();
  });
}
