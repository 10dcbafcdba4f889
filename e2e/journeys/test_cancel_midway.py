"""A batch is stopped in the middle: what was done stays and is paid, nothing else is, and nothing runs on."""

from playwright.sync_api import expect

from support import journey, prices
from support.leads import LONG_RUN, QUICK


def test_a_running_batch_is_cancelled_with_a_reason_and_a_receipt(any_operator, scripts):
    operator, page = any_operator, any_operator.page
    picked = QUICK[:2] + LONG_RUN
    batch_id = operator.start(picked, max_concurrent=2)
    operator.wait_for_processed(batch_id, 2)
    operator.open(f"/batches/{batch_id}")
    page.get_by_role("link", name="Cancel…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel this batch?")
    expect(page.get_by_text("Done, kept and charged")).to_be_visible()
    page.get_by_label("Reason").fill("The wrong list <b>was picked</b>")
    page.get_by_role("button", name="Cancel batch").click()
    page.wait_for_url(journey.BATCH_URL)
    expect(page.get_by_role("status").filter(has_text="goes back to the budget")).to_be_visible()

    expect(journey.status(page)).to_have_text("Cancelled", timeout=60_000)
    receipt = page.locator(".receipt")
    expect(receipt.get_by_role("heading")).to_have_text("Cancelled")
    expect(page.get_by_role("region", name="History")).to_contain_text("“The wrong list <b>was picked</b>”")
    counts = {name: journey.count(page, name) for name in ["success", "failed", "skipped", "retrying", "inFlight"]}
    cancelled = int(page.locator('li[data-segment="cancelled"]').inner_text().split()[0])
    assert counts["retrying"] == counts["inFlight"] == counts["skipped"] == 0
    assert 2 <= counts["success"] < len(picked) and cancelled > 0
    assert counts["success"] + counts["failed"] + cancelled == len(picked)
    charged = prices.per_report(len(picked)) * counts["success"]
    expect(page.locator('[data-live="cost"]')).to_have_text(prices.dollars(charged))
    expect(receipt).to_contain_text(f"charged {prices.dollars(charged)}")
    expect(receipt).to_contain_text(f"{prices.dollars(prices.total(len(picked)) - charged)} went back to the budget")

    # Another batch runs from start to end meanwhile, so time enough has passed.
    before = operator.batch_leads(batch_id)
    operator.wait_for_end(operator.start(QUICK[2:4]))
    assert operator.batch_leads(batch_id) == before
    page.reload()
    for name in ["Pause", "Resume"]:
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Cancel…")).to_have_count(0)


def test_a_batch_that_has_ended_cannot_be_cancelled(operator):
    batch_id = operator.start(QUICK[:1])
    operator.wait_for_end(batch_id)
    page = operator.open(f"/batches/{batch_id}/cancel")
    expect(page).to_have_url(journey.BATCH_URL)
    expect(page.get_by_role("status")).to_contain_text("This batch is completed, so it cannot be cancelled.")
    operator.post(f"/batch/{batch_id}/cancel", {}, 409)


def test_a_reason_that_is_too_long_comes_back_with_its_text(any_operator):
    operator, page = any_operator, any_operator.page
    batch_id = operator.start(LONG_RUN[:3], max_concurrent=1)
    operator.open(f"/batches/{batch_id}/cancel")
    page.locator("#reason").evaluate("field => field.removeAttribute('maxlength')")
    page.get_by_label("Reason").fill("x" * 501)
    with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        page.get_by_role("button", name="Cancel batch").click()
    assert posted.value.status == 422
    expect(page.get_by_label("Reason")).to_have_value("x" * 501)
    expect(page.get_by_role("alert")).to_contain_text("at most 500 characters")
    operator.cancel(batch_id)


def test_a_second_cancel_is_refused_and_the_first_one_stands(operator):
    batch_id = operator.start(LONG_RUN[:4], max_concurrent=1)
    operator.open(f"/batches/{batch_id}/cancel")
    other = operator.open(f"/batches/{batch_id}/cancel", operator.context.new_page())
    operator.page.get_by_role("button", name="Cancel batch").click()
    operator.page.wait_for_url(journey.BATCH_URL)
    with other.expect_response(lambda answer: answer.request.method == "POST") as posted:
        other.get_by_role("button", name="Cancel batch").click()
    assert posted.value.status in {303, 409}
    operator.wait_for_end(batch_id)
    assert operator.server.rows("SELECT count(*) AS n FROM audit WHERE subject_id = ? AND action = 'batch.cancel'", batch_id)[0]["n"] == 1
