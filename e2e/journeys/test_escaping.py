"""Names and websites that attack: they are shown as the text that they are, and nothing of them runs.

The `contexts` fixture fails each of these tests on a dialog, a script error or a break of the content policy."""

import csv
import io

from playwright.sync_api import expect

from support import journey
from support.leads import FORMULA_NAME, HOSTILE_PAGES, SCRIPT_NAME

WATCH = "window.violations = []; addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));"
ATTACKERS = [SCRIPT_NAME, FORMULA_NAME, *HOSTILE_PAGES]


def assert_nothing_ran(page) -> None:
    assert page.evaluate("window.violations") == []
    assert page.locator("main [onload], main [onerror], main [onclick], main [onmouseover]").count() == 0
    assert page.locator("main script, main iframe, main a[href^='javascript:'], main a[href^='data:']").count() == 0


def test_hostile_leads_are_text_on_every_page(operator):
    page = operator.page
    page.add_init_script(WATCH)
    batch_id = operator.start(ATTACKERS, max_concurrent=1, name="<img src=x onerror=alert(1)>", description="{{csrf}} <b>bold</b>")
    operator.open(f"/batches/{batch_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".lede")).to_have_text("{{csrf}} <b>bold</b>")
    expect(journey.status(page)).to_have_text("Completed", timeout=60_000)
    for name in ATTACKERS:
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    assert_nothing_ran(page)

    for path in ["/", f"/batches?created_by={operator.email}", f"/batches/{batch_id}/cancel"]:
        operator.open(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert_nothing_ran(page)

    operator.open("/leads?q=plumbing&sort=name")
    expect(page.get_by_role("link", name=SCRIPT_NAME, exact=True)).to_be_visible()
    expect(page.get_by_role("checkbox", name=f"Select {SCRIPT_NAME}", exact=True)).to_be_visible()
    assert_nothing_ran(page)
    for name in ATTACKERS:
        operator.open(f"/leads/{operator.leads[name]}")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        assert_nothing_ran(page)
        operator.open(f"/batches/{batch_id}/leads/{operator.leads[name]}/report")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        for details in page.locator("article details").all():
            details.evaluate("element => { element.open = true; }")
        assert_nothing_ran(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_downloaded_report_runs_nothing_either(operator, contexts):
    batch_id = operator.start(HOSTILE_PAGES)
    operator.wait_for_end(batch_id)
    for name in HOSTILE_PAGES:
        page = operator.open(f"/batches/{batch_id}/leads/{operator.leads[name]}/report")
        with page.expect_download() as downloading:
            page.get_by_role("link", name="Download", exact=True).click()
        text = downloading.value.path().read_text()
        alone = contexts().new_page()
        alone.set_content(text)
        expect(alone.get_by_role("heading", level=1)).to_have_text(name)
        assert alone.locator("script, iframe, [onload], [onerror], a[href^='javascript:']").count() == 0


def test_downloads_hold_no_formulas(operator):
    batch_id = operator.start([*ATTACKERS, "Delgado Bread Company"])
    operator.wait_for_end(batch_id)
    for file in ["results", "errors"]:
        answer = operator.context.request.get(operator.url(f"/api/batch/{batch_id}/{file}.csv"))
        assert answer.headers["content-type"].startswith("text/csv") and "attachment" in answer.headers["content-disposition"]
        rows = list(csv.reader(io.StringIO(answer.body().decode("utf-8-sig"))))
        assert len(rows) > 1
        for row in rows[1:]:
            assert len(row) == len(rows[0])
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r")) and not (cell.startswith("-") and not cell[1:2].isdigit()), cell
    results = operator.context.request.get(operator.url(f"/api/batch/{batch_id}/results.csv")).text()
    assert "'" + FORMULA_NAME in results


def test_words_in_the_address_are_text(any_operator):
    page = any_operator.page
    attack = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    leads = ["/leads?q=", "/leads?tag=", "/leads?sort=", "/leads?cursor=", "/leads?from="]
    for path in [*leads, "/batches?q=", "/batches?cursor=", "/batches/new?quote="]:
        answer = page.goto(any_operator.url(path + attack))
        assert answer and answer.status < 500, path
        assert page.locator("main script").count() == 0, path
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_every_answer_carries_the_content_policy(operator):
    for path in ["/login", "/leads", "/no/such/page", "/api/leads", "/health", "/settings/tokens"]:
        headers = operator.context.request.get(operator.url(path)).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
