"""Hands out running servers, and browsers with and without JavaScript, with somebody signed in."""

import pathlib
import tempfile

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from support.people import Person, sign_in
from support.server import Server

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
]
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def server():
    """One demo server for all tests of a worker; each test signs in with an account of its own."""
    with tempfile.TemporaryDirectory(prefix="batchreports-e2e-") as folder:
        running = Server(pathlib.Path(folder)).start()
        yield running
        running.stop()


@pytest.fixture
def own_server(tmp_path):
    """A server of the test's own, for tests that kill or configure it."""
    started: list[Server] = []

    def make(**settings: str) -> Server:
        running = Server(tmp_path / f"data{len(started)}", **settings).start()
        started.append(running)
        return running

    yield make
    for running in started:
        if running.process and running.process.poll() is None:
            running.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def contexts(browser: Browser):
    """Makes browser contexts that are closed with the test; fails it on a script error, a dialog, or a break of the content policy."""
    opened: list[BrowserContext] = []
    faults: list[str] = []

    def note_message(message) -> None:
        if "Content Security Policy" in message.text or "Uncaught" in message.text:
            faults.append(message.text)

    def refuse_dialog(dialog) -> None:
        if dialog.type != "beforeunload":
            faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def make(javascript: bool = True, **options) -> BrowserContext:
        context = browser.new_context(java_script_enabled=javascript, **options)
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("console", note_message)
        context.on("dialog", refuse_dialog)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()
    assert not faults, faults


@pytest.fixture(params=[True, False], ids=["with-scripts", "without-scripts"])
def scripts(request) -> bool:
    """Runs a test twice: in a browser with JavaScript and in one without."""
    return request.param


@pytest.fixture
def operator(contexts, server) -> Person:
    return sign_in(contexts(), server)


@pytest.fixture
def any_operator(scripts, contexts, server) -> Person:
    return sign_in(contexts(javascript=scripts), server)
