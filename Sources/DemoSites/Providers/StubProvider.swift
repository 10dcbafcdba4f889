/// The paid services that the stubs stand in for. The raw values are those of the product, and the first part of each one's path.
public enum StubProvider: String, Sendable, CaseIterable, Hashable {
  case pagespeed, screenshotone, hunter
  case dataAxle = "data_axle"
  case semrush, openai

  /// The key that a stub takes; it refuses every other one.
  public var key: String { "demo-key-\(rawValue)" }
}

/// How a stub behaves.
public enum StubMode: Sendable, Hashable {
  /// Answers what the service would answer, after so many milliseconds.
  case normal(milliseconds: Int = 0)
  /// Refuses with the service's own kind of error; nothing is billed.
  case error(status: Int)
  /// Says that the page cannot be loaded, where the service loads it; the others refuse. Nothing is billed.
  case cannotLoad(status: Int)
  /// An error of a gateway before the service, in nobody's words, after the work was done and billed.
  case gateway(status: Int)
  /// Asks to slow down; nothing is billed.
  case busy(retryAfter: Int?)
  /// Does and bills the work, and says nothing.
  case hang
  /// Does and bills the work, and breaks the connection off.
  case reset
  /// Does and bills the work, and sends nonsense.
  case malformed
  /// Does and bills the work, and sends so many bytes.
  case huge(bytes: Int)
  /// Points elsewhere.
  case redirect
}

/// What a stub has counted.
public struct StubCounts: Sendable, Hashable {
  /// Requests that came, whatever became of them.
  public var served = 0
  /// Calls that the service would put on its bill.
  public var billed = 0
  /// Calls with an idempotency key that had come before: answered, and billed once.
  public var repeated = 0

  public init(served: Int = 0, billed: Int = 0, repeated: Int = 0) {
    self.served = served
    self.billed = billed
    self.repeated = repeated
  }
}

/// Whom a call was about: one page, domain or business.
public struct StubSubject: Sendable, Hashable {
  public var provider: StubProvider
  /// The page's address, its host, or the business's name: what the service is told.
  public var name: String

  public init(_ provider: StubProvider, _ name: String) {
    self.provider = provider
    self.name = name
  }
}
