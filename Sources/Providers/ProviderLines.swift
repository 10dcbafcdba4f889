import BatchReports
import Foundation

/// The providers that are on, each with its line.
public struct ProviderLines: Sendable {
  private let lines: [PaidProvider: ProviderLine]

  public init(_ lines: [ProviderLine] = []) { self.lines = Dictionary(lines.map { ($0.provider, $0) }) { first, _ in first } }

  public subscript(_ provider: PaidProvider) -> ProviderLine? { lines[provider] }

  /// The raw names of the providers that are on.
  public var on: Set<String> { Set(lines.keys.map(\.rawValue)) }

  /// How every provider stands, those that are off too.
  public var states: [ProviderState] {
    PaidProvider.allCases.map { provider in
      let opening = lines[provider]?.breaker.opening
      return ProviderState(
        provider: provider, host: lines[provider]?.host, silentSince: opening?.since, nextProbe: opening?.nextProbe)
    }
  }
}
