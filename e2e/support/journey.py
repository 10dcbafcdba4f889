"""What people do on the pages, in the words of the labels that they read."""

import re
from decimal import Decimal

from playwright.sync_api import Locator, Page, expect

from support.people import Person

BATCH_URL = re.compile(r"/batches/[0-9a-f-]{36}$")


def selected(page: Page) -> Locator:
    """The count of the selection, as the header shows it on every page."""
    return page.locator(".chip-selection [data-selection-count]")


def tick(page: Page, names: list[str]) -> None:
    for name in names:
        page.get_by_role("checkbox", name=f"Select {name}", exact=True).check()


def save_ticks(page: Page, count: int, scripts: bool) -> None:
    """With scripts the ticks save themselves; without, a button does."""
    if not scripts:
        page.get_by_role("button", name="Save ticks on this page").click()
    expect(selected(page)).to_have_text(str(count))


def select_by_api(person: Person, names: list[str]) -> None:
    form = {"csrf": person.csrf, "action": "save", "shown": "", "lead": ""}
    ids = [person.leads[name] for name in names]
    body = "&".join([f"csrf={form['csrf']}", "action=save"] + [f"shown={i}&lead={i}" for i in ids])
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = person.context.request.post(person.url("/selection"), data=body, headers=headers)
    assert answer.ok, answer.text()


def open_quote(person: Person, names: list[str], **settings: str) -> Page:
    """Selects leads and opens the price of their reports."""
    select_by_api(person, names)
    page = person.open("/batches/new")
    for label, value in settings.items():
        page.get_by_label(label.replace("_", " ").capitalize()).fill(value)
    page.get_by_role("button", name="Preview cost").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview")
    return page


def approve_and_start(page: Page, count: int) -> str:
    """Returns the id of the batch whose page opens."""
    page.get_by_role("checkbox", name="I approve").check()
    page.get_by_role("button", name=f"Start {count} report").click()
    page.wait_for_url(BATCH_URL)
    return batch_id(page)


def batch_id(page: Page) -> str:
    return page.url.split("/batches/")[1].split("?")[0].split("/")[0]


def status(page: Page) -> Locator:
    return page.locator('[data-live="status"] .badge')


def count(page: Page, name: str) -> int:
    text = page.locator(f'[data-live="{name}"]').first.text_content() or ""
    return int(text.replace(",", ""))


def money(text: str | None) -> Decimal:
    return Decimal((text or "").replace("$", "").replace(",", "").strip())


class Loads:
    """Counts how often a page is loaded, from now on."""

    def __init__(self, page: Page):
        self.count = 0
        page.on("domcontentloaded", self._note)

    def _note(self, _: Page) -> None:
        self.count += 1
