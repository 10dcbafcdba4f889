/** `<live-batch>`: keeps the detail page of one batch up to date while the batch is live. */
import { isTerminal, status } from "./format.js";
import { LiveConnection } from "./live-connection.js";
import { announce, paint } from "./paint.js";
import { atMostEvery, refreshRegions } from "./regions.js";
import { hasNewFacts } from "./snapshots.js";

/** @typedef {import("./types.d.ts").Snapshot} Snapshot */

const ROWS = ["failures", "leads"];
const MILESTONES = [75, 50, 25];

class LiveBatch extends HTMLElement {
  /** @type {Snapshot | null} */
  shown = null;
  seqs = new Map([[this.dataset.batch ?? "", Number(this.dataset.seq)]]);
  refreshRows = atMostEvery(5000, () => this.refresh(ROWS));
  refreshAll = atMostEvery(1000, () => this.refresh());
  refreshFacts = atMostEvery(1000, () => this.refresh(this.regions().filter((name) => name !== "leads")));
  ended = new AbortController();

  connectedCallback() {
    const lookAgain = atMostEvery(1000, () => this.lookAgain());
    document.addEventListener("visibilitychange", lookAgain, { signal: this.ended.signal });
    addEventListener("focus", lookAgain, { signal: this.ended.signal });
    if (this.hasAttribute("data-is-live")) this.connect();
  }

  connect() {
    this.connection?.end();
    this.connection = new LiveConnection(this, {
      path: () => `${this.dataset.socket}?after=${this.seqs.get(this.dataset.batch ?? "")}`,
      onMessage: (message) => this.take(message),
      refresh: this.refreshAll,
      seqs: this.seqs,
      endsOn1000: true,
    });
  }

  disconnectedCallback() {
    this.ended.abort();
    this.connection?.end();
  }

  regions() {
    return [...this.querySelectorAll("[data-region]")].map((region) => region.getAttribute("data-region") ?? "");
  }

  /** No socket tells an ended batch's page that somebody retried it: it asks when the user comes back to it. */
  async lookAgain() {
    if (document.hidden || this.connection?.isOver === false) return;
    const address = (this.dataset.socket ?? "").replace(/progress$/, "status");
    const response = await fetch(address, { cache: "no-store" }).catch(() => null);
    const seq = response?.ok ? (await response.json()).progress.seq : 0;
    if (seq > (this.seqs.get(this.dataset.batch ?? "") ?? 0)) location.reload();
  }

  /** @param {Snapshot} snapshot */
  take(snapshot) {
    const before = this.shown;
    this.shown = snapshot;
    paint(this, snapshot);
    this.tell(before, snapshot);
    const { status: statusBefore, reason: reasonBefore } = this.dataset;
    this.dataset.status = snapshot.status;
    this.dataset.reason = snapshot.status_reason;
    if (isTerminal(snapshot.status)) this.classList.remove("is-live");
    if (snapshot.status !== statusBefore) return this.refreshAll();
    if (before && before.processed !== snapshot.processed) this.refreshRows();
    if (hasNewFacts(before, snapshot, reasonBefore)) this.refreshFacts();
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
    if (!result?.isWhole && this.connection?.state.name === "live") setTimeout(this.refreshFacts, 5000);
    if (fresh && !fresh.hasAttribute("data-is-live")) {
      this.classList.remove("is-live");
      this.connection?.end();
      if (!result?.isWhole) setTimeout(this.refreshAll, 5000);
    } else if (fresh && this.connection?.isOver) {
      // Retried meanwhile: it is live again.
      this.classList.add("is-live");
      this.dataset.status = fresh.getAttribute("data-status") ?? "";
      this.connect();
    } else if (this.shown && Number(fresh?.getAttribute("data-seq")) <= this.shown.seq) paint(this, this.shown);
  }
}

customElements.define("live-batch", LiveBatch);
