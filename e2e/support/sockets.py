"""Stands between a page and the server's sockets, so that a test can cut the line, hold it cut, and restore it."""

import json
import re

from playwright.sync_api import Page, WebSocketRoute

SOCKETS = re.compile(r"/api/batch/.*(progress|ws)")

RECORDER = """
window.shown = { processed: [], badges: [] };
const note = () => {
  const place = document.querySelector('[data-live="processed"]');
  const badge = document.querySelector('connection-badge .badge');
  const add = (list, value) => { if (list.at(-1) !== value) list.push(value); };
  if (place) add(shown.processed, Number(place.textContent.replaceAll(',', '')));
  if (badge) add(shown.badges, badge.textContent);
};
new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });
"""


class Line:
    """The line of one page: `cut` closes what is open and refuses what comes, `restore` lets sockets through again."""

    def __init__(self, page: Page):
        self.is_cut = False
        self.open: list[WebSocketRoute] = []
        self.received: list[dict] = []
        self.attempts = 0
        page.add_init_script(RECORDER)
        page.route_web_socket(SOCKETS, self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        self.attempts += 1
        if self.is_cut:
            socket.close(code=1011, reason="the line is cut")
            return
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            self.received.append(json.loads(message))
            socket.send(message)

        server.on_message(pass_on)
        self.open.append(socket)

    def cut(self) -> None:
        self.is_cut = True
        for socket in self.open:
            socket.close(code=1011, reason="the line is cut")
        self.open.clear()

    def restore(self) -> None:
        self.is_cut = False

    def send(self, message: dict) -> None:
        """Gives the page a message as if the server had sent it."""
        self.open[-1].send(json.dumps(message))


def shown(page: Page, what: str) -> list:
    """Everything that the page has shown so far, in order: `processed` or `badges`."""
    return page.evaluate(f"shown.{what}")


def assert_never_falls(page: Page) -> None:
    processed = shown(page, "processed")
    assert processed and processed == sorted(processed), processed
