"""Accessibility by axe: WCAG 2.0, 2.1 and 2.2, levels A and AA, in light and dark, and room at 320 px."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
# Cut off though the page itself does not scroll; what stands in a region that scrolls by itself can be reached.
CUT_OFF = """() => {
  const scrolls = (e) => e && e !== document.body && (/auto|scroll/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  return [...document.querySelectorAll('main *, header *, footer *')]
    .filter((e) => e.getClientRects().length && !e.closest('.sr-only, .skip, svg') && e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e))
    .slice(0, 4).map((e) => e.outerHTML.slice(0, 120));
}"""
END_TRANSITIONS = """() => {
  for (const animation of document.getAnimations()) try { animation.finish(); } catch { animation.cancel(); }
}"""
axe = Axe()


def violations(page: Page) -> list[str]:
    results = axe.run(page, options={"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}).response
    return [f"{found['id']}: {found['help']}" + "".join(map(place, found["nodes"][:5])) for found in results["violations"]]


def place(node: dict) -> str:
    reason = " ".join(node.get("failureSummary", "").split())
    return f"\n    {node['html'][:200]} | {reason[:300]}"


def too_wide(page: Page) -> list[str]:
    """What a screen of this width cuts off."""
    width, screen = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    cut = page.evaluate(CUT_OFF)
    return [f"at {screen} px the page is {width} px wide, and cuts off {cut}"] if width > screen or cut else []


def faults(page: Page) -> list[str]:
    """Everything that keeps somebody from using this page."""
    found = []
    for scheme in ["light", "dark"]:
        page.emulate_media(color_scheme=scheme)
        # Colours change in a transition; axe would measure it half-way.
        page.evaluate(END_TRANSITIONS)
        found += [f"{scheme}: {violation}" for violation in violations(page)]
    page.emulate_media(color_scheme="light")
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    found += too_wide(page)
    if size:
        page.set_viewport_size(size)
    return found
