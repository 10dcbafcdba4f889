"""Paid providers: a price that is explained, a sample first, every charge shown, books that agree, and money that is kept to what was approved."""

import csv
import io
import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from support import journey
from support.axe import faults
from support.leads import DRIP, HANGING, QUICK, SLOW
from support.people import Person, sign_in
from support.server import Server

TITLES = {
    "base": "Base cost of a report", "pagespeed": "PageSpeed Insights", "screenshotone": "ScreenshotOne", "hunter": "Hunter",
    "data_axle": "Data Axle", "semrush": "Semrush", "openai": "OpenAI",
}  # fmt: skip
FIT = re.compile(r"Take the best (\d+) leads")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A demo whose paid providers are stubs with prices of their own, in pretend money."""
    running = Server(tmp_path_factory.mktemp("money"), paid=True, BATCH_REQUEST_TIMEOUT="5").start()
    yield running
    running.stop()


def mixed(person: Person, count: int) -> list[str]:
    """Leads of all kinds but those that take long."""
    return [name for name in person.leads if name not in {HANGING, *SLOW, *DRIP}][:count]


def cell(page: Page, row: str, at: int) -> str:
    return page.get_by_role("region", name="Price table").get_by_role("row").filter(has_text=row).locator("td").nth(at).inner_text()


def charges(person: Person, batch_id: str, lead: dict) -> Decimal:
    listed = person.get(f"/batch/{batch_id}/leads/{lead['lead_id']}/charges")
    total = sum((Decimal(str(charge["amount_usd"])) for charge in listed["charges"]), Decimal(0))
    assert total == Decimal(str(listed["cost_usd"]))
    return total


def grand(page: Page) -> Decimal:
    return journey.money(page.locator(".grand").inner_text())


def start(page: Page, at_once: int = 20) -> str:
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Leads at once").fill(str(at_once))
    page.get_by_role("checkbox", name="I approve").check()
    page.get_by_role("button", name=re.compile("^Start ")).click()
    page.wait_for_url(journey.BATCH_URL)
    return journey.batch_id(page)


def test_a_sample_runs_first_and_the_rest_follows_at_the_measured_price(any_operator):
    operator, page = any_operator, any_operator.page
    names = mixed(operator, 24)
    journey.open_quote(operator, names)
    for title in TITLES.values():
        calls, each, amount = (journey.money(cell(page, title, at)) for at in range(3))
        assert calls * each == amount and calls <= len(names), title
    whole = grand(page)
    assert sum(journey.money(cell(page, title, 2)) for title in TITLES.values()) == whole
    low, high = re.findall(r"\$[\d.]+", page.get_by_role("region", name="Cost", exact=True).locator("dd").first.inner_text())
    assert journey.money(low) <= whole <= journey.money(high)

    page.get_by_label("Leads to run first").fill("10")
    page.get_by_role("button", name="Run some of these first").click()
    expect(page.get_by_text("This is a sample. 14 leads are left for later")).to_be_visible()
    assert grand(page) < whole
    sample = start(page)
    charged = Decimal(str(operator.wait_for_end(sample)["actual_cost_usd"]))

    page = operator.open(f"/batches/{sample}")
    figures = page.get_by_role("region", name="Progress")
    assert journey.money(figures.locator('[data-live="cost"]').inner_text()) == charged
    assert sum(charges(operator, sample, lead) for lead in operator.batch_leads(sample)) == charged
    done = next(lead for lead in operator.batch_leads(sample) if lead["status"] == "completed")
    page.get_by_role("link", name=re.compile(f"^Charges of {re.escape(done['lead_name'])}")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Charges of {done['lead_name']}")
    expect(page.get_by_role("row").filter(has_text="Report delivered")).to_contain_text("$0.0500")
    expect(page.get_by_role("row", name="Total")).to_contain_text(f"${charges(operator, sample, done):.4f}")

    page = operator.open(f"/batches/{sample}")
    page.get_by_role("button", name="Run the other 14 at the measured price").click()
    expect(page.get_by_text("most of all from the sample of these leads")).to_be_visible()
    measured = grand(page)
    rest = start(page)
    expect(page.get_by_text("Approved", exact=True)).to_be_visible()
    ended = operator.wait_for_end(rest)
    assert ended["estimated_cost_usd"] == pytest.approx(float(measured))
    assert not {lead["lead_id"] for lead in operator.batch_leads(rest)} & {lead["lead_id"] for lead in operator.batch_leads(sample)}


def test_the_finance_file_and_the_analytics_agree_with_the_ledger(scripts, contexts, server):
    admin = sign_in(contexts(javascript=scripts), server, "admin")
    admin.wait_for_end(admin.start(QUICK[:5]))
    page = admin.open("/analytics")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Finance CSV").click()
    rows = list(csv.DictReader(io.StringIO(downloading.value.path().read_text(encoding="utf-8-sig"))))
    total = sum(Decimal(row["amount_usd"]) for row in rows)
    ledger = server.rows("SELECT sum(amount) AS micros FROM charge")[0]["micros"]
    assert total > 0 and total == Decimal(ledger) / 1_000_000
    expect(page.get_by_role("region", name="Spend", exact=True)).to_contain_text(f"${total:,.4f}")
    totals = admin.get("/batch/analytics")
    assert Decimal(str(totals["totals"]["spent_usd"])) == total
    for provider in totals["by_provider"]:
        amount = sum(Decimal(row["amount_usd"]) for row in rows if row["provider"] == provider["provider"])
        assert amount == Decimal(str(provider["amount_usd"])), provider
        listed = page.get_by_role("region", name="By provider").get_by_role("row").filter(has_text=TITLES[provider["provider"]]).first
        expect(listed).to_contain_text(f"${amount:,.4f}")


def test_leads_with_a_fresh_report_are_skipped_and_cost_nothing(any_operator):
    operator, page = any_operator, any_operator.page
    operator.wait_for_end(operator.start(QUICK[5:8]))
    journey.select_by_api(operator, QUICK[5:9])
    operator.open("/batches/new")
    page.get_by_label("Reuse fresh reports").select_option(label="Yes, up to 7 days old")
    page.get_by_role("button", name="Preview cost").click()
    expect(page.get_by_text(re.compile(r"^\d leads have a report of the last 7 days: they are reused, which saves about \$"))).to_be_visible()
    batch_id = start(page)
    ended = operator.wait_for_end(batch_id)
    counts = [lead["status"] for lead in operator.batch_leads(batch_id)]
    assert counts.count("skipped") >= 3 and counts.count("skipped") + counts.count("completed") == 4
    operator.open(f"/batches/{batch_id}")
    expect(page.get_by_role("region", name="Progress")).to_contain_text(f"${ended['saved_usd']:.4f} saved by reuse")
    row = page.get_by_role("row").filter(has_text=QUICK[5])
    expect(row).to_contain_text("reused")
    expect(row).to_contain_text("$0.0000")
    row.get_by_role("link", name=re.compile("^Report of")).click()
    expect(page.get_by_text("This batch reused the report of")).to_be_visible()


def test_the_best_leads_that_the_budget_can_pay_are_selected_in_one_click(own_server, contexts, scripts):
    server = own_server(paid=True, BATCH_DAILY_BUDGET_USD="1.00", BATCH_REQUEST_TIMEOUT="5")
    operator = sign_in(contexts(javascript=scripts), server)
    page = journey.open_quote(operator, mixed(operator, 30))
    refused = page.get_by_text(re.compile(r"The best \d+ leads by score fit"))
    expect(refused).to_be_visible()
    expect(page.get_by_role("checkbox", name="I approve")).to_have_count(0)
    count = int(FIT.search(page.get_by_role("button", name=FIT).inner_text()).group(1))
    if scripts:
        assert faults(page) == []
    page.get_by_role("button", name=FIT).click()
    expect(page.get_by_text(f"The best {count} leads by score are selected: this is their price.")).to_be_visible()
    expect(journey.selected(page)).to_have_text(str(count))
    assert grand(page) <= 1
    batch = operator.wait_for_end(start(page))
    assert batch["progress"]["processed"] == count and batch["actual_cost_usd"] <= 1


def test_a_batch_whose_money_is_spent_waits_for_another_approval(any_operator, server, scripts):
    operator, page = any_operator, any_operator.page
    batch_id = operator.start(SLOW[:4], max_concurrent=1)
    operator.wait_for_processed(batch_id, 1)
    # As if prices had been estimated too low: what is left of the approval is less than a lead.
    server.change("UPDATE reservation SET amount = settled + held + 20000 WHERE batch_key = (SELECT key FROM batch WHERE id = ?)", batch_id)
    operator.open(f"/batches/{batch_id}")
    expect(journey.status(page)).to_have_text("Paused")
    expect(page.get_by_role("link", name="Resume…")).to_be_visible()
    if scripts:
        assert faults(page) == []
    page.get_by_role("link", name="Resume…").click()
    expect(page.get_by_text("The money that was approved is spent")).to_be_visible()
    if scripts:
        assert faults(page) == []
    page.get_by_role("checkbox", name="I approve").check()
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Running again.")
    ended = operator.wait_for_end(batch_id)
    assert ended["status"] == "completed" and ended["progress"]["processed"] == 4


def test_pages_with_paid_providers_have_no_barrier(contexts, server, tmp_path):
    admin = sign_in(contexts(), server, "admin")
    batch_id = admin.start(QUICK[:4])
    admin.wait_for_end(batch_id)
    page = journey.open_quote(admin, mixed(admin, 12))
    found = {"quote": faults(page)}
    page.get_by_role("button", name="Run some of these first").click()
    expect(page.get_by_text("This is a sample.")).to_be_visible()
    found["sample"] = faults(page)
    lead = f"/batches/{batch_id}/leads/{admin.leads[QUICK[0]]}"
    settings = [f"/settings/{name}" for name in ["rates", "rates/new", "providers", "budget", "templates"]]
    for path in [f"/batches/{batch_id}", f"{lead}/report", f"{lead}/charges", "/analytics", *settings]:
        admin.open(path)
        found[path] = faults(page)
    assert {path: some for path, some in found.items() if some} == {}
    # The report that is sent to a customer stands alone.
    address = admin.open(f"{lead}/report").get_by_role("link", name="Download").get_attribute("href")
    copy = tmp_path / "report.html"
    copy.write_bytes(admin.context.request.get(admin.url(address or "")).body())
    page.goto(copy.as_uri())
    expect(page.get_by_role("heading", name="What other sources say")).to_be_visible()
    assert faults(page) == []
