"""What an operator's probes and programs see."""

import json
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

PROBLEM = "application/problem+json"


def ask(url: str, headers: dict[str, str] | None = None, method: str = "GET", body: bytes | None = None):
    request = urllib.request.Request(url, headers=headers or {}, method=method, data=body)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read().decode()


def test_health_tells_programs_of_each_component(server):
    for path in ["/health", "/api/health", "/api/v1/health"]:
        status, headers, text = ask(server.url + path)
        assert status == 200 and headers["Content-Type"].startswith("application/json")
        health = json.loads(text)
        assert health["status"] == "ok"
        states = {name: component["status"] for name, component in health["components"].items()}
        assert states == {"database": "ok", "engine": "ok", "budget": "ok", "paid providers": "ok"}


def test_health_is_a_page_for_people(server, contexts):
    page = contexts().new_page()
    page.goto(server.url + "/health")
    expect(page.get_by_role("heading", level=1)).to_have_text("Health")
    expect(page.get_by_text("database")).to_be_visible()


def test_ready_answers_in_one_word(server):
    assert ask(server.url + "/ready")[::2] == (200, "ready\n")


def test_metrics_are_in_the_prometheus_format(server):
    status, headers, text = ask(server.url + "/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for line in text.splitlines():
        assert line.startswith("#") or len(line.rsplit(" ", 1)) == 2 and float(line.rsplit(" ", 1)[1]) >= 0, line
    assert "leads_in_flight" in text and "progress_listeners" in text


def test_an_unknown_page_says_so_with_a_request_id_and_a_way_on(operator):
    answer = operator.page.goto(operator.url("/no/such/page"))
    assert answer and answer.status == 404
    expect(operator.page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    expect(operator.page.get_by_text("Request id:")).to_be_visible()
    operator.page.get_by_role("link", name="Open the history").click()
    expect(operator.page.get_by_role("heading", level=1)).to_have_text("Batches")


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/api/no/such/call", "GET", 404, "not_found"),
        ("/api/batch/not-an-id", "GET", 401, "unauthenticated"),
        ("/api/leads", "GET", 401, "unauthenticated"),
        ("/api/batch/start", "POST", 401, "unauthenticated"),
    ],
)
def test_the_api_refuses_strangers_in_problem_json(server, path, method, status, code):
    got, headers, text = ask(server.url + path, method=method, body=b"{}" if method == "POST" else None)
    problem = json.loads(text)
    assert (got, headers["Content-Type"], problem["code"], problem["status"]) == (status, PROBLEM, code, status)
    assert problem["title"] and problem["detail"] and problem["type"]


def test_the_api_refuses_bad_calls_in_problem_json(operator):
    unknown = "01a1fdaa-6723-7874-8ad4-8bc9e9669b16"
    for path, body, status, code in [
        (f"/api/batch/{unknown}", None, 404, "not_found"),
        ("/api/leads?limit=9999", None, 422, "invalid_input"),
        ("/api/batch/preview", "{not json", 422, "invalid_input"),
        ("/api/batch/preview", '{"lead_ids": []}', 422, "no_leads"),
        ("/api/batch/preview", f'{{"lead_ids": ["{unknown}"]}}', 422, "unknown_leads"),
        ("/api/batch/start", f'{{"quote": "{unknown}", "cost_approved": true}}', 409, "quote_expired"),
    ]:
        headers = {"X-CSRF-Token": operator.csrf, "Content-Type": "application/json"}
        answer = operator.context.request.fetch(operator.url(path), method="POST" if body else "GET", data=body, headers=headers)
        problem = answer.json()
        assert (answer.status, answer.headers["content-type"], problem["code"]) == (status, PROBLEM, code), problem


def test_a_method_that_a_page_does_not_take_is_answered_405_with_the_ones_it_takes(operator):
    answer = operator.context.request.put(operator.url("/leads"), headers={"X-CSRF-Token": operator.csrf})
    assert answer.status == 405
    assert "GET" in answer.headers["allow"]
