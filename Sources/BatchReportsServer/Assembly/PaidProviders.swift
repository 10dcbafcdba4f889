import BatchReports
import Foundation
import HTTPFetch
import Logging
import Providers
import Runner
import Storage
import Web

/// The paid providers of a process: the lines to those that are on, and their own fetcher with its own address policy.
struct PaidProviders {
  let fetcher: HTTPFetcher
  let lines: ProviderLines

  /// In a demo all are on, against stubs; no key of the operator's is used then, and nothing leaves the machine.
  init(_ settings: Settings, demo: Demo?) {
    let fetcher = HTTPFetcher(
      policy: demo.map { .publicAndLoopback(port: $0.stubPort) } ?? (settings.allowsPrivateHosts ? .unrestricted : .publicOnly),
      userAgent: "BatchReports/\(productVersion)", maximumConnectionsPerHost: Self.connections(settings))
    self.fetcher = fetcher
    lines = ProviderLines(
      (demo?.providers ?? settings.providers).map { access in
        ProviderLine(access, timeout: settings.providerTimeout, rate: demo == nil ? nil : Demo.providerRate) {
          (request) async throws(FetchError) in try await fetcher.fetch(request)
        }
      })
  }

  /// As many to one host as calls can be under way: whoever waited for a connection would be called after a pause or a cancel, with its
  /// intent long in the ledger. All six may be behind one host, as in a demo.
  static func connections(_ settings: Settings) -> Int { settings.maxConcurrentTotal * PaidProvider.allCases.count }

  func steps(_ database: AppDatabase, logger: Logger) -> PaidSteps {
    PaidSteps(lines: lines, ledger: CallLedger(database: database), logger: logger)
  }

  /// Says which providers do not answer; the product goes on without them, so that it is a notice.
  var healthCheck: HealthCheck {
    let lines = lines
    return HealthCheck("paid providers") {
      let states = lines.states
      let silent = states.filter { $0.silentSince != nil }
      if silent.isEmpty { return .init(isWell: true, detail: states.contains(where: \.isOn) ? "\(states.count(where: \.isOn)) on" : "all off") }
      return .init(isWell: true, isNotice: true, detail: silent.map(\.notice).joined(separator: " "))
    }
  }
}
