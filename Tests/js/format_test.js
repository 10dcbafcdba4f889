/// <reference lib="deno.ns" />
import * as format from "../../Public/js/format.js";
import { equal } from "./assert.js";

/** @param {Partial<import("../../Public/js/types.d.ts").Snapshot>} given */
const snapshot = (given) => /** @type {import("../../Public/js/types.d.ts").Snapshot} */ ({
  total: 1000,
  processed: 0,
  success_count: 0,
  failure_count: 0,
  retrying_count: 0,
  in_flight: 0,
  cancelled_count: 0,
  ...given,
});

Deno.test("counts are grouped by thousands", () => {
  equal([0, 999, 1000, 1234567, -1234].map(format.thousands), ["0", "999", "1,000", "1,234,567", "−1,234"]);
});

Deno.test("money has four decimals, as Money.dollars prints it", () => {
  equal([0, 0.405, 1450, 20.6, -3.5, 0.00005].map(format.dollars), [
    "$0.0000",
    "$0.4050",
    "$1,450.0000",
    "$20.6000",
    "−$3.5000",
    "$0.0001",
  ]);
});

Deno.test("durations get coarser as they get longer", () => {
  equal([0, 0.9, 59.9, 60, 372.4, 3599, 3600, 3840, 86399, 86400, 183600].map(format.duration), [
    "0 s",
    "0 s",
    "59 s",
    "1 min 0 s",
    "6 min 12 s",
    "59 min 59 s",
    "1 h 00 min",
    "1 h 04 min",
    "23 h 59 min",
    "1 d 0 h",
    "2 d 3 h",
  ]);
});

Deno.test("what is unknown is a dash, never a guess", () => {
  equal([null, undefined, NaN, Infinity, -1].map(format.duration), ["–", "–", "–", "–", "–"]);
  equal([null, undefined, 0].map(format.rate), ["–", "–", "–"]);
});

Deno.test("a rate is by the minute, a percentage has one decimal, tries agree in number", () => {
  equal(format.rate(1.97), "118.2 per minute");
  equal([12, 41.25, 100].map(format.percent), ["12.0 %", "41.3 %", "100.0 %"]);
  equal([1, 4].map(format.tries), ["1 try", "4 tries"]);
});

Deno.test("skipped is what was processed without success or failure", () => {
  equal(format.skipped(snapshot({ processed: 412, success_count: 396, failure_count: 12 })), 4);
  equal(format.skipped(snapshot({ processed: 1, success_count: 2 })), 0);
});

Deno.test("the bar's parts stand side by side and never pass the end", () => {
  const s = snapshot({
    processed: 412,
    success_count: 396,
    failure_count: 12,
    retrying_count: 3,
    in_flight: 5,
    cancelled_count: 20,
  });
  equal(format.segments(s), [
    { name: "success", x: 0, width: 39.6 },
    { name: "failed", x: 39.6, width: 1.2 },
    { name: "skipped", x: 40.8, width: 0.4 },
    { name: "retrying", x: 41.2, width: 0.3 },
    { name: "in_flight", x: 41.5, width: 0.5 },
    { name: "cancelled", x: 42, width: 2 },
  ]);
  for (const total of [1, 3, 7, 999]) {
    for (let done = 0; done <= total; done++) {
      const parts = format.segments(snapshot({ total, processed: done, success_count: done, in_flight: total - done }));
      const end = Math.max(...parts.map((part) => part.x + part.width));
      if (end > 100.001 || parts.some((part) => part.width < 0)) throw new Error(`${done} of ${total} ends at ${end}`);
    }
  }
});

Deno.test("an empty batch has an empty bar", () => {
  equal(format.segments(snapshot({ total: 0 })).map((part) => part.width), [0, 0, 0, 0, 0, 0]);
});

Deno.test("four states are terminal", () => {
  const all = [
    "pending",
    "processing",
    "paused",
    "cancelling",
    "cancelled",
    "completed",
    "completed_with_errors",
    "failed",
  ];
  equal(all.filter(format.isTerminal), ["cancelled", "completed", "completed_with_errors", "failed"]);
});

Deno.test("a status that this page does not know is shown by its own name", () => {
  equal(format.status("archived"), { label: "archived", tone: "neutral" });
});
