/// <reference lib="deno.ns" />
import { refreshRegions } from "../../Public/js/regions.js";
import { equal } from "./assert.js";

Deno.test("a page that stands under another address is refreshed from the one that it shows", async () => {
  /** @type {string[]} */
  const asked = [];
  const own = globalThis.fetch;
  globalThis.fetch = /** @type {any} */ ((/** @type {string} */ url) => {
    asked.push(url);
    return Promise.reject(new Error("no network"));
  });
  try {
    const result = await refreshRegions(/** @type {any} */ ({ dataset: { url: "/batches?q=a" } }));
    equal(result, null);
    equal(asked, ["/batches?q=a"]);
  } finally {
    globalThis.fetch = own;
  }
});
