"""Accounts that are signed in, each with a page of its own and the API beside it."""

import itertools
import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from playwright.sync_api import BrowserContext, Page

from support.server import PASSWORD, Server
from support.waiting import eventually

LIVE = {"pending", "processing", "paused", "cancelling"}
numbers = itertools.count(1)


@dataclass
class Person:
    page: Page
    email: str
    server: Server

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def url(self, path: str) -> str:
        return self.server.url + path

    def open(self, path: str, page: Page | None = None) -> Page:
        page = page or self.page
        page.goto(self.url(path))
        return page

    @cached_property
    def csrf(self) -> str:
        page = self.context.request.get(self.url("/settings/tokens")).text()
        return page.split('name="csrf" value="')[1].split('"')[0]

    def get(self, path: str) -> Any:
        answer = self.context.request.get(self.url("/api" + path))
        assert answer.ok, f"{answer.status} {answer.text()}"
        return answer.json()

    def post(self, path: str, body: dict[str, Any], *statuses: int) -> Any:
        """Sends JSON; the answer has to have one of the statuses, 200 unless others are given."""
        answer = self.context.request.post(self.url("/api" + path), data=body, headers={"X-CSRF-Token": self.csrf})
        assert answer.status in (statuses or (200,)), f"{answer.status} {answer.text()}"
        return answer.json()

    def cancel(self, batch_id: str) -> Any:
        """Ends a batch that a test has no more use for; it may have ended by itself meanwhile."""
        return self.post(f"/batch/{batch_id}/cancel", {"reason": "the test is over"}, 200, 202, 409)

    @cached_property
    def leads(self) -> dict[str, str]:
        """The id of each lead by its name."""
        return {lead["name"]: lead["id"] for lead in self.get("/leads?limit=500")["leads"]}

    def preview(self, names: list[str], **settings: Any) -> dict[str, Any]:
        return self.post("/batch/preview", {"lead_ids": [self.leads[name] for name in names]} | settings)

    def start(self, names: list[str], **settings: Any) -> str:
        """Starts a batch by the API, for tests of what comes after. Returns its id."""
        preview = self.preview(names)
        order = {"quote": preview["quote"], "estimated_cost_usd": preview["estimated_cost_usd"], "cost_approved": True}
        return self.post("/batch/start", order | {"max_concurrent": 50} | settings, 201)["batch_id"]

    def batch(self, batch_id: str) -> Any:
        return self.get(f"/batch/{batch_id}")

    def batch_leads(self, batch_id: str) -> list[dict[str, Any]]:
        return self.get(f"/batch/{batch_id}/leads?limit=500")["leads"]

    def wait_for_end(self, batch_id: str, seconds: float = 90) -> Any:
        def ended() -> Any:
            batch = self.batch(batch_id)
            # One batch in ten costs more than its quote's upper end: its owner approves the rest.
            if batch["status"] == "paused" and batch["reserve_spent"]:
                self.post(f"/batch/{batch_id}/resume", {"cost_approved": True}, 200, 409)
            return batch if batch["status"] not in LIVE else None

        return eventually(ended, f"the end of batch {batch_id}", seconds)

    def wait_for_processed(self, batch_id: str, count: int, seconds: float = 60) -> Any:
        def enough() -> Any:
            batch = self.batch(batch_id)
            return batch if batch["progress"]["processed"] >= count else None

        return eventually(enough, f"{count} processed leads of batch {batch_id}", seconds)


def sign_in(context: BrowserContext, server: Server, role: str = "operator", email: str | None = None) -> Person:
    """Signs in by the page, with a fresh account of the role unless an email is given."""
    email = email or server.add_account(f"{role}{next(numbers)}-{os.getpid()}@example.com", role)
    page = context.new_page()
    page.goto(server.url + "/login")
    fill_sign_in(page, email)
    page.wait_for_url(server.url + "/")
    return Person(page, email, server)


def fill_sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
