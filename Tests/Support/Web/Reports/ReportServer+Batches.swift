import BatchReports
import Foundation
import Storage
import TestSupport

extension ReportServer {
  /// Previews and starts a batch over all leads, or over those named.
  public func start(
    _ name: String = "", _ keys: [Int64]? = nil, isPrivate: Bool = false, retryCount: Int = 3, by account: Account? = nil
  ) async throws -> Batch {
    try await desk.start(keys, try BatchDesk.order(name, retryCount: retryCount, isPrivate: isPrivate), by: account, now: clock.now)
  }

  /// Begins an epoch of an engine that the test plays itself.
  public func engine() async throws -> PlayedEngine { PlayedEngine(self, epoch: try await desk.queue.beginEpoch(now: clock.now)) }

  /// A batch that has ended: its leads succeed with a report on disk, but those at `failing` places.
  public func finished(
    _ name: String = "", _ keys: [Int64]? = nil, isPrivate: Bool = false, failing: Set<Int> = [], by account: Account? = nil
  ) async throws -> Batch {
    let batch = try await start(name, keys, isPrivate: isPrivate, by: account)
    let engine = try await engine()
    while true {
      let claims = try await engine.claim(100, of: batch)
      if claims.isEmpty { return try await desk.batch(batch.id) }
      for claim in claims {
        if failing.contains(claim.position) {
          try await engine.end([claim.ends(.failed(LeadFailure(.dnsFailed, "There is no such domain.")))])
        } else {
          try await engine.complete(claim)
        }
      }
    }
  }
}

/// An engine of which the test does each step, by the test's clock.
public struct PlayedEngine: Sendable {
  private let server: ReportServer
  private let epoch: Int64

  init(_ server: ReportServer, epoch: Int64) {
    self.server = server
    self.epoch = epoch
  }

  /// Takes up to `count` leads of each batch that runs, or of one.
  public func claim(_ count: Int, of batch: Batch? = nil) async throws -> [WorkQueue.Claim] {
    try await server.desk.queue.advance(recording: [], epoch: epoch, now: server.clock.now) { running in
      let chosen = running.filter { batch == nil || $0.key == batch?.key }
      return Dictionary(uniqueKeysWithValues: chosen.map { ($0.key, min(count, $0.due, $0.maxConcurrent - $0.inFlight)) })
    }.claims
  }

  public func end(_ outcomes: [WorkQueue.Outcome]) async throws {
    try await server.desk.advance(outcomes, epoch: epoch, now: server.clock.now)
  }

  /// Stores a report of the claim's lead and ends it well.
  public func complete(_ claim: WorkQueue.Claim, _ change: (inout Report) -> Void = { _ in }) async throws {
    var report = Report.sample(of: claim)
    change(&report)
    try await end([claim.ends(.completed(score: report.score, report: try ReportArchive.encode(report)))])
  }
}

extension Report {
  /// A report with every part that a page shows.
  static func sample(of claim: WorkQueue.Claim) -> Report {
    func finding(
      _ check: Int, _ section: ReportSection, _ severity: Severity, _ result: Finding.Result, _ title: String, advice: String = "",
      evidence: String = ""
    ) -> Finding {
      Finding(
        check: check, section: section, severity: severity, result: result, title: title, advice: advice, evidence: evidence,
        source: "house rule")
    }
    return Report(
      leadID: claim.leadID, leadName: claim.leadName, website: claim.website, templateVersion: claim.template.reference.description,
      finalURL: claim.website + "/", fetchedAt: claim.startedAt, score: 72,
      sections: [
        SectionScore(section: .found, score: 90, passed: 1, failed: 0), SectionScore(section: .fast, score: 55, passed: 0, failed: 1),
        SectionScore(section: .safe, score: 40, passed: 0, failed: 2), SectionScore(section: .usable, score: nil, passed: 0, failed: 0),
      ],
      findings: [
        finding(1, .found, .high, .passed, "The page has a title", evidence: "Welcome"),
        finding(20, .fast, .medium, .failed, "The page is slow", advice: "Make it faster.", evidence: "2.9 s"),
        finding(30, .safe, .low, .failed, "A header is missing", advice: "Send it."),
        finding(31, .safe, .critical, .failed, "The certificate has expired", advice: "Renew it."),
        finding(50, .usable, .low, .notMeasured, "Contrast"), finding(51, .usable, .info, .notApplicable, "Form labels"),
      ],
      topFixes: [Fix(check: 31, title: "Renew the certificate", why: "Browsers warn visitors.", how: "Ask your host.")],
      notMeasured: [NotMeasured(what: "Contrast", why: "Styles were not computed.")], facts: [Fact(name: "Time to first byte", value: "0.213 s")])
  }
}
