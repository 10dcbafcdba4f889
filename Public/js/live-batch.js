/** `<live-batch>`: keeps the detail page of one batch up to date while the batch is live. */
import { isTerminal, status } from "./format.js";
import { LiveConnection } from "./live-connection.js";
import { announce, paint } from "./paint.js";
import { atMostEvery, refreshRegions } from "./regions.js";

/** @typedef {import("./types.d.ts").Snapshot} Snapshot */

const ROWS = ["failures", "leads"];
const MILESTONES = [75, 50, 25];

class LiveBatch extends HTMLElement {
  /** @type {Snapshot | null} */
  shown = null;
  seqs = new Map([[this.dataset.batch ?? "", Number(this.dataset.seq)]]);
  refreshRows = atMostEvery(5000, () => this.refresh(ROWS));
  refreshAll = atMostEvery(1000, () => this.refresh());

  connectedCallback() {
    if (!this.hasAttribute("data-is-live")) return;
    this.connection = new LiveConnection(this, {
      path: () => `${this.dataset.socket}?after=${this.seqs.get(this.dataset.batch ?? "")}`,
      onMessage: (message) => this.take(message),
      refresh: this.refreshAll,
      seqs: this.seqs,
      endsOn1000: true,
    });
  }

  disconnectedCallback() {
    this.connection?.end();
  }

  /** @param {Snapshot} snapshot */
  take(snapshot) {
    const before = this.shown;
    this.shown = snapshot;
    paint(this, snapshot);
    this.tell(before, snapshot);
    const statusBefore = this.dataset.status;
    this.dataset.status = snapshot.status;
    if (isTerminal(snapshot.status)) this.classList.remove("is-live");
    if (snapshot.status !== statusBefore) this.refreshAll();
    else if (before && before.processed !== snapshot.processed) this.refreshRows();
  }

  /** @param {Snapshot | null} before @param {Snapshot} now */
  tell(before, now) {
    if (!before) return;
    const passed = MILESTONES.find((mark) => before.percentage < mark && now.percentage >= mark);
    if (now.status !== before.status) {
      announce(`Batch: ${status(now.status).label}. ${now.processed} of ${now.total} processed.`);
    } else if (passed) announce(`${passed} percent done, ${now.failure_count} failed.`);
  }

  /** What the user is busy with stays, and is tried again until it is free. @param {string[]} [names] */
  async refresh(names) {
    const result = await refreshRegions(this, names);
    const fresh = result?.fresh.querySelector("live-batch");
    if (fresh && !fresh.hasAttribute("data-is-live")) {
      this.classList.remove("is-live");
      this.connection?.end();
      if (!result?.isWhole) setTimeout(this.refreshAll, 5000);
    } else if (this.shown && Number(fresh?.getAttribute("data-seq")) <= this.shown.seq) paint(this, this.shown);
  }
}

customElements.define("live-batch", LiveBatch);
