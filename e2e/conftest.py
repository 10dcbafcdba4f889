"""Starts the real server in demo mode on a free port with an empty data folder, and hands out browsers with and without JavaScript."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / ".build" / os.environ.get("E2E_BUILD", "debug") / "batchreports"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
]
PASSWORD = "correct horse battery"


class Server:
    """One server process on a data folder; it can be killed and started again on the same folder and port."""

    def __init__(self, folder: pathlib.Path, demo: bool = True, **settings: str):
        self.folder = folder
        self.demo = demo
        self.settings = settings
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.output: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("BATCH_")}
        return clean | {"BATCH_DATA_DIR": str(self.folder), "BATCH_RETRY_DELAY": "0.2"} | self.settings

    def start(self) -> "Server":
        command = [str(BINARY), "serve", "--port", str(self.port)] + (["--demo"] if self.demo else [])
        self.output = []
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._read, daemon=True).start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", "\n".join(self.output))
            if found:
                self.port = int(found.group(1))
                if self.is_ready():
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError("the server did not start:\n" + "\n".join(self.output[-40:]))

    def _read(self) -> None:
        assert self.process and self.process.stdout
        for line in self.process.stdout:
            self.output.append(line.rstrip())

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def sign_in_link(self) -> str:
        found = re.search(r"http://\S+/login/link\?token=\S+", "\n".join(self.output))
        assert found, "no sign-in link was printed:\n" + "\n".join(self.output)
        return found.group(0)

    def command(self, *words: str, stdin: str = "") -> str:
        done = subprocess.run(
            [str(BINARY), *words], cwd=ROOT, env=self.environment(), input=stdin, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def add_account(self, email: str, role: str) -> str:
        self.command("accounts", "add", email, "--role", role, stdin=PASSWORD + "\n")
        return email

    def add_token(self, email: str) -> str:
        return self.command("tokens", "add", email, "--name", "test").strip().splitlines()[-1]

    def kill(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> int:
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@pytest.fixture(scope="session")
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
    """Makes browser contexts that are closed with the test, and fails the test on an uncaught script error."""
    opened: list[BrowserContext] = []
    errors: list[str] = []

    def make(javascript: bool = True, **options) -> BrowserContext:
        context = browser.new_context(java_script_enabled=javascript, **options)
        context.set_default_timeout(15_000)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()
    assert not errors, errors


accounts = 0


def sign_in(context: BrowserContext, server: Server, role: str = "operator") -> Page:
    """A page signed in with a fresh account of the role."""
    global accounts
    accounts += 1
    email = server.add_account(f"{role}{accounts}-{os.getpid()}@example.com", role)
    page = context.new_page()
    page.goto(server.url + "/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(server.url + "/")
    return page


@pytest.fixture
def operator(contexts, server) -> Page:
    return sign_in(contexts(), server)


@pytest.fixture
def operator_without_scripts(contexts, server) -> Page:
    return sign_in(contexts(javascript=False), server)


@pytest.fixture(params=[True, False], ids=["with-scripts", "without-scripts"])
def any_operator(request, contexts, server) -> Page:
    return sign_in(contexts(javascript=request.param), server)
