/** `<live-list>`: keeps every batch shown on a page up to date through one socket. */
import { isTerminal } from "./format.js";
import { LiveConnection } from "./live-connection.js";
import { paint } from "./paint.js";
import { atMostEvery, refreshRegions } from "./regions.js";

class LiveList extends HTMLElement {
  /** Batches that were asked for already. @type {Set<string>} */
  asked = new Set();
  refresh = atMostEvery(5000, () => refreshRegions(this));

  connectedCallback() {
    this.connection = new LiveConnection(this, {
      path: () => this.dataset.socket ?? "",
      onMessage: (message) => this.take(message),
      refresh: this.refresh,
      seqs: new Map(),
      endsOn1000: false,
    });
  }

  disconnectedCallback() {
    this.connection?.end();
  }

  /** @param {import("./types.d.ts").Snapshot} snapshot */
  take(snapshot) {
    const id = snapshot.batch_id;
    const row = this.querySelector(`[data-batch="${CSS.escape(id)}"]`);
    if (!(row instanceof HTMLElement)) {
      if (!this.asked.has(id)) this.refresh();
      return this.asked.add(id);
    }
    if (snapshot.seq < Number(row.dataset.seq)) return;
    paint(row, snapshot);
    row.classList.toggle("is-live", !isTerminal(snapshot.status));
    if (row.dataset.status !== snapshot.status || this.hasAttribute("data-has-figures")) this.refresh();
    row.dataset.status = snapshot.status;
  }
}

customElements.define("live-list", LiveList);
