/** Saves ticks as they are made, ticks a whole page, and keeps the count of the selection right. */
import { thousands } from "./format.js";

const SAVE_AFTER_MS = 300;

/** @param {HTMLFormElement} form */
export function selectLeads(form) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('input[name="lead"]'));
  const all = /** @type {HTMLInputElement} */ (form.querySelector("[data-tick-all] input"));
  const state = /** @type {Element} */ (form.querySelector("[data-tick-state]"));
  let timer = 0;
  let isUnsaved = false;
  let saving = new AbortController();

  const showAll = () => {
    const ticked = [...boxes].filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  const stop = () => {
    clearTimeout(timer);
    saving.abort();
  };
  const save = async () => {
    saving = new AbortController();
    const { signal } = saving;
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    body.set("action", "save");
    try {
      const response = await fetch("/selection", {
        method: "POST",
        body,
        signal,
        keepalive: true,
        headers: { Accept: "application/json" },
      });
      const { count } = await response.json();
      for (const place of document.querySelectorAll("[data-selection-count]")) place.textContent = thousands(count);
      isUnsaved = false;
      state.textContent = " · saved";
    } catch {
      if (!signal.aborted) state.textContent = " · not saved: press “Save ticks on this page”";
    }
  };

  const saveSoon = () => {
    stop();
    isUnsaved = true;
    state.textContent = " · saving…";
    timer = setTimeout(save, SAVE_AFTER_MS);
  };

  form.addEventListener("change", ({ target }) => {
    if (target === all) { for (const box of boxes) box.checked = all.checked; }
    showAll();
    saveSoon();
  });
  form.addEventListener("submit", stop);
  // A link followed right after a tick: save first, so that the next page already knows of it.
  document.addEventListener("click", async (event) => {
    const link = /** @type {Element} */ (event.target).closest("a[href]");
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
    if (!link || !isUnsaved || opensElsewhere || event.defaultPrevented) return;
    event.preventDefault();
    stop();
    await Promise.race([save(), new Promise((done) => setTimeout(done, 2000))]);
    location.assign(/** @type {HTMLAnchorElement} */ (link).href);
  });
  addEventListener("pagehide", () => {
    if (isUnsaved) save();
  });
  all.parentElement?.removeAttribute("hidden");
  showAll();
  // Ticks made while this script was on its way.
  if ([...boxes].some((box) => box.checked !== box.defaultChecked)) saveSoon();
}
