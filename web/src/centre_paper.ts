// SPDX-License-Identifier: Apache-2.0
// The grid for the paper hours: Enter goes to the next row, the arrows up and down, and there is
// always an empty row below. What was typed is kept in this tab until it has been told.
const KEPT = "centre-paper";
const form = document.getElementById("paper-form") as HTMLFormElement;
const body = form.querySelector("tbody")!;

const rows = (): HTMLTableRowElement[] => [...body.rows];
const fields = (row: HTMLTableRowElement): HTMLInputElement[] => [...row.querySelectorAll("input")];

function extend(): void {
  const last = rows().at(-1)!;
  if (!fields(last).some((each) => each.value)) return;
  const next = last.cloneNode(true) as HTMLTableRowElement;
  next.className = "";
  const number = rows().length + 1;
  for (const each of fields(next)) {
    each.value = "";
    each.removeAttribute("aria-invalid");
    each.ariaLabel = (each.ariaLabel ?? "").replace(/\d+$/, String(number));
  }
  next.cells[3]!.textContent = "";
  body.append(next);
}

function keyed(event: KeyboardEvent): void {
  const field = event.target as HTMLInputElement;
  const row = field.closest("tr");
  if (!row) return;
  const column = fields(row).indexOf(field);
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || column < 0 || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  extend();
  const next = rows()[rows().indexOf(row as HTMLTableRowElement) + step];
  // A new row is begun at its left.
  if (next) fields(next)[event.key === "Enter" ? 0 : column]?.focus();
}

function keep(): void {
  const typed = rows().map((row) => fields(row).map((each) => each.value));
  sessionStorage.setItem(KEPT, JSON.stringify(typed.filter((row) => row.some(Boolean))));
}

/** What was typed before the page was left or the server went away. */
function restore(): void {
  if (body.querySelector("[class^=p-]")) return;
  let typed: string[][];
  try {
    typed = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]") as string[][];
  } catch {
    return;
  }
  typed.forEach((values, index) => {
    const row = rows()[index];
    if (row) fields(row).forEach((each, column) => (each.value = values[column] ?? ""));
    extend();
  });
}

restore();
body.addEventListener("keydown", keyed);
body.addEventListener("input", () => {
  extend();
  keep();
});
if (body.querySelector("[class^=p-]")) {
  // What has been told is on record; only what is left is kept here.
  const left = rows().filter((row) => !row.classList.contains("p-told"));
  const typed = left.map((row) => fields(row).map((each) => each.value)).filter((row) => row.some(Boolean));
  sessionStorage.setItem(KEPT, JSON.stringify(typed));
}
(body.querySelector<HTMLInputElement>("[aria-invalid]") ?? rows().map(fields).flat().find((each) => !each.value))?.focus();
