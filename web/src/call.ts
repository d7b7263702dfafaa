// SPDX-License-Identifier: Apache-2.0
// The questions after a report, by keys: a digit answers, nought or Escape passes over, arrow up goes
// back. Nothing waits for the server: each answer is a letter in the outbox, and the next question
// is there at once. After the last one the way to send has the focus.
import "./style/call.css";

const questions = document.querySelector<HTMLElement>("[data-questions]");
const send = document.getElementById("go-send");
const passed = new Set<string>();
const given = new Map<string, string>();
let current: string | undefined;

const cards = (): HTMLFormElement[] => [...(questions?.querySelectorAll<HTMLFormElement>("[data-question]") ?? [])];
const codeOf = (card: HTMLElement): string => card.dataset.question ?? "";
const cardOf = (code: string | undefined): HTMLFormElement | undefined =>
  cards().find((each) => codeOf(each) === code);

/** What was answered: by the page, and by what was pressed since. */
function answerOf(code: string): string | undefined {
  return given.get(code) ?? cardOf(code)?.dataset.answer;
}

/** True for a question that the answers before it lead to. */
function applies(card: HTMLElement): boolean {
  const [question, answer] = (card.dataset.after ?? "").split("=");
  return !question || answerOf(question) === answer;
}

function show(): void {
  for (const card of cards()) {
    card.hidden = !applies(card);
    card.toggleAttribute("data-current", codeOf(card) === current);
    for (const button of card.querySelectorAll<HTMLElement>("[data-skip]")) button.hidden = false;
  }
}

function goTo(card: HTMLFormElement | undefined): void {
  current = card && codeOf(card);
  show();
  const text = card?.querySelector<HTMLInputElement>("input[name=text]");
  (text ?? card ?? send)?.focus();
}

/** The next that is neither answered nor passed over; after the last one, the way to send. */
function next(): void {
  show();
  goTo(cards().find((each) => !each.hidden && answerOf(codeOf(each)) === undefined && !passed.has(codeOf(each))));
}

function back(): void {
  const open = cards().filter((each) => !each.hidden);
  const at = current === undefined ? open.length : open.findIndex((each) => codeOf(each) === current);
  const before = open[at - 1];
  if (before) goTo(before);
}

function pass(): void {
  if (current === undefined) return;
  passed.add(current);
  next();
}

function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const field = (event.target as Element).closest("input:not([type=hidden]), textarea, select");
  const card = cardOf(current);
  if (event.key === "Escape" && card) {
    event.preventDefault();
    pass();
  } else if (field) {
    return;
  } else if (event.key === "ArrowUp") {
    event.preventDefault();
    back();
  } else if (card && event.key === "0") {
    pass();
  } else if (card && /^[1-9]$/.test(event.key)) {
    card.querySelector<HTMLButtonElement>(`button[data-key="${event.key}"]`)?.click();
  }
}

document.addEventListener("keydown", pressed);
questions?.addEventListener("click", (event) => {
  const skip = (event.target as Element).closest("[data-skip]");
  const card = skip?.closest<HTMLElement>("[data-question]");
  if (!card) return;
  current = codeOf(card);
  pass();
});
// On the window, which hears it before the outbox takes it: what is pressed counts at once.
addEventListener(
  "submit",
  (event) => {
    const card = (event.target as Element).closest<HTMLElement>("[data-question]");
    if (!card) return;
    const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
    const text = card.querySelector<HTMLInputElement>("input[name=text]")?.value.trim();
    if (button?.name !== "answer" && !text) {
      event.preventDefault();
      event.stopImmediatePropagation();
      current = codeOf(card);
      pass();
      return;
    }
    given.set(codeOf(card), button?.name === "answer" ? button.value : "");
    // The outbox reads the form in this same turn; the focus goes on afterwards.
    queueMicrotask(next);
  },
  { capture: true },
);
document.addEventListener("htmx:after:swap", show);
next();
