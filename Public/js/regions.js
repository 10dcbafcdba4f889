/** Replaces the marked regions of a page by those of the page as the server shows it now. */

/** Whether replacing it would take something from under the user's hands. @param {Element} region */
function isInUse(region) {
  return region.matches(":focus-within") || region.querySelector("input:checked, details[open]") !== null;
}

/**
 * Fetches this page again, or the one that it says it shows, and swaps its regions, or only those named.
 * @param {HTMLElement} root
 * @param {string[]} [names]
 * @returns {Promise<{ fresh: Document, isWhole: boolean } | null>} null when the page could not be had
 */
export async function refreshRegions(root, names) {
  const response = await fetch(root.dataset.url ?? location.href, { cache: "no-store" }).catch(() => null);
  if (response?.redirected) location.reload(); // The session is over: the sign-in page says so.
  if (!response?.ok) return null;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  let isWhole = true;
  for (const region of root.querySelectorAll("[data-region]")) {
    const name = region.getAttribute("data-region") ?? "";
    const next = fresh.querySelector(`[data-region="${name}"]`);
    if (!next || (names && !names.includes(name)) || next.isEqualNode(region)) continue;
    if (isInUse(region)) isWhole = false;
    else region.replaceWith(document.adoptNode(next));
  }
  return { fresh, isWhole };
}

/** Calls `run` at most once in `ms`, the last wish included. @param {number} ms @param {() => unknown} run */
export function atMostEvery(ms, run) {
  let next = 0;
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      next = Date.now() + ms;
      run();
    }, Math.max(0, next - Date.now()));
  };
}
