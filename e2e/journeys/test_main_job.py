"""The main job: from a list of leads to reports that can be read, with a price that was approved before."""

import csv
import io
import re

from playwright.sync_api import expect

from support import journey, prices
from support.leads import DRIP, FAILING, SLOW
from support.people import sign_in

# In the order of their names, these stand on the first and on a later page of the leads with a website.
FIRST_PAGE = ["Alvarez Exteriors", "Ashford Garage", "Beacon Exteriors", "Delgado Animal Clinic", "Delgado Bread Company"]
SECOND_PAGE = ["Golden Oak Auto Repair", "Hollis Landscaping", "Iron Horse Building Design"]


def test_leads_become_reports_for_the_price_that_was_shown(any_operator, scripts, contexts):
    operator, page = any_operator, any_operator.page
    picked = FIRST_PAGE + SECOND_PAGE
    failing = {name: code for name, code in FAILING.items() if name in picked}

    operator.open("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Leads").click()
    page.get_by_label("Website", exact=True).select_option("yes")
    page.get_by_role("button", name="Filter", exact=True).click()
    with_website, all_leads = (operator.get(f"/leads{query}")["total_count"] for query in ["?has_website=yes", ""])
    expect(page.get_by_text(f"{with_website} of {all_leads} leads", exact=True)).to_be_visible()
    page.get_by_role("columnheader", name=re.compile("^Lead")).get_by_role("link").click()
    expect(page.get_by_role("columnheader", name=re.compile("^Lead"))).to_have_attribute("aria-sort", "ascending")

    journey.tick(page, FIRST_PAGE)
    journey.save_ticks(page, len(FIRST_PAGE), scripts)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("checkbox", name=f"Select {SECOND_PAGE[0]}")).not_to_be_checked()
    expect(journey.selected(page)).to_have_text(str(len(FIRST_PAGE)))
    journey.tick(page, SECOND_PAGE)
    journey.save_ticks(page, len(picked), scripts)

    page.get_by_role("link", name="First").click()
    for name in FIRST_PAGE:
        expect(page.get_by_role("checkbox", name=f"Select {name}", exact=True)).to_be_checked()
    other_device = sign_in(contexts(), operator.server, email=operator.email)
    expect(journey.selected(other_device.page)).to_have_text(str(len(picked)))
    other_device.context.close()

    page.get_by_role("button", name="Preview cost").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview")
    cost = page.get_by_role("region", name="Cost", exact=True)
    # How many of the leads get their report is foretold from the batches that ended before, of whichever test.
    reports = int(page.get_by_role("row", name="Base cost of a report").locator("td").first.inner_text())
    price = prices.dollars(prices.per_report(len(picked)) * reports)
    assert 0 < reports <= len(picked)
    expect(cost.locator(".grand")).to_have_text(price)
    expect(cost).to_contain_text(f"for {len(picked)} leads, ")
    expect(page.get_by_role("row", name="Total")).to_contain_text(price)
    approval = page.get_by_role("checkbox", name=f"I approve {price}")
    expect(approval).not_to_be_checked()
    most = prices.dollars(prices.total(len(picked)))
    assert journey.money(most) >= max(map(journey.money, re.findall(r"\$[\d.]+", page.locator(".approve").inner_text())))

    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Leads at once").fill("2")
    name = f"Main job of {operator.email}"
    page.get_by_label("Name").fill(name)
    batch_id = journey.approve_and_start(page, len(picked))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    loads = journey.Loads(page)
    expect(page.locator("connection-badge .badge")).to_have_text("Live" if scripts else "Refreshing every 5 s")

    expect(journey.status(page)).to_have_text("Completed with errors", timeout=90_000)
    assert loads.count == 0 if scripts else loads.count > 0
    expect(page.locator('[data-live="percentage"]')).to_have_text("100.0 %")
    assert journey.count(page, "success") == len(picked) - len(failing)
    assert journey.count(page, "failed") == len(failing)
    assert journey.money(page.locator('[data-live="cost"]').text_content()) == prices.per_report(8) * (len(picked) - len(failing))
    for badge in page.get_by_role("table", name="Leads of this batch").locator("tbody .badge").all():
        assert badge.text_content() in {"Done", "Failed"}

    page.get_by_role("link", name="Report of Ashford Garage").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ashford Garage")
    expect(page.get_by_role("img", name=re.compile(r"Score \d+ of 100"))).to_be_visible()
    expect(page.locator("ol.fixes > li h3")).to_have_count(3)
    for fix in page.locator("ol.fixes > li").all():
        expect(fix).to_contain_text("How:")

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Batches").click()
    page.get_by_label("Search", exact=True).fill(operator.email)
    page.get_by_label("Status", exact=True).select_option("completed_with_errors")
    page.get_by_role("button", name="Filter", exact=True).click()
    rows = page.locator("tr[data-batch]")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(name)
    page.get_by_label("Status", exact=True).select_option("cancelled")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_text("No batch matches this filter")).to_be_visible()

    operator.open(f"/batches/{batch_id}")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Errors CSV").click()
    text = downloading.value.path().read_text(encoding="utf-8-sig")
    listed = list(csv.DictReader(io.StringIO(text)))
    assert {row["lead_name"]: row["error_code"] for row in listed} == failing
    assert all(row["error_message"] for row in listed)


def test_a_tick_made_just_before_paging_on_is_kept(operator):
    page = operator.open("/leads?sort=name")
    page.locator("[data-tick-all]").wait_for()
    # Quicker than a hand can be, so that nothing else gets in between.
    page.evaluate("""() => {
      document.querySelector('input[aria-label="Select Ashford Garage"]').click();
      document.querySelector('a[rel="next"]').click();
    }""")
    page.wait_for_url(re.compile("cursor="))
    page.get_by_role("link", name="First").click()
    expect(page.get_by_role("checkbox", name="Select Ashford Garage", exact=True)).to_be_checked()
    expect(journey.selected(page)).to_have_text("1")


def test_a_tick_made_before_the_scripts_have_arrived_is_saved_too(operator):
    page = operator.page
    held, arriving = [], False
    page.route("**/*.js", lambda route: route.continue_() if arriving else held.append(route))
    page.goto(operator.url("/leads?sort=name"), wait_until="commit")
    journey.tick(page, ["Ashford Garage"])
    arriving = True
    for route in held:
        route.continue_()
    expect(journey.selected(page)).to_have_text("1")


def test_more_than_a_hundred_leads_are_ten_percent_cheaper(any_operator):
    page = any_operator.open("/leads?has_website=yes&sort=name")
    count = any_operator.get("/leads?has_website=yes")["total_count"]
    assert 100 < count <= 500
    page.get_by_role("button", name=f"Select all {count} matching").click()
    expect(journey.selected(page)).to_have_text(str(count))
    page.get_by_role("button", name="Preview cost").click()
    cost = page.get_by_role("region", name="Cost", exact=True)
    reports = int(page.get_by_role("row", name="Base cost of a report").locator("td").first.inner_text())
    assert 0 < reports <= count
    gross, net = prices.BASE * reports, prices.per_report(count) * reports
    expect(cost.locator(".grand")).to_have_text(prices.dollars(net))
    expect(page.get_by_role("row", name="Volume discount, 10 %")).to_contain_text(prices.dollars(gross - net))
    page.go_back()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(journey.selected(page)).to_have_text("0")


def test_nothing_is_written_by_looking_at_the_choices(any_operator):
    page = any_operator.open("/batches/new")
    expect(page.get_by_role("heading", name="No leads selected")).to_be_visible()
    journey.select_by_api(any_operator, SLOW[:1] + DRIP[:1])
    before = any_operator.server.rows("SELECT count(*) AS quotes FROM quote")[0]["quotes"]
    any_operator.open("/batches/new")
    expect(page.get_by_role("button", name="Preview cost")).to_be_visible()
    assert any_operator.server.rows("SELECT count(*) AS quotes FROM quote")[0]["quotes"] == before
