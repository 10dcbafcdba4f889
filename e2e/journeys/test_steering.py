"""Batches are steered on their way: more leads at once, another priority, a planned start, and several batches together."""

import datetime
import itertools
import re

from playwright.sync_api import expect

from support import journey
from support.leads import DRIP, HANGING, LONG_RUN, QUICK
from support.waiting import eventually


def test_a_running_batch_gets_more_leads_at_once_and_another_priority(any_operator):
    operator, page = any_operator, any_operator.page
    batch_id = operator.start(LONG_RUN, max_concurrent=1)
    operator.wait_for_processed(batch_id, 1)
    operator.open(f"/batches/{batch_id}")
    page.get_by_role("link", name="Adjust…").click()
    page.get_by_label("Leads at once, 1 to 100").fill("8")
    page.get_by_label("Reason").first.fill("Their host <b>is fast</b>")
    page.get_by_role("button", name="Change leads at once").click()
    page.wait_for_url(journey.BATCH_URL)
    expect(page.get_by_role("status")).to_contain_text("8 leads at once from now on.")
    expect(page.get_by_role("region", name="History")).to_contain_text("“Their host <b>is fast</b>”")
    eventually(lambda: operator.batch(batch_id)["progress"]["in_flight"] > 1, "more than one in flight")

    page.get_by_role("link", name="Adjust…").click()
    page.get_by_label("Priority of this batch").select_option("High")
    page.get_by_role("button", name="Change priority").click()
    expect(page.get_by_role("status")).to_contain_text("High priority from now on.")
    expect(page.get_by_role("region", name="Settings of this batch")).to_contain_text("High")
    assert operator.wait_for_end(batch_id)["priority"] == "high"


def test_an_open_page_shows_what_was_adjusted_elsewhere_and_keeps_a_reason_that_is_being_typed(operator):
    batch_id = operator.start(DRIP, max_concurrent=1)
    page = operator.open(f"/batches/{batch_id}")
    expect(page.locator("connection-badge .badge")).to_have_text("Live")
    page.get_by_text("Reason", exact=True).click()
    page.get_by_label("Reason for the pause, optional").fill("Their host asked")
    operator.post(f"/batch/{batch_id}/priority", {"priority": "high"})
    settings = page.get_by_role("region", name="Settings of this batch")
    expect(settings).to_contain_text("High")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("region", name="History")).to_contain_text("“Their host asked”")
    operator.cancel(batch_id)


def test_an_open_page_says_why_its_batch_is_held_up_for_as_long_as_it_is(operator, server):
    batch_id = operator.start([HANGING])
    page = operator.open(f"/batches/{batch_id}")
    expect(page.locator("connection-badge .badge")).to_have_text("Live")
    for reason in ("Reports could not be written: the disk is <full>.", ""):
        server.change("UPDATE batch SET state_reason = ?, seq = seq + 1 WHERE id = ?", reason, batch_id)
        expect(page.get_by_role("heading", name="Held up")).to_have_count(1 if reason else 0)
        expect(page.get_by_text("the disk is <full>.")).to_have_count(1 if reason else 0)
    operator.cancel(batch_id)


def test_the_head_of_a_batch_is_drawn_in_the_order_in_which_it_is_read(operator):
    batch_id = operator.start([HANGING], description="For the spring sale")
    page = operator.page
    for width in (320, 700, 780, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        operator.open(f"/batches/{batch_id}")
        parts = page.eval_on_selector_all(".batch-head > *", "all => all.map((one) => one.getBoundingClientRect().toJSON())")
        assert len(parts) == 3
        for first, next_one in itertools.pairwise(parts):
            beside = next_one["left"] >= first["right"] - 1 and next_one["bottom"] > first["top"]
            assert beside or next_one["top"] >= first["bottom"] - 1, (width, parts)
    operator.cancel(batch_id)


def test_several_batches_are_paused_resumed_and_cancelled_from_the_list(any_operator):
    operator, page = any_operator, any_operator.page
    names = [f"Bulk {number} of {operator.email}" for number in (1, 2, 3)]
    ids = [operator.start(LONG_RUN[at : at + 3], max_concurrent=1, name=name) for at, name in zip((0, 3, 6), names, strict=True)]

    def act(button: str, ticked: list[str]) -> None:
        operator.open("/batches?refresh=off")
        for name in ticked:
            page.get_by_role("checkbox", name=f"Tick {name}", exact=True).check()
        page.get_by_label("Reason for the ticked ones").fill("A storm")
        page.get_by_role("button", name=button).click()

    act("Pause ticked", names[:2])
    expect(page.get_by_role("status")).to_contain_text("2 batches paused.")
    expect(page).to_have_url(re.compile(r"/batches\?refresh=off$"))
    assert [operator.batch(i)["status"] for i in ids[:2]] == ["paused", "paused"]
    assert operator.batch(ids[0])["status_reason"] == "A storm"

    act("Pause ticked", [names[0], names[2]])
    expect(page.get_by_role("status")).to_contain_text(f"1 batch paused. 1 was left as it is: “{names[0]}”: paused.")

    act("Resume ticked", [names[1]])
    expect(page.get_by_role("status")).to_contain_text("1 batch resumed.")

    act("Cancel ticked…", names)
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel 3 batches?")
    expect(page.get_by_label("Reason")).to_have_value("A storm")
    assert operator.batch(ids[0])["status"] == "paused"
    page.get_by_role("button", name="Cancel 3 batches").click()
    expect(page.get_by_role("status")).to_contain_text("3 batches cancelled.")
    for batch_id in ids:
        assert operator.wait_for_end(batch_id)["status"] == "cancelled"


def test_a_batch_is_planned_for_later_and_started_before(any_operator):
    operator, page = any_operator, any_operator.page
    journey.open_quote(operator, QUICK[:2])
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Start at").fill("2020-01-01T09:00")
    page.get_by_role("checkbox", name="I approve").check()
    page.get_by_role("button", name="Start 2 report").click()
    expect(page.get_by_text("The start has to lie in the future").first).to_be_visible()
    ahead = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    page.get_by_label("Start at").fill(ahead)
    batch_id = journey.approve_and_start(page, 2)
    expect(page.get_by_text("It starts on")).to_be_visible()
    assert operator.batch(batch_id)["status"] == "pending"
    page.get_by_role("button", name="Start now").click()
    expect(page.get_by_role("status")).to_contain_text("It starts now.")
    assert operator.wait_for_end(batch_id)["status"] == "completed"
