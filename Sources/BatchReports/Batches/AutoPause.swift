/// When the engine pauses a batch by itself: many of its last leads failed at their first try with faults that may pass or be ours.
public struct AutoPause: Sendable, Hashable {
  /// 1 to 100.
  public var percent: Int
  /// Leads that are looked at: the last ones that had their first try.
  public var window: Int

  public init(percent: Int, window: Int) {
    self.percent = percent
    self.window = window
  }

  /// `failed` of the last `count` leads; fewer than a whole window say nothing yet.
  public func isReached(failed: Int, of count: Int) -> Bool { count >= window && failed * 100 >= percent * count }
}

extension LeadErrorCode {
  /// Whether the same fault on many leads points at us, our network or a passing outage instead of at the leads.
  ///
  /// A name that is not found is one of them: that is how a lost network looks. The other permanent faults are the leads' own.
  public var mayBeOurs: Bool {
    switch self {
    case .internal, .crashedRepeatedly, .dnsFailed, .providerRefused: true
    default: isTransient
    }
  }
}
