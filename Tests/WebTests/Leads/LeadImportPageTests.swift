import BatchReports
import Foundation
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct LeadImportPageTests {
  @Test("A file is checked first and imported on a yes; both results can be loaded again")
  func journey() async throws {
    try await LeadsServer.run { server in
      let browser = try await server.operatorBrowser()
      let form = try await browser.get("/leads/import")
      #expect(form.status == 200)
      #expect(form.text.contains("Up to 9 MB."))
      #expect(form.text.contains("A lead is known by its website (host and path), without one by its email"))
      let checked = try await browser.upload(
        "Company,URL,Town,Hobby\nBluebird <b>Bakery,bluebird.example,Brighton,chess\nOak,oak.example,Leeds,\nBad,nowhere,,\n",
        fileName: "<i>my leads.csv")
      #expect(checked.status == 303)
      let url = try #require(checked.header("location"))
      #expect(url.hasPrefix("/leads/import?upload="))
      #expect(try await server.leadCount() == 0)
      let check = try await browser.get(url)
      #expect(check.status == 200)
      for text in [
        "&lt;i&gt;my leads.csv was checked", "Nothing is imported yet", "Name<span class=\"sub\">from “Company”</span>",
        "Bluebird &lt;b&gt;Bakery",
        "<td>bluebird.example</td>", "<code>bad_website</code>", "1 of 1", "These columns are left out: Hobby.",
        "Import the rows without errors?",
        "Import 2 leads",
      ] { #expect(check.text.contains(text), "\(text)") }
      #expect(!check.text.contains("<i>my"))
      let id = String(url.dropFirst("/leads/import?upload=".count))
      let imported = try await browser.post("/leads/import", [("upload", id)])
      #expect(imported.status == 303)
      #expect(imported.header("location") == url)
      #expect(try await server.leadCount() == 2)
      for _ in 0..<2 {
        let result = try await browser.get(url).text
        for text in [
          "my leads.csv was imported", "<dt>New</dt><dd>2</dd>", "<dt>Updated</dt><dd>0</dd>", "<dt>Skipped</dt><dd>0</dd>",
          "<dt>Rows with errors</dt><dd>1</dd>",
        ] {
          #expect(result.contains(text), "\(text)")
        }
      }
      // A second click imports nothing twice.
      #expect(try await browser.post("/leads/import", [("upload", id)]).header("location") == url)
      #expect(try await server.leadCount() == 2)
      #expect(try FileManager.default.contentsOfDirectory(atPath: server.uploads.path) == [id + ".json"])
      let trail = try await server.browser(server.desk.admin).get("/settings/audit?kind=import").text
      #expect(trail.contains("Leads imported (imported: 2, skipped: 1, updated: 0)"))
      #expect(trail.contains(">&lt;i&gt;my leads.csv</td>") && trail.contains(">operator@example.com</td>"))
    }
  }

  @Test("Importing the same file again says what was new, changed and left")
  func again() async throws {
    try await LeadsServer.run { server in
      let browser = try await server.operatorBrowser()
      func run(_ csv: String) async throws -> String {
        let url = try #require(try await browser.upload(csv).header("location"))
        try await browser.post("/leads/import", [("upload", String(url.dropFirst("/leads/import?upload=".count)))])
        return try await browser.get(url).text
      }
      _ = try await run("name,website,score\nA,a.example,1\nB,b.example,1\n")
      let second = try await run("name,website,score\nA,a.example,2\nB,b.example,1\nC,c.example,500\nD,d.example,3\n")
      for text in [
        "<dt>New</dt><dd>1</dd>", "<dt>Updated</dt><dd>1</dd>", "<dt>Skipped</dt><dd>1</dd>", "<dt>Rows with errors</dt><dd>1</dd>",
      ] {
        #expect(second.contains(text), "\(text)")
      }
    }
  }

  @Test(
    "A file that cannot be taken shows the form again with the reason and its status, and is not kept",
    arguments: [
      ("", "leads.csv", "text/csv", 422, "The file is empty"), ("city\nAustin\n", "leads.csv", "text/csv", 422, "No column is called name"),
      ("name\nA\n", "", "application/octet-stream", 422, "Choose a CSV file first"),
      ("PK", "leads.xlsx", "application/vnd.ms-excel", 415, "a spreadsheet"),
      ("PK", "leads", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 415, "a spreadsheet"),
      ("GIF", "leads.gif", "image/gif", 415, "a picture"), ("%PDF", "leads.pdf", "application/pdf", 415, "a PDF"),
      ("PK", "leads.zip", "application/zip", 415, "a compressed file"),
    ])
  func refused(_ csv: String, _ name: String, _ type: String, _ status: Int, _ reason: String) async throws {
    try await LeadsServer.run { server in
      let answer = try await server.operatorBrowser().upload(csv, fileName: name, type: type)
      #expect(answer.status == status)
      #expect(answer.text.contains(reason))
      #expect(answer.text.contains("href=\"#file\""))
      #expect(answer.text.contains("aria-invalid=\"true\""))
      #expect((try? FileManager.default.contentsOfDirectory(atPath: server.uploads.path)) ?? [] == [])
    }
  }

  @Test("A file above the limit is refused with 413 and not kept")
  func tooLarge() async throws {
    try await LeadsServer.run(importBytes: 100_000) { server in
      let browser = try await server.operatorBrowser()
      for size in [110_000, 300_000] {
        let answer = try await browser.upload("name\n" + String(repeating: "Lead\n", count: size / 5))
        #expect(answer.status == 413)
        #expect(answer.text.contains("The file is larger than 97 KB"))
      }
      #expect((try? FileManager.default.contentsOfDirectory(atPath: server.uploads.path)) ?? [] == [])
    }
  }

  @Test("An upload that breaks off imports nothing and says so")
  func brokeOff() async throws {
    try await LeadsServer.run { server in
      let browser = try await server.operatorBrowser()
      for csv in ["name\nA\nB\nHal", "na", ""] {
        let answer = try await browser.upload(csv, isCutOff: true)
        #expect(answer.status == 422)
        #expect(answer.text.contains("The upload broke off, and nothing was imported."))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: server.uploads.path) == [])
      #expect(try await server.leadCount() == 0)
    }
  }

  @Test("An upload that comes too slowly is ended, and its part is not kept")
  func tooSlow() async throws {
    var pace = UploadPace()
    pace.grace = .milliseconds(300)
    try await LeadsServer.run(pace: pace) { server in
      let browser = try await server.operatorBrowser()
      let body = Upload.form(Data("name\nA\nB\n".utf8), csrf: browser.csrf, isCutOff: true)
      let answer = try await browser.send(
        "POST", "/leads/import", headers: [("Accept", "text/html"), Upload.type, ("Content-Length", "9000")], body: body)
      #expect(answer.status == 422)
      #expect(answer.text.contains("The upload came too slowly and was ended, and nothing was imported."))
      #expect(try FileManager.default.contentsOfDirectory(atPath: server.uploads.path) == [])
    }
  }

  @Test("Without its token, as the wrong role or as another type the form is refused")
  func access() async throws {
    try await LeadsServer.run { server in
      let browser = try await server.operatorBrowser()
      let headers = [("Accept", "text/html"), Upload.type]
      let body = Upload.form(Data("name\nA\n".utf8), csrf: "wrong")
      #expect(try await browser.send("POST", "/leads/import", headers: headers, body: body).status == 403)
      let fileFirst = Upload.form(Data("name\nA\n".utf8), csrf: nil)
      #expect(try await browser.send("POST", "/leads/import", headers: headers, body: fileFirst).status == 403)
      let viewer = try await server.browser(server.desk.viewer)
      #expect(try await viewer.get("/leads/import").status == 403)
      #expect(try await viewer.upload("name\nA\n").status == 403)
      let json = try await browser.send(
        "POST", "/leads/import", headers: [("Accept", "text/html"), ("Content-Type", "application/json"), ("X-CSRF-Token", browser.csrf)],
        body: Data("{}".utf8))
      #expect(json.status == 415)
      let noFile = Data(
        "--\(Upload.boundary)\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n\(browser.csrf)\r\n--\(Upload.boundary)--\r\n".utf8)
      #expect(try await browser.send("POST", "/leads/import", headers: headers, body: noFile).status == 422)
    }
  }

  @Test("An upload that is gone, unknown or another account's is not found, and can be chosen again")
  func gone() async throws {
    try await LeadsServer.run { server in
      let browser = try await server.operatorBrowser()
      let url = try #require(try await browser.upload("name\nA\n").header("location"))
      let id = String(url.dropFirst("/leads/import?upload=".count))
      let other = try await server.browser(server.desk.otherOperator)
      for (browser, id) in [(other, id), (browser, UUID().text), (browser, "../" + id), (browser, "nonsense")] {
        let page = try await browser.get("/leads/import?upload=" + PercentEncoding.encode(id))
        #expect(page.status == 404)
        #expect(page.text.contains("This upload is no longer kept"))
        #expect(try await browser.post("/leads/import", [("upload", id)]).status == 404)
      }
      #expect(try await browser.post("/leads/import", []).status == 422)
      #expect(try await server.leadCount() == 0)
      #expect(try await browser.get(url).status == 200)
    }
  }

  @Test("A file that is being imported cannot be imported at the same moment, and one that failed can be tried again")
  func busy() async throws {
    try await LeadsServer.run { server in
      let browser = try await server.operatorBrowser()
      let url = try #require(try await browser.upload("name\nA\n").header("location"))
      let id = try #require(UUID(uuidString: String(url.dropFirst("/leads/import?upload=".count))))
      let shelf = UploadShelf(folder: server.uploads)
      let taken = try #require(shelf.take(id))
      let busy = try await browser.post("/leads/import", [("upload", id.text)])
      #expect(busy.status == 503)
      #expect(busy.header("retry-after") == "10")
      try Data().write(to: taken)
      shelf.putBack(id)
      let failed = try await browser.post("/leads/import", [("upload", id.text)])
      #expect(failed.status == 422)
      try Data("name\nA\n".utf8).write(to: server.uploads.appendingPathComponent("\(id.text).csv"))
      #expect(try await browser.post("/leads/import", [("upload", id.text)]).status == 303)
      #expect(try await server.leadCount() == 1)
    }
  }

  @Test("A file with nothing to import, a broken end or another encoding says so before the yes")
  func warnings() async throws {
    try await LeadsServer.run { server in
      let browser = try await server.operatorBrowser()
      func check(_ csv: Data) async throws -> String {
        let answer = try await browser.send(
          "POST", "/leads/import", headers: [("Accept", "text/html"), Upload.type], body: Upload.form(csv, csrf: browser.csrf))
        return try await browser.get(try #require(answer.header("location"))).text
      }
      let nothing = try await check(Data("name,score\nA,200\n".utf8))
      #expect(nothing.contains("No row can be imported."))
      #expect(!nothing.contains("name=\"upload\" value=\"\">"))
      #expect(!nothing.contains("Import 0 leads"))
      let broken = try await check(Data("name\nA\nB\n\"open".utf8))
      #expect(broken.contains("The file cannot be read to its end"))
      #expect(broken.contains("Import 2 leads"))
      let latin = try await check(Data("name\nCaf".utf8) + Data([0xE9]) + Data("\n".utf8))
      #expect(latin.contains("read as Windows-1252"))
      #expect(latin.contains("Café"))
      let many = try await check(Data(("name,score\n" + String(repeating: "A,200\n", count: 1500) + "B,1\n").utf8))
      #expect(many.contains("200 of 1,500"))
      #expect(many.contains("<dd>1,000+</dd>"))
    }
  }
}
