/// <reference lib="deno.ns" />
import { paint } from "../../Public/js/paint.js";
import { equal } from "./assert.js";

/** A page that has only these places, by selector; each keeps the text and the attributes that it is given. @param {string[]} selectors */
function pageWith(selectors) {
  const places = new Map(selectors.map((selector) => [selector, place()]));
  const root = {
    querySelector: (/** @type {string} */ selector) => places.get(selector) ?? null,
    querySelectorAll: (/** @type {string} */ selector) => [places.get(selector)].filter(Boolean),
  };
  return { root: /** @type {any} */ (root), at: (/** @type {string} */ selector) => places.get(selector) };
}

function place() {
  /** @type {Record<string, string>} */
  const attributes = {};
  /** @type {Map<string, ReturnType<typeof place>>} */
  const parts = new Map();
  return {
    textContent: "",
    attributes,
    setAttribute: (/** @type {string} */ name, /** @type {string} */ value) => void (attributes[name] = value),
    /** @returns {any} */
    querySelector: (/** @type {string} */ selector) => {
      if (!parts.has(selector)) parts.set(selector, place());
      return parts.get(selector);
    },
  };
}

Deno.test("cancelled leads are counted and have their part of the bar, as on the server's page", () => {
  const page = pageWith(['[data-live="cancelled"]', "[data-bar]"]);
  paint(
    page.root,
    /** @type {any} */ ({
      status: "cancelled",
      total: 2000,
      processed: 500,
      percentage: 25,
      success_count: 500,
      failure_count: 0,
      retrying_count: 0,
      in_flight: 0,
      cancelled_count: 1500,
      current_leads: [],
      elapsed_seconds: 1,
      actual_cost_usd: 1,
      projected_cost_usd: 2,
      approved_cost_usd: 3,
      recent_errors: [],
    }),
  );
  equal(page.at('[data-live="cancelled"]')?.textContent, "1,500");
  equal(page.at("[data-bar]")?.querySelector('[data-segment="cancelled"]').attributes, { x: "25", width: "75" });
});
