/** A clock that a test moves by hand; timers run in the order of their time. */
export class FakeClock {
  now = 0;
  #next = 1;
  /** @type {Map<number, { at: number, run: () => void }>} */
  #waiting = new Map();

  /** @param {() => void} run @param {number} ms */
  setTimeout = (run, ms) => {
    this.#waiting.set(this.#next, { at: this.now + ms, run });
    return this.#next++;
  };

  /** @param {number} id */
  clearTimeout = (id) => {
    this.#waiting.delete(id);
  };

  /** @param {number} ms */
  pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.#waiting].filter(([, timer]) =>
        timer.at <= end
      ).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (!due) break;
      this.#waiting.delete(due[0]);
      this.now = due[1].at;
      due[1].run();
    }
    this.now = end;
  }

  get pending() {
    return this.#waiting.size;
  }
}
