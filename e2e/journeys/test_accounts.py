"""Who may come in, and what each role may see and do."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import websockets
from playwright.sync_api import expect

from support import journey
from support.leads import LONG_RUN, QUICK
from support.people import fill_sign_in, sign_in
from support.server import PASSWORD


def connect(url: str, **headers: str) -> int:
    """Opens a socket as a program would; gives back the status of a refused handshake or the code of the close."""

    async def attempt() -> int:
        try:
            async with websockets.connect(url.replace("http", "ws", 1), additional_headers=headers, open_timeout=20) as socket:
                try:
                    while True:
                        await asyncio.wait_for(socket.recv(), 20)
                except websockets.ConnectionClosed as closed:
                    return closed.rcvd.code if closed.rcvd else 1006
        except websockets.InvalidStatus as refused:
            return refused.response.status_code

    # Playwright's own loop runs in this thread, so another one is needed.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(attempt())).result()


def cookies(person) -> str:
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in person.context.cookies())


def test_a_wrong_password_and_an_unknown_email_are_answered_alike(contexts, server, scripts):
    email = server.add_account(f"forgetful-{scripts}@example.com", "viewer")
    page = contexts(javascript=scripts).new_page()
    answers = []
    for tried in [email, f"nobody-{scripts}@example.com"]:
        page.goto(server.url + "/login")
        with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            fill_sign_in(page, tried, "not the password")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Email")).to_have_value(tried)
        expect(page.get_by_label("Password")).to_have_value("")
        answers.append((posted.value.status, page.get_by_role("alert").inner_text()))
    assert answers[0] == answers[1] and answers[0][0] in {401, 422}


def test_guessing_is_slowed_down(own_server, contexts):
    server = own_server()
    email = server.add_account("target@example.com", "viewer")
    page = contexts().new_page()
    statuses = []
    for number in range(6):
        page.goto(server.url + "/login")
        with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            fill_sign_in(page, email, f"guess number {number}")
        statuses.append(posted.value.status)
    assert statuses[-1] == 429 and 429 not in statuses[:5]
    assert int(posted.value.headers["retry-after"]) > 0
    page.goto(server.url + "/login")
    with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        fill_sign_in(page, email)
    assert posted.value.status == 429, "even the right password has to wait"


def test_signing_out_ends_the_session_everywhere_in_the_browser(any_operator):
    page = any_operator.page
    before = any_operator.context.cookies()
    page.get_by_role("button", name=re.compile("^Account")).click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(any_operator.url("/login"))
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    any_operator.open("/leads")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    any_operator.context.add_cookies(before)
    any_operator.open("/leads")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_sign_in_link_works_once_and_only_when_the_button_is_pressed(own_server, contexts, scripts):
    server = own_server()
    link = server.sign_in_link()
    page = contexts(javascript=scripts).new_page()
    for _ in range(2):
        page.goto(link)
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in by link")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(server.url + "/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    stranger = contexts(javascript=scripts).new_page()
    stranger.goto(link)
    expect(stranger.get_by_role("alert")).to_contain_text("This link no longer works")
    expect(stranger.get_by_role("button", name="Sign in")).to_have_count(0)


def test_a_viewer_reads_but_is_offered_no_start_and_refused_one(contexts, server, operator):
    batch_id = operator.start(LONG_RUN[:3], max_concurrent=1)
    viewer = sign_in(contexts(), server, "viewer")
    page = viewer.page
    expect(page.get_by_role("link", name="New batch")).to_have_count(0)
    for path in ["/leads", "/batches", f"/batches/{batch_id}"]:
        assert page.goto(viewer.url(path)).status == 200
    for name in ["Pause", "Resume", "Select all its leads again, finished ones too"]:
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Cancel…")).to_have_count(0)
    for path in ["/leads/import", "/settings/accounts", "/settings/audit", f"/batches/{batch_id}/cancel"]:
        assert page.goto(viewer.url(path)).status == 403, path
    for action in ["pause", "cancel"]:
        assert viewer.post(f"/batch/{batch_id}/{action}", {}, 403)["code"] == "forbidden"
    preview = viewer.context.request.post(
        viewer.url("/api/batch/preview"), data={"lead_ids": [viewer.leads[QUICK[0]]]}, headers={"X-CSRF-Token": viewer.csrf}
    )
    if preview.ok:
        order = {"quote": preview.json()["quote"], "estimated_cost_usd": 0.05, "cost_approved": True}
        assert viewer.post("/batch/start", order, 403)["code"] == "forbidden"
    operator.cancel(batch_id)


def test_an_operator_controls_their_own_batches_only_and_an_admin_all(contexts, server, operator):
    batch_id = operator.start(LONG_RUN[:6], max_concurrent=1)
    colleague = sign_in(contexts(), server)
    page = colleague.open(f"/batches/{batch_id}")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_have_count(0)
    for action in ["pause", "resume", "cancel"]:
        assert colleague.post(f"/batch/{batch_id}/{action}", {}, 403)["code"] == "forbidden"
    assert page.goto(colleague.url(f"/batches/{batch_id}/cancel")).status == 403

    admin = sign_in(contexts(), server, "admin")
    page = admin.open(f"/batches/{batch_id}")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(journey.status(page)).to_have_text("Paused")
    expect(page.get_by_role("region", name="History")).to_contain_text(admin.email)
    admin.cancel(batch_id)


def test_a_private_batch_does_not_exist_for_other_operators(contexts, server, operator):
    batch_id = operator.start(QUICK[:1], private=True, name="A secret plan")
    operator.wait_for_end(batch_id)
    colleague = sign_in(contexts(), server)
    lead = operator.leads[QUICK[0]]
    for path in [f"/batches/{batch_id}", f"/batches/{batch_id}/cancel", f"/batches/{batch_id}/leads/{lead}/report"]:
        assert colleague.page.goto(colleague.url(path)).status == 404, path
    for path in ["", "/status", "/leads", "/results.csv", "/errors.csv"]:
        assert colleague.context.request.get(colleague.url(f"/api/batch/{batch_id}{path}")).status == 404, path
    assert connect(server.url + f"/api/batch/{batch_id}/progress", Cookie=cookies(colleague)) == 4003
    for path in ["/", "/batches?q=secret", f"/leads/{lead}"]:
        colleague.open(path)
        expect(colleague.page.get_by_role("heading", level=1)).to_be_visible()
        expect(colleague.page.get_by_text("A secret plan")).to_have_count(0)
    admin = sign_in(contexts(), server, "admin")
    assert admin.page.goto(admin.url(f"/batches/{batch_id}")).status == 200
    assert connect(server.url + f"/api/batch/{batch_id}/progress", Cookie=cookies(admin)) == 1000


def test_sockets_are_for_signed_in_people_on_our_own_pages(server, operator):
    batch_id = operator.start(QUICK[:1])
    operator.wait_for_end(batch_id)
    for path in [f"/api/batch/{batch_id}/progress", "/api/batch/ws"]:
        assert connect(server.url + path) == 401
        foreign = {"Cookie": cookies(operator), "Origin": "https://evil.example"}
        assert connect(server.url + path, **foreign) == 403
    ours = {"Cookie": cookies(operator), "Origin": server.url}
    assert connect(server.url + f"/api/batch/{batch_id}/progress", **ours) == 1000
    unknown = "01a1fdaa-6723-7874-8ad4-8bc9e9669b16"
    assert connect(server.url + f"/api/batch/{unknown}/progress", **ours) == 4003


@pytest.mark.parametrize("path", ["/selection", "/batches/preview", "/batches", "/logout", "/settings/tokens"])
def test_a_form_without_its_token_is_refused(operator, path):
    for form in [{"action": "clear"}, {"action": "clear", "csrf": "x" * 43}]:
        assert operator.context.request.post(operator.url(path), form=form, max_redirects=0).status == 403
    answer = operator.context.request.post(
        operator.url(path), form={"csrf": operator.csrf, "action": "clear"}, headers={"Origin": "https://evil.example"}, max_redirects=0
    )
    assert answer.status == 403
    answer = operator.context.request.post(operator.url("/api/batch/preview"), data={"lead_ids": []})
    assert (answer.status, answer.json()["code"]) == (403, "forbidden")


def test_signing_in_leads_to_the_page_that_was_asked_for(contexts, server, scripts):
    email = server.add_account(f"deep-link-{scripts}@example.com", "viewer")
    page = contexts(javascript=scripts).new_page()
    page.goto(server.url + "/leads?q=plumbing&sort=name")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    fill_sign_in(page, email, "wrong the first time")
    expect(page.get_by_role("alert")).to_be_visible()
    fill_sign_in(page, email)
    page.wait_for_url(server.url + "/leads?q=plumbing&sort=name")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_off_the_site(contexts, server, target):
    email = server.add_account(f"lured-{len(target)}@example.com", "viewer")
    page = contexts().new_page()
    page.goto(server.url + "/login?return_to=" + target)
    fill_sign_in(page, email)
    page.wait_for_url(server.url + "/")


def test_an_admin_adds_an_account_that_can_sign_in_and_disables_it(contexts, server, scripts):
    admin = sign_in(contexts(javascript=scripts), server, "admin")
    email = f"newcomer-{str(scripts).lower()}@example.com"
    page = admin.open("/settings/accounts")
    add = page.locator('form[action="/settings/accounts"]')
    add.get_by_label("Email").fill(email)
    add.get_by_label("Role").select_option("operator")
    add.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Add account").click()
    expect(page.get_by_role("status")).to_contain_text(email)
    newcomer = sign_in(contexts(javascript=scripts), server, email=email)
    page.get_by_role("row").filter(has_text=email).get_by_role("button", name=re.compile("Disable")).click()
    expect(page.get_by_role("status")).to_contain_text("disabled")
    newcomer.open("/leads")
    expect(newcomer.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    admin.open("/settings/audit")
    expect(page.get_by_role("table")).to_contain_text(admin.email)


def test_a_token_is_shown_once_works_and_ends_when_it_is_revoked(any_operator):
    page = any_operator.open("/settings/tokens")
    page.get_by_label("Name").fill("nightly <export>")
    page.get_by_role("button", name="Make token").click()
    secret = page.get_by_role("status").locator("code").inner_text().strip()
    headers = {"Authorization": f"Bearer {secret}"}
    stranger = any_operator.context.browser.new_context()
    assert stranger.request.get(any_operator.url("/api/leads"), headers=headers).status == 200
    any_operator.open("/settings/tokens")
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke nightly <export>").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert stranger.request.get(any_operator.url("/api/leads"), headers=headers).status == 401
    stranger.close()
