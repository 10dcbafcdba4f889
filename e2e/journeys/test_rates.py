"""An admin changes the prices: the form by keyboard and without scripts, refused and taken, planned for later; a batch keeps its card."""

import datetime

import pytest
from playwright.sync_api import expect

from support.axe import faults, too_wide
from support.people import sign_in


@pytest.fixture
def admin(scripts, contexts, server):
    return sign_in(contexts(javascript=scripts, viewport={"width": 320, "height": 640}), server, role="admin")


def test_prices_change_for_new_batches_only(admin, scripts):
    names = list(admin.leads)[:2]
    before = admin.preview(names)
    page = admin.open("/settings/rates")
    version = int(page.get_by_role("heading", name="Rate card").first.inner_text().split()[-1])
    page.get_by_role("link", name="New rate card", exact=True).click()
    base = page.get_by_label("Base cost of a delivered report")
    expect(base).not_to_have_value("")

    base.fill("-1")
    page.get_by_label("Note").fill("Prices of the e2e journey")
    page.get_by_role("button", name="Add rate card").last.click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be negative")
    expect(base).to_have_value("-1")
    expect(page.get_by_label("Note")).to_have_value("Prices of the e2e journey")
    if scripts:
        assert not faults(page)

    base.fill("0.09")
    base.press("Enter")
    expect(page.get_by_role("heading", name=f"Rate card {version + 1}")).to_be_visible()
    expect(page.get_by_role("region", name=f"Rate card {version + 1}")).to_contain_text("$0.0900")
    expect(page.get_by_role("table", name="All rate cards")).to_contain_text("Prices of the e2e journey")
    if scripts:
        assert not faults(page)
    assert admin.preview(names)["cost_breakdown"]["base_cost_usd"] == pytest.approx(0.18)
    assert before["cost_breakdown"]["base_cost_usd"] != pytest.approx(0.18) or version > 1


def test_a_tier_in_an_added_row_and_a_card_for_later(admin):
    page = admin.open("/settings/rates/new")
    rows = page.get_by_role("group", name="Tier ").count()
    page.get_by_role("button", name="More rows").click()
    expect(page.get_by_role("group", name="Tier ")).to_have_count(rows + 2)
    page.get_by_label("Note").fill("For the next year")
    day = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=200)
    page.get_by_label("Valid from").fill(f"{day:%Y-%m-%d}T08:30")
    page.get_by_role("button", name="Add rate card").last.click()
    coming = page.get_by_role("region", name="Coming").get_by_role("article").filter(has_text="For the next year").first
    expect(coming).to_contain_text(f"{day.day} {day:%b %Y}, 08:30")
    expect(coming).to_contain_text("Coming")


def test_a_card_for_later_is_withdrawn_with_a_reason(admin, scripts):
    day = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=100)
    note = f"Never to hold, scripts {scripts}"
    page = admin.open("/settings/rates/new")
    page.get_by_label("Note").fill(note)
    page.get_by_label("Valid from").fill(f"{day:%Y-%m-%d}T08:30")
    page.get_by_role("button", name="Add rate card").last.click()
    coming = page.get_by_role("article").filter(has_text=note)
    coming.get_by_role("link", name="Withdraw…").click()
    expect(page.get_by_role("heading", name="Rate card")).to_be_visible()
    assert (faults if scripts else too_wide)(page) == []
    page.get_by_label("Why is it withdrawn?").fill("The contract <b>fell through</b>")
    page.get_by_role("button", name="Withdraw rate card").click()
    expect(page.get_by_role("status").first).to_contain_text("is withdrawn: it will not hold.")
    expect(page.get_by_role("article").filter(has_text=note)).to_have_count(0)
    row = page.get_by_role("table", name="All rate cards").get_by_role("row").filter(has_text=note)
    expect(row).to_contain_text("Withdrawn")
    expect(row).to_contain_text("The contract <b>fell through</b>")
    assert (faults if scripts else too_wide)(page) == []
