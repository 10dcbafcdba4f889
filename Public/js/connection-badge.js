/** `<connection-badge>`: how this page is kept up to date, and a button that stops and resumes it (WCAG 2.2.2). */

/** @type {Record<import("./types.d.ts").StateName, [label: string, tone: string, icon: string]>} */
const LOOKS = {
  connecting: ["Connecting", "neutral", "pending"],
  live: ["Live", "success", "live"],
  reconnecting: ["Reconnecting", "warning", "reconnecting"],
  refreshing: ["Refreshing every 5 s", "info", "refreshing"],
  paused: ["Paused", "neutral", "paused"],
  offline: ["Offline", "danger", "offline"],
  refused: ["No access to updates", "danger", "failed"],
  done: ["Up to date", "neutral", "good"],
};

export class ConnectionBadge extends HTMLElement {
  badge = document.createElement("span");
  button = document.createElement("button");
  countdown = 0;

  connectedCallback() {
    this.button.type = "button";
    this.button.className = "button-quiet button-small";
    this.button.addEventListener("click", () => this.dispatchEvent(new Event("toggle-updates", { bubbles: true })));
  }

  disconnectedCallback() {
    clearInterval(this.countdown);
  }

  /** @param {import("./types.d.ts").State} state */
  show(state) {
    clearInterval(this.countdown);
    const [label, tone, icon] = LOOKS[state.name];
    this.badge.className = `badge tone-${tone}`;
    this.badge.setAttribute("data-icon", icon);
    this.badge.textContent = label;
    this.button.textContent = state.name === "paused" ? "Resume updates" : "Pause updates";
    this.button.hidden = /refused|done|offline/.test(state.name);
    if (!this.badge.isConnected) this.replaceChildren(this.badge, " ", this.button);
    if (state.retryInMs === undefined) return;
    const due = performance.now() + state.retryInMs;
    const count = () => {
      const left = Math.max(0, Math.ceil((due - performance.now()) / 1000));
      this.badge.textContent = `${label} in ${left} s`;
    };
    count();
    this.countdown = setInterval(count, 1000);
  }
}

customElements.define("connection-badge", ConnectionBadge);
