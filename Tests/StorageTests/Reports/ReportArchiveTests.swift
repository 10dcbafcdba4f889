import BatchReports
import Foundation
import Storage
import Testing

@Suite("Report archive")
struct ReportArchiveTests {
  final class Folder: Sendable {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("archive-\(UUID().text)")
    let batch = UUID.version7()
    let archive: ReportArchive
    var file: URL { url.appendingPathComponent("reports/\(batch.text).jsonl") }

    init() throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      archive = ReportArchive(folder: url.appendingPathComponent("reports"))
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func keep(_ reports: Report..., after places: [ReportArchive.Place] = []) throws -> [ReportArchive.Place] {
      try archive.append(try reports.map(ReportArchive.encode), batch: batch, after: end(places))
    }

    func end(_ places: [ReportArchive.Place]) -> Int64 { places.last.map { $0.offset + Int64($0.count) + 1 } ?? 0 }
  }

  static func report(name: String = "Fish & “Chips”") -> Report {
    Report(
      leadID: UUID.version7(), leadName: name, website: "https://fish.example", templateVersion: "website-audit:v2", finalURL: "https://fish.example/",
      fetchedAt: Date(milliseconds: 1_772_452_800_123), score: 73, sections: [SectionScore(section: .fast, score: nil, passed: 0, failed: 0)],
      findings: [
        Finding(
          check: 3, section: .safe, severity: .high, result: .notApplicable, title: "t", advice: "", evidence: "<script>\n\u{0}\u{1F41F}", source: "s")
      ], topFixes: [Fix(check: 3, title: "t", why: "w", how: "h")], notMeasured: [NotMeasured(what: "a", why: "b")],
      facts: [Fact(name: "n", value: "v")])
  }

  @Test("reports are read as they were written, at the places that were told, a line each")
  func roundTrip() throws {
    let folder = try Folder()
    var large = Self.report(name: String(repeating: "x", count: 3_000_000))
    large.score = 12
    let reports = [Self.report(), large, Self.report(name: "third")]
    let first = try folder.keep(reports[0], reports[1])
    let places = try first + folder.keep(reports[2], after: first)
    for (report, place) in zip(reports, places) {
      #expect(try folder.archive.report(of: report.leadID, batch: folder.batch, at: place) == report)
    }
    #expect(try Data(contentsOf: folder.file).split(separator: UInt8(ascii: "\n")).map(\.count) == places.map(\.count))
    #expect(try folder.archive.append([], batch: folder.batch, after: 0).isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.appendingPathComponent("reports").path) == ["\(folder.batch.text).jsonl"])
  }

  @Test("what was never committed is written over: a part of a line that a crash left, and reports whose rows were rolled back")
  func torn() throws {
    let folder = try Folder()
    let (first, second) = (Self.report(), Self.report())
    let before = try folder.keep(first)
    let handle = try FileHandle(forWritingTo: folder.file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(#"{"format":1,"lea"#.utf8))
    try handle.close()
    for _ in 0..<50 { _ = try folder.keep(Self.report(), Self.report(), after: before) }
    let after = try folder.keep(second, after: before)
    #expect(try folder.archive.report(of: first.leadID, batch: folder.batch, at: before[0]) == first)
    #expect(try folder.archive.report(of: second.leadID, batch: folder.batch, at: after[0]) == second)
    #expect(try Data(contentsOf: folder.file).split(separator: UInt8(ascii: "\n")).count == 2)
  }

  @Test("a file that was cut short keeps the places of what comes next")
  func cutShort() throws {
    let folder = try Folder()
    let (first, second) = (Self.report(), Self.report())
    let before = try folder.keep(first)
    try FileHandle(forWritingTo: folder.file).truncate(atOffset: 5)
    let after = try folder.keep(second, after: before)
    #expect(after[0].offset == folder.end(before))
    #expect(try folder.archive.report(of: second.leadID, batch: folder.batch, at: after[0]) == second)
    #expect(throws: ReportArchive.Failure.self) { try folder.archive.report(of: first.leadID, batch: folder.batch, at: before[0]) }
  }

  @Test("a report that is not there, is damaged, is another lead's or has another format is told apart")
  func damaged() throws {
    let folder = try Folder()
    let (report, other) = (Self.report(), Self.report())
    func failure(_ place: ReportArchive.Place) -> String {
      do {
        _ = try folder.archive.report(of: report.leadID, batch: folder.batch, at: place)
        return ""
      } catch { return "\(error)" }
    }
    #expect(failure(.init(offset: 0, count: 10)) == "The report is not in its file.")
    let places = try folder.keep(report, other)
    #expect(failure(places[0]) == "")
    #expect(failure(places[1]).contains("another lead's"))
    #expect(failure(.init(offset: 1, count: places[0].count)).contains("damaged"))
    #expect(failure(.init(offset: 0, count: 0)).contains("damaged"))
    #expect(failure(.init(offset: places[1].offset, count: places[1].count + 2)) == "The report is not in its file.")
    let foreign = Data(#"{"format":2,"pages":[]}"#.utf8)
    #expect(failure(try folder.archive.append([foreign], batch: folder.batch, after: folder.end(places))[0]).contains("its format is 2"))
    try FileHandle(forWritingTo: folder.file).truncate(atOffset: 20)
    #expect(failure(places[0]) == "The report is not in its file.")
  }

  @Test("a place that cannot be written is told, and what was there stays")
  func unwritable() throws {
    let folder = try Folder()
    func refused() -> Bool {
      do {
        _ = try folder.keep(Self.report())
        return false
      } catch { return "\(error)".contains("could not be written") }
    }
    let home = folder.url.appendingPathComponent("reports")
    try Data("x".utf8).write(to: home)
    #expect(refused())
    try FileManager.default.removeItem(at: home)
    try FileManager.default.createDirectory(at: folder.file, withIntermediateDirectories: true)
    #expect(refused())
  }
}
