import BatchReports
import Foundation
import Storage
import Testing

@Suite("Report archive")
struct ReportArchiveTests {
  final class Folder: Sendable {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("archive-\(UUID().uuidString)")
    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
  }

  static func report(name: String = "Fish & “Chips”") -> Report {
    Report(
      leadID: UUID.version7(), leadName: name, website: "https://fish.example", templateVersion: "website-audit:v2", finalURL: "https://fish.example/",
      fetchedAt: Date(milliseconds: 1_772_452_800_123), score: 73, sections: [SectionScore(section: .fast, score: nil, passed: 0, failed: 0)],
      findings: [
        Finding(
          check: 3, section: .safe, severity: .high, result: .notApplicable, title: "t", advice: "", evidence: "<script>\u{0}\u{1F41F}", source: "s")
      ], topFixes: [Fix(check: 3, title: "t", why: "w", how: "h")], notMeasured: [NotMeasured(what: "a", why: "b")],
      facts: [Fact(name: "n", value: "v")])
  }

  @Test("a report is read as it was written, and its size is told")
  func roundTrip() throws {
    let folder = try Folder()
    let archive = ReportArchive(folder: folder.url.appendingPathComponent("reports"))
    let report = Self.report()
    let batch = UUID.version7()
    let bytes = try archive.store(report, batch: batch)
    #expect(try archive.report(of: report.leadID, batch: batch) == report)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.appendingPathComponent("reports/\(batch.text)").path)
    #expect(files == ["\(report.leadID.text).json"])
    let path = folder.url.appendingPathComponent("reports/\(batch.text)/\(files[0])").path
    #expect(FileManager.default.contents(atPath: path)?.count == bytes)
  }

  @Test("a second report of a lead takes the place of the first, and a large one is written whole")
  func replaced() throws {
    let folder = try Folder()
    let archive = ReportArchive(folder: folder.url)
    let batch = UUID.version7()
    var report = Self.report()
    _ = try archive.store(report, batch: batch)
    report.leadName = String(repeating: "x", count: 3_000_000)
    #expect(try archive.store(report, batch: batch) > 3_000_000)
    #expect(try archive.report(of: report.leadID, batch: batch).leadName.count == 3_000_000)
  }

  @Test("a report that is not there, is damaged or has another format is told apart")
  func damaged() throws {
    let folder = try Folder()
    let archive = ReportArchive(folder: folder.url)
    let batch = UUID.version7()
    let report = Self.report()
    func failure() -> String {
      do {
        _ = try archive.report(of: report.leadID, batch: batch)
        return ""
      } catch { return "\(error)" }
    }
    #expect(failure() == "The report's file is missing.")
    _ = try archive.store(report, batch: batch)
    let file = folder.url.appendingPathComponent(batch.text).appendingPathComponent(report.leadID.text + ".json")
    let whole = try Data(contentsOf: file)
    try whole.prefix(whole.count / 2).write(to: file)
    #expect(failure().contains("damaged"))
    try Data().write(to: file)
    #expect(failure().contains("damaged"))
    try Data(#"{"format":2,"pages":[]}"#.utf8).write(to: file)
    #expect(failure().contains("its format is 2"))
  }

  @Test("a folder that cannot be written is told")
  func unwritable() throws {
    let folder = try Folder()
    let blocked = folder.url.appendingPathComponent("file")
    try Data("x".utf8).write(to: blocked)
    #expect { try ReportArchive(folder: blocked).store(Self.report(), batch: .version7()) } throws: { "\($0)".contains("could not be written") }
    let batch = UUID.version7()
    let report = Self.report()
    // The report's own name is taken by a folder that is not empty.
    let taken = folder.url.appendingPathComponent("\(batch.text)/\(report.leadID.text).json/x")
    try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: true)
    #expect { try ReportArchive(folder: folder.url).store(report, batch: batch) } throws: { "\($0)".contains("could not be written") }
    let temporary = folder.url.appendingPathComponent("\(batch.text)/\(report.leadID.text).json.tmp")
    try? FileManager.default.removeItem(at: temporary)
    try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
    #expect { try ReportArchive(folder: folder.url).store(report, batch: batch) } throws: { "\($0)".contains("could not be written") }
  }
}
