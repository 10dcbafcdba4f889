/// <reference lib="deno.ns" />
import { isAdjusted } from "../../Public/js/snapshots.js";
import { equal } from "./assert.js";

const before = {
  type: "progress",
  batch_id: "a",
  seq: 7,
  status: "processing",
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
  equal(isAdjusted(before, { ...before, seq: 8, elapsed_seconds: 2 }), true);
  equal(isAdjusted(before, { ...before, elapsed_seconds: 2 }), false);
  equal(isAdjusted(null, before), false);
  for (const moved of [{ in_flight: 3 }, { processed: 4 }, { status: "paused" }, { actual_cost_usd: 0.2 }]) {
    equal(isAdjusted(before, { ...before, seq: 8, ...moved }), false);
  }
});
