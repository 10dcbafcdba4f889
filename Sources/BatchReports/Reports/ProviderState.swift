import Foundation

/// How a paid source stands in this process, as pages and the health check show it.
public struct ProviderState: Sendable, Hashable {
  public var provider: PaidProvider
  /// Host and port that it is reached at; nil when it is off.
  public var host: String?
  /// Since when it has not answered and is left alone; nil while it is called.
  public var silentSince: Date?
  /// When it is tried next.
  public var nextProbe: Date?

  public init(provider: PaidProvider, host: String?, silentSince: Date? = nil, nextProbe: Date? = nil) {
    self.provider = provider
    self.host = host
    self.silentSince = silentSince
    self.nextProbe = nextProbe
  }

  public var isOn: Bool { host != nil }

  /// A sentence about one that does not answer; empty for the others.
  public var notice: String {
    guard let silentSince, let nextProbe else { return "" }
    let rest = provider.isNeeded ? "Leads that need it wait" : "Reports are made without it"
    return "\(provider.title) has not answered since \(silentSince.rfc3339). \(rest); it is tried again at \(nextProbe.rfc3339)."
  }
}
