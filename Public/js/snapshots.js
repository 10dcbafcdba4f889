/** What two snapshots of a batch say together. */

/** @typedef {import("./types.d.ts").Snapshot} Snapshot */

/** @type {(keyof Snapshot)[]} */
const MOVING = [
  "status",
  "processed",
  "success_count",
  "failure_count",
  "retrying_count",
  "in_flight",
  "cancelled_count",
  "actual_cost_usd",
];

/**
 * Whether the batch has changed though none of its leads did: somebody adjusted it.
 * @param {Snapshot | null} before
 * @param {Snapshot} now
 */
export function isAdjusted(before, now) {
  return before !== null && now.seq > before.seq && MOVING.every((name) => before[name] === now[name]);
}
