/// <reference lib="deno.ns" />
import { HIDDEN_LIMIT_MS, ReconnectingSocket, SILENCE_MS, SLOW_RETRY_MS } from "../../Public/js/socket.js";
import { equal } from "./assert.js";
import { FakeClock } from "./fake-clock.js";

/** @param {{ endsOn1000?: boolean, random?: number }} [given] */
function setUp({ endsOn1000 = true, random = 0 } = {}) {
  const clock = new FakeClock();
  /** @type {any[]} */
  const sockets = [];
  /** @type {any[]} */
  const states = [];
  /** @type {any[]} */
  const messages = [];
  /** @type {Map<string, number>} */
  const seqs = new Map();
  const socket = new ReconnectingSocket({
    url: () => `ws://host/progress?after=${seqs.get("a") ?? 0}`,
    onMessage: (message) => messages.push(message),
    seqs,
    onState: (state) => states.push(state),
    createSocket: (url) => {
      const fake = {
        url,
        sent: /** @type {string[]} */ ([]),
        isClosed: false,
        send: (/** @type {string} */ text) => fake.sent.push(text),
        close: () => {
          fake.isClosed = true;
        },
      };
      sockets.push(fake);
      return /** @type {any} */ (fake);
    },
    timers: clock,
    random: () => random,
    endsOn1000,
  });
  const last = () => sockets.at(-1);
  return {
    clock,
    socket,
    sockets,
    states,
    messages,
    last,
    start: () => socket.set("not started", false),
    open: () => last().onopen(),
    say: (/** @type {unknown} */ message) => last().onmessage({ data: JSON.stringify(message) }),
    lose: (code = 1006) => last().onclose({ code }),
    names: () => states.map((state) => state.name),
  };
}

Deno.test("it opens one socket and reports connecting, then live", () => {
  const t = setUp();
  t.start();
  t.open();
  equal(t.sockets.length, 1);
  equal(t.states, [{ name: "connecting" }, { name: "live", isReconnect: false }]);
});

Deno.test("it tries again after 1, 2, 4, 8 and 16 seconds, then each minute while the page refreshes itself", () => {
  const t = setUp();
  t.start();
  for (const [index, wait] of [1000, 2000, 4000, 8000, 16000].entries()) {
    t.lose();
    equal(t.states.at(-1), { name: "reconnecting", retryInMs: wait });
    t.clock.pass(wait - 1);
    equal(t.sockets.length, index + 1);
    t.clock.pass(1);
    equal(t.sockets.length, index + 2);
  }
  for (const tried of [7, 8]) {
    t.lose();
    equal(t.states.at(-1), { name: "refreshing" });
    t.clock.pass(SLOW_RETRY_MS);
    equal(t.sockets.length, tried);
  }
});

Deno.test("a socket that the server let go for the session says so at once, and is tried again", () => {
  const t = setUp();
  t.start();
  t.open();
  t.lose(1008);
  equal(t.states.at(-1), { name: "reconnecting", retryInMs: 1000, isSignedOut: true });
  t.clock.pass(1000);
  equal(t.sockets.length, 2);
});

Deno.test("jitter adds up to a quarter of the wait", () => {
  const t = setUp({ random: 1 });
  t.start();
  t.lose();
  equal(t.states.at(-1), { name: "reconnecting", retryInMs: 1250 });
});

Deno.test("a message, not a mere handshake, sets the wait back to one second", () => {
  const t = setUp();
  t.start();
  t.lose();
  t.clock.pass(1000);
  t.open();
  t.lose();
  equal(t.states.at(-1).retryInMs, 2000);
  t.clock.pass(2000);
  t.open();
  t.say({ type: "progress", seq: 1 });
  t.lose();
  equal(t.states.at(-1).retryInMs, 1000);
});

Deno.test("a reconnect asks for what came after the newest seq, and says that it is one", () => {
  const t = setUp();
  t.start();
  t.open();
  t.say({ type: "progress", batch_id: "a", seq: 42 });
  t.lose();
  t.clock.pass(1000);
  equal(t.last().url, "ws://host/progress?after=42");
  t.open();
  equal(t.states.at(-1), { name: "live", isReconnect: true });
});

Deno.test("a message that is older than the last one of its batch is dropped, whichever socket brings it", () => {
  const t = setUp();
  t.start();
  t.open();
  for (const seq of [5, 4, 7, 6, 7, 8]) t.say({ type: "progress", batch_id: "a", seq });
  t.say({ type: "progress", batch_id: "b", seq: 1 });
  t.lose();
  t.clock.pass(1000);
  t.open();
  for (const seq of [3, 8, 9]) t.say({ type: "progress", batch_id: "a", seq });
  equal(t.messages.map((message) => message.batch_id + message.seq), ["a5", "a7", "a7", "a8", "b1", "a8", "a9"]);
});

Deno.test("close 1000 after the terminal snapshot ends it", () => {
  const t = setUp();
  t.start();
  t.open();
  t.lose(1000);
  t.clock.pass(10 * SLOW_RETRY_MS);
  t.socket.set("offline", true);
  t.socket.set("offline", false);
  equal(t.states.at(-1), { name: "done" });
  equal(t.sockets.length, 1);
  equal(t.clock.pending, 0);
});

Deno.test("the socket for a whole list comes back after a close 1000", () => {
  const t = setUp({ endsOn1000: false });
  t.start();
  t.open();
  t.lose(1000);
  equal(t.states.at(-1).name, "reconnecting");
});

Deno.test("close 4003 means no access: it stops and says so", () => {
  const t = setUp();
  t.start();
  t.open();
  t.lose(4003);
  t.clock.pass(10 * SLOW_RETRY_MS);
  equal(t.states.at(-1), { name: "refused" });
  equal(t.sockets.length, 1);
});

Deno.test("nothing is tried while offline; back online it connects at once", () => {
  const t = setUp();
  t.start();
  t.open();
  t.socket.set("offline", true);
  equal(t.states.at(-1), { name: "offline" });
  equal(t.last().isClosed, true);
  t.clock.pass(10 * SLOW_RETRY_MS);
  equal(t.sockets.length, 1);
  t.socket.set("offline", false);
  equal(t.sockets.length, 2);
});

Deno.test("a page that starts offline waits for the network", () => {
  const t = setUp();
  t.socket.set("offline", true);
  t.start();
  equal(t.sockets.length, 0);
  equal(t.names(), ["offline", "offline"]);
  t.socket.set("offline", false);
  equal(t.sockets.length, 1);
});

Deno.test("a tab hidden for a minute lets go, and connects again when it is shown", () => {
  const t = setUp();
  t.start();
  t.open();
  t.socket.setHidden(true);
  t.say({ type: "progress", seq: 1 });
  t.clock.pass(SILENCE_MS);
  t.say({ type: "pong" });
  t.clock.pass(SILENCE_MS);
  t.say({ type: "pong" });
  t.clock.pass(HIDDEN_LIMIT_MS - 2 * SILENCE_MS - 1);
  equal(t.last().isClosed, false);
  t.clock.pass(1);
  equal(t.states.at(-1), { name: "paused" });
  equal(t.last().isClosed, true);
  t.socket.setHidden(false);
  equal(t.sockets.length, 2);
});

Deno.test("a tab hidden for a moment keeps its socket", () => {
  const t = setUp();
  t.start();
  t.open();
  t.socket.setHidden(true);
  t.clock.pass(1000);
  t.socket.setHidden(false);
  equal(t.sockets.length, 1);
  equal(t.last().isClosed, false);
});

Deno.test("the back-forward cache: closed on the way in, opened anew on the way out, however long it was", () => {
  const t = setUp();
  t.start();
  t.open();
  t.socket.set("suspended", true);
  equal(t.last().isClosed, true);
  equal(t.clock.pending, 0);
  t.clock.pass(3_600_000);
  equal(t.sockets.length, 1);
  t.socket.set("suspended", false);
  t.open();
  equal(t.sockets.length, 2);
  equal(t.states.at(-1), { name: "live", isReconnect: true });
});

Deno.test("with two reasons to wait, it waits until both are gone", () => {
  const t = setUp();
  t.start();
  t.open();
  t.socket.set("paused", true);
  t.socket.set("offline", true);
  t.socket.set("offline", false);
  equal(t.states.at(-1), { name: "paused" });
  equal(t.sockets.length, 1);
  t.socket.set("paused", false);
  equal(t.sockets.length, 2);
});

Deno.test("events of a socket that was let go change nothing", () => {
  const t = setUp();
  t.start();
  t.open();
  const old = t.last();
  t.socket.set("paused", true);
  t.socket.set("paused", false);
  t.open();
  old.onmessage({ data: '{"type":"progress","seq":9}' });
  old.onclose({ code: 1006 });
  equal(t.messages.length, 0);
  equal(t.states.at(-1).name, "live");
});

Deno.test("a silent peer is asked once, and left when it does not answer", () => {
  const t = setUp();
  t.start();
  t.open();
  t.clock.pass(SILENCE_MS);
  equal(t.last().sent, ['{"type":"ping"}']);
  t.say({ type: "pong" });
  equal(t.messages.length, 0);
  t.clock.pass(2 * SILENCE_MS - 1);
  equal(t.states.at(-1).name, "live");
  t.clock.pass(1);
  equal(t.states.at(-1).name, "reconnecting");
  equal(t.last().isClosed, true);
});
