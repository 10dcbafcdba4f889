"""Pages are light, and live updates do not push them about."""

import gzip

import pytest
from playwright.sync_api import expect

from support import journey
from support.leads import LONG_RUN, QUICK

KILOBYTE = 1024
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => { for (const entry of list.getEntries()) shifts.push([entry.value, entry.hadRecentInput]); })
  .observe({ type: 'layout-shift', buffered: true });
"""


@pytest.fixture
def batch(operator) -> str:
    batch_id = operator.start(QUICK)
    operator.wait_for_end(batch_id)
    return batch_id


def weigh(page, url: str) -> dict[str, int]:
    """Gzipped bytes of all that the first load of a page takes, by kind."""
    got: dict[str, tuple[str, bytes]] = {}

    def note(answer) -> None:
        if answer.request.resource_type in {"document", "stylesheet", "script"}:
            got[answer.url] = (answer.request.resource_type, b"")

    page.on("response", note)
    page.goto(url, wait_until="networkidle")
    page.remove_listener("response", note)
    weights: dict[str, int] = {}
    for address, (kind, _) in got.items():
        body = page.request.get(address, headers={"Accept": "text/html"}).body()
        weights[kind] = weights.get(kind, 0) + len(gzip.compress(body, 6))
    return weights


def test_each_first_load_is_light(operator, contexts, batch):
    stranger = contexts().new_page()
    for page, path in [(stranger, "/login"), (operator.page, "/"), (operator.page, "/leads"), (operator.page, f"/batches/{batch}")]:
        weights = weigh(page, operator.url(path))
        assert set(weights) == {"document", "stylesheet", "script"}, weights
        assert weights["script"] <= 10 * KILOBYTE, (path, weights)
        assert sum(weights.values()) <= 30 * KILOBYTE, (path, weights)


def test_assets_may_be_kept_for_good_and_pages_may_not(operator):
    page = operator.open("/")
    for selector, attribute in [('link[rel="stylesheet"]', "href"), ('script[type="module"]', "src")]:
        address = page.locator(selector).first.get_attribute(attribute)
        answer = operator.context.request.get(operator.url(address or ""), headers={"Accept-Encoding": "gzip"})
        assert "immutable" in answer.headers["cache-control"], address
    assert "no-store" in operator.context.request.get(operator.url("/leads")).headers["cache-control"]


def test_live_updates_move_nothing(operator):
    page = operator.page
    page.add_init_script(SHIFTS)
    batch_id = operator.start(LONG_RUN[:6] + ["Delgado Bread Company", "Larsen Motor Works"], max_concurrent=2)
    operator.open(f"/batches/{batch_id}")
    expect(page.locator("connection-badge .badge")).to_have_text("Live")
    page.evaluate("shifts.length = 0")
    expect(page.locator('[data-live="processed"]')).to_have_text("7", timeout=60_000)
    assert sum(value for value, had_input in page.evaluate("shifts") if not had_input) == 0


def test_the_first_paint_of_a_live_page_moves_nothing(operator):
    page = operator.page
    page.add_init_script(SHIFTS)
    batch_id = operator.start(LONG_RUN[:5], max_concurrent=1)
    for path in [f"/batches/{batch_id}", "/", "/batches", "/leads"]:
        operator.open(path)
        if path != "/leads":
            expect(page.locator("connection-badge .badge")).to_have_text("Live")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        # Below a thousandth nothing can be seen: a tenth counts as bad (web.dev, CLS).
        assert sum(value for value, had_input in page.evaluate("shifts") if not had_input) < 0.001, path
    operator.cancel(batch_id)
    expect(journey.status(operator.open(f"/batches/{batch_id}"))).to_have_text("Cancelled")
