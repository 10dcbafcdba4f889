/** Keeps one WebSocket open. It knows no page, so that a test can drive its clock. */

export const RETRY_DELAYS_MS = [1000, 2000, 4000, 8000, 16000];
/** From then on the page refreshes itself instead. */
export const SLOW_RETRY_MS = 60_000;
export const HIDDEN_LIMIT_MS = 60_000;
export const SILENCE_MS = 20_000;
const NO_ACCESS = 4003;
const SIGNED_OUT = 1008;

export class ReconnectingSocket {
  /** @type {import("./types.d.ts").SocketLike | null} */
  socket = null;
  failures = 0;
  hasBeenLive = false;
  isOver = false;
  /** Why nothing is tried at present; it connects when the last reason is gone. */
  holds = new Set(["not started"]);

  /** Timers by name: setting one again replaces it. @type {Map<string, number>} */
  waits = new Map();

  /** @param {import("./types.d.ts").SocketOptions} options */
  constructor(options) {
    this.options = options;
  }

  /**
   * Holds the socket back for a reason, or no more: "paused" by the user, "offline", "hidden",
   * "suspended" in the back-forward cache, which an open socket would keep the page out of.
   * @param {string} why
   * @param {boolean} isHeld
   */
  set(why, isHeld) {
    if (this.isOver || isHeld === this.holds.has(why)) return;
    isHeld ? this.holds.add(why) : this.holds.delete(why);
    this.failures = 0;
    this.drop();
    if (this.holds.size) this.options.onState({ name: this.holds.has("offline") ? "offline" : "paused" });
    else this.open();
  }

  /** A tab that is hidden for a minute lets its socket go. @param {boolean} isHidden */
  setHidden(isHidden) {
    this.cancel("hidden");
    if (isHidden) this.after("hidden", HIDDEN_LIMIT_MS, () => this.set("hidden", true));
    else this.set("hidden", false);
  }

  open() {
    const { url, onState, onMessage, createSocket, seqs } = this.options;
    if (!this.failures) onState({ name: "connecting" });
    /** @type {import("./types.d.ts").SocketLike} */
    const socket = createSocket(url());
    this.socket = socket;
    socket.onopen = () => {
      if (this.socket !== socket) return;
      onState({ name: "live", isReconnect: this.hasBeenLive });
      this.hasBeenLive = true;
      this.watchSilence();
    };
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      this.failures = 0;
      this.watchSilence();
      const message = JSON.parse(data);
      const { type, batch_id: id, seq } = message;
      if (type !== "progress" || seq < (seqs.get(id) ?? 0)) return;
      seqs.set(id, seq);
      onMessage(message);
    };
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.lost(code);
    };
  }

  /** @param {number} code */
  lost(code) {
    this.drop();
    if (code === NO_ACCESS || (code === 1000 && this.options.endsOn1000)) {
      this.isOver = true;
      return this.options.onState({ name: code === 1000 ? "done" : "refused" });
    }
    const delay = RETRY_DELAYS_MS[this.failures++];
    const wait = delay ? Math.round(delay * (1 + this.options.random() / 4)) : SLOW_RETRY_MS;
    const isSignedOut = code === SIGNED_OUT ? { isSignedOut: true } : {};
    this.options.onState(
      delay ? { name: "reconnecting", retryInMs: wait, ...isSignedOut } : { name: "refreshing", ...isSignedOut },
    );
    this.after("retry", wait, () => this.open());
  }

  /** A peer that is gone without a word: ask once, then take it as lost. */
  watchSilence() {
    this.after("silence", SILENCE_MS, () => {
      this.socket?.send('{"type":"ping"}');
      this.after("silence", SILENCE_MS, () => this.lost(1006));
    });
  }

  drop() {
    this.cancel("retry");
    this.cancel("silence");
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  /** @param {string} name @param {number} ms @param {() => void} run */
  after(name, ms, run) {
    this.cancel(name);
    this.waits.set(name, this.options.timers.setTimeout(run, ms));
  }

  /** @param {string} name */
  cancel(name) {
    this.options.timers.clearTimeout(this.waits.get(name) ?? 0);
    this.waits.delete(name);
  }
}
