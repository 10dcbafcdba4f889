import BatchReports
import Foundation
import Synchronization
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct LeadImportAPITests {
  private static let csvType = ("Content-Type", "text/csv; charset=utf-8")

  private func post(
    _ server: LeadsServer, _ body: Data, type: (String, String) = csvType, by account: Account? = nil, path: String = "/api/leads/import"
  ) async throws -> TestResponse {
    let header = try await server.bearer(account ?? server.desk.operatorAccount)
    return try await server.client.send("POST", path, headers: [header, type], body: body)
  }

  @Test("A CSV body is imported, with every row error named", arguments: ["/api", "/api/v1"])
  func csv(_ base: String) async throws {
    try await LeadsServer.run { server in
      let csv =
        "Name;Website;Score;Shoe size\nBluebird Bakery;bluebird.example;87;42\n;x.example;1;2\nOak;oak.example;140;3\nOak;nowhere;5;3\n"
      let answer = try await post(server, Data(csv.utf8), path: base + "/leads/import")
      #expect(answer.status == 200)
      let json = try answer.json()
      #expect(json["imported"] as? Int == 1)
      #expect(json["updated"] as? Int == 0)
      #expect(json["skipped"] as? Int == 3)
      #expect(json["row_error_count"] as? Int == 3)
      #expect(json["ignored_columns"] as? [String] == ["Shoe size"])
      let errors = try #require(json["row_errors"] as? [[String: Any]])
      #expect(errors.compactMap { $0["row"] as? Int } == [3, 4, 5])
      #expect(errors.compactMap { $0["column"] as? String } == ["Name", "Score", "Website"])
      #expect(errors.compactMap { $0["code"] as? String } == ["name_missing", "bad_score", "bad_website"])
      #expect(errors.allSatisfy { ($0["message"] as? String)?.isEmpty == false })
      let again = try await post(server, Data(csv.replacing("87", with: "88").utf8)).json()
      #expect(again["imported"] as? Int == 0)
      #expect(again["updated"] as? Int == 1)
      #expect(try await server.leadCount() == 1)
    }
  }

  @Test("A multipart form is taken with a token, or with a session and its form token first")
  func multipart() async throws {
    try await LeadsServer.run { server in
      let csv = Data("name\nA\nB\n".utf8)
      let answer = try await post(server, Upload.form(csv, csrf: nil), type: Upload.type)
      #expect(try answer.json()["imported"] as? Int == 2)
      let browser = try await server.operatorBrowser()
      let form = try await browser.upload("name\nC\n", to: "/api/leads/import")
      #expect(try form.json()["imported"] as? Int == 1)
      let forged = try await browser.send("POST", "/api/leads/import", headers: [Upload.type], body: Upload.form(csv, csrf: "wrong"))
      #expect(forged.status == 403)
      let without = try await browser.send("POST", "/api/leads/import", headers: [Upload.type], body: Upload.form(csv, csrf: nil))
      #expect(without.status == 403)
      let raw = try await browser.send("POST", "/api/leads/import", headers: [Self.csvType], body: csv)
      #expect(raw.status == 403)
      let proven = try await browser.send("POST", "/api/leads/import", headers: [Self.csvType, ("X-CSRF-Token", browser.csrf)], body: csv)
      #expect(try proven.json()["skipped"] as? Int == 2)
    }
  }

  @Test("Only operators import, and a stranger is told to sign in")
  func access() async throws {
    try await LeadsServer.run { server in
      let csv = Data("name\nA\n".utf8)
      let viewer = try await post(server, csv, by: server.desk.viewer)
      #expect(viewer.status == 403)
      #expect(try await server.client.send("POST", "/api/leads/import", headers: [Self.csvType], body: csv).status == 401)
      #expect(try await server.leadCount() == 0)
    }
  }

  @Test(
    "A file that cannot be imported is refused with its reason",
    arguments: [
      ("", "The file is empty"), ("\n\n", "The file is empty"), ("email,city\na@b.example,Austin\n", "No column is called name"),
      ("name,Name\nA,B\n", "Two columns are called"), ("\u{0}\u{0}\u{0}\u{0}", ""),
    ])
  func refused(_ csv: String, _ reason: String) async throws {
    try await LeadsServer.run { server in
      let answer = try await post(server, Data(csv.utf8))
      #expect(answer.status == 422)
      #expect(answer.header("content-type") == "application/problem+json")
      #expect(try (answer.json()["detail"] as? String ?? "").contains(reason) || reason.isEmpty)
    }
  }

  @Test("Other types of body are refused with 415", arguments: ["application/json", "text/plain", "application/octet-stream", ""])
  func types(_ type: String) async throws {
    try await LeadsServer.run { server in
      let other = try await post(server, Data("name\nA\n".utf8), type: ("Content-Type", type))
      #expect(other.status == 415)
      let form = Upload.form(Data("PK".utf8), csrf: nil, fileName: "leads.xlsx", type: "application/vnd.ms-excel")
      let sheet = try await post(server, form, type: Upload.type)
      #expect(sheet.status == 415)
      #expect(try sheet.json()["code"] as? String == "unsupported_media_type")
    }
  }

  @Test("A file above the limit is refused with 413, whether its length was said before or not")
  func tooLarge() async throws {
    try await LeadsServer.run(importBytes: 100_000) { server in
      let rows = (0..<20_000).map { "Lead \($0)\n" }.joined()
      let said = try await post(server, Data(("name\n" + rows).utf8))
      #expect(said.status == 413)
      #expect(try (said.json()["detail"] as? String)?.contains("Nothing was imported") == true)
      #expect(try await server.leadCount() == 0)
      let header = try await server.bearer(server.desk.operatorAccount)
      let body = Data(("name\n" + rows).utf8)
      let chunked = Data("\(String(body.count, radix: 16))\r\n".utf8) + body + Data("\r\n0\r\n\r\n".utf8)
      let streamed = try await server.client.send(
        "POST", "/api/leads/import", headers: [header, Self.csvType, ("Transfer-Encoding", "chunked")], body: chunked)
      #expect(streamed.status == 413)
      #expect(try (streamed.json()["detail"] as? String)?.contains("Rows before that point were imported") == true)
    }
  }

  @Test("An upload that breaks off keeps the whole rows before, and says how many")
  func brokenForm() async throws {
    try await LeadsServer.run { server in
      let csv = "name\n" + (1...3000).map { "Lead \($0)\n" }.joined() + "Half of a row that was cut somewhere"
      let answer = try await post(server, Upload.form(Data(csv.utf8), csrf: nil, isCutOff: true), type: Upload.type)
      #expect(answer.status == 422)
      let detail = try #require(try answer.json()["detail"] as? String)
      #expect(detail.contains("3,000 leads were imported before, and 0 updated"))
      #expect(try await server.leadCount() == 3000)
      let told = try #require(try await server.server.dependencies.auditTrail.list(AuditFilter(subjectType: "import")).first)
      #expect(told.actor == .account(server.desk.operatorAccount) && told.action == "leads.imported")
      #expect(told.detail["name"] == "leads.csv" && told.detail["imported"] == "3000")
      #expect(told.reason == "The file could not be read to its end.")
      var half = LeadFilter()
      half.text = "half"
      #expect(try await server.services.leads.count(half).count == 0)
    }
  }

  @Test("An upload that breaks off before its first row says that nothing was imported", arguments: ["", "na", "name,website"])
  func brokenHeader(_ csv: String) async throws {
    try await LeadsServer.run { server in
      let answer = try await post(server, Upload.form(Data(csv.utf8), csrf: nil, isCutOff: true), type: Upload.type)
      #expect(answer.status == 422)
      #expect(try (answer.json()["detail"] as? String)?.contains("nothing was imported") == true)
      let headless = try await post(server, Data("--\(Upload.boundary)\r\nContent-Disp".utf8), type: Upload.type)
      #expect(headless.status == 422)
    }
  }

  @Test("A connection that drops in the middle keeps the whole rows that arrived")
  func dropped() async throws {
    try await LeadsServer.run { server in
      let csv = "name\n" + (1...1500).map { "Lead \($0)\n" }.joined() + "Hal"
      let header = try await server.bearer(server.desk.operatorAccount)
      let head =
        "POST /api/leads/import HTTP/1.1\r\nHost: 127.0.0.1\r\n\(header.0): \(header.1)\r\n"
        + "Content-Type: text/csv\r\nContent-Length: 900000\r\n\r\n"
      try Upload.sendAndHangUp(Data((head + csv).utf8), port: server.client.port)
      try await eventually("1500 leads are there") { try await server.leadCount() == 1500 }
    }
  }

  /// The head of an import whose body will not come whole.
  private func openHead(_ server: LeadsServer) async throws -> String {
    let header = try await server.bearer(server.desk.operatorAccount)
    return "POST /api/leads/import HTTP/1.1\r\nHost: 127.0.0.1\r\n\(header.0): \(header.1)\r\nConnection: close\r\n"
      + "Content-Type: text/csv\r\nContent-Length: 9000000\r\n\r\n"
  }

  @Test("An upload that comes too slowly is ended, and the answer says what was imported of it")
  func tooSlow() async throws {
    var pace = UploadPace()
    (pace.grace, pace.bytesPerSecond) = (.milliseconds(300), 50_000)
    try await LeadsServer.run(pace: pace) { server in
      let head = try await openHead(server)
      let nothing = try await server.client.raw(Data((head + "name\nA\n").utf8))
      #expect(nothing.status == 422)
      #expect(try (nothing.json()["detail"] as? String)?.hasPrefix("The upload came too slowly and was ended, and nothing was imported.") == true)
      let rows = "name\n" + (1...10_000).map { "Lead \($0)\n" }.joined()
      let part = try await server.client.raw(Data((head + rows).utf8))
      #expect(part.status == 422)
      let count = try await server.leadCount()
      #expect(count >= 1000 && count <= 10_000)
      #expect(try (part.json()["detail"] as? String)?.contains("\(Grouping.thousands(count)) leads were imported before, and 0 updated.") == true)
      let told = try await server.server.dependencies.auditTrail.list(AuditFilter(subjectType: "import"))
      #expect(told.map { $0.detail["imported"] } == ["\(count)"])
    }
  }

  @Test("An account has two uploads under way at most; a third is refused until one has ended, and others are not")
  func tooMany() async throws {
    try await LeadsServer.run { server in
      let head = try await openHead(server)
      let csv = Data("name\nC\n".utf8)
      let open = Mutex<[Upload.Open]>([])
      // One that comes while a whole one is read may be refused itself: then the next takes the place.
      try await eventually("a whole upload is refused") {
        let upload = try Upload.open(Data((head + "name\nA").utf8), port: server.client.port)
        open.withLock { $0.append(upload) }
        return try await post(server, csv).status == 429
      }
      let refused = try await post(server, csv)
      #expect(refused.header("retry-after") == "10")
      #expect(try refused.json()["code"] as? String == "rate_limited")
      let page = try await server.operatorBrowser().upload("name\nC\n")
      #expect(page.status == 429 && page.header("retry-after") == "10")
      #expect(page.text.contains("2 of your files are on their way already."))
      #expect(try await post(server, csv, by: server.desk.otherOperator).status == 200)
      for upload in open.withLock({ $0 }) { upload.close() }
      try await eventually("there is a place again") { try await post(server, csv).status == 200 }
    }
  }

  @Test("Hostile cells are data: formulas, markup, quotes and line breaks come in as text")
  func hostile() async throws {
    try await LeadsServer.run { server in
      let names = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "a \"quoted\" name", "two\nlines", "🙂'); DROP TABLE lead;--"]
      let csv = "name\n" + names.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"\n" }.joined()
      #expect(try await post(server, Data(csv.utf8)).json()["imported"] as? Int == 5)
      let listed = try await server.services.leads.page(LeadFilter(), limit: 10).leads.map(\.name)
      #expect(Set(listed) == Set(names))
      let page = try await server.operatorBrowser().get("/leads").text
      #expect(!page.contains("<script>alert"))
    }
  }
}
