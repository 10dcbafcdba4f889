import BatchReports
import DemoSites
import Foundation
import GRDB
import TestSupport
import Testing

/// What the ledger says of all calls, and what those who answered them billed.
struct PaidCounts: Sendable, Hashable {
  var charged = 0
  var unresolved = 0
  var billed = 0
}

/// Holds the ledger of batches that have ended against the stubs' own counts: for each lead and provider, and the money of all.
///
/// `subject` names a lead as a provider is told it. Each unresolved call stands for one billed request or for none.
@discardableResult
func expectEachCallPaidOnce(
  _ stubs: ProviderStubs, of leads: [String], in folder: DataFolder, sourceLocation: SourceLocation = #_sourceLocation,
  subject: (_ provider: StubProvider, _ lead: String) -> String
) throws -> PaidCounts {
  let rows = try folder.rows(
    """
    SELECT c.provider, lead.name, c.state, c.call FROM provider_call c
    JOIN batch_lead b ON b.batch_key = c.batch_key AND b.position = c.position JOIN lead ON lead.key = b.lead_key ORDER BY c.batch_key, c.call
    """)
  let calls = Dictionary(grouping: rows) { "\($0["provider"] as String) \($0["name"] as String)" }
  var (sum, left) = (PaidCounts(), stubs.subjects)
  for provider in StubProvider.allCases {
    for lead in leads {
      let counts = left.removeValue(forKey: StubSubject(provider, subject(provider, lead))) ?? StubCounts()
      let states = (calls["\(provider.rawValue) \(lead)"] ?? []).map { $0["state"] as String }
      let (charged, unresolved) = (states.count { $0 == "charged" }, states.count { $0 == "unresolved" })
      let what = "\(provider.rawValue) about \(lead): \(states), billed \(counts.billed), served \(counts.served)"
      #expect(!states.contains("intent"), "open: \(what)", sourceLocation: sourceLocation)
      #expect(charged <= counts.billed && counts.billed <= charged + unresolved, "ledger against bill: \(what)", sourceLocation: sourceLocation)
      #expect(counts.served <= states.count, "a call without an intent: \(what)", sourceLocation: sourceLocation)
      // A needed source is asked again when its answer was lost, another one is not; no source is once it was paid.
      let isNeeded = PaidProvider(rawValue: provider.rawValue)?.isNeeded ?? false
      #expect(states.dropLast().allSatisfy { $0 == "free" || isNeeded && $0 == "unresolved" }, "asked again: \(what)", sourceLocation: sourceLocation)
      sum.charged += charged
      sum.unresolved += unresolved
      sum.billed += counts.billed
    }
  }
  #expect(left.isEmpty, "calls about nobody: \(left.keys)", sourceLocation: sourceLocation)
  for (rule, query) in MoneyRules.all { #expect(try folder.rows(query + " LIMIT 1").isEmpty, "\(rule)", sourceLocation: sourceLocation) }
  #expect(try folder.rows("SELECT 1 FROM reservation WHERE released_at IS NULL OR held > 0").isEmpty, "not released", sourceLocation: sourceLocation)
  #expect(try folder.rows("SELECT total(reserved) AS held FROM budget_day").map { $0["held"] as Double } == [0], sourceLocation: sourceLocation)
  return sum
}

/// A folder whose server asks all six stubs, which the test's own process serves: their counts outlive the server.
struct PaidFolder: Sendable {
  let folder: DataFolder
  let stubs: ProviderStubs
  let settings: [String: String]
  let names: [String]
  let leads: [UUID]
  let token: String
  private let site: TestSite

  static func run(leads count: Int, seed: UInt64, milliseconds: Int, _ body: @Sendable (PaidFolder) async throws -> Void) async throws {
    let site = try TestSite(address: "0.0.0.0") { _ in .page }
    let server = ProviderStubServer(ProviderStubs(seed: Int(seed), milliseconds: milliseconds, keepsSubjects: true))
    let port = try await server.start()
    let result: Result<Void, any Error>
    do { result = .success(try await body(PaidFolder(count, site, server.stubs, port))) } catch { result = .failure(error) }
    site.stop()
    await server.shutdown()
    try result.get()
  }

  private init(_ count: Int, _ site: TestSite, _ stubs: ProviderStubs, _ port: Int) async throws {
    self.site = site
    self.stubs = stubs
    folder = try DataFolder()
    let rates = folder.url.appendingPathComponent("rates.json")
    let prices = #""pagespeed": 0.002, "screenshotone": 0.009, "hunter": 0.034, "data_axle": 0.05, "semrush": 0.015, "openai": 0.004"#
    let card = #"{"report_generation_base_cost": 0.05, "volume_tiers": [{"from": 1, "discount_percent": 0}], "providers": {"# + prices + "}}"
    try Data(card.utf8).write(to: rates)
    var settings = ["BATCH_ALLOW_PRIVATE_HOSTS": "true", "BATCH_RATES_FILE": rates.path]
    for stub in StubProvider.allCases {
      settings["BATCH_\(stub.rawValue.uppercased())_KEY"] = stub.key
      settings["BATCH_\(stub.rawValue.uppercased())_URL"] = ProviderStubServer.baseURL(of: stub, port: port)
    }
    self.settings = settings
    names = (0..<count).map { "Lead \($0)" }
    (leads, token) = try await folder.prepare(websites: names.map { "http://\(Self.host($0)):\(site.port)/" })
  }

  /// A host of its own for each lead, all of this machine: a host is asked one thing at a time.
  private static func host(_ lead: String) -> String {
    let number = Int(lead.dropFirst("Lead ".count)) ?? 0
    return "127.9.\(number / 250).\(number % 250 + 1)"
  }

  func subject(_ provider: StubProvider, _ lead: String) -> String {
    switch provider {
    case .pagespeed, .screenshotone: "http://\(Self.host(lead)):\(site.port)/"
    case .hunter, .semrush: Self.host(lead)
    case .dataAxle, .openai: lead
    }
  }

  @discardableResult
  func expectEachCallPaidOnce(sourceLocation: SourceLocation = #_sourceLocation) throws -> PaidCounts {
    try ServerTests.expectEachCallPaidOnce(stubs, of: names, in: folder, sourceLocation: sourceLocation, subject: subject)
  }
}
