"""A pause lets what is in flight finish and begins nothing new; resuming goes on where it stopped."""

from playwright.sync_api import expect

from support import journey, prices
from support.leads import LONG_RUN, QUICK
from support.waiting import eventually


def test_a_paused_batch_rests_until_it_is_resumed(any_operator, scripts):
    operator, page = any_operator, any_operator.page
    picked = QUICK[:2] + LONG_RUN[:6]
    batch_id = operator.start(picked, max_concurrent=2)
    operator.wait_for_processed(batch_id, 1)
    operator.open(f"/batches/{batch_id}")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Paused. Leads in flight finish; nothing new begins.")
    expect(journey.status(page)).to_have_text("Paused")

    eventually(lambda: operator.batch(batch_id)["progress"]["in_flight"] == 0, "nothing in flight")
    resting = operator.batch(batch_id)["progress"]["processed"]
    operator.wait_for_end(operator.start(QUICK[2:4]))
    assert operator.batch(batch_id)["progress"]["processed"] == resting < len(picked)
    if scripts:
        expect(page.locator('[data-live="processed"]')).to_have_text(str(resting))

    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Running again.")
    expect(journey.status(page)).to_have_text("Completed", timeout=90_000)
    expect(page.locator('[data-live="cost"]')).to_have_text(prices.dollars(prices.total(len(picked))))
    history = page.get_by_role("region", name="History")
    for change in ["Placed", "Paused", "Resumed", "Completed"]:
        expect(history.get_by_text(change, exact=True)).to_be_visible()


def test_another_tab_learns_of_the_pause_by_itself(operator):
    batch_id = operator.start(LONG_RUN[:5], max_concurrent=1)
    operator.open(f"/batches/{batch_id}")
    other = operator.open(f"/batches/{batch_id}", operator.context.new_page())
    loads = journey.Loads(other)
    operator.page.get_by_role("button", name="Pause", exact=True).click()
    expect(journey.status(other)).to_have_text("Paused")
    other.get_by_role("button", name="Resume", exact=True).wait_for()
    expect(other.get_by_role("button", name="Pause", exact=True)).to_have_count(0)
    assert loads.count == 0
    operator.cancel(batch_id)


def test_a_batch_that_has_ended_cannot_be_paused_or_resumed(operator):
    batch_id = operator.start(QUICK[:1])
    operator.wait_for_end(batch_id)
    for action in ["pause", "resume"]:
        assert operator.post(f"/batch/{batch_id}/{action}", {}, 409)["code"] == "invalid_transition"
