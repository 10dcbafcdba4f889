/// How the leads of one day's batches went.
///
/// A batch counts on the day on which it was placed, with all of its leads, as its money does: so the days sum to their window, and a retry a
/// week later makes no other day's leads its own.
public struct DayOfLeads: Sendable, Hashable {
  /// "2026-01-31".
  public var day: String
  public var completed: Int
  public var failed: Int
  public var skipped: Int
  /// Leads of batches that have ended and were not cancelled, but for reused reports: of the others it is not known yet, or never, what they take.
  public var measured: Int
  /// Of all tries of these together.
  public var busySeconds: Double
  /// Of the failed leads.
  public var causes: [LeadErrorCode: Int]

  public init(
    day: String, completed: Int = 0, failed: Int = 0, skipped: Int = 0, measured: Int = 0, busySeconds: Double = 0, causes: [LeadErrorCode: Int] = [:]
  ) {
    self.day = day
    self.completed = completed
    self.failed = failed
    self.skipped = skipped
    self.measured = measured
    self.busySeconds = busySeconds
    self.causes = causes
  }

  public var processed: Int { completed + failed + skipped }

  /// Seconds of work on one lead, all of its tries together; nil where none was measured. Reused reports take none.
  public var secondsPerLead: Double? { measured > 0 ? busySeconds / Double(measured) : nil }
}
