// SPDX-License-Identifier: Apache-2.0
// The page /outbox: every letter that waits, with what it says and what can be done about it. It is
// drawn from this machine alone, so it works with no server at all.
import { growOlder } from "../ages.ts";
import { text } from "../texts.ts";
import { all, discard, onChange, type Letter } from "./letters.ts";
import { actor, flush } from "./send.ts";

const list = document.getElementById("letters")!;
const empty = document.getElementById("no-letters")!;
const HIDDEN = new Set(["csrf", "sender_ref"]);

function make(tag: string, says = "", kind = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = says;
  made.className = kind;
  return made;
}

function waitsFor(letter: Letter): string {
  if (actor() === "") return "letter_kept_signed_out";
  return letter.actor === actor() ? "letter_waits" : "letter_of_another";
}

function drawn(letter: Letter): HTMLElement {
  const card = make("li", "", "card letter");
  card.dataset.key = letter.key;
  const written = document.createElement("time");
  written.dateTime = new Date(letter.writtenAt).toISOString();
  written.dataset.age = "";
  const state = letter.refused ?? text(waitsFor(letter));
  const head = make("p", "", "quiet");
  head.append(written);
  const says = make("dl", "", "said");
  for (const [name, value] of letter.fields) {
    // What a form holds for itself, such as the numbers of things, says nothing to a person.
    if (!HIDDEN.has(name) && value && (letter.labels[name] || !letter.thing)) says.append(make("dt", letter.labels[name] ?? name), make("dd", value));
  }
  card.append(
    make("h2", letter.title),
    head,
    make("p", state, letter.refused === null ? "" : "error"),
    says,
    buttons(letter),
  );
  return card;
}

function buttons(letter: Letter): HTMLElement {
  const row = make("p", "", "buttons");
  const edit = make("a", text("letter_edit"), "button") as HTMLAnchorElement;
  edit.href = `${letter.page}#letter=${letter.key}`;
  const drop = make("button", text("letter_discard"), "button danger") as HTMLButtonElement;
  drop.type = "button";
  drop.onclick = (): void => {
    // Asked once, in place: what is thrown away here exists nowhere else.
    if (drop.dataset.sure) void discard(letter.key);
    drop.dataset.sure = "yes";
    drop.textContent = text("letter_discard_sure");
  };
  if (letter.ask) {
    const ask = make("a", text("letter_ask"), "button primary") as HTMLAnchorElement;
    ask.href = letter.ask;
    row.append(ask);
  }
  row.append(edit, drop);
  return row;
}

async function draw(): Promise<void> {
  const letters = await all();
  empty.hidden = letters.length > 0;
  list.replaceChildren(...letters.map(drawn));
  growOlder(list);
}

document.getElementById("send-now")?.addEventListener("click", () => void flush());
onChange(() => void draw());
void draw();
