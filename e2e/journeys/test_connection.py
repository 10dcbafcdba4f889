"""A page that watches a batch stays true while connections come and go.

It says how it is kept up to date, and never shows less than before."""

import re

from playwright.sync_api import expect

from support import journey
from support.leads import LONG_RUN, QUICK
from support.people import sign_in
from support.sockets import RECORDER, Line, assert_never_falls, attempts
from support.waiting import eventually


def badge(page):
    return page.locator("connection-badge .badge")


def test_a_cut_line_is_announced_and_mended(operator):
    page = operator.page
    line = Line(page)
    batch_id = operator.start(LONG_RUN + QUICK[:2], max_concurrent=1)
    operator.open(f"/batches/{batch_id}")
    expect(badge(page)).to_have_text("Live")
    loads = journey.Loads(page)
    expect(page.locator('[data-live="currentLeads"]')).not_to_be_empty()
    line.cut()
    expect(badge(page)).to_have_text(re.compile(r"^Reconnecting in \d+ s$"))
    operator.wait_for_processed(batch_id, 2)
    line.restore()
    expect(badge(page)).to_have_text("Live")
    expect(page.locator('[data-live="processed"]')).not_to_have_text("0")
    newest = max(line.received, key=lambda message: message["seq"])
    line.send(newest | {"seq": 1, "processed": 0, "percentage": 0.0})
    operator.post(f"/batch/{batch_id}/pause", {})
    expect(journey.status(page)).to_have_text("Paused")
    assert_never_falls(page)
    assert loads.count == 0
    operator.cancel(batch_id)


def test_the_end_is_shown_even_when_it_came_while_the_line_was_cut(operator):
    page = operator.page
    line = Line(page)
    batch_id = operator.start(LONG_RUN[:4], max_concurrent=2)
    operator.open(f"/batches/{batch_id}")
    expect(badge(page)).to_have_text("Live")
    loads = journey.Loads(page)
    line.cut()
    operator.wait_for_end(batch_id)
    line.restore()
    expect(journey.status(page)).to_have_text("Completed")
    expect(page.locator('[data-live="processed"]')).to_have_text("4")
    expect(page.locator(".receipt")).to_contain_text("4 reports")
    expect(page.get_by_role("link", name=re.compile("^Report of "))).to_have_count(4)
    assert_never_falls(page)
    assert loads.count == 0


def test_where_sockets_are_blocked_for_good_the_page_refreshes_itself(operator):
    page = operator.page
    page.clock.install()
    Line(page, is_cut=True)
    batch_id = operator.start(LONG_RUN[:3], max_concurrent=1)
    operator.open(f"/batches/{batch_id}")
    loads = journey.Loads(page)

    def gave_up() -> bool:
        page.clock.fast_forward(20_000)
        page.wait_for_timeout(20)
        return badge(page).text_content() == "Refreshing every 5 s"

    eventually(gave_up, "refreshing instead of reconnecting")
    assert attempts(page) >= 5

    def ended() -> bool:
        page.clock.run_for(5_000)
        return journey.status(page).text_content() == "Completed"

    eventually(ended, "the end, by refreshing")
    expect(page.locator('[data-live="processed"]')).to_have_text("3")
    assert_never_falls(page)
    assert loads.count == 0


def test_a_restart_of_the_server_in_mid_run_is_survived(own_server, contexts):
    server = own_server()
    operator = sign_in(contexts(), server)
    page = operator.page
    page.add_init_script(RECORDER)
    picked = LONG_RUN[:8]
    batch_id = operator.start(picked, max_concurrent=2)
    operator.open(f"/batches/{batch_id}")
    expect(badge(page)).to_have_text("Live")
    loads = journey.Loads(page)
    operator.wait_for_processed(batch_id, 1)
    server.kill()
    expect(badge(page)).to_have_text(re.compile("^Reconnecting in"))
    server.start()
    expect(badge(page)).to_have_text(re.compile("^(Live|Up to date)$"))
    expect(journey.status(page)).to_have_text("Completed", timeout=90_000)
    expect(page.locator('[data-live="processed"]')).to_have_text(str(len(picked)))
    assert_never_falls(page)
    assert loads.count == 0


def test_a_graceful_stop_loses_nothing(own_server, contexts):
    server = own_server()
    operator = sign_in(contexts(), server)
    picked = LONG_RUN[:5]
    batch_id = operator.start(picked, max_concurrent=2)
    operator.wait_for_processed(batch_id, 1)
    assert server.stop() == 0
    server.start()
    batch = operator.wait_for_end(batch_id)
    assert (batch["status"], batch["progress"]["success_count"]) == ("completed", len(picked))


def test_a_refresh_and_a_second_tab_show_the_same(operator):
    page = operator.page
    page.add_init_script(RECORDER)
    batch_id = operator.start(LONG_RUN[:6], max_concurrent=2)
    operator.open(f"/batches/{batch_id}")
    operator.wait_for_processed(batch_id, 1)
    expect(page.locator('[data-live="processed"]')).not_to_have_text("0")
    before = journey.count(page, "processed")
    page.reload()
    assert journey.count(page, "processed") >= before
    other = operator.open(f"/batches/{batch_id}", operator.context.new_page())
    for tab in [page, other]:
        expect(journey.status(tab)).to_have_text("Completed", timeout=60_000)
        expect(tab.locator('[data-live="percentage"]')).to_have_text("100.0 %")
        expect(tab.locator('[data-live="cost"]')).to_have_text("$0.3000")
    assert_never_falls(page)


def test_the_dashboard_follows_all_batches_on_one_socket(operator):
    page = operator.page
    page.add_init_script(RECORDER)
    first = operator.start(LONG_RUN[:5], max_concurrent=1)
    operator.open("/")
    expect(page.locator(f'[data-batch="{first}"]')).to_be_visible()
    expect(badge(page)).to_have_text("Live")
    loads = journey.Loads(page)
    second = operator.start(LONG_RUN[3:9], max_concurrent=2, name=f"Second of {operator.email}")
    row = page.locator(f'[data-batch="{second}"]')
    expect(row).to_be_visible()
    operator.wait_for_end(second)
    recent = page.get_by_role("region", name="Finished lately")
    expect(recent.get_by_role("link", name=f"Second of {operator.email}")).to_be_visible()
    expect(row).to_have_count(0)
    assert attempts(page) == 1 and loads.count == 0
    operator.cancel(first)


def test_the_history_follows_its_batches(operator):
    page = operator.page
    batch_id = operator.start(LONG_RUN[:3], max_concurrent=1)
    operator.open(f"/batches?created_by={operator.email}")
    loads = journey.Loads(page)
    row = page.locator(f'tr[data-batch="{batch_id}"]')
    expect(row.locator(".badge")).to_have_text("Running")
    expect(row.locator(".badge")).to_have_text("Completed", timeout=60_000)
    expect(row.locator('[data-live="processed"]')).to_have_text("3")
    assert loads.count == 0


def test_updates_can_be_stopped_and_resumed_by_hand(operator):
    page = operator.page
    batch_id = operator.start(LONG_RUN[:6], max_concurrent=1)
    operator.open(f"/batches/{batch_id}")
    expect(badge(page)).to_have_text("Live")
    page.get_by_role("button", name="Pause updates").click()
    expect(badge(page)).to_have_text("Paused")
    before = journey.count(page, "processed")
    operator.wait_for_processed(batch_id, before + 1)
    assert journey.count(page, "processed") == before
    page.get_by_role("button", name="Resume updates").click()
    expect(badge(page)).to_have_text("Live")
    expect(page.locator('[data-live="processed"]')).not_to_have_text(str(before))
    operator.cancel(batch_id)


def test_losing_the_network_shows_offline(operator):
    page = operator.page
    batch_id = operator.start(LONG_RUN[:3], max_concurrent=1)
    operator.open(f"/batches/{batch_id}")
    expect(badge(page)).to_have_text("Live")
    operator.context.set_offline(True)
    expect(badge(page)).to_have_text("Offline")
    operator.context.set_offline(False)
    expect(badge(page)).to_have_text(re.compile("^(Live|Up to date)$"))
    operator.cancel(batch_id)


def test_without_scripts_refreshing_can_be_turned_off(contexts, server):
    operator = sign_in(contexts(javascript=False), server)
    page = operator.page
    batch_id = operator.start(LONG_RUN[:4], max_concurrent=1)
    operator.open(f"/batches/{batch_id}")
    assert page.locator('meta[http-equiv="refresh"]').count() == 1
    page.locator("connection-badge a", has_text="Turn refreshing off").click()
    page.wait_for_url(re.compile("refresh=off"))
    expect(badge(page)).to_have_text("Paused")
    assert page.locator('meta[http-equiv="refresh"]').count() == 0
    page.locator("connection-badge a", has_text="Refresh every 5 s").click()
    expect(badge(page)).to_have_text("Refreshing every 5 s")
    operator.cancel(batch_id)


def test_without_scripts_a_page_that_is_kept_still_stays_so_and_keeps_its_filter(contexts, server):
    operator = sign_in(contexts(javascript=False), server)
    page = operator.page
    refreshes = page.locator('meta[http-equiv="refresh"]')
    batch_id = operator.start(LONG_RUN[:3] + ["Two Rivers Bread Company"], max_concurrent=1)
    operator.open(f"/batches/{batch_id}?status=pending")
    page.locator("connection-badge a", has_text="Turn refreshing off").click()
    page.wait_for_url(re.compile(r"\?status=pending&refresh=off$"))
    page.get_by_label("Status", exact=True).select_option("failed")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(re.compile(r"refresh=off"))
    expect(page.get_by_label("Status", exact=True)).to_have_value("failed")
    assert refreshes.count() == 0
    page.get_by_role("link", name="Show all", exact=True).click()
    page.wait_for_url(re.compile(rf"/batches/{batch_id}\?refresh=off"))
    assert refreshes.count() == 0
    operator.open(f"/batches?created_by={operator.email}&refresh=off")
    page.get_by_label("Search", exact=True).fill("leads")
    page.get_by_role("button", name="Filter", exact=True).click()
    assert refreshes.count() == 0
    page.locator("connection-badge a", has_text="Refresh every 5 s").click()
    page.wait_for_url(re.compile(r"q=leads"))
    assert refreshes.count() == 1 and "created_by=" in page.url and "refresh" not in page.url
    operator.cancel(batch_id)
