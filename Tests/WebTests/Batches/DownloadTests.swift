import BatchReports
import CSV
import Foundation
import GRDB
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite(.serialized) struct DownloadTests {
  @Test("Results list every lead, and errors the failed ones with what to do", arguments: ["/api", "/api/v1"])
  func contents(_ base: String) async throws {
    try await ReportServer.run { server in
      let batch = try await server.finished("Spring", failing: [1])
      let caller = try await server.caller(server.desk.viewer)
      let ids = try await server.desk.leadIDs().map(\.text)
      let results = try await caller.get("\(base)/batch/\(batch.id.text)/results.csv")
      #expect(results.status == 200)
      #expect(results.header("content-type") == "text/csv; charset=utf-8")
      #expect(results.header("content-disposition") == "attachment; filename=\"batch-\(batch.id.text.prefix(8))-results.csv\"")
      #expect(results.body.starts(with: [0xEF, 0xBB, 0xBF]))
      let lines = String(results.text.drop { $0 == "\u{FEFF}" }).components(separatedBy: "\r\n")
      #expect(lines.count == 5 && lines[4].isEmpty)
      #expect(
        lines[0]
          == "lead_id,lead_name,website,status,score,attempts,error_code,error_message,cost_usd,duration_ms,processed_at,report_url")
      let report = "http://reports.example/batches/\(batch.id.text)/leads/\(ids[0])/report"
      #expect(lines[1] == "\(ids[0]),Lead 0,https://lead0.example,completed,72,1,,,0.050000,1000,2026-11-21T09:00:01.000Z,\(report)")
      #expect(
        lines[2]
          == "\(ids[1]),Lead 1,https://lead1.example,failed,,1,dns_failed,There is no such domain.,0.000000,1000,2026-11-21T09:00:01.000Z,")
      let errors = try await caller.get("\(base)/batch/\(batch.id.text)/errors.csv").text.components(separatedBy: "\r\n")
      #expect(errors.count == 3)
      #expect(errors[0] == "\u{FEFF}lead_id,lead_name,website,error_code,error_message,remedy,attempts,processed_at")
      #expect(errors[1].hasPrefix("\(ids[1]),Lead 1,https://lead1.example,dns_failed,There is no such domain.,\"Check the website's spelling"))
    }
  }

  @Test("A name that a spreadsheet would run is disarmed, and one with commas and quotes is quoted")
  func formulas() async throws {
    try await ReportServer.run(leads: 2) { server in
      try await server.desk.database.pool.write { db in
        try db.execute(sql: "UPDATE lead SET name = '=HYPERLINK(1)' WHERE key = 1; UPDATE lead SET name = 'A, \"B\"' WHERE key = 2")
      }
      let batch = try await server.start()
      let text = try await server.caller(server.desk.viewer).get("/api/batch/\(batch.id.text)/results.csv").text
      #expect(text.contains(",'=HYPERLINK(1),"))
      #expect(text.contains(",\"A, \"\"B\"\"\","))
    }
  }

  @Test("Where no public address is set, links to reports have none, and our own import reads the file with its mark")
  func withoutPublicURL() async throws {
    try await ReportServer.run(leads: 1, configure: { $0.settings.hasPublicURL = false }) { server in
      try await server.desk.database.pool.write { try $0.execute(sql: "UPDATE lead SET name = 'Käse; =1+1' || char(10) || '=2' WHERE key = 1") }
      let batch = try await server.finished()
      let file = try await server.caller(server.desk.viewer).get("/api/batch/\(batch.id.text)/results.csv").body
      let rows = try CSVReader.rows(of: file)
      #expect(rows.map { $0.fields[0] }.first == "lead_id")
      #expect(rows[1].fields[1] == "Käse; =1+1\n'=2")
      #expect(rows[1].fields.last?.hasPrefix("/batches/\(batch.id.text)/leads/") == true)
    }
  }

  @Test("A batch of any size is streamed whole, in order and once")
  func large() async throws {
    try await ReportServer.run(leads: 1203, maxLeads: 2000) { server in
      let batch = try await server.start()
      let answer = try await server.caller(server.desk.viewer).get("/api/batch/\(batch.id.text)/results.csv")
      let lines = answer.text.components(separatedBy: "\r\n").dropFirst().dropLast()
      let ids = try await server.desk.leadIDs().map(\.text)
      #expect(lines.map { String($0.prefix(36)) } == ids)
      #expect(answer.header("transfer-encoding") == "chunked")
    }
  }

  @Test("HEAD gives the headers alone, and a batch without failures an empty list of errors")
  func head() async throws {
    try await ReportServer.run { server in
      let batch = try await server.finished()
      let header = try await server.bearer(server.desk.viewer)
      let head = try await server.client.send("HEAD", "/api/batch/\(batch.id.text)/results.csv", headers: [header])
      #expect(head.status == 200)
      #expect(head.header("content-type") == "text/csv; charset=utf-8")
      #expect(head.body.isEmpty)
      let errors = try await server.client.send("GET", "/api/batch/\(batch.id.text)/errors.csv", headers: [header])
      #expect(errors.text == "\u{FEFF}lead_id,lead_name,website,error_code,error_message,remedy,attempts,processed_at\r\n")
    }
  }
}
