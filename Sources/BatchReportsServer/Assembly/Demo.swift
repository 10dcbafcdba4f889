import BatchReports
import DemoSites
import Foundation
import ServiceLifecycle
import Storage

/// The demo: sample leads, an admin to sign in as, and the leads' websites served by this process.
struct Demo {
  static let email = "cpo@example.com"
  private static let siteCount = 200

  let port: Int
  /// Where the stubs of the paid providers answer.
  let stubPort: UInt16
  private let sites: DemoSiteServer
  private let stubs: ProviderStubServer

  /// Serves the websites, on the port that the leads were made with, and fills an empty lead table.
  ///
  /// Throws `DemoSiteError` when the port of an earlier demo is taken.
  init(_ installation: Installation, now: Date = Date()) async throws {
    let portFile = installation.settings.dataFolder.appendingPathComponent("demo-port")
    let earlier = (try? String(contentsOf: portFile, encoding: .utf8)).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    sites = DemoSiteServer(siteCount: Self.siteCount, preferredPort: earlier, now: now)
    port = try await sites.start()
    stubs = ProviderStubServer(ProviderStubs(seed: 1, milliseconds: 60))
    do {
      stubPort = UInt16(try await stubs.start())
      try "\(port)\n".write(to: portFile, atomically: true, encoding: .utf8)
      try await Self.addLeads(installation.database, port: port, now: now)
      try await Self.addAdmin(installation.database, now: now)
      try await Self.addPrices(installation.database, now: now)
    } catch {
      await sites.shutdown()
      await stubs.shutdown()
      throw error
    }
  }

  private static func addLeads(_ database: AppDatabase, port: Int, now: Date) async throws {
    let store = LeadStore(database: database)
    if try await store.count(LeadFilter()).count > 0 { return }
    try await store.insert(
      SampleLeads.all(count: siteCount, port: port, now: now).sorted { $0.createdAt < $1.createdAt }.map { sample in
        Lead(
          id: sample.id, name: sample.name, website: sample.website ?? "", email: sample.email, phone: sample.phone,
          contactName: sample.contactName, city: sample.city, region: sample.region, industry: sample.industry, source: sample.source,
          status: Lead.Status(rawValue: sample.status) ?? .new, score: sample.score, enrichmentStatus: sample.enrichmentStatus,
          tags: sample.tags, createdAt: sample.createdAt, updatedAt: sample.createdAt)
      })
  }

  private static func addAdmin(_ database: AppDatabase, now: Date) async throws {
    let accounts = AccountStore(database)
    if try await accounts.byEmail(email) == nil {
      _ = try await accounts.add(email: email, role: .admin, passwordHash: nil, by: .commandLine, at: now)
    }
  }

  /// A link that signs the demo's admin in once.
  func signInToken(_ database: AppDatabase, now: Date = Date()) async throws -> String? {
    guard let account = try await AccountStore(database).byEmail(Self.email) else { return nil }
    return try await SignInLinkStore(database).create(for: account, by: .commandLine, at: now).text
  }

  var service: some Service { SitesService(sites: sites, stubs: stubs) }

  private struct SitesService: Service {
    let sites: DemoSiteServer
    let stubs: ProviderStubServer

    func run() async throws {
      try? await gracefulShutdown()
      await sites.shutdown()
      await stubs.shutdown()
    }
  }
}
