import BatchReports

extension BatchRunner {
  /// What an engine is told when it is made.
  public struct Options: Sendable {
    /// Leads in flight over all batches.
    public var maxConcurrentTotal: Int
    /// Seconds for one try at a lead, until its pipeline lifts the limit.
    public var leadTimeout: Double
    public var retryPolicy: RetryPolicy
    /// Seconds that leads in flight get to finish when the process is asked to stop.
    public var shutdownGrace: Double
    /// Seconds that leads have to come back once they are called at the end; then the engine ends without them.
    public var deafGrace: Double
    /// When a failure rate pauses a batch; nil for never.
    public var autoPause: AutoPause?
    /// Seconds of silence, with leads in flight, after which a batch is paused; nil for never.
    public var stallSeconds: Double?

    public init(
      maxConcurrentTotal: Int, leadTimeout: Double, retryPolicy: RetryPolicy, shutdownGrace: Double = 3, autoPause: AutoPause? = nil,
      stallSeconds: Double? = nil, deafGrace: Double? = nil
    ) {
      self.maxConcurrentTotal = maxConcurrentTotal
      self.leadTimeout = leadTimeout
      self.retryPolicy = retryPolicy
      self.shutdownGrace = shutdownGrace
      // Longer than a paid call under way gets.
      self.deafGrace = deafGrace ?? PaidCall.lastWait + 1
      self.autoPause = autoPause
      self.stallSeconds = stallSeconds
    }
  }
}
