/** Prints figures exactly as the server does, so that a live update never changes how a page reads. */

export const NONE = "–";

/** "1,234". @param {number} value */
export function thousands(value) {
  const digits = String(Math.trunc(Math.abs(value))).replace(/\B(?=(\d{3})+$)/g, ",");
  return value < 0 ? "−" + digits : digits;
}

/** "41.2 %". @param {number} value of 100 */
export function percent(value) {
  return `${value.toFixed(1)} %`;
}

/** "$1,450.0000". @param {number} usd */
export function dollars(usd) {
  const [whole, part] = Math.abs(usd).toFixed(4).split(".");
  return `${usd < 0 ? "−" : ""}$${thousands(Number(whole))}.${part}`;
}

/** "42 s", "6 min 12 s", "1 h 04 min", "2 d 3 h". @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds < 0) return NONE;
  const s = Math.floor(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  const hours = Math.floor(s / 3600);
  if (hours < 24) return `${hours} h ${String(Math.floor(s / 60) % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "118.2 per minute". @param {number | null | undefined} perSecond */
export function rate(perSecond) {
  return perSecond ? `${(perSecond * 60).toFixed(1)} per minute` : NONE;
}

/** "1 try", "4 tries". @param {number} count */
export function tries(count) {
  return count === 1 ? "1 try" : `${thousands(count)} tries`;
}

/** @type {Record<string, { label: string, tone: string }>} */
const STATUSES = {
  pending: { label: "Queued", tone: "neutral" },
  processing: { label: "Running", tone: "info" },
  paused: { label: "Paused", tone: "warning" },
  cancelling: { label: "Cancelling", tone: "warning" },
  cancelled: { label: "Cancelled", tone: "neutral" },
  completed: { label: "Completed", tone: "success" },
  completed_with_errors: { label: "Completed with errors", tone: "warning" },
  failed: { label: "Failed", tone: "danger" },
};

/** The badge of a batch's status. @param {string} name */
export function status(name) {
  return STATUSES[name] ?? { label: name, tone: "neutral" };
}

/** @param {string} name */
export function isTerminal(name) {
  return /^(completed|failed|cancelled)/.test(name);
}

/** Leads that are done without success or failure. @param {import("./types.d.ts").Snapshot} s */
export function skipped(s) {
  return Math.max(0, s.processed - s.success_count - s.failure_count);
}

/**
 * Where each part of the bar begins and how wide it is, in percent.
 * @param {import("./types.d.ts").Snapshot} s
 * @returns {{ name: string, x: number, width: number }[]}
 */
export function segments(s) {
  const round = (/** @type {number} */ value) => Math.round(value * 1000) / 1000;
  const counts = /** @type {[string, number][]} */ ([
    ["success", s.success_count],
    ["failed", s.failure_count],
    ["skipped", skipped(s)],
    ["retrying", s.retrying_count],
    ["in_flight", s.in_flight],
    ["cancelled", s.cancelled_count],
  ]);
  let x = 0;
  return counts.map(([name, count]) => {
    const width = s.total > 0 ? round(Math.min(count * 100 / s.total, 100 - x)) : 0;
    const segment = { name, x, width };
    x = round(x + width);
    return segment;
  });
}
