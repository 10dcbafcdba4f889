/** Joins a socket to the page: online, hidden, the back-forward cache, the badge, and refreshing in its place. */
import { ConnectionBadge } from "./connection-badge.js";
import { ReconnectingSocket } from "./socket.js";

const REFRESH_MS = 5000;

export class LiveConnection {
  polling = 0;
  ended = new AbortController();
  /** @type {import("./types.d.ts").State} */
  state = { name: "connecting" };

  /** @param {HTMLElement} root @param {import("./types.d.ts").ConnectionOptions} options */
  constructor(root, options) {
    const badge = root.querySelector("connection-badge");
    this.badge = badge instanceof ConnectionBadge ? badge : null;
    this.refresh = options.refresh;
    const socket = this.socket = new ReconnectingSocket({
      ...options,
      url: () => location.origin.replace(/^http/, "ws") + options.path(),
      onState: (state) => this.show(state),
      createSocket: (url) => new WebSocket(url),
      timers: { setTimeout: (run, ms) => setTimeout(run, ms), clearTimeout: (id) => clearTimeout(id) },
      random: Math.random,
    });
    const { signal } = this.ended;
    addEventListener("online", () => socket.set("offline", false), { signal });
    addEventListener("offline", () => socket.set("offline", true), { signal });
    addEventListener("pagehide", () => socket.set("suspended", true), { signal });
    addEventListener("pageshow", () => socket.set("suspended", false), { signal });
    document.addEventListener("visibilitychange", () => socket.setHidden(document.hidden), { signal });
    root.addEventListener("toggle-updates", () => socket.set("paused", this.state.name !== "paused"), { signal });
    if (!navigator.onLine) socket.set("offline", true);
    socket.set("not started", false);
  }

  get isOver() {
    return this.ended.signal.aborted || this.state.name === "done";
  }

  /** @param {import("./types.d.ts").State} state */
  show(state) {
    if (this.ended.signal.aborted) return;
    this.state = state;
    this.badge?.show(state);
    clearInterval(this.polling);
    if (state.name === "refreshing") this.polling = setInterval(() => document.hidden || this.refresh(), REFRESH_MS);
    if (state.isReconnect || state.isSignedOut || state.name === "done") this.refresh();
  }

  end() {
    this.ended.abort();
    clearInterval(this.polling);
    this.socket.set("ended", true);
    this.badge?.show({ name: "done" });
  }
}
