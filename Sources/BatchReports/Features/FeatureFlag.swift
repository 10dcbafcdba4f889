/// A part of the product that can be switched off and on. The environment gives the first value, by these exact names; an admin
/// switches the flag while the product runs.
public enum FeatureFlag: String, Sendable, Hashable, CaseIterable {
  /// Whether batches are started and run.
  case batchProcessing = "ENABLE_BATCH_PROCESSING"
  /// Whether the pages about leads and batches are there; the API is not touched by it.
  case batchRunnerPages = "ENABLE_BATCH_RUNNER_UI"
  /// Whether each progress message that is sent is logged.
  case socketLog = "BATCH_RUNNER_WS_DEBUG"

  public var isOnAtFirst: Bool { self != .socketLog }

  public var title: String {
    switch self {
    case .batchProcessing: "Batch processing"
    case .batchRunnerPages: "Pages"
    case .socketLog: "Log of progress messages"
    }
  }

  public var summary: String {
    switch self {
    case .batchProcessing: "Batches can be started, and they run. Off: leads in flight end, the others wait, and a start is refused."
    case .batchRunnerPages: "The pages about leads and batches. Off: they say so; the API and the settings stay."
    case .socketLog: "Each message on a progress socket is written to the log."
    }
  }
}

/// Refused because an admin has switched the part off.
public struct FeatureOff: Refusal, Hashable {
  public var flag: FeatureFlag

  public init(_ flag: FeatureFlag) { self.flag = flag }

  public var code: RefusalCode { .unavailable }
  public var explanation: String { "\(flag.title): switched off here. An administrator can switch it on under Settings, Features." }
  /// Nobody knows when; a minute keeps programs from asking all the time.
  public var retryAfterSeconds: Int? { 60 }
}
