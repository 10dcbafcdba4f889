/** A form is sent once: the pressed button shows that it works, and a second press does nothing. */
export function guardForms() {
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.method !== "post") return;
    if (form.ariaBusy) return event.preventDefault();
    form.ariaBusy = "true";
    if (event.submitter) event.submitter.ariaBusy = "true";
  });
  addEventListener("pageshow", () => {
    for (const busy of document.querySelectorAll("[aria-busy]")) busy.ariaBusy = null;
  });
}
