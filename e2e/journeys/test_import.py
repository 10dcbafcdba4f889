"""A CSV file becomes leads: checked first, row by row and column by column, then imported."""

import pytest
from playwright.sync_api import expect

from support import journey
from support.people import Person
from support.server import Server

GOOD = (
    "Company,Website,Email,City,Tags,Score\n"
    'Imported {n} Bakery,https://bakery-{n}.example,hello@bakery-{n}.example,Dayton,"fresh, bread",71\n'
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server without the sample leads, so that other tests do not meet the leads that are imported here."""
    running = Server(tmp_path_factory.mktemp("import"), demo=False).start()
    yield running
    running.stop()


def upload(operator: Person, text: str | bytes, name: str = "leads.csv"):
    page = operator.open("/leads/import")
    content = text if isinstance(text, bytes) else text.encode()
    page.get_by_label("CSV file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Check the file").click()
    return page


def figure(page, label: str):
    return page.locator(".figure").filter(has=page.get_by_text(label, exact=True)).locator("dd").first


def test_good_rows_are_imported_and_bad_ones_are_listed_by_row_and_column(any_operator, scripts):
    page = upload(
        any_operator,
        "name,website,email,score,status\n"
        f"Good row {scripts},https://good-{scripts}.example,good-{scripts}@example.com,55,new\n"
        f"Bad email {scripts},https://bad-email-{scripts}.example,not an address,55,new\n"
        f"Bad score {scripts},https://bad-score-{scripts}.example,score-{scripts}@example.com,many,new\n"
        ",https://nameless.example,nameless@example.com,55,new\n",
        "spring <fair>.csv",
    )
    expect(page.get_by_role("heading", name="spring <fair>.csv was checked")).to_be_visible()
    expect(page.get_by_text("Nothing is imported yet")).to_be_visible()
    problems = page.get_by_role("table", name="Rows that cannot be imported")
    listed = [(row.locator("th").inner_text(), row.locator("td").nth(0).inner_text()) for row in problems.locator("tbody tr").all()]
    assert listed == [("3", "email"), ("4", "score"), ("5", "name")]
    expect(figure(page, "Rows with errors")).to_have_text("3")
    assert any_operator.get(f"/leads?q=good-{scripts}")["total_count"] == 0

    page.get_by_role("button", name="Import 1 lead").click()
    expect(page.get_by_role("heading", name="spring <fair>.csv was imported")).to_be_visible()
    expect(figure(page, "New")).to_have_text("1")
    page.get_by_role("link", name="Show the leads").click()
    page.get_by_label("Search", exact=True).fill(f"Good row {scripts}")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("rowheader", name=f"Good row {scripts}")).to_be_visible()
    assert any_operator.get("/leads?q=nameless")["total_count"] == 0


def test_importing_again_updates_instead_of_doubling(any_operator, scripts):
    text = GOOD.format(n=f"again-{scripts}")
    page = upload(any_operator, text)
    page.get_by_role("button", name="Import 1 lead").click()
    expect(figure(page, "New")).to_have_text("1")
    page = upload(any_operator, text.replace("Dayton", "Tulsa"))
    page.get_by_role("button", name="Import 1 lead").click()
    expect(figure(page, "New")).to_have_text("0")
    expect(figure(page, "Updated")).to_have_text("1")
    found = any_operator.get(f"/leads?q=bakery-again-{scripts}")["leads"]
    assert [lead["city"] for lead in found] == ["Tulsa"]
    page = upload(any_operator, text.replace("Dayton", "Tulsa"))
    page.get_by_role("button", name="Import 1 lead").click()
    expect(figure(page, "Skipped")).to_have_text("1")


def test_hostile_cells_stay_text(operator):
    page = upload(
        operator,
        "name,website,email,city,tags,evil <script>alert(0)</script>\n"
        '"<img src=x onerror=alert(1)> Hostile",https://hostile-1.example,h1@example.com,"{{secret}}","<b>bold</b>",x\n'
        '"=HYPERLINK(""http://evil.example"",""Hostile"")",https://hostile-2.example,h2@example.com,"\'\'; DROP TABLE lead; --",@SUM(1),y\n'
        '"\u202egnp.exe Hostile\u202c",https://hostile-3.example,h3@example.com,../../etc/passwd,,z\n'
        "Hostile address,javascript:alert(2),h4@example.com,,,z\n",
    )
    problem = page.get_by_role("table", name="Rows that cannot be imported").locator("tbody tr")
    expect(problem).to_have_count(1)
    expect(problem).to_contain_text("“javascript:alert(2)” is no web address.")
    expect(page.get_by_role("cell", name="<img src=x onerror=alert(1)> Hostile")).to_be_visible()
    expect(page.get_by_text("evil <script>alert(0)</script>")).to_be_visible()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="leads.csv was imported")).to_be_visible()
    operator.open("/leads?q=hostile")
    row = page.get_by_role("row").filter(has_text="<img src=x onerror=alert(1)> Hostile")
    expect(row).to_contain_text("{{secret}}")
    expect(row).to_contain_text("<b>bold</b>")
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("<img src=x onerror=alert(1)> Hostile")
    assert page.locator('a[href^="javascript:"]').count() == 0
    assert operator.get("/leads?q=hostile")["total_count"] == 3


def test_files_that_are_no_leads_are_refused_with_the_reason(any_operator):
    for content in ["", "\x00\x01\x02", "colour,shape\nred,round\n", "name,name\na,b\n"]:
        page = any_operator.open("/leads/import")
        page.get_by_label("CSV file").set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": content.encode()})
        with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
            page.get_by_role("button", name="Check the file").click()
        assert posted.value.status in {413, 415, 422}, content
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("CSV file")).to_be_visible()


def test_a_file_from_a_spreadsheet_in_another_encoding_is_read(operator):
    page = upload(operator, "name;website;city\nCafé Müller;https://cafe-mueller.example;Köln\n".encode("windows-1252"))
    expect(page.get_by_role("cell", name="Café Müller")).to_be_visible()
    page.get_by_role("button", name="Import 1 lead").click()
    expect(figure(page, "New")).to_have_text("1")
    assert operator.get("/leads?q=mueller")["leads"][0]["city"] == "Köln"


def test_imported_leads_can_be_picked_at_once(any_operator, scripts):
    page = upload(any_operator, GOOD.format(n=f"pick-{scripts}"))
    page.get_by_role("button", name="Import 1 lead").click()
    any_operator.open(f"/leads?q=bakery-pick-{scripts}")
    journey.tick(page, [f"Imported pick-{scripts} Bakery"])
    page.get_by_role("button", name="Preview cost").click()
    expect(page.locator(".grand")).to_have_text("$0.0500")
