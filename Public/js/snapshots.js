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
function isAdjusted(before, now) {
  return before !== null && now.seq > before.seq && MOVING.every((name) => before[name] === now[name]);
}

/**
 * Whether what the page says beside the figures has changed, while its status has not.
 * @param {Snapshot | null} before
 * @param {Snapshot} now
 * @param {string} [reason] the one that the page shows
 */
export function hasNewFacts(before, now, reason = "") {
  return now.status_reason !== reason || isAdjusted(before, now);
}
