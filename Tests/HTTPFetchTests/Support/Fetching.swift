import Foundation
import Testing

@testable import HTTPFetch

extension HTTPFetcher {
  /// A fetcher that may reach the test server, and no other loopback port.
  static func allowing(_ server: TestServer, perHost: Int = 2) -> HTTPFetcher {
    HTTPFetcher(policy: .publicAndLoopback(port: server.port), userAgent: "Tests/1.0", maximumConnectionsPerHost: perHost)
  }

  /// The error of a fetch that must fail.
  func failure(_ request: FetchRequest, sourceLocation: SourceLocation = #_sourceLocation) async -> FetchError? {
    do {
      let page = try await fetch(request)
      Issue.record("status \(page.status) instead of an error", sourceLocation: sourceLocation)
      return nil
    } catch {
      return error
    }
  }
}

extension FetchedPage {
  var text: String { String(decoding: body, as: UTF8.self) }
}

extension FetchError {
  var isBrokenTransfer: Bool { if case .brokenTransfer = self { true } else { false } }
  var isInvalidURL: Bool { if case .invalidURL = self { true } else { false } }
  var isTooLarge: Bool { if case .tooLarge = self { true } else { false } }
}
