// SPDX-License-Identifier: Apache-2.0
// One touch calls: <a href="tel:…" data-called="form-id">. The telephone opens, and the form beside
// it is sent, so that who was called from which incident is kept without another key.

/** Has each touch of a number kept. */
export function watchTouches(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("[data-called]");
    const form = link && document.getElementById(link.dataset.called!);
    if (form instanceof HTMLFormElement) form.requestSubmit();
  });
}
