"""Stands between a page and the server's sockets, so that a test can cut the line, hold it cut, and restore it."""

import json
import re

from playwright.sync_api import Page, WebSocketRoute

SOCKETS = re.compile(r"/api/batch/.*(progress|ws)")

# Keeps everything that was shown, and while the line is cut lets new sockets knock where nobody answers.
RECORDER = """
window.shown = { processed: [], badges: [], attempts: 0 };
window.isLineCut ??= false;
const note = () => {
  const place = document.querySelector('[data-live="processed"]');
  const badge = document.querySelector('connection-badge .badge');
  const add = (list, value) => { if (list.at(-1) !== value) list.push(value); };
  if (place) add(shown.processed, Number(place.textContent.replaceAll(',', '')));
  if (badge) add(shown.badges, badge.textContent);
};
new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });
const Socket = window.WebSocket;
window.WebSocket = function (url) {
  shown.attempts += 1;
  return new Socket(isLineCut ? String(url).replace('/api/', '/cut/') : url);
};
"""


class Line:
    """The line of one page: `cut` closes what is open and what comes, `restore` lets sockets through again."""

    def __init__(self, page: Page, is_cut: bool = False):
        self.page = page
        self.open: list[WebSocketRoute] = []
        self.received: list[dict] = []
        page.route_web_socket(SOCKETS, self._connect)
        if is_cut:
            page.add_init_script("window.isLineCut = true;")
        page.add_init_script(RECORDER)

    def _connect(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            self.received.append(json.loads(message))
            socket.send(message)

        server.on_message(pass_on)
        self.open.append(socket)

    def cut(self) -> None:
        self.page.evaluate("isLineCut = true")
        while self.open:
            self.open.pop().close(code=1011, reason="the line is cut")

    def restore(self) -> None:
        self.page.evaluate("isLineCut = false")

    def send(self, message: dict) -> None:
        """Gives the page a message as if the server had sent it."""
        self.open[-1].send(json.dumps(message))


def attempts(page: Page) -> int:
    return page.evaluate("shown.attempts")


def shown(page: Page, what: str) -> list:
    """Everything that the page has shown so far, in order: `processed` or `badges`."""
    return page.evaluate(f"shown.{what}")


def assert_never_falls(page: Page) -> None:
    processed = shown(page, "processed")
    assert processed and processed == sorted(processed), processed
