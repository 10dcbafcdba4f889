"""More leads are picked than one batch takes: the first ones in the order shown are offered, and then it works."""

from playwright.sync_api import expect

from support import journey, prices
from support.people import sign_in


def test_the_first_leads_in_the_order_shown_are_taken(own_server, contexts, scripts):
    server = own_server(BATCH_MAX_LEADS="20")
    operator = sign_in(contexts(javascript=scripts), server)
    page = operator.open("/leads?has_website=yes&sort=name")
    in_order = [box.get_attribute("value") for box in page.get_by_role("checkbox", name="Select ").all()][:20]
    page.get_by_role("button", name="Select all 196 matching").click()
    expect(journey.selected(page)).to_have_text("196")

    with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        page.get_by_role("button", name="Preview cost").click()
    assert posted.value.status == 422
    expect(page.get_by_role("alert")).to_contain_text("196 leads are selected, and a batch takes at most 20. Take the first 20")

    operator.open("/leads?has_website=yes&sort=name")
    expect(page.get_by_text("A batch takes at most 20 leads.")).to_be_visible()
    page.get_by_role("button", name="Take the first 20 in this order").click()
    expect(journey.selected(page)).to_have_text("20")
    expect(page.get_by_role("button", name="Take the first 20 in this order")).to_have_count(0)
    ticked = [box.get_attribute("value") for box in page.get_by_role("checkbox", name="Select ").all() if box.is_checked()]
    assert ticked == in_order

    page.get_by_role("button", name="Preview cost").click()
    expect(page.locator(".grand")).to_have_text(prices.dollars(prices.total(20)))
    page.get_by_text("Options", exact=True).click()
    page.get_by_label("Leads at once").fill("20")
    batch_id = journey.approve_and_start(page, 20)
    batch = operator.wait_for_end(batch_id)
    assert batch["progress"]["processed"] == 20
    assert {lead["lead_id"] for lead in operator.batch_leads(batch_id)} == set(in_order)


def test_the_api_says_how_many_are_too_many(own_server, contexts):
    operator = sign_in(contexts(), own_server(BATCH_MAX_LEADS="20"))
    problem = operator.post("/batch/preview", {"lead_ids": list(operator.leads.values())[:21]}, 422)
    assert problem["code"] == "too_many_leads"
    assert operator.post("/batch/preview", {"lead_ids": list(operator.leads.values())[:20]})["lead_count"] == 20
