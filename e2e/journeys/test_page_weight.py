"""Pages are light, and live updates do not push them about."""

import gzip

import pytest
from playwright.sync_api import expect

from support import journey
from support.leads import HANGING, LONG_RUN, QUICK

KILOBYTE = 1024
# A tenth counts as bad (web.dev, CLS). A busy machine lays a page out in pieces, as it arrives: what is read first stays,
# and its neighbours may move sideways by this much.
SEEN = 0.025
SHIFTS = """
window.shifts = [];
const rectangle = (box) => [box.x, box.y, box.width, box.height].map(Math.round).join(' ');
const moved = ({ node, previousRect, currentRect }) => {
  const element = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
  return `${element?.outerHTML.slice(0, 160)}: ${rectangle(previousRect)} -> ${rectangle(currentRect)}`;
};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) shifts.push({ value: entry.value, moved: entry.sources.map(moved) });
  }
}).observe({ type: 'layout-shift', buffered: true });
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
    # The last one never answers: nothing ends the batch while its page is watched.
    batch_id = operator.start(LONG_RUN[:5] + ["Delgado Bread Company", "Larsen Motor Works", HANGING], max_concurrent=3)
    operator.open(f"/batches/{batch_id}")
    page.evaluate("shifts.length = 0")
    expect(page.locator("connection-badge .badge")).to_have_text("Live")
    expect(page.locator('[data-live="processed"]')).to_have_text("7", timeout=60_000)
    assert page.evaluate("shifts") == []
    operator.cancel(batch_id)


def test_the_end_of_a_batch_moves_hardly_anything(operator):
    page = operator.page
    page.add_init_script(SHIFTS)
    batch_id = operator.start([LONG_RUN[1], "Delgado Bread Company"])
    operator.open(f"/batches/{batch_id}")
    expect(page.locator("connection-badge .badge")).to_have_text("Live")
    page.evaluate("shifts.length = 0")
    expect(page.locator("connection-badge .badge")).to_have_text("Up to date", timeout=60_000)
    expect(page.locator(".receipt")).to_be_visible()
    # The status has a longer name now, and the badge beside it makes room.
    shifts = page.evaluate("shifts")
    assert sum(shift["value"] for shift in shifts) < SEEN, shifts


def test_the_first_paint_of_a_live_page_moves_nothing(operator):
    page = operator.page
    page.add_init_script(SHIFTS)
    batch_id = operator.start(LONG_RUN[:5], max_concurrent=1)
    for path in [f"/batches/{batch_id}", "/", "/batches", "/leads"]:
        operator.open(path)
        if path != "/leads":
            expect(page.locator("connection-badge .badge")).to_have_text("Live")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        shifts = page.evaluate("shifts")
        assert sum(shift["value"] for shift in shifts) < SEEN, (path, shifts)
    operator.cancel(batch_id)
    expect(journey.status(operator.open(f"/batches/{batch_id}"))).to_have_text("Cancelled")
