import BatchReports
import CSV
import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct LeadImportTests {
  private let now = Date(milliseconds: 1_700_000_000_000)

  /// A file as it arrives: cut into chunks of a few bytes.
  private func chunks(_ bytes: [UInt8], of size: Int) -> AsyncStream<ArraySlice<UInt8>> {
    AsyncStream { stream in
      for start in stride(from: 0, to: bytes.count, by: size) { stream.yield(bytes[start..<min(bytes.count, start + size)]) }
      stream.finish()
    }
  }

  private func run(
    _ text: String, in leads: LeadDatabase, chunk: Int = 7, _ change: (inout LeadImportOptions) -> Void = { _ in }
  ) async throws -> LeadImportResult {
    var options = LeadImportOptions()
    change(&options)
    return try await LeadImport(database: leads.database, options: options, now: now).run(chunks: chunks(Array(text.utf8), of: chunk))
  }

  private func refusal(_ text: String, _ change: (inout LeadImportOptions) -> Void = { _ in }) async throws -> LeadImportRefusal? {
    let leads = try LeadDatabase()
    do {
      _ = try await run(text, in: leads, change)
      return nil
    } catch let refusal as LeadImportRefusal {
      return refusal
    }
  }

  @Test("every fact of a lead has a column, whatever other tools call it")
  func allColumns() async throws {
    let leads = try LeadDatabase()
    let text = """
      Company;URL;E-Mail;Telephone;Contact Name;Town;State;Category;Lead Source;STATUS;Score;Enrichment;Labels;Date Added;Shoe size
      "Ann; Bob";ann.example/x;ann@a.example;+1 555;Ann B;Austin;TX;Bakery;fair;Qualified;77;pending;vip|new; 2024-02-29 ;44
      """
    let result = try await run(text, in: leads)
    #expect(result.imported == 1 && result.updated == 0 && result.skipped == 0 && result.rowErrors.isEmpty)
    #expect(result.ignoredColumns == ["Shoe size"])
    let lead = try await leads.all()[0]
    let expected = Lead(
      key: 1, id: lead.id, name: "Ann; Bob", website: "ann.example/x", email: "ann@a.example", phone: "+1 555",
      contactName: "Ann B",
      city: "Austin", region: "TX", industry: "Bakery", source: "fair", status: .qualified, score: 77, enrichmentStatus: "pending",
      tags: ["new", "vip"], createdAt: Date(milliseconds: 1_709_164_800_000), updatedAt: now)
    #expect(lead == expected)
  }

  @Test("the same file twice adds nothing the second time, however it is cut into chunks")
  func twice() async throws {
    let leads = try LeadDatabase()
    let text = "name,website,tags\r\n" + (0..<50).map { "Lead \($0),https://l\($0).example,a;b\r\n" }.joined()
    #expect(try await run(text, in: leads, chunk: 1).imported == 50)
    let second = try await run(text, in: leads, chunk: 1_000_000)
    #expect(second.imported == 0 && second.updated == 0 && second.skipped == 50)
    let third = try await run(text.replacingOccurrences(of: "a;b", with: "c"), in: leads) { $0.chunkSize = 7 }
    #expect(third.imported == 0 && third.updated == 50)
    #expect(try await leads.store.count(LeadFilter()).count == 50)
  }

  @Test("a row with errors is left out with its row, column and reason, and the rest is imported")
  func rowErrors() async throws {
    let leads = try LeadDatabase()
    let rows: [(row: String, column: String, code: String)] = [
      (",https://a.example,,,,", "name", "name_missing"), ("A,not a site,,,,", "website", "bad_website"),
      ("A,ftp://a.example,,,,", "website", "bad_website"),
      ("A,http://,,,,", "website", "bad_website"), ("A,a.example:99999,,,,", "website", "bad_website"),
      ("A,word,,,,", "website", "bad_website"),
      ("A,,no-at.example,,,", "email", "bad_email"), ("A,,a@b,,,", "email", "bad_email"), ("A,,a b@c.example,,,", "email", "bad_email"),
      ("A,,,101,,", "score", "bad_score"), ("A,,,-1,,", "score", "bad_score"), ("A,,,7.5,,", "score", "bad_score"),
      ("A,,,,old,", "status", "bad_status"),
      ("A,,,,,soon", "created", "bad_date"), (String(repeating: "x", count: 201) + ",,,,,", "name", "too_long"),
      ("A,,,,", "", "too_few_fields"),
      ("A,,,,,,x", "", "too_many_fields"),
    ]
    let text = "name,website,email,score,status,created\n" + rows.map { $0.row + "\n" }.joined() + "Good,,,,,,\n"
    let result = try await run(text, in: leads)
    #expect(result.imported == 1 && result.skipped == rows.count && result.rowErrorCount == rows.count)
    for (index, expected) in rows.enumerated() {
      let error = result.rowErrors[index]
      #expect(
        error.row == index + 2 && error.column == expected.column && error.code == expected.code && !error.message.isEmpty, "\(expected)")
    }
    #expect(try await leads.all().map(\.name) == ["Good"])
  }

  @Test("all errors of a row are named, and only the first ones of a file are kept")
  func manyErrors() async throws {
    let leads = try LeadDatabase()
    let one = try await run("name,score,status\n,x,y\n", in: leads)
    #expect(one.rowErrors.map(\.code) == ["name_missing", "bad_score", "bad_status"])
    let many = try await run("name,score\n" + String(repeating: "A,x\n", count: 2_500), in: leads, chunk: 4_096)
    #expect(many.rowErrors.count == 1_000 && many.rowErrorCount == 2_500 && many.skipped == 2_500)
  }

  @Test("tags are cut at semicolons and bars, and kept once")
  func tags() async throws {
    let leads = try LeadDatabase()
    let long = String(repeating: "t", count: 61)
    let result = try await run("name,tags\nA,\" x ; y|X;;\"\nB,\(long)\n", in: leads)
    #expect(try await leads.all()[0].tags == ["x", "y"])
    #expect(result.rowErrors.map(\.code) == ["bad_tags"])
  }

  @Test("websites are taken with and without scheme, port and path, and kept as the file has them")
  func websites() async throws {
    let leads = try LeadDatabase()
    let sites = ["a.example", "HTTP://B.example:8080/x?y#z", "https://käse.example", "http://127.0.3.4:8081/", "http://localhost:90"]
    let result = try await run("name,site\n" + sites.map { "N,\($0)\n" }.joined(), in: leads)
    #expect(result.rowErrors.isEmpty)
    #expect(try await leads.all().map(\.website) == sites)
  }

  @Test("a file that cannot be imported at all is refused with what to do")
  func refusals() async throws {
    #expect(try await refusal("") == .empty)
    #expect(try await refusal("\n\n") == .empty)
    #expect(try await refusal("city,email\nA,b@c.example\n") == .noNameColumn(found: ["city", "email"]))
    #expect(try await refusal("name,City,city\nA,B,C\n") == .duplicateColumn("city"))
    #expect(try await refusal("name,City,city\nA,B,C\n") { $0.validateHeaders = false } == nil)
    #expect(try await refusal("name\nA\n") { $0.maxBytes = 5 } == .tooLarge(limit: 5))
    guard case .unreadable = try await refusal("name,\"city\nA,B\n") else { throw InvalidInput("file", "should be unreadable") }
    #expect(LeadImportRefusal.tooLarge(limit: 1).code == .payloadTooLarge)
    for refusal in [
      LeadImportRefusal.empty, .noNameColumn(found: ["x"]), .duplicateColumn("x"), .unreadable("x"), .tooLarge(limit: 9_000_000),
    ] {
      #expect(refusal.field == "file" && !refusal.explanation.isEmpty)
    }
  }

  @Test("a file that breaks off is imported up to there and says so")
  func cutShort() async throws {
    let leads = try LeadDatabase()
    let result = try await run("name,city\nA,B\nC,\"D\nE,F\n", in: leads)
    #expect(result.isCutShort && result.imported == 1 && result.rowErrors.map(\.code) == ["unclosed_quote"] && result.rowErrors[0].row == 3)
  }

  @Test("empty rows are skipped, or are errors when they are not to be skipped")
  func emptyRows() async throws {
    let leads = try LeadDatabase()
    let text = "name,city\nA,B\n\n , \nC,D\n"
    #expect(try await run(text, in: leads).rowErrors.isEmpty)
    let strict = try await run(text, in: leads) { $0.skipEmptyRows = false }
    #expect(strict.rowErrors.map(\.code) == ["empty_row", "empty_row"] && strict.rowErrors.map(\.row) == [3, 4])
  }

  @Test("a file in Windows-1252 is read, and the result says that it was no UTF-8")
  func encodings() async throws {
    let leads = try LeadDatabase()
    let bytes = Array("name,city\nCaf".utf8) + [0xE9] + Array(",Lyon\n".utf8)
    let result = try await LeadImport(database: leads.database, now: now).run(chunks: chunks(bytes, of: 5))
    #expect(result.usedFallbackEncoding)
    #expect(try await leads.all()[0].name == "Café")
    var options = LeadImportOptions()
    options.encoding = .utf8
    options.delimiter = UInt8(ascii: ",")
    let strict = try await LeadImport(database: leads.database, options: options, now: now).run(chunks: chunks(bytes, of: 5))
    #expect(strict.isCutShort && strict.rowErrors.map(\.code) == ["invalid_utf8"])
  }

  @Test("a check reads the whole file, shows its mapping and first rows, and writes nothing")
  func check() async throws {
    let leads = try LeadDatabase()
    let text = "Business,Shoe size,E-mail\n" + (0..<40).map { "B\($0),44,b\($0)@x.example\n" }.joined() + ",,\nBad,,nobody\n"
    let check = try await LeadImport(database: leads.database, now: now).check(chunks: chunks(Array(text.utf8), of: 11), firstRows: 3)
    #expect(check.columns.map(\.header) == ["Business", "Shoe size", "E-mail"] && check.columns.map(\.field) == ["name", nil, "email"])
    #expect(check.firstRows.map(\.name) == ["B0", "B1", "B2"] && check.usableRows == 40)
    #expect(check.rowErrors.map(\.code) == ["bad_email"] && check.rowErrorCount == 1 && !check.isCutShort && !check.usedFallbackEncoding)
    #expect(try await leads.store.count(LeadFilter()).count == 0)
  }

  @Test("an import is told of in the audit trail: who, which file, and what became of its rows")
  func audit() async throws {
    let leads = try LeadDatabase()
    func run(_ text: String, _ name: String) async throws {
      let record = LeadImportRecord(by: .commandLine, of: name)
      _ = try await LeadImport(database: leads.database, now: now).run(chunks: chunks(Array(text.utf8), of: 9), for: record)
    }
    try await run("name,score\nA,1\nB,2\nC,x\n", "spring.csv")
    try await run("name,score\nA,9\nB,2\n\"D", "again.csv")
    await #expect(throws: LeadImportRefusal.self) { try await run("city\nAustin\n", "nothing.csv") }
    let entries = try await AuditTrail(leads.database).list().reversed().map { $0 }
    #expect(entries.map(\.action) == ["leads.imported", "leads.imported"] && entries.map(\.actor) == [.commandLine, .commandLine])
    #expect(entries.map(\.subjectType) == ["import", "import"] && entries.map(\.at) == [now, now])
    #expect(entries[0].detail == ["name": "spring.csv", "imported": "2", "updated": "0", "skipped": "1"] && entries[0].reason.isEmpty)
    #expect(entries[1].detail == ["name": "again.csv", "imported": "0", "updated": "1", "skipped": "1"])
    #expect(entries[1].reason == "The file could not be read to its end.")
  }

  @Test("an import that ended early is told of with what it had written by then, also when its task was cancelled")
  func auditOfPart() async throws {
    let leads = try LeadDatabase()
    var options = LeadImportOptions()
    options.chunkSize = 10
    let record = LeadImportRecord(by: .commandLine, of: "cut.csv")
    let importer = LeadImport(database: leads.database, options: options, now: now)
    let (stream, bytes) = AsyncStream.makeStream(of: [UInt8].self)
    bytes.yield(Array(("name\n" + (0..<4_000).map { "Lead number \($0)\n" }.joined() + "Half a row").utf8))
    let work = Task { try await importer.run(chunks: stream, for: record) }
    while record.counts.inserted == 0 { await Task.yield() }
    work.cancel()
    await #expect(throws: CancellationError.self) { try await work.value }
    let entry = try #require(try await AuditTrail(leads.database).list().first)
    let count = try await leads.store.count(LeadFilter()).count
    #expect(count > 0 && entry.detail["imported"] == "\(count)" && record.counts.inserted == count)
    #expect(entry.reason == "The import ended before its file did.")
  }

  @Test("what the source of the bytes throws comes through, and what was written stays")
  func brokenSource() async throws {
    struct Gone: Error {}
    let leads = try LeadDatabase()
    var options = LeadImportOptions()
    options.chunkSize = 10
    let stream = AsyncThrowingStream<[UInt8], any Error> { stream in
      stream.yield(Array(("name\n" + (0..<5_000).map { "Lead number \($0)\n" }.joined()).utf8))
      stream.finish(throwing: Gone())
    }
    await #expect(throws: Gone.self) { try await LeadImport(database: leads.database, options: options, now: now).run(chunks: stream) }
    #expect(try await leads.store.count(LeadFilter()).count > 0)
  }
}
