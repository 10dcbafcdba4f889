/** Writes one snapshot into the marked places of a page: text alone, never HTML. */
import { dollars, duration, percent, rate, segments, skipped, status, thousands, tries } from "./format.js";

/** @typedef {import("./types.d.ts").Snapshot} Snapshot */

/** @param {Element} root @param {Snapshot} s */
export function paint(root, s) {
  const texts = {
    processed: thousands(s.processed),
    total: thousands(s.total),
    percentage: percent(s.percentage),
    success: thousands(s.success_count),
    failed: thousands(s.failure_count),
    skipped: thousands(skipped(s)),
    retrying: thousands(s.retrying_count),
    inFlight: thousands(s.in_flight),
    cancelled: thousands(s.cancelled_count),
    rate: rate(s.current_rate_per_second),
    elapsed: duration(s.elapsed_seconds),
    remaining: duration(s.estimated_remaining_seconds),
    cost: dollars(s.actual_cost_usd),
    projected: dollars(s.projected_cost_usd),
  };
  for (const [name, text] of Object.entries(texts)) {
    for (const place of root.querySelectorAll(`[data-live="${name}"]`)) place.textContent = text;
  }
  paintBadge(root.querySelector('[data-live="status"] .badge'), s.status, status(s.status));
  paintBar(root.querySelector("[data-bar]"), s);
  paintCurrent(root.querySelector('[data-live="currentLeads"]'), s.current_leads);
  paintErrors(root, s.recent_errors);
}

/** @param {Element | null} badge @param {string} icon @param {{ label: string, tone: string }} look */
function paintBadge(badge, icon, { label, tone }) {
  if (!badge) return;
  badge.className = `badge tone-${tone}`;
  badge.setAttribute("data-icon", icon);
  badge.textContent = label;
}

/** @param {Element | null} bar @param {Snapshot} s */
function paintBar(bar, s) {
  if (!bar) return;
  bar.setAttribute("aria-valuenow", s.percentage.toFixed(1));
  const text = `${thousands(s.processed)} of ${thousands(s.total)} processed, ${thousands(s.failure_count)} failed`;
  bar.setAttribute("aria-valuetext", text);
  for (const { name, x, width } of segments(s)) {
    const rect = bar.querySelector(`[data-segment="${name}"]`);
    rect?.setAttribute("x", String(x));
    rect?.setAttribute("width", String(width));
  }
}

/** @param {Element | null} list @param {{ name: string }[]} leads */
function paintCurrent(list, leads) {
  if (!list) return;
  list.replaceChildren(...leads.map(({ name }) => {
    const item = document.createElement("li");
    item.textContent = name;
    return item;
  }));
}

/** @param {Element} root @param {import("./types.d.ts").RecentError[]} errors */
function paintErrors(root, errors) {
  const list = root.querySelector('[data-live="recentErrors"]');
  const template = root.querySelector('template[data-template="error"]');
  if (!list || !(template instanceof HTMLTemplateElement)) return;
  list.replaceChildren(...errors.map((error) => {
    const item = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const parts = { lead: error.lead_name, code: error.code, message: error.message, attempts: tries(error.attempts) };
    for (const [name, text] of Object.entries(parts)) {
      const place = item.querySelector(`[data-error="${name}"]`);
      if (place) place.textContent = text;
    }
    return item;
  }));
  root.querySelector('[data-live="noErrors"]')?.toggleAttribute("hidden", errors.length > 0);
}

/** Says something to a screen reader, once. @param {string} text */
export function announce(text) {
  const place = document.querySelector("[data-announcer]");
  if (place) place.textContent = text;
}
