import BatchReports
import Foundation
import GRDB
import TestSupport
import Testing
import WebTestSupport

@testable import Web

@Suite struct UnwritableDatabaseTests {
  @Test("People who are signed in still see the pages when nothing can be written, also when their last use lies back", arguments: ["/", "/batches", "/leads"])
  func pages(path: String) async throws {
    try await ReportServer.run { server in
      let browser = try await server.browser(server.desk.viewer)
      #expect(try await browser.get(path).status == 200)
      server.clock.advance(by: SessionRules.touchInterval + 1)
      try await server.desk.database.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
      for _ in 0..<2 { #expect(try await browser.get(path).status == 200) }
      try await server.desk.database.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 0") }
    }
  }
}
