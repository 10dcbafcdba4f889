import BatchReports
import DemoSites
import Foundation
import HTTPFetch
import Runner
import Storage

/// A batch over the demo's leads, whose websites are really fetched and audited.
struct SitesRun {
  var leads: Int
  var concurrency: Int

  func figures() async throws -> BatchFigures {
    let now = Date()
    let sites = DemoSiteServer(siteCount: leads, now: now)
    let port = try await sites.start()
    let desk = try await BenchmarkDesk(
      SampleLeads.all(count: leads, port: port, now: now).map {
        Lead(id: $0.id, name: $0.name, website: $0.website ?? "", email: $0.email, city: $0.city, createdAt: $0.createdAt, updatedAt: now)
      })
    let fetcher = HTTPFetcher(policy: .publicAndLoopback(port: UInt16(port)), userAgent: "BatchReports benchmark")
    let figures = try await desk.run(LocalPipeline(fetcher: fetcher, requestTimeout: 10, hostPause: 0.25), concurrency: concurrency, retryCount: 3)
    await fetcher.shutdown()
    await sites.shutdown()
    desk.remove()
    return figures
  }
}

/// A batch whose reports are empty.
struct NoopRun {
  var leads: Int
  var concurrency: Int

  private struct EmptyReports: ReportPipeline {
    func report(for claim: WorkQueue.Claim) async throws -> Report {
      Report(
        leadID: claim.leadID, leadName: claim.leadName, website: claim.website, templateVersion: claim.template.reference.description,
        finalURL: claim.website, fetchedAt: claim.startedAt, score: 80, sections: [], findings: [], topFixes: [], notMeasured: [],
        facts: [])
    }
  }

  static func leads(_ count: Int, now: Date) -> [Lead] {
    (0..<count).map { number in
      Lead(id: .version7(at: now), name: "Lead \(number)", website: "https://lead\(number).example", createdAt: now, updatedAt: now)
    }
  }

  /// Leads of batches that have ended, on file beside this one.
  var history = 0

  func figures() async throws -> BatchFigures {
    let desk = try await BenchmarkDesk(Self.leads(leads, now: Date()))
    defer { desk.remove() }
    if history > 0 { try await desk.addHistory(history) }
    return try await desk.run(EmptyReports(), concurrency: concurrency, retryCount: 3)
  }
}
