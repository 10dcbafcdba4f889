"""Every page for everybody: no violation that axe can find, room on a 320 px screen, and the whole main job by keyboard."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from support import journey
from support.axe import faults, too_wide
from support.leads import DRIP, FAILING, FORMULA_NAME, LONG_RUN, QUICK, SCRIPT_NAME
from support.people import Person, fill_sign_in, sign_in


@dataclass
class Scene:
    """An admin with leads ticked, a batch that ended with failures, and one that is paused."""

    admin: Person
    ended: str
    paused: str

    @property
    def page(self) -> Page:
        return self.admin.page

    def open(self, path: str) -> Page:
        return self.admin.open(path)


@pytest.fixture(scope="module")
def scene(browser, server):
    context = browser.new_context()
    context.set_default_timeout(30_000)
    admin = sign_in(context, server, "admin")
    ended = admin.start([SCRIPT_NAME, FORMULA_NAME, *QUICK, *FAILING], name="Ended with errors", description="For the accessibility tests")
    paused = admin.start(LONG_RUN, max_concurrent=1)
    admin.wait_for_end(ended)
    admin.post(f"/batch/{paused}/pause", {"reason": "so that it stays as it is"})
    journey.select_by_api(admin, QUICK[:3])
    yield Scene(admin, ended, paused)
    admin.cancel(paused)
    context.close()


def quote(scene: Scene) -> None:
    journey.open_quote(scene.admin, QUICK[:3])


def refused_start(scene: Scene) -> None:
    quote(scene)
    scene.page.get_by_text("Options", exact=True).click()
    scene.page.get_by_label("Leads at once").fill("101")
    scene.page.locator('form[action="/batches"]').evaluate("form => { form.noValidate = true; }")
    scene.page.get_by_role("button", name="Start ").click()
    expect(scene.page.get_by_role("alert")).to_be_visible()


def upload(scene: Scene, button: str | None) -> None:
    page = scene.open("/leads/import")
    good, bad = "Accessible Bakery,https://accessible.example,a@accessible.example", ",https://nameless.example,not an address"
    text = f"name,website,email\n{good}\n{bad}\n"
    page.get_by_label("CSV file").set_input_files({"name": "leads.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Rows that cannot be imported").first).to_be_visible()
    if button:
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("heading", name="leads.csv was imported")).to_be_visible()


def new_token(scene: Scene) -> None:
    page = scene.open("/settings/tokens")
    page.get_by_label("Name").fill("for the accessibility tests")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("status")).to_be_visible()


def refused_account(scene: Scene) -> None:
    page = scene.open("/settings/accounts")
    form = page.locator('form[action="/settings/accounts"]')
    form.get_by_label("Email").fill(scene.admin.email)
    form.get_by_label("Password").fill("long enough to try")
    page.get_by_role("button", name="Add account").click()
    expect(page.get_by_role("alert")).to_be_visible()


def account_menu(scene: Scene) -> None:
    scene.open("/").get_by_role("button", name=re.compile("^Account")).click()
    expect(scene.page.get_by_role("button", name="Sign out")).to_be_visible()


def lead(scene: Scene, name: str) -> str:
    return scene.admin.leads[name]


VIEWS: dict[str, Callable[[Scene], object]] = {
    "dashboard": lambda scene: scene.open("/"),
    "account menu": account_menu,
    "leads with a selection": lambda scene: scene.open("/leads?sort=name"),
    "leads, filtered": lambda scene: scene.open("/leads?q=plumbing&status=new&has_website=yes"),
    "leads, none found": lambda scene: scene.open("/leads?q=nothing-like-this"),
    "leads, bad filter": lambda scene: scene.open("/leads?from=yesterday"),
    "a lead with reports": lambda scene: scene.open(f"/leads/{lead(scene, SCRIPT_NAME)}"),
    "a lead that failed": lambda scene: scene.open(f"/leads/{lead(scene, 'Delgado Bread Company')}"),
    "import": lambda scene: scene.open("/leads/import"),
    "import, checked": lambda scene: upload(scene, None),
    "import, done": lambda scene: upload(scene, "Import 1 lead"),
    "new batch": lambda scene: scene.open("/batches/new"),
    "quote": quote,
    "start refused": refused_start,
    "batch, ended": lambda scene: scene.open(f"/batches/{scene.ended}"),
    "batch, one cause": lambda scene: scene.open(f"/batches/{scene.ended}?status=failed&error_code=not_html"),
    "batch, paused": lambda scene: scene.open(f"/batches/{scene.paused}"),
    "cancel": lambda scene: scene.open(f"/batches/{scene.paused}/cancel"),
    "adjust": lambda scene: scene.open(f"/batches/{scene.paused}/adjust"),
    "retry": lambda scene: scene.open(f"/batches/{scene.ended}/retry"),
    "retry, nothing ticked": lambda scene: scene.open(f"/batches/{scene.ended}/retry?scope=leads"),
    "cancel several": lambda scene: scene.open(f"/batches/bulk?batch={scene.paused}"),
    "report": lambda scene: scene.open(f"/batches/{scene.ended}/leads/{lead(scene, QUICK[0])}/report"),
    "report of a hostile name": lambda scene: scene.open(f"/batches/{scene.ended}/leads/{lead(scene, SCRIPT_NAME)}/report"),
    "charges": lambda scene: scene.open(f"/batches/{scene.ended}/leads/{lead(scene, QUICK[0])}/charges"),
    "analytics": lambda scene: scene.open("/analytics"),
    "analytics, bad days": lambda scene: scene.open("/analytics?days=0"),
    "history": lambda scene: scene.open("/batches"),
    "history, none found": lambda scene: scene.open("/batches?q=nothing-like-this"),
    "settings": lambda scene: scene.open("/settings"),
    "rates": lambda scene: scene.open("/settings/rates"),
    "new rates": lambda scene: scene.open("/settings/rates/new"),
    "providers": lambda scene: scene.open("/settings/providers"),
    "features": lambda scene: scene.open("/settings/features"),
    "budget": lambda scene: scene.open("/settings/budget"),
    "templates": lambda scene: scene.open("/settings/templates"),
    "accounts": lambda scene: scene.open("/settings/accounts"),
    "account refused": refused_account,
    "tokens": lambda scene: scene.open("/settings/tokens"),
    "token made": new_token,
    "audit trail": lambda scene: scene.open("/settings/audit"),
    "health": lambda scene: scene.open("/health"),
    "offline": lambda scene: scene.open("/offline"),
    "not found": lambda scene: scene.open("/no/such/page"),
    "wrong state": lambda scene: scene.open(f"/batches/{scene.ended}/cancel"),
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_has_no_barrier(scene, view):
    VIEWS[view](scene)
    assert faults(scene.page) == []


def test_pages_for_strangers_have_no_barrier(contexts, server):
    page = contexts().new_page()
    found = {}
    for path in ["/login", "/login/link?token=none", "/offline", "/health"]:
        page.goto(server.url + path)
        found[path] = faults(page)
    page.goto(server.url + "/login")
    fill_sign_in(page, "nobody@example.com", "wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    found["/login, refused"] = faults(page)
    assert {path: some for path, some in found.items() if some} == {}


def test_pages_of_a_fresh_account_have_no_barrier(own_server, contexts):
    server = own_server()
    viewer = sign_in(contexts(), server, "viewer")
    found = {}
    for path in ["/", "/batches", "/batches/new", "/leads", "/settings", "/settings/tokens", "/settings/accounts"]:
        viewer.open(path)
        found[path] = faults(viewer.page)
    assert {path: some for path, some in found.items() if some} == {}


def test_pages_with_a_running_batch_have_no_barrier(operator):
    batch_id = operator.start([*DRIP, *LONG_RUN[::2], *FAILING], max_concurrent=1)
    found = {}
    for path in [f"/batches/{batch_id}", "/", "/batches"]:
        operator.open(path)
        expect(operator.page.locator("connection-badge .badge")).to_have_text("Live")
        found[path] = faults(operator.page)
    assert operator.batch(batch_id)["status"] == "processing"
    operator.cancel(batch_id)
    assert {path: some for path, some in found.items() if some} == {}


def test_pages_without_scripts_leave_room_at_320_pixels(contexts, server):
    operator = sign_in(contexts(javascript=False, viewport={"width": 320, "height": 640}), server, "admin")
    batch_id = operator.start(QUICK[:2] + list(FAILING)[:2])
    operator.wait_for_end(batch_id)
    batch = f"/batches/{batch_id}"
    paused_id = operator.start(LONG_RUN[:2])
    operator.post(f"/batch/{paused_id}/pause", {})
    live = [f"/batches/{paused_id}", f"/batches/{paused_id}/adjust", f"/batches/bulk?batch={paused_id}"]
    lead = f"{batch}/leads/{operator.leads[QUICK[0]]}"
    money = ["/analytics", "/settings/rates", "/settings/rates/new", "/settings/providers", f"{lead}/charges"]
    for path in ["/", "/leads", "/leads/import", "/batches", batch, f"{batch}/retry", f"{lead}/report", *live, *money]:
        operator.open(path)
        assert too_wide(operator.page) == [], path
    operator.cancel(paused_id)


# On the picker button inside a date field the browser draws the ring, and the field itself counts as not focused.
FOCUS_IS_VISIBLE = """() => {
  const element = document.activeElement;
  if (element.type === 'date' && !element.matches(':focus')) return true;
  const rings = [element, element.closest('label')].filter(Boolean).map((one) => getComputedStyle(one));
  const hasOutline = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return rings.some((style) => hasOutline(style) || style.boxShadow !== 'none');
}"""


def tab_to(page: Page, target: Locator, most: int = 250) -> None:
    """Presses Tab until the target has the focus; every stop on the way has to be seen."""
    target.wait_for()
    for _ in range(most):
        page.keyboard.press("Tab")
        where = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        assert page.evaluate(FOCUS_IS_VISIBLE), f"the focus cannot be seen at {where}"
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached by Tab")


def test_the_main_job_works_by_keyboard_alone(operator):
    page = operator.page
    keyboard = page.keyboard
    tab_to(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Leads"))
    keyboard.press("Enter")
    page.wait_for_url(re.compile("/leads$"))
    tab_to(page, page.get_by_label("Search", exact=True))
    keyboard.type("garage")
    keyboard.press("Enter")
    page.wait_for_url(re.compile("q=garage"))
    tab_to(page, page.get_by_role("checkbox", name="Select Ashford Garage"))
    keyboard.press("Space")
    expect(journey.selected(page)).to_have_text("1")
    tab_to(page, page.get_by_role("button", name="Preview cost"))
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Preview")
    tab_to(page, page.get_by_label("Name"))
    keyboard.type("By keyboard")
    tab_to(page, page.get_by_role("checkbox", name="I approve"))
    keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Start "))
    keyboard.press("Enter")
    page.wait_for_url(journey.BATCH_URL)
    expect(journey.status(page)).to_have_text("Completed")
    report = page.get_by_role("link", name="Report of Ashford Garage")
    tab_to(page, report)
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ashford Garage")


def test_the_skip_link_comes_first_and_leads_to_the_content(operator):
    page = operator.page
    for path in ["/", "/leads", "/batches", "/settings"]:
        operator.open(path)
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()


def test_live_updates_leave_the_focus_where_it_is(operator):
    page = operator.page
    batch_id = operator.start(LONG_RUN[:4], max_concurrent=2)
    operator.open(f"/batches/{batch_id}")
    pick = page.get_by_label("Status", exact=True)
    pick.focus()
    expect(journey.status(page)).to_have_text("Completed", timeout=60_000)
    expect(pick).to_be_focused()


def test_progress_is_told_to_screen_readers(operator):
    page = operator.page
    batch_id = operator.start(LONG_RUN[:4], max_concurrent=2)
    operator.open(f"/batches/{batch_id}")
    bar = page.get_by_role("progressbar", name="Progress")
    expect(bar).to_have_attribute("aria-valuenow", "100.0", timeout=60_000)
    expect(bar).to_have_attribute("aria-valuetext", "4 of 4 processed, 0 failed")
    expect(page.locator("[data-announcer]")).to_contain_text("Completed")
