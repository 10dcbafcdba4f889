/// <reference lib="deno.ns" />
import { hasNewFacts } from "../../Public/js/snapshots.js";
import { equal } from "./assert.js";

const before = {
  type: "progress",
  batch_id: "a",
  seq: 7,
  status: "processing",
  status_reason: "",
  processed: 3,
  total: 9,
  percentage: 33.3,
  success_count: 2,
  failure_count: 1,
  retrying_count: 0,
  in_flight: 2,
  cancelled_count: 0,
  current_leads: [],
  elapsed_seconds: 1,
  estimated_remaining_seconds: 9,
  current_rate_per_second: 1,
  actual_cost_usd: 0.1,
  estimated_cost_usd: 1,
  projected_cost_usd: 1,
  approved_cost_usd: 1,
  recent_errors: [],
};

Deno.test("a batch whose seq rose while none of its leads moved was adjusted", () => {
  equal(hasNewFacts(before, { ...before, seq: 8, elapsed_seconds: 2 }), true);
  equal(hasNewFacts(before, { ...before, elapsed_seconds: 2 }), false);
  equal(hasNewFacts(null, before), false);
  for (const moved of [{ in_flight: 3 }, { processed: 4 }, { status: "paused" }, { actual_cost_usd: 0.2 }]) {
    equal(hasNewFacts(before, { ...before, seq: 8, ...moved }), false);
  }
});

Deno.test("a reason that the page does not show is news, also while leads move and in the first message", () => {
  const held = { ...before, seq: 8, processed: 4, in_flight: 1, status_reason: "The disk is full" };
  equal(hasNewFacts(before, held, ""), true);
  equal(hasNewFacts(null, held, ""), true);
  equal(hasNewFacts(held, { ...held, seq: 9, processed: 5 }, held.status_reason), false);
  equal(hasNewFacts(held, { ...before, seq: 9, processed: 5 }, held.status_reason), true);
});
