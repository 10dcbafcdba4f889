"""Failed leads of a batch that has ended are tried again for a price of their own, and nothing else is."""

import re

from playwright.sync_api import expect

from support import journey, prices
from support.axe import too_wide
from support.leads import FAILING, QUICK

NOT_HTML, IN_A_CIRCLE = "Delgado Bread Company", "Larsen Motor Works"


def start_and_fail(operator) -> str:
    batch_id = operator.start([*QUICK[:2], NOT_HTML, IN_A_CIRCLE])
    assert operator.wait_for_end(batch_id)["status"] == "completed_with_errors"
    return batch_id


def attempts(operator, batch_id: str) -> dict[str, int]:
    return {lead["lead_name"]: lead["attempts"] for lead in operator.batch_leads(batch_id)}


def test_the_leads_of_one_cause_are_retried_alone(any_operator):
    operator, page = any_operator, any_operator.page
    assert FAILING[NOT_HTML] == "not_html"
    batch_id = start_and_fail(operator)
    operator.open(f"/batches/{batch_id}")
    page.get_by_role("link", name=re.compile(r"^Retry 1 lead, about \$0\.0\d+…: Not a web page$")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Retry failed leads?")
    expect(page.get_by_role("heading", name="Failed leads: Not a web page")).to_be_visible()
    about = page.locator(".figure", has_text="Costs about")
    expect(about.locator("dd").first).to_have_text(re.compile(r"^\$0\.0\d+$"))
    assert too_wide(page) == []
    page.get_by_label("Reason").fill("The site <b>was repaired</b>")
    page.get_by_role("checkbox", name=f"I approve {prices.dollars(prices.per_report(4))}").check()
    page.get_by_role("button", name="Retry 1 lead").click()
    page.wait_for_url(journey.BATCH_URL)
    expect(page.get_by_role("status")).to_contain_text("Its failed leads are being tried again.")

    expect(journey.status(page)).to_have_text("Completed with errors", timeout=60_000)
    assert attempts(operator, batch_id) == {QUICK[0]: 1, QUICK[1]: 1, NOT_HTML: 2, IN_A_CIRCLE: 1}
    expect(page.locator('[data-live="cost"]')).to_have_text(prices.dollars(prices.per_report(4) * 2))
    history = page.get_by_role("region", name="History")
    expect(history.get_by_text("Failed leads retried", exact=True)).to_be_visible()
    expect(history).to_contain_text("“The site <b>was repaired</b>”")
    assert operator.batch(batch_id)["run"] == 2


def test_ticked_leads_are_retried_and_their_page_numbers_the_tries(any_operator):
    operator, page = any_operator, any_operator.page
    batch_id = start_and_fail(operator)
    operator.open(f"/batches/{batch_id}")
    expect(page.get_by_role("checkbox", name=f"Retry {QUICK[0]}")).to_have_count(0)
    page.get_by_role("checkbox", name=f"Retry {IN_A_CIRCLE}").check()
    page.get_by_role("button", name="Retry ticked leads…").click()
    expect(page.get_by_role("heading", name="The chosen lead")).to_be_visible()
    page.get_by_role("checkbox", name="I approve").check()
    page.get_by_role("button", name="Retry 1 lead").click()
    page.wait_for_url(journey.BATCH_URL)
    operator.wait_for_end(batch_id)
    assert attempts(operator, batch_id)[IN_A_CIRCLE] == 2 and attempts(operator, batch_id)[NOT_HTML] == 1
    operator.open(f"/leads/{operator.leads[IN_A_CIRCLE]}")
    table = page.get_by_role("table", name="Tries at this lead, newest first")
    assert [table.locator('td[data-label="Try"]').nth(row).inner_text().split()[-1] for row in (0, 1)] == ["2", "1"]


def test_the_page_of_an_ended_batch_comes_alive_again_after_a_retry_elsewhere(operator):
    batch_id = start_and_fail(operator)
    page = operator.open(f"/batches/{batch_id}")
    expect(page.locator("connection-badge")).to_have_count(0)
    operator.post(f"/batch/{batch_id}/retry", {"scope": "failed", "cost_approved": True})
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_text("Failed leads retried", exact=True)).to_be_visible()
    expect(journey.status(page)).to_have_text("Completed with errors", timeout=60_000)


def test_a_batch_in_which_nothing_failed_offers_no_retry(operator):
    batch_id = operator.start(QUICK[:2])
    operator.wait_for_end(batch_id)
    page = operator.open(f"/batches/{batch_id}")
    expect(page.get_by_role("link", name="Retry failed…")).to_have_count(0)
    answer = page.goto(operator.url(f"/batches/{batch_id}/retry"))
    assert answer and answer.status == 409
    refused = operator.post(f"/batch/{batch_id}/retry", {"scope": "failed", "cost_approved": True}, 409)
    assert refused["code"] == "invalid_transition"


def test_a_large_price_stands_in_one_line(operator):
    batch_id = start_and_fail(operator)
    page = operator.page
    for width in (320, 780, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        operator.open(f"/batches/{batch_id}/retry")
        price = page.locator(".figure", has_text="At most").locator("dd").first
        line = price.bounding_box()["height"]
        price.evaluate("(price) => { price.textContent = '$100,000.0000'; }")
        assert price.bounding_box()["height"] == line, width
