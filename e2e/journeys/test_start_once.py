"""One approval starts one batch, whatever is pressed how often; a refusal gives the form back as it was filled in."""

import pytest
from playwright.sync_api import Page, expect

from support import journey, prices
from support.leads import LONG_RUN, QUICK, SLOW
from support.people import sign_in


def is_post(answer) -> bool:
    return answer.request.method == "POST"


def batches_of(person) -> list[dict]:
    return person.get(f"/batch?created_by={person.email}")["batches"]


def start_button(page: Page):
    return page.get_by_role("button", name="Start ")


def skip_the_browsers_own_checks(page: Page) -> None:
    page.locator('form[action="/batches"]').evaluate("form => { form.noValidate = true; }")


def press_start(page: Page):
    with page.expect_response(is_post) as posted:
        start_button(page).click()
    return posted.value


def test_a_double_click_starts_one_batch(any_operator):
    page = journey.open_quote(any_operator, SLOW[:2])
    page.get_by_role("checkbox", name="I approve").check()
    start_button(page).dblclick()
    page.wait_for_url(journey.BATCH_URL)
    assert [batch["batch_id"] for batch in batches_of(any_operator)] == [journey.batch_id(page)]


def test_reload_a_second_tab_and_the_back_button_lead_to_the_same_batch(any_operator):
    page = journey.open_quote(any_operator, SLOW[2:4])
    second = any_operator.context.new_page()
    second.goto(page.url)
    started = journey.approve_and_start(page, 2)
    page.reload()
    assert journey.batch_id(page) == started
    assert journey.approve_and_start(second, 2) == started
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview")
    assert journey.approve_and_start(page, 2) == started
    assert [batch["batch_id"] for batch in batches_of(any_operator)] == [started]


def test_two_quotes_over_the_same_leads_do_not_run_side_by_side(any_operator):
    running = any_operator.start(LONG_RUN[:4], max_concurrent=1)
    page = journey.open_quote(any_operator, LONG_RUN[:4])
    page.get_by_label("Name").fill("Once more")
    page.get_by_role("checkbox", name="I approve").check()
    assert press_start(page).status == 409
    expect(page.get_by_role("alert")).to_contain_text("You already have a live batch over these leads")
    expect(page.get_by_label("Name")).to_have_value("Once more")
    assert [batch["batch_id"] for batch in batches_of(any_operator)] == [running]
    any_operator.cancel(running)


def test_without_approval_nothing_starts_and_the_form_stays_filled_in(any_operator):
    page = journey.open_quote(any_operator, QUICK[:3])
    page.get_by_label("Name").fill("Not <yet> approved")
    page.get_by_label("Description").fill("two\nlines")
    skip_the_browsers_own_checks(page)
    assert press_start(page).status == 422
    expect(page.get_by_role("alert")).to_contain_text(f"Approve the cost of {prices.dollars(prices.total(3))} to start.")
    expect(page.locator("#cost_approved-error")).to_be_visible()
    expect(page.get_by_role("checkbox", name="I approve")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name")).to_have_value("Not <yet> approved")
    expect(page.get_by_label("Description")).to_have_value("two\nlines")
    assert batches_of(any_operator) == []
    page.get_by_role("link", name="Approve the cost of").click()
    expect(page.get_by_role("checkbox", name="I approve")).to_be_focused()
    journey.approve_and_start(page, 3)


@pytest.mark.parametrize(
    ("label", "value", "reason"),
    [
        ("Leads at once", "101", "a whole number from 1 to 100"),
        ("Tries again", "6", "a whole number from 0 to 5"),
        ("Stop above % failed", "100.5", "a number from 0 to 100"),
        ("Stop above failures", "-1", "a whole number from 0 up"),
    ],
)
def test_a_number_out_of_range_is_said_at_its_field(operator, label, value, reason):
    page = journey.open_quote(operator, QUICK[:2])
    page.get_by_text("Options", exact=True).click()
    page.get_by_label(label).fill(value)
    page.get_by_role("checkbox", name="I approve").check()
    skip_the_browsers_own_checks(page)
    assert press_start(page).status == 422
    field = page.get_by_label(label)
    expect(field).to_be_visible()
    expect(field).to_have_value(value)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{field.get_attribute('id')}-error")).to_contain_text(reason)
    expect(page.get_by_role("checkbox", name="I approve")).to_be_checked()
    assert batches_of(operator) == []
    field.fill("1")
    journey.approve_and_start(page, 2)


def test_text_that_is_no_number_is_refused_too(operator):
    page = journey.open_quote(operator, QUICK[:2])
    for name in ["max_concurrent", "max_failure_percent"]:
        page.locator(f'form[action="/batches"] [name="{name}"]').evaluate("field => { field.type = 'text'; field.value = 'many'; }")
    page.get_by_role("checkbox", name="I approve").check()
    skip_the_browsers_own_checks(page)
    assert press_start(page).status == 422
    expect(page.locator("#max_concurrent-error")).to_be_visible()
    expect(page.locator("#max_failure_percent-error")).to_be_visible()


def test_an_expired_price_is_refused_and_can_be_had_anew(any_operator):
    page = journey.open_quote(any_operator, QUICK[3:5])
    quote = page.url.split("quote=")[1]
    page.get_by_label("Name").fill("Slept over it")
    page.get_by_role("checkbox", name="I approve").check()
    any_operator.server.change("UPDATE quote SET created_at = created_at - 7200000, expires_at = expires_at - 7200000 WHERE id = ?", quote)
    assert press_start(page).status == 409
    expect(page.get_by_role("alert")).to_contain_text("The price had expired")
    expect(page.get_by_label("Name")).to_have_value("Slept over it")
    expect(page.get_by_role("checkbox", name="I approve")).not_to_be_checked()
    any_operator.open(f"/batches/new?quote={quote}")
    expect(start_button(page)).to_have_count(0)
    page.get_by_role("button", name="Preview the cost again").click()
    expect(page.get_by_role("alert")).to_contain_text("The price had expired")
    journey.approve_and_start(page, 2)


def test_an_unknown_price_is_refused(operator):
    page = journey.open_quote(operator, QUICK[:2])
    page.locator('form[action="/batches"] [name="quote"]').evaluate("field => { field.value = '01a1fdaa-6723-7874-8ad4-8bc9e9669b16'; }")
    page.get_by_role("checkbox", name="I approve").check()
    assert press_start(page).status == 409
    expect(page.get_by_role("alert")).to_contain_text("This price has expired")
    expect(page.get_by_role("button", name="Preview cost")).to_be_visible()
    assert batches_of(operator) == []


def test_the_price_of_another_account_cannot_be_used(operator, contexts, server):
    page = journey.open_quote(operator, QUICK[:2])
    other = sign_in(contexts(), server)
    other.open(page.url.removeprefix(server.url))
    expect(start_button(other.page)).to_have_count(0)
    quote = page.url.split("quote=")[1]
    assert other.post("/batch/start", {"quote": quote, "cost_approved": True, "estimated_cost_usd": 0.1}, 409)["code"] == "quote_expired"
    assert batches_of(other) == []


def test_an_empty_selection_has_no_price(any_operator):
    page = any_operator.open("/leads")
    with page.expect_response(is_post) as posted:
        page.get_by_role("button", name="Preview cost").click()
    assert posted.value.status == 422
    expect(page.get_by_text("No lead is selected. Pick at least one.")).to_be_visible()
